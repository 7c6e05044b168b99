#ifndef FARSCALE_TESTS_UNIT_SCHEDULE_REPLAY_H
#define FARSCALE_TESTS_UNIT_SCHEDULE_REPLAY_H

/*
 * Replays a schedule symbolically, for all members at once, and proves what schedule.h promises.
 *
 * Each slot of each member holds, instead of numbers, what they are made of. Where a collective reduces: the
 * set of members whose contribution is in the sum, one bit each, and adding two sets that overlap is an
 * error, so nothing can be counted twice. Where it does not: the member that the data comes from, and sending
 * a slot that holds nothing yet is an error.
 *
 * Switches that reduce or multicast hand out what a group's members handed in: sums of all, or copies of one.
 *
 * In every iteration all messages are taken before any is delivered. In a step of independent iterations they
 * are taken from what was there before the step.
 */

#include "base/error.h"
#include "schedule/schedule.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
/* cmocka wants the four above first */
#include <cmocka.h>

/** What a replay has counted. A round is one iteration of one step. */
struct replay_cost {
	uint64_t rounds;
	uint64_t messages; /* the most that one member sends */
	uint64_t slots;    /* the most that one member sends */
};

struct replay {
	const struct fs_schedule *schedule;
	bool reduces;
	uint64_t words; /* of a cell */
	uint64_t *cell; /* [member][slot][word]; a bit per member, or one word: origin + 1, 0 for nothing */
	uint64_t *before_step;                /* cells as they were, for independent steps */
	uint64_t *in_flight;                  /* [member][place in the message][word] */
	uint64_t *sent_slot, *received_slot;  /* [member][place in the message] */
	uint64_t *last_seen;                  /* [slot] number of the last message that had it */
	uint64_t *sent_messages, *sent_slots; /* [member] */
	struct fs_move *move;                 /* [member] */
	uint64_t message_number;
	int step;
	uint32_t s;
};

