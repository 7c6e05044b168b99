#include "engine/advance.h"

#include "engine/routes.h"
#include "kernels/hot.h"

static inline double later(double a, double b)
{
	return a > b ? a : b;
}

/* Segment by segment: senders lie side by side and the link is the same, so all there is to read is two runs
 * of times. */
FS_HOT static void advance_segment(const double *restrict now, const double *restrict source,
                                   double *restrict next, double alpha, double in_s, double out_s,
                                   uint32_t count)
{
	for (uint32_t i = 0; i < count; i++)
		next[i] = later(later(now[i], source[i] + alpha) + in_s, now[i] + out_s);
}

/* Chip by chip, where segments are too short to be worth a call: senders lie side by side, links differ. */
FS_HOT static void advance_run(const struct fs_chip_links *links, uint64_t begin, uint64_t count,
                               double bytes, double hold_s, const double *restrict now,
                               const double *restrict source, double *restrict next)
{
	const double *restrict alpha = links->alpha + begin, *restrict beta_in = links->beta_in + begin,
	                       *restrict beta_out = links->beta_out + begin;
	for (uint64_t i = 0; i < count; i++) {
		double received = later(now[i], source[i] + alpha[i]) + (hold_s + bytes * beta_in[i]);
		next[i] = later(received, now[i] + (hold_s + bytes * beta_out[i]));
	}
}

/* Senders lie anywhere. */
FS_HOT static void advance_chips(const struct fs_chip_links *links, double bytes, double hold_s,
                                 uint64_t count, const double *restrict now, double *restrict next)
{
	const uint32_t *restrict place = links->place;
	const double *restrict alpha = links->alpha, *restrict beta_in = links->beta_in,
	                       *restrict beta_out = links->beta_out;
	for (uint64_t i = 0; i < count; i++) {
		double received = later(now[i], now[place[i]] + alpha[i]) + (hold_s + bytes * beta_in[i]);
		next[i] = later(received, now[i] + (hold_s + bytes * beta_out[i]));
	}
}

FS_HOT static void advance_segment_ports(const double *restrict now, const double *restrict source,
                                         double *restrict next, double *restrict receive_port, double alpha,
                                         double in_s, double out_s, uint32_t count)
{
	for (uint32_t i = 0; i < count; i++) {
		receive_port[i] = later(receive_port[i], source[i] + alpha) + in_s;
		next[i] = now[i] + out_s;
	}
}

FS_HOT static void advance_chips_ports(const struct fs_chip_links *links, double bytes, double hold_s,
                                       uint64_t count, const double *restrict now, double *restrict next,
                                       double *restrict receive_port)
{
	for (uint64_t i = 0; i < count; i++) {
		receive_port[i] = later(receive_port[i], now[links->place[i]] + links->alpha[i]) +
		                  (hold_s + bytes * links->beta_in[i]);
		next[i] = now[i] + (hold_s + bytes * links->beta_out[i]);
	}
}

static void advance_by_chip(const struct fs_route *route, double bytes, double hold_s, const double *now,
                            double *next)
{
	if (!route->runs)
		advance_chips(&route->chip, bytes, hold_s, route->links.count, now, next);
	for (int i = 0; i < route->runs; i++) {
		const struct fs_run *run = &route->run[i];
		advance_run(&route->chip, run->begin, run->count, bytes, hold_s, now + run->begin,
		            now + run->place, next + run->begin);
	}
}

void fs_advance(const struct fs_route *route, double bytes, double hold_s, const double *now, double *next)
{
	if (route->by_chip) {
		advance_by_chip(route, bytes, hold_s, now, next);
		return;
	}
	for (int i = 0; i < route->links.segments; i++) {
		const struct fs_segment *segment = &route->links.segment[i];
		uint32_t begin = segment->begin;
		advance_segment(now + begin, now + segment->place, next + begin, segment->alpha,
		                hold_s + bytes * segment->beta_in, hold_s + bytes * segment->beta_out,
		                segment->count);
	}
}

void fs_advance_ports(const struct fs_route *route, double bytes, double hold_s, const double *now,
                      double *next, double *receive_port)
{
	if (route->by_chip) {
		advance_chips_ports(&route->chip, bytes, hold_s, route->links.count, now, next, receive_port);
		return;
	}
	for (int i = 0; i < route->links.segments; i++) {
		const struct fs_segment *segment = &route->links.segment[i];
		uint32_t begin = segment->begin;
		advance_segment_ports(now + begin, now + segment->place, next + begin, receive_port + begin,
		                      segment->alpha, hold_s + bytes * segment->beta_in,
		                      hold_s + bytes * segment->beta_out, segment->count);
	}
}
