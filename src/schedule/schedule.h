#ifndef FARSCALE_SCHEDULE_SCHEDULE_H
#define FARSCALE_SCHEDULE_SCHEDULE_H

/*
 * A collective as data: a handful of steps, and never a list per chip.
 *
 * A schedule is for a group of `size` members, numbered 0 .. size-1. Every member holds one buffer
 * that is cut into `slots` equal slots (as equal as its element count allows). In each iteration of a
 * step a member sends at most one message and receives at most one. A message carries a set of slots,
 * and what arrives lands in the slots of the same numbers: added to what is there (`reduce`) or in its
 * place. That one rule covers every collective here:
 *
 *   allreduce       every slot holds the member's own contribution; at the end every slot holds all n
 *   reduce_scatter  the same at the start; at the end member i holds all n contributions in slot i
 *   allgather       member i starts with slot i; at the end it has all slots
 *   alltoall        slot j holds what goes to the member at distance j and ends with what came from
 *                   the member at distance -j (distances digit by digit, see fs_schedule_peer)
 *   broadcast       member 0 has all slots at the start, everyone at the end
 *   sendrecv        every member sends its one slot to the next member, as nccl-tests' sendrecv does
 *
 * A member's number has `levels` digits in mixed radix, innermost (fastest) first: level_size[0] is the
 * size of the innermost group. A flat schedule has one level. A step acts within one level.
 *
 * Pure: no clock, no topology, no MPI.
 */

#include <stdbool.h>
#include <stdint.h>

struct fs_error;
struct fs_transport;

enum fs_collective {
	FS_ALLREDUCE,
	FS_ALLGATHER,
	FS_REDUCE_SCATTER,
	FS_ALLTOALL,
	FS_BROADCAST,
	FS_SENDRECV,
	FS_COLLECTIVES /* how many there are */
};

enum {
	FS_MAX_LEVELS = 4,
	FS_MAX_STEPS = 64, /* two phases of ceil(log2 n) rounds, and one more per level, for 2^24 members */
	FS_NOBODY = -1,
	FS_SWITCHES = -2,      /* in place of a peer: the switches of the level */
	FS_MAX_GROUP = 1 << 24 /* members of one group */
};

enum fs_pattern {
	FS_SHIFT,     /* digit -> (digit + distance) mod level size; distance in 1 .. level size - 1 */
	FS_SHIFT_ALL, /* the same on all levels at once: each digit by that of the distance */
	FS_XOR,       /* participant -> participant ^ distance, among the participants of fold.h */
	FS_FOLD,      /* size - 2^k surplus members hand their whole buffer to a partner (fold.h) ... */
	FS_UNFOLD,    /* ... and get the result back */
	FS_BINOMIAL,  /* members below `distance` send to member + distance, where that exists */
	FS_TREE_UP,   /* two binary trees at once (two_tree.h), chunk after chunk: children to parents */
	FS_TREE_DOWN, /* the same, parents to children; distance = 1: member 0 is the root above both trees */
	/* Through switches that reduce and multicast: each group of the level hands slots in, and the
	 * switches hand the sums (reduce), or copies, to all who get them, in place of what is there. `unit`
	 * slots are the part of a digit; one iteration. */
	FS_SWITCH_ALLREDUCE,      /* all parts from all, all parts to all */
	FS_SWITCH_REDUCE_SCATTER, /* all parts from all, its own part to each */
	FS_SWITCH_ALLGATHER,      /* its own part from each, all parts to all */
	FS_SWITCH_BROADCAST,      /* all from digit 0, to all others */
};

/** A set of slot numbers: `unit` slots from base + unit * ((first + q * stride) mod modulus), for q in
 *  0 .. count-1. Numbers at or above the schedule's `slots` fall away (only Bruck's last run does). */
struct fs_slots {
	uint64_t base, unit, first, stride, count, modulus;
};

struct fs_step {
	enum fs_pattern pattern;
	int level;        /* which digit moves */
	uint32_t repeat;  /* iterations s = 0 .. repeat-1 */
	int64_t distance; /* at s = 0 ... */
	int64_t advance;  /* ... and this much more in each iteration */
	bool reduce;      /* add what arrives to what is there */
	bool independent; /* sends do not wait for what earlier iterations of this step receive */
	bool spread;    /* one of several rings (channels): what leaves a domain is cut over all its ports */
	bool own_part;  /* slots lie inside the part that the member's digits of lower levels own */
	bool own_place; /* slots lie so far behind as the member's digits of lower levels say: slot = member
	                 */
	/* Not for trees, whose messages carry one slot: (tree * chunks + chunk).
	 * Slots sent by the member with digit (FS_XOR: participant number) d: unit, modulus, count, stride as
	 * in fs_slots and first = first + first_digit * d + first_advance * s, mod modulus. */
	uint64_t unit, modulus, stride, count;
	int64_t first, first_digit, first_advance;
};

