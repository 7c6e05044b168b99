#include "cost/peers.h"

#include "fabric/contention.h"
#include "fabric/posted.h"
#include "stack/library.h"
#include "topology/system.h"

#include <math.h>

struct fs_iteration fs_iteration_of(struct fs_group group, const struct fs_schedule *schedule,
                                    const struct fs_step *step, uint32_t s)
{
	struct fs_iteration iteration = {group, schedule,     step,
	                                 s,     group.stride, schedule->level_size[step->level]};
	for (int level = 0; level < step->level; level++)
		iteration.stride *= schedule->level_size[level];
	uint64_t distance = (uint64_t)fs_step_distance(step, s);
	for (int level = 0; level < schedule->levels && step->pattern == FS_SHIFT_ALL; level++) {
		iteration.by[level] = (uint32_t)(distance % schedule->level_size[level]);
		distance /= schedule->level_size[level];
	}
	return iteration;
}

static uint64_t least(uint64_t a, uint64_t b)
{
	return a < b ? a : b;
}

/* The chips of one value of the digits above lie in a block of stride * size. */
static uint64_t block_of(const struct fs_iteration *iteration)
{
	return iteration->stride * iteration->size;
}

static uint64_t distance_of(const struct fs_iteration *iteration)
{
	return (uint64_t)fs_step_distance(iteration->step, iteration->s) * iteration->stride;
}

/* Up to (size - d) * stride in its block the digit does not wrap when d is added, and from d * stride on not
 * when d is subtracted. */
static struct fs_peers peers_of_shift(const struct fs_iteration *iteration, uint64_t chip)
{
	uint64_t block = block_of(iteration), at = chip % block;
	uint64_t up = distance_of(iteration), down = block - up;
	return (struct fs_peers){
	        .from = at < up ? (int64_t)down : -(int64_t)up,
	        .to = at < down ? (int64_t)up : -(int64_t)down,
	        .count = least(at < up ? up - at : block - at, at < down ? down - at : block - at),
	};
}

static struct fs_peers peers_of_one(const struct fs_iteration *iteration, uint64_t chip)
{
	struct fs_move move;
	uint64_t member = chip / iteration->group.stride % iteration->group.size;
	int64_t stride = iteration->group.stride;
	fs_step_peers(iteration->schedule, iteration->step, iteration->s, (uint32_t)member, &move);
	return (struct fs_peers){
	        .from = move.from < 0 ? FS_NO_PEER : (move.from - (int64_t)member) * stride,
	        .to = move.to < 0 ? FS_NO_PEER : (move.to - (int64_t)member) * stride,
	        .count = 1,
	};
}

/* Each digit adds to the way what it moves by, or, where it wraps, that less a turn. Chips whose innermost
 * digits wrap alike have peers side by side. */
static struct fs_peers peers_of_all_digits(const struct fs_iteration *iteration, uint64_t chip)
{
	const struct fs_schedule *schedule = iteration->schedule;
	int64_t to = 0, from = 0, stride = iteration->group.stride;
	uint64_t rest = chip / (uint64_t)stride, at = chip % ((uint64_t)stride * schedule->level_size[0]);
	for (int level = 0; level < schedule->levels; level++) {
		uint32_t size = schedule->level_size[level], by = iteration->by[level];
		uint64_t digit = rest % size;
		to += stride * (digit + by < size ? (int64_t)by : (int64_t)by - size);
		from += stride * (digit >= by ? -(int64_t)by : (int64_t)size - by);
		rest /= size;
		stride *= size;
	}
	uint64_t block = (uint64_t)iteration->group.stride * schedule->level_size[0],
	         up = (uint64_t)iteration->group.stride * iteration->by[0], down = block - up;
	return (struct fs_peers){from, to,
	                         least(at < up ? up - at : block - at, at < down ? down - at : block - at)};
}

/* Members of a power of two exchange in aligned halves of blocks. */
static struct fs_peers peers_of_exchange(const struct fs_iteration *iteration, uint64_t chip)
{
	uint64_t half = distance_of(iteration), at = chip % (2 * half);
	int64_t other = at < half ? (int64_t)half : -(int64_t)half;
	return (struct fs_peers){.from = other, .to = other, .count = half - at % half};
}

static bool exchanges(const struct fs_iteration *iteration)
{
	uint32_t size = iteration->schedule->size;
	return iteration->step->pattern == FS_XOR && (size & (size - 1)) == 0;
}

struct fs_peers fs_peers_of(const struct fs_iteration *iteration, uint64_t chip)
{
	if (iteration->step->pattern == FS_SHIFT)
		return peers_of_shift(iteration, chip);
	if (iteration->step->pattern == FS_SHIFT_ALL)
		return peers_of_all_digits(iteration, chip);
	if (exchanges(iteration))
		return peers_of_exchange(iteration, chip);
	return peers_of_one(iteration, chip);
}

