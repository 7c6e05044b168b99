#include "engine/clock_offset.h"

#include <assert.h>
#include <math.h>

struct fs_clock_offset fs_clock_offset_of(const struct fs_ping *ping, int count)
{
	assert(count >= 1);
	const struct fs_ping *best = ping;
	for (int i = 1; i < count; i++)
		if (ping[i].received_s - ping[i].sent_s < best->received_s - best->sent_s)
			best = &ping[i];
	double half_s = (best->received_s - best->sent_s) / 2;
	return (struct fs_clock_offset){.at_s = best->answered_s,
	                                .offset_s = best->answered_s - (best->sent_s + half_s),
	                                .bound_s = half_s};
}

struct fs_clock_offset fs_clock_offset_beyond(struct fs_clock_offset middle, struct fs_clock_offset own)
{
	own.offset_s += middle.offset_s;
	own.bound_s += middle.bound_s;
	return own;
}

struct fs_clock_line fs_clock_line_through(struct fs_clock_offset first, struct fs_clock_offset last)
{
	struct fs_clock_line line = {.last = last, .drift_bound = INFINITY};
	double span_s = last.at_s - first.at_s;
	if (span_s <= 0)
		return line;
	line.drift = (last.offset_s - first.offset_s) / span_s;
	line.drift_bound = (last.bound_s + first.bound_s) / span_s;
	line.used = fabs(line.drift) > line.drift_bound ? line.drift : 0;
	return line;
}

static double offset_at(const struct fs_clock_line *line, double own_s)
{
	return line->last.offset_s + line->used * (own_s - line->last.at_s);
}

double fs_clock_first_s(const struct fs_clock_line *line, double own_s)
{
	return own_s - offset_at(line, own_s);
}

double fs_clock_own_s(const struct fs_clock_line *line, double first_s)
{
	double last_first_s = line->last.at_s - line->last.offset_s;
	return line->last.at_s + (first_s - last_first_s) / (1 - line->used);
}

double fs_clock_line_error_s(const struct fs_clock_line *line, struct fs_clock_offset now)
{
	return fabs(now.offset_s - offset_at(line, now.at_s)) + now.bound_s;
}