struct fs_schedule {
	enum fs_collective collective;
	const char *algorithm;
	uint32_t size;
	int levels;
	uint32_t level_size[FS_MAX_LEVELS]; /* product = size */
	uint64_t slots;
	uint32_t chunks; /* chunks per tree, FS_TREE_* only */
	int steps;
	struct fs_step step[FS_MAX_STEPS];
	/* How a library carries its messages (stack/library.h), or NULL: as the network does. Whoever builds
	 * a schedule for a program sets it; nothing in schedule/ looks at it. */
	const struct fs_transport *transport;
};

/** What one member does in one iteration of one step. */
struct fs_move {
	int64_t to, from; /* members, FS_NOBODY or FS_SWITCHES */
	struct fs_slots sent, received;
};

/** What to build. `domain[]`: sizes of the nested consecutive groups that are close to each other,
 *  innermost first, each a multiple of the one before (hierarchical algorithms use those that divide
 *  what they must). bytes: the collective's size as nccl-tests counts it. tree[i]: which switches that reduce
 *  join domain i, at [domains] the whole group; 0: they do not reduce; equal numbers: switches of one tree,
 *  which reduces in one go. tier: what joins the whole group, for messages; or NULL. server: members of one
 *  server, as a library sees it, all of which it joins to each other; a domain, or 0: none. */
struct fs_schedule_request {
	enum fs_collective collective;
	uint32_t size;
	double bytes;
	int domains;
	uint32_t domain[FS_MAX_LEVELS];
	int tree[FS_MAX_LEVELS + 1];
	const char *tier;
	uint32_t server;
};

/** Fills `schedule`, or fails with one line that says what the algorithm cannot do. Local, pure. */
typedef int fs_schedule_builder(const struct fs_schedule_request *request, struct fs_schedule *schedule,
                                struct fs_error *error);

/** One algorithm for one collective: a row of the table in algorithms.c. */
struct fs_algorithm {
	enum fs_collective collective;
	const char *name;
	fs_schedule_builder *build;
	const char *source; /* paper or origin */
	bool by_library;    /* of a library's own: nobody else takes it because it is predicted fastest */
};

/** All algorithms; ends with a row whose name is NULL. */
extern const struct fs_algorithm fs_algorithms[];

/** The row, or NULL with an error that lists what exists for this collective. */
const struct fs_algorithm *fs_algorithm_find(enum fs_collective collective, const char *name,
                                             struct fs_error *error);

/** Checks `request` and builds it with the algorithm `name`. A group of one gives a schedule of one slot and
 * no steps. Local, pure. */
int fs_schedule_build(const struct fs_schedule_request *request, const char *name,
                      struct fs_schedule *schedule, struct fs_error *error);

/** How many members lie between neighbours of a level: the product of the sizes of the levels inside it. */
uint32_t fs_level_stride(const struct fs_schedule *schedule, int level);

/** What `member` does in iteration s of the step. O(1) but for trees (O(log n)). */
void fs_step_move(const struct fs_schedule *schedule, const struct fs_step *step, uint32_t s, uint32_t member,
                  struct fs_move *move);

/** The same without the slots: `move`'s sent and received are left alone. For those who only keep time. */
void fs_step_peers(const struct fs_schedule *schedule, const struct fs_step *step, uint32_t s,
                   uint32_t member, struct fs_move *move);

/** Does the step go through switches? Then its members' peers are FS_SWITCHES. */
bool fs_step_in_network(const struct fs_step *step);

/** How many slots a message of iteration s carries; the same for every member that sends. In-network: how
 * many pass a port the way that more pass; an allreduce's are all parts and one more (in_network.c). */
uint64_t fs_step_slots(const struct fs_schedule *schedule, const struct fs_step *step, uint32_t s);

/** The distance that iteration s moves over: `distance + s * advance`. Iterations of equal distance (and
 *  no tree) have the same peers. */
int64_t fs_step_distance(const struct fs_step *step, uint32_t s);

/** The member that slot `slot` of `member` goes to (sign +1) or comes from (sign -1) in an alltoall:
 *  the slot's digits (mixed radix, as the members') are added to the member's, digit by digit. */
uint32_t fs_schedule_peer(const struct fs_schedule *schedule, uint32_t member, uint64_t slot, int sign);

/** Run q of a set: consecutive slots from *begin on. Returns how many are below `slots`. */
uint64_t fs_slots_run(const struct fs_slots *set, uint64_t q, uint64_t slots, uint64_t *begin);

/** Calls visit(slot, context) for each slot of a set, in order: the order in which a message holds them. */
void fs_slots_each(const struct fs_slots *set, uint64_t slots, void (*visit)(uint64_t slot, void *context),
                   void *context);

/** First element of slot `slot` when `elements` are cut into `slots`: floor(slot * elements / slots). */
uint64_t fs_slot_begin(uint64_t slot, uint64_t slots, uint64_t elements);

/** "allreduce", ...; and back (-1 with an error that lists them). */
const char *fs_collective_name(enum fs_collective collective);
int fs_collective_parse(const char *name, enum fs_collective *collective, struct fs_error *error);

/** busbw = algbw * this factor, as nccl-tests defines it (doc/PERFORMANCE.md there). */
double fs_collective_busbw_factor(enum fs_collective collective, uint32_t size);

#endif