/* How many chips of a group of `chips` send out of it in a spread step. */
static uint64_t leaving(const struct fs_iteration *iteration, uint64_t chips)
{
	uint64_t distance = distance_of(iteration), block = block_of(iteration);
	return least(chips, least(distance, block - distance));
}

/* Rings that differ in where they leave a group need groups that are filled alike. Where all chips leave,
 * each by its own port, there is nothing to cut. */
static bool is_cut(const struct fs_iteration *iteration, const struct fs_system *system, int tier)
{
	if (!iteration->step->spread || tier == 0)
		return false;
	uint64_t group = (uint64_t)system->tier[tier - 1].group.value, block = block_of(iteration);
	return group < block && block % group == 0 && group % iteration->stride == 0 &&
	       leaving(iteration, group) < group;
}

double fs_iteration_hop_s(const struct fs_iteration *iteration, int tier)
{
	const struct fs_transport *transport = iteration->schedule->transport;
	return transport ? transport->hop_s[tier] : 0;
}

double fs_iteration_alpha_s(const struct fs_iteration *iteration, const struct fs_system *system, int tier)
{
	return fs_tier_alpha_s(&system->tier[tier]) + fs_iteration_hop_s(iteration, tier);
}

double fs_iteration_beta_s(const struct fs_iteration *iteration, const struct fs_system *system, int tier)
{
	double beta = fs_tier_beta_s(&system->tier[tier]);
	if (!is_cut(iteration, system, tier))
		return beta;
	const struct fs_tier *inner = &system->tier[tier - 1];
	double ports_used = inner->group.value / (double)leaving(iteration, (uint64_t)inner->group.value);
	/* What leaves here has left the groups inside as well, and was cut there. */
	return fmax(fs_iteration_beta_s(iteration, system, tier - 1), beta / ports_used);
}

static int64_t receiver_of(uint64_t chip, const void *context, uint64_t *count)
{
	struct fs_peers peers = fs_peers_of(context, chip);
	*count = peers.count;
	return peers.to == FS_NO_PEER ? -1 : (int64_t)chip + peers.to;
}

/* By how many chips the whole can be moved, cyclically, and be the same. A shift over all chips looks alike
 * from everywhere. */
static uint64_t unit_of(const struct fs_iteration *iteration, uint64_t chips)
{
	if (iteration->step->pattern == FS_SHIFT)
		return block_of(iteration) == chips ? 1 : block_of(iteration);
	if (iteration->step->pattern == FS_SHIFT_ALL && block_of(iteration) == chips)
		return iteration->stride; /* the outermost digit's, which comes around */
	if (exchanges(iteration))
		return 2 * distance_of(iteration);
	return (uint64_t)iteration->group.size * iteration->group.stride;
}

struct fs_round fs_iteration_round(const struct fs_iteration *iteration, const struct fs_system *system,
                                   uint64_t chips)
{
	struct fs_round round = {.to = receiver_of, .context = iteration, .unit = unit_of(iteration, chips)};
	if (iteration->step->spread) {
		round.ring_stride = iteration->group.stride;
		round.ring_span = iteration->group.stride * (uint64_t)iteration->group.size;
		round.unit = round.ring_span < chips ? round.ring_span : round.unit;
	}
	for (int k = 0; k < system->tiers; k++) {
		round.beta_s[k] = fs_iteration_beta_s(iteration, system, k);
		round.hop_s[k] = fs_iteration_hop_s(iteration, k);
		round.cut[k] = is_cut(iteration, system, k);
	}
	return round;
}

static int64_t receiver_of_posted(uint64_t chip, uint32_t s, const void *context)
{
	const struct fs_iteration *any = context;
	struct fs_iteration iteration = fs_iteration_of(any->group, any->schedule, any->step, s);
	uint64_t count;
	return receiver_of(chip, &iteration, &count);
}

const struct fs_posted *fs_iteration_posted(const struct fs_iteration *iteration,
                                            const struct fs_system *system, struct fs_contention *contention)
{
	if (!iteration->step->independent || !contention)
		return NULL;
	struct fs_posting posting = {
	        .to = receiver_of_posted,
	        .context = iteration,
	        .key = {iteration->stride, iteration->size, iteration->group.size, iteration->group.stride},
	        .rounds = iteration->step->repeat,
	        .unit = unit_of(iteration, fs_contention_chips(contention)),
	};
	for (int k = 0; k < system->tiers; k++)
		posting.beta_s[k] = fs_tier_beta_s(&system->tier[k]);
	return fs_contention_post(contention, &posting);
}
