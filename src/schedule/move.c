/*
 * What a member does in an iteration of a step: with whom, and which slots.
 */

#include "schedule/build.h"
#include "schedule/fold.h"
#include "schedule/two_tree.h"

#include <assert.h>

static uint64_t positive_modulo(int64_t number, uint64_t modulus)
{
	int64_t rest = number % (int64_t)modulus;
	return (uint64_t)(rest < 0 ? rest + (int64_t)modulus : rest);
}

static uint32_t digit_of(const struct fs_schedule *schedule, int level, uint32_t member)
{
	return member / fs_level_stride(schedule, level) % schedule->level_size[level];
}

int64_t fs_step_distance(const struct fs_step *step, uint32_t s)
{
	return step->distance + (int64_t)s * step->advance;
}

/* The member whose digit is `by` further on, all other digits being the same. */
static int64_t shifted(const struct fs_schedule *schedule, int level, uint32_t member, int64_t by)
{
	int64_t digit = digit_of(schedule, level, member);
	int64_t moved = (int64_t)positive_modulo(digit + by, schedule->level_size[level]);
	return member + (moved - digit) * fs_level_stride(schedule, level);
}

/* Who sits out in a pair of the fold and who takes part, or nobody. */
static int64_t partner_of_surplus(uint32_t size, uint32_t member)
{
	return fs_fold_participant(size, member) == FS_NOBODY ? (int64_t)member + 1 : FS_NOBODY;
}

static int64_t surplus_of_partner(uint32_t size, uint32_t member)
{
	bool paired = member % 2 == 1 && fs_fold_participant(size, member - 1) == FS_NOBODY;
	return paired ? (int64_t)member - 1 : FS_NOBODY;
}

static int64_t exchanged(uint32_t size, uint32_t member, int64_t distance)
{
	int64_t participant = fs_fold_participant(size, member);
	if (participant == FS_NOBODY)
		return FS_NOBODY;
	return fs_fold_member(size, (uint32_t)(participant ^ distance));
}

static void find_peers(const struct fs_schedule *schedule, const struct fs_step *step, uint32_t s,
                       uint32_t member, struct fs_move *move)
{
	uint32_t size = schedule->size;
	int64_t distance = fs_step_distance(step, s);
	switch (step->pattern) {
	case FS_SHIFT:
		move->to = shifted(schedule, step->level, member, distance);
		move->from = shifted(schedule, step->level, member, -distance);
		break;
	case FS_SHIFT_ALL:
		move->to = fs_schedule_peer(schedule, member, (uint64_t)distance, 1);
		move->from = fs_schedule_peer(schedule, member, (uint64_t)distance, -1);
		break;
	case FS_XOR:
		move->to = move->from = exchanged(size, member, distance);
		break;
	case FS_FOLD:
		move->to = partner_of_surplus(size, member);
		move->from = surplus_of_partner(size, member);
		break;
	case FS_UNFOLD:
		move->to = surplus_of_partner(size, member);
		move->from = partner_of_surplus(size, member);
		break;
	case FS_BINOMIAL:
		move->to = member < distance && member + distance < size ? member + distance : FS_NOBODY;
		move->from = member >= distance && member < 2 * distance ? member - distance : FS_NOBODY;
		break;
	default:
		assert(!"trees find their peers in two_tree.c, in-network steps have none");
	}
}

/* First slot of the part that the member's digits of the levels inside own: innermost digit first, each cuts
 * what the ones before it have left. */
static uint64_t own_part_begin(const struct fs_schedule *schedule, int level, uint32_t member)
{
	uint64_t begin = 0;
	for (int i = 0; i < level; i++)
		begin += digit_of(schedule, i, member) * fs_level_part(schedule, i);
	return begin;
}

static uint64_t base_of(const struct fs_schedule *schedule, const struct fs_step *step, uint32_t member)
{
	if (step->own_part)
		return own_part_begin(schedule, step->level, member);
	return step->own_place ? member % fs_level_stride(schedule, step->level) : 0;
}

static struct fs_slots slots_sent(const struct fs_schedule *schedule, const struct fs_step *step, uint32_t s,
                                  uint32_t member)
{
	int64_t digit = step->pattern == FS_XOR ? fs_fold_participant(schedule->size, member)
	                                        : digit_of(schedule, step->level, member);
	int64_t first = step->first + step->first_digit * digit + step->first_advance * (int64_t)s;
	return (struct fs_slots){
	        .base = base_of(schedule, step, member),
	        .unit = step->unit,
	        .first = positive_modulo(first, step->modulus),
	        .stride = step->stride,
	        .count = step->count,
	        .modulus = step->modulus,
	};
}

void fs_step_move(const struct fs_schedule *schedule, const struct fs_step *step, uint32_t s, uint32_t member,
                  struct fs_move *move)
{
	assert(member < schedule->size && s < step->repeat);
	*move = (struct fs_move){
	        .to = FS_NOBODY, .from = FS_NOBODY, .sent.modulus = 1, .received.modulus = 1};
	if (step->pattern == FS_TREE_UP || step->pattern == FS_TREE_DOWN) {
		fs_two_tree_move(schedule, step, s, member, move);
		return;
	}
	if (fs_step_in_network(step)) {
		fs_switch_move(step, digit_of(schedule, step->level, member),
		               slots_sent(schedule, step, s, member), move);
		return;
	}
	find_peers(schedule, step, s, member, move);
	if (move->to != FS_NOBODY)
		move->sent = slots_sent(schedule, step, s, member);
	if (move->from != FS_NOBODY)
		move->received = slots_sent(schedule, step, s, (uint32_t)move->from);
}

void fs_step_peers(const struct fs_schedule *schedule, const struct fs_step *step, uint32_t s,
                   uint32_t member, struct fs_move *move)
{
	bool tree = step->pattern == FS_TREE_UP || step->pattern == FS_TREE_DOWN;
	if (tree || fs_step_in_network(step))
		fs_step_move(schedule, step, s, member, move);
	else
		find_peers(schedule, step, s, member, move);
}

uint64_t fs_step_slots(const struct fs_schedule *schedule, const struct fs_step *step, uint32_t s)
{
	if (fs_step_in_network(step))
		return fs_switch_slots(step);
	int64_t first = step->first + step->first_advance * (int64_t)s;
	uint64_t last_run =
	        (positive_modulo(first, step->modulus) + (step->count - 1) * step->stride) % step->modulus;
	uint64_t end = step->unit * (last_run + 1);
	uint64_t beyond = end > schedule->slots ? end - schedule->slots : 0;
	return step->count * step->unit - beyond;
}

uint32_t fs_schedule_peer(const struct fs_schedule *schedule, uint32_t member, uint64_t slot, int sign)
{
	int64_t peer = member;
	for (int level = 0; level < schedule->levels; level++) {
		int64_t by = digit_of(schedule, level, (uint32_t)slot);
		peer = shifted(schedule, level, (uint32_t)peer, sign * by);
	}
	return (uint32_t)peer;
}
