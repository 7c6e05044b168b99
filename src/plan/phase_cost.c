#include "plan/phase_cost.h"

#include "base/error.h"
#include "cost/cost.h"
#include "cost/exchange.h"
#include "fabric/contention.h"
#include "plan/memo.h"
#include "topology/system.h"

#include <math.h>
#include <stdlib.h>

enum { POWERS = 64 };

/* Seconds of 2^i bytes, -1 where nobody has asked. */
struct curve {
	double seconds[POWERS];
};

struct fs_pricer {
	const struct fs_system *system;
	uint64_t chips;
	struct fs_contention *contention; /* NULL where nothing blocks */
	struct fs_memo *curves;           /* by collective and group */
	double launch_s, slowdown;
	double host_s; /* that the host needs for a kernel */
};

enum { KEY = 3 };

struct fs_pricer *fs_pricer_create(const struct fs_system *system, uint64_t chips, struct fs_error *error)
{
	struct fs_pricer *pricer = fs_allocate_zeroed(1, sizeof *pricer);
	if (fs_contention_create(system, chips, &pricer->contention, error)) {
		free(pricer);
		return NULL;
	}
	if (!fs_contention_anywhere(pricer->contention)) {
		fs_contention_destroy(pricer->contention);
		pricer->contention = NULL;
	}
	pricer->system = system;
	pricer->chips = chips;
	pricer->curves = fs_memo_create(KEY, sizeof(struct curve));
	pricer->host_s = fs_kernel_launch_s(system);
	pricer->launch_s = system->stack.launch_us.value * 1e-6;
	pricer->slowdown = 1 + system->stack.overlap_slowdown.value;
	return pricer;
}

void fs_pricer_destroy(struct fs_pricer *pricer)
{
	if (!pricer)
		return;
	fs_contention_destroy(pricer->contention);
	fs_memo_destroy(pricer->curves);
	free(pricer);
}

/* What is priced. Expert exchanges have kernels of their own, not the library's. */
struct ware {
	enum fs_collective collective;
	bool own_kernels;
	struct fs_group group;
};

/* Any collective of any group has an algorithm. */
static double predict(struct fs_pricer *pricer, const struct ware *ware, double bytes)
{
	struct fs_schedule *schedule;
	struct fs_error never;
	fs_cost_choose(pricer->system, pricer->contention, ware->group, ware->collective, bytes, NULL,
	               &schedule, &never);
	if (ware->own_kernels)
		schedule->transport = NULL;
	double seconds = fs_cost_schedule_s(pricer->system, pricer->contention, ware->group, schedule, bytes);
	free(schedule);
	return seconds;
}

static double at_power(struct fs_pricer *pricer, const struct ware *ware, int power)
{
	const uint64_t key[KEY] = {ware->collective | (uint64_t)ware->own_kernels << 32, ware->group.size,
	                           ware->group.stride};
	int known;
	struct curve *curve = fs_memo_at(pricer->curves, key, &known);
	for (int i = 0; !known && i < POWERS; i++)
		curve->seconds[i] = -1;
	if (curve->seconds[power] < 0)
		curve->seconds[power] = predict(pricer, ware, ldexp(1, power));
	return curve->seconds[power];
}

static uint64_t common_divisor(uint64_t a, uint64_t b)
{
	return b ? common_divisor(b, a % b) : a;
}

/* Two stages that sum the same gradients may lie apart by what does not cut the job into pairs, as the first
 * and the last of four do: they exchange what they have, at the nearest distance that divides the chips. */
static void exchange_at(uint64_t chips, struct fs_group *group, enum fs_collective *collective)
{
	uint64_t unit = common_divisor(chips, group->stride), times = group->stride / unit;
	while (chips % (times * unit) || times * unit == chips)
		times--;
	*group = (struct fs_group){(uint32_t)(chips / (times * unit)), (uint32_t)(times * unit)};
	*collective = FS_SENDRECV;
}

static double price(struct fs_pricer *pricer, struct ware ware, double bytes)
{
	if (ware.group.size < 2 || bytes <= 0)
		return 0;
	if (pricer->chips % ((uint64_t)ware.group.size * ware.group.stride))
		exchange_at(pricer->chips, &ware.group, &ware.collective);
	int power;
	double mantissa = frexp(bytes, &power); /* bytes = mantissa * 2^power, from 1/2 on */
	if (power < 1)
		return at_power(pricer, &ware, 0);
	if (power >= POWERS)
		power = POWERS - 1;
	double below = at_power(pricer, &ware, power - 1);
	double above = at_power(pricer, &ware, power);
	return below + (2 * mantissa - 1) * (above - below);
}

double fs_pricer_collective_s(struct fs_pricer *pricer, enum fs_collective collective, struct fs_group group,
                              double bytes)
{
	return price(pricer, (struct ware){collective, false, group}, bytes);
}

/* One chip's clocks. */
struct walk {
	struct fs_pricer *pricer;
	double now, end[FS_STREAMS];
	double host;                 /* has launched all so far */
	double unjoined[FS_STREAMS]; /* seconds of collectives */
	struct fs_phase_cost cost;
};

static double latest(const struct walk *walk)
{
	double end = 0;
	for (int s = 0; s < FS_STREAMS; s++)
		end = fmax(end, walk->end[s]);
	return end;
}

/* Slower for as long as something is in flight. */
static void compute(struct walk *walk, double seconds)
{
	double slowdown = walk->pricer->slowdown, flight = fmax(0, latest(walk) - walk->now);
	double took = fmin(seconds * slowdown, flight);
	took += fmax(0, seconds - flight / slowdown);
	walk->now += took;
	walk->cost.kernels += took;
}

static void issue(struct walk *walk, const struct fs_action *action)
{
	const struct ware ware = {action->collective, action->copies > 0, action->group};
	double seconds = price(walk->pricer, ware, fs_exchange_bytes(walk->pricer->system, action));
	double begin = fmax(walk->now + walk->pricer->launch_s, walk->end[action->stream]);
	walk->end[action->stream] = begin + seconds;
	walk->unjoined[action->stream] += seconds;
}

static void join(struct walk *walk, enum fs_stream stream)
{
	double wait = fmax(0, walk->end[stream] - walk->now);
	walk->now += wait;
	walk->cost.waited[stream] += wait;
	walk->unjoined[stream] = 0;
}

static void settle(struct walk *walk)
{
	double beside = walk->unjoined[FS_STREAM_DATA] + walk->unjoined[FS_STREAM_WEIGHTS];
	double more = fmax(0, beside - walk->now);
	walk->now += more;
	walk->cost.waited[FS_STREAM_DATA] += more;
}

struct fs_phase_cost fs_pricer_phase(struct fs_pricer *pricer, const struct fs_phase *phase)
{
	struct walk walk = {.pricer = pricer};
	for (int i = 0; i < phase->actions; i++) {
		const struct fs_action *action = &phase->action[i];
		if (action->kind != FS_ACTION_JOIN)
			walk.host += pricer->host_s;
		if (action->kind == FS_ACTION_KERNEL)
			compute(&walk, fs_kernel_s(pricer->system, &action->kernel));
		else if (action->kind == FS_ACTION_COLLECTIVE)
			issue(&walk, action);
		else
			join(&walk, action->stream);
	}
	settle(&walk);
	if (walk.host > walk.now) {
		walk.cost.kernels += walk.host - walk.now;
		walk.now = walk.host;
	}
	walk.cost.seconds = walk.now;
	return walk.cost;
}