#define replay_require(replay, member, condition)                                                            \
	do {                                                                                                 \
		if (!(condition))                                                                            \
			replay_fail(replay, member, #condition);                                             \
	} while (0)

static inline void replay_fail(const struct replay *replay, uint32_t member, const char *what)
{
	const struct fs_schedule *schedule = replay->schedule;
	fail_msg("%s %s over %u members, step %d, iteration %u, member %u: not true that %s",
	         fs_collective_name(schedule->collective), schedule->algorithm, schedule->size, replay->step,
	         replay->s, member, what);
}

static inline bool replay_reduces(enum fs_collective collective)
{
	return collective == FS_ALLREDUCE || collective == FS_REDUCE_SCATTER;
}

static inline uint64_t *replay_cell(const struct replay *replay, uint64_t *cells, uint32_t member,
                                    uint64_t slot)
{
	return cells + (member * replay->schedule->slots + slot) * replay->words;
}

static inline bool replay_has_slot_at_start(const struct replay *replay, uint32_t member, uint64_t slot)
{
	switch (replay->schedule->collective) {
	case FS_ALLGATHER:
		return slot == member;
	case FS_BROADCAST:
		return member == 0;
	default:
		return true;
	}
}

static inline void replay_start(struct replay *replay)
{
	for (uint32_t member = 0; member < replay->schedule->size; member++)
		for (uint64_t slot = 0; slot < replay->schedule->slots; slot++) {
			uint64_t *cell = replay_cell(replay, replay->cell, member, slot);
			if (replay->reduces)
				cell[member / 64] = UINT64_C(1) << member % 64;
			else if (replay_has_slot_at_start(replay, member, slot))
				cell[0] = member + 1;
		}
}

/** Whether the slot holds what schedule.h's table says. */
static inline bool replay_slot_is_right(const struct replay *replay, uint32_t member, uint64_t slot)
{
	const struct fs_schedule *schedule = replay->schedule;
	const uint64_t *cell = replay_cell(replay, replay->cell, member, slot);
	uint64_t contributions = 0;
	switch (schedule->collective) {
	case FS_ALLREDUCE:
	case FS_REDUCE_SCATTER:
		for (uint64_t word = 0; word < replay->words; word++)
			contributions += (uint64_t)__builtin_popcountll(cell[word]);
		return contributions == schedule->size;
	case FS_ALLGATHER:
		return cell[0] == slot + 1;
	case FS_ALLTOALL:
		return cell[0] == (uint64_t)fs_schedule_peer(schedule, member, slot, -1) + 1;
	case FS_BROADCAST:
		return cell[0] == 1;
	default:
		return cell[0] == (member + schedule->size - 1) % schedule->size + 1;
	}
}

static inline void replay_check_end(const struct replay *replay)
{
	for (uint32_t member = 0; member < replay->schedule->size; member++)
		for (uint64_t slot = 0; slot < replay->schedule->slots; slot++) {
			bool promised = replay->schedule->collective != FS_REDUCE_SCATTER || slot == member;
			if (promised)
				replay_require(replay, member, replay_slot_is_right(replay, member, slot));
		}
}

struct replay_list {
	uint64_t *slot, length, capacity;
};

static inline void replay_list_add(uint64_t slot, void *context)
{
	struct replay_list *list = context;
	if (list->length < list->capacity)
		list->slot[list->length] = slot;
	list->length++;
}

static inline uint64_t replay_list_slots(const struct replay *replay, const struct fs_slots *set,
                                         uint64_t *into)
{
	struct replay_list list = {.slot = into, .capacity = replay->schedule->slots};
	fs_slots_each(set, replay->schedule->slots, replay_list_add, &list);
	return list.length;
}

/** Both ends of every message agree on each other and on the slots, in their order. */
static inline void replay_check_message(struct replay *replay, uint32_t member, uint64_t expected)
{
	uint64_t slots = replay->schedule->slots;
	uint64_t *sent = replay->sent_slot + member * slots;
	const struct fs_move *move = &replay->move[member];
	replay_require(replay, member, move->to >= 0 && move->to < replay->schedule->size);
	replay_require(replay, member, move->to != member);
	replay_require(replay, member, replay->move[move->to].from == member);
	uint64_t length = replay_list_slots(replay, &move->sent, sent);
	replay_require(replay, member, length == expected);
	uint64_t *received = replay->received_slot;
	replay_require(replay, member,
	               replay_list_slots(replay, &replay->move[move->to].received, received) == expected);
	replay->message_number++;
	for (uint64_t i = 0; i < length; i++) {
		replay_require(replay, member, sent[i] < slots);
		replay_require(replay, member, sent[i] == received[i]);
		replay_require(replay, member, replay->last_seen[sent[i]] != replay->message_number);
		replay->last_seen[sent[i]] = replay->message_number;
	}
}

static inline void replay_take(struct replay *replay, uint32_t member, uint64_t length, uint64_t *cells)
{
	uint64_t place = member * replay->schedule->slots;
	for (uint64_t i = 0; i < length; i++) {
		const uint64_t *cell = replay_cell(replay, cells, member, replay->sent_slot[place + i]);
		replay_require(replay, member, replay->reduces || cell[0] != 0 /* the slot is there */);
		memcpy(replay->in_flight + (place + i) * replay->words, cell, replay->words * sizeof *cell);
	}
	replay->sent_messages[member]++;
	replay->sent_slots[member] += length;
}

static inline void replay_deliver(struct replay *replay, uint32_t member, uint64_t length, bool reduce)
{
	uint64_t place = (uint64_t)replay->move[member].from * replay->schedule->slots;
	for (uint64_t i = 0; i < length; i++) {
		uint64_t *cell = replay_cell(replay, replay->cell, member, replay->sent_slot[place + i]);
		const uint64_t *arrived = replay->in_flight + (place + i) * replay->words;
		for (uint64_t word = 0; word < replay->words; word++) {
			replay_require(replay, member, !reduce || (cell[word] & arrived[word]) == 0);
			cell[word] = arrived[word] | (reduce ? cell[word] : 0);
		}
	}
}

/** The members of `member`'s group in a step: digit 0's, and how far they are apart. */
static inline uint32_t replay_first_of_group(const struct replay *replay, const struct fs_step *step,
                                             uint32_t member, uint32_t *stride)
{
	*stride = fs_level_stride(replay->schedule, step->level);
	return member - member / *stride % replay->schedule->level_size[step->level] * *stride;
}

/** What the switches have in one slot for a group, into in_flight; by how many members it was handed in. */
static inline uint32_t replay_switched(struct replay *replay, const struct fs_step *step, uint32_t first,
                                       uint32_t stride, uint64_t slot)
{
	uint32_t handed_in = 0;
	uint64_t *sum = replay->in_flight;
	memset(sum, 0, replay->words * sizeof *sum);
	for (uint32_t digit = 0; digit < replay->schedule->level_size[step->level]; digit++) {
		uint32_t member = first + digit * stride;
		uint64_t *sent = replay->received_slot, length, i = 0;
		if (replay->move[member].to == FS_NOBODY)
			continue;
		length = replay_list_slots(replay, &replay->move[member].sent, sent);
		while (i < length && sent[i] != slot)
			i++;
		const uint64_t *cell = replay_cell(replay, replay->before_step, member, slot);
		for (uint64_t word = 0; i < length && word < replay->words; word++) {
			replay_require(replay, member, (sum[word] & cell[word]) == 0);
			sum[word] |= cell[word];
		}
		handed_in += i < length;
	}
	return handed_in;
}

/** Sums are of all members of the group, copies of exactly one; and the port is charged for what passes it.
 */
static inline void replay_receive(struct replay *replay, const struct fs_step *step, uint32_t member)
{
	const struct fs_move *move = &replay->move[member];
	uint64_t *received = replay->sent_slot + member * replay->schedule->slots, length = 0;
	uint32_t stride, first = replay_first_of_group(replay, step, member, &stride);
	if (move->from == FS_SWITCHES)
		length = replay_list_slots(replay, &move->received, received);
	for (uint64_t i = 0; i < length; i++) {
		uint32_t handed_in = replay_switched(replay, step, first, stride, received[i]);
		uint32_t all = replay->schedule->level_size[step->level];
		replay_require(replay, member, handed_in == (step->reduce ? all : 1));
		memcpy(replay_cell(replay, replay->cell, member, received[i]), replay->in_flight,
		       replay->words * sizeof(uint64_t));
	}
	uint64_t sent =
	        move->to == FS_SWITCHES ? replay_list_slots(replay, &move->sent, replay->received_slot) : 0;
	uint64_t more = sent > length ? sent : length;
	if (step->pattern == FS_SWITCH_ALLREDUCE) /* reads the sum of its part, and stores it to all */
		more += more / replay->schedule->level_size[step->level];
	replay_require(replay, member, fs_step_slots(replay->schedule, step, replay->s) == more);
	replay->sent_messages[member]++;
	replay->sent_slots[member] += more;
}

static inline void replay_switches(struct replay *replay, const struct fs_step *step)
{
	uint64_t cells = replay->schedule->size * replay->schedule->slots * replay->words;
	memcpy(replay->before_step, replay->cell, cells * sizeof(uint64_t));
	for (uint32_t member = 0; member < replay->schedule->size; member++) {
		const struct fs_move *move = &replay->move[member];
		replay_require(replay, member, move->to == FS_SWITCHES || move->to == FS_NOBODY);
		replay_require(replay, member, move->from == FS_SWITCHES || move->from == FS_NOBODY);
		replay_receive(replay, step, member);
	}
}

static inline void replay_iteration(struct replay *replay, const struct fs_step *step)
{
	uint32_t size = replay->schedule->size;
	uint64_t length = fs_step_slots(replay->schedule, step, replay->s);
	for (uint32_t member = 0; member < size; member++)
		fs_step_move(replay->schedule, step, replay->s, member, &replay->move[member]);
	if (fs_step_in_network(step)) {
		replay_switches(replay, step);
		return;
	}
	for (uint32_t member = 0; member < size; member++) {
		const struct fs_move *move = &replay->move[member];
		if (move->from != FS_NOBODY)
			replay_require(replay, member, replay->move[move->from].to == member);
		if (move->to == FS_NOBODY)
			continue;
		replay_check_message(replay, member, length);
		replay_take(replay, member, length, step->independent ? replay->before_step : replay->cell);
	}
	for (uint32_t member = 0; member < size; member++)
		if (replay->move[member].from != FS_NOBODY)
			replay_deliver(replay, member, length, step->reduce);
}

static inline uint64_t replay_run(struct replay *replay)
{
	const struct fs_schedule *schedule = replay->schedule;
	uint64_t rounds = 0, cells = schedule->size * schedule->slots * replay->words;
	for (replay->step = 0; replay->step < schedule->steps; replay->step++) {
		const struct fs_step *step = &schedule->step[replay->step];
		replay_require(replay, 0, replay->reduces || !step->reduce);
		memcpy(replay->before_step, replay->cell, (step->independent ? cells : 0) * sizeof(uint64_t));
		for (replay->s = 0; replay->s < step->repeat; replay->s++, rounds++)
			replay_iteration(replay, step);
	}
	return rounds;
}

static inline uint64_t replay_most(const uint64_t *count, uint32_t size)
{
	uint64_t most = 0;
	for (uint32_t i = 0; i < size; i++)
		most = count[i] > most ? count[i] : most;
	return most;
}

static inline struct replay_cost replay_schedule(const struct fs_schedule *schedule)
{
	bool reduces = replay_reduces(schedule->collective);
	uint64_t words = reduces ? (schedule->size + 63) / 64 : 1;
	uint64_t places = schedule->size * schedule->slots;
	struct replay replay = {
	        .schedule = schedule,
	        .reduces = reduces,
	        .words = words,
	        .cell = fs_allocate_zeroed(places * words, sizeof(uint64_t)),
	        .before_step = fs_allocate(places * words * sizeof(uint64_t)),
	        .in_flight = fs_allocate(places * words * sizeof(uint64_t)),
	        .sent_slot = fs_allocate(places * sizeof(uint64_t)),
	        .received_slot = fs_allocate(schedule->slots * sizeof(uint64_t)),
	        .last_seen = fs_allocate_zeroed(schedule->slots, sizeof(uint64_t)),
	        .sent_messages = fs_allocate_zeroed(schedule->size, sizeof(uint64_t)),
	        .sent_slots = fs_allocate_zeroed(schedule->size, sizeof(uint64_t)),
	        .move = fs_allocate(schedule->size * sizeof(struct fs_move)),
	};
	replay_start(&replay);
	struct replay_cost cost = {.rounds = replay_run(&replay)};
	replay_check_end(&replay);
	cost.messages = replay_most(replay.sent_messages, schedule->size);
	cost.slots = replay_most(replay.sent_slots, schedule->size);
	void *owned[] = {replay.cell,          replay.before_step,   replay.in_flight,
	                 replay.sent_slot,     replay.received_slot, replay.last_seen,
	                 replay.sent_messages, replay.sent_slots,    replay.move};
	for (size_t i = 0; i < sizeof owned / sizeof *owned; i++)
		free(owned[i]);
	return cost;
}

/** Builds a schedule that must exist. */
static inline struct fs_schedule replay_build(struct fs_schedule_request request, const char *algorithm)
{
	struct fs_error error = {""};
	struct fs_schedule schedule;
	if (fs_schedule_build(&request, algorithm, &schedule, &error))
		fail_msg("%s", error.text);
	return schedule;
}

/** Builds and replays one. */
static inline struct replay_cost replay(struct fs_schedule_request request, const char *algorithm)
{
	struct fs_schedule schedule = replay_build(request, algorithm);
	return replay_schedule(&schedule);
}

/** The sizes that every algorithm is proved for: all up to 33, and larger ones around and between powers of
 * two. */
static const uint32_t replay_sizes[] = {1,  2,  3,  4,  5,  6,  7,   8,   9,   10,  11,  12,  13, 14,
                                        15, 16, 17, 18, 19, 20, 21,  22,  23,  24,  25,  26,  27, 28,
                                        29, 30, 31, 32, 33, 64, 100, 127, 128, 255, 384, 1000};
enum { REPLAY_SIZES = sizeof replay_sizes / sizeof *replay_sizes };

/** ceil(log2 n) */
static inline uint32_t replay_log2(uint32_t n)
{
	uint32_t log = 0;
	while ((UINT32_C(1) << log) < n)
		log++;
	return log;
}

#endif
