#ifndef FARSCALE_COST_PEERS_H
#define FARSCALE_COST_PEERS_H

/*
 * Who sends to whom, in chips, when all groups of a collective go through one iteration of a step at once.
 * Neighbours mostly do alike, so the answer is given for runs of chips.
 */

#include "schedule/group.h"
#include "schedule/schedule.h"

struct fs_contention;
struct fs_posted;
struct fs_round;
struct fs_system;

struct fs_iteration {
	struct fs_group group;
	const struct fs_schedule *schedule;
	const struct fs_step *step;
	uint32_t s;
	uint64_t stride, size;      /* in chips, of the digit that moves; its number of values */
	uint32_t by[FS_MAX_LEVELS]; /* FS_SHIFT_ALL: by how much each digit moves */
};

struct fs_iteration fs_iteration_of(struct fs_group group, const struct fs_schedule *schedule,
                                    const struct fs_step *step, uint32_t s);

/** FS_NO_PEER: nothing is received, or sent. */
#define FS_NO_PEER INT64_MAX

/** Peers of a run of chips, relative to each. */
struct fs_peers {
	int64_t from, to; /* sender - chip, receiver - chip */
	uint64_t count;   /* for so many chips from the one asked for on */
};

struct fs_peers fs_peers_of(const struct fs_iteration *iteration, uint64_t chip);

/** What a library's protocol adds to a message's latency over a tier, in seconds; and the latency with it,
 * over a tier that does not block. */
double fs_iteration_hop_s(const struct fs_iteration *iteration, int tier);
double fs_iteration_alpha_s(const struct fs_iteration *iteration, const struct fs_system *system, int tier);

/** Seconds per byte over a tier that does not block. A message of a `spread` step that leaves a group of the
 * tier inside is cut over all ports of that group, which the others that leave it use as well; it passes the
 * chip's own port of the tier inside. (Not where the groups are unevenly filled.) */
double fs_iteration_beta_s(const struct fs_iteration *iteration, const struct fs_system *system, int tier);

/** The same question as fabric/contention.h asks it, for a program of `chips` chips. The iteration is
 * borrowed. */
struct fs_round fs_iteration_round(const struct fs_iteration *iteration, const struct fs_system *system,
                                   uint64_t chips);

/** What the messages of a step get whose iterations are all posted at once; NULL where they are not, or where
 * that makes no difference. */
const struct fs_posted *fs_iteration_posted(const struct fs_iteration *iteration,
                                            const struct fs_system *system, struct fs_contention *contention);

#endif
