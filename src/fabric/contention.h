#ifndef FARSCALE_FABRIC_CONTENTION_H
#define FARSCALE_FABRIC_CONTENTION_H

/*
 * How fast the messages of one round get through, when all chips send at once: the networks of all tiers of a
 * system as a job of some size sees them. A round is what all groups of a collective do in one iteration of a
 * step; its messages are of the same size. Rule 3 of the rules of time.
 */

#include "topology/system.h"

#include <stdbool.h>

struct fs_contention;

/** Who sends to whom. */
struct fs_round {
	/** The chip that `chip` sends to, or -1; through *count, how many chips from this one on send as far
	 * as it does, or not at all as it. */
	int64_t (*to)(uint64_t chip, const void *context, uint64_t *count);
	const void *context;
	uint64_t unit;                   /* the whole is the same after moving by so many chips, cyclically */
	double beta_s[FS_MAX_TIERS];     /* seconds per byte over a tier at best */
	double hop_s[FS_MAX_TIERS];      /* added to the latency over a tier */
	uint64_t ring_stride, ring_span; /* its messages go around rings: members are ring_stride chips apart
	                                  in blocks of ring_span; 0: they do not. Where a network joins
	                                  members directly there are several (fs_network_rings) */
	bool cut[FS_MAX_TIERS]; /* a message over the tier is cut over all ports of its group of the tier
	                           inside, as the channels of NCCL's rings are */
};

/** What the chips' messages get. Chip i: alpha_s[i % period], beta_s[i % period]; those of chips that send
 * nothing are 0. Belongs to the contention, until the next call. */
struct fs_shares {
	uint64_t period;
	bool alike; /* all that send get the same */
	const double *alpha_s, *beta_s;
};

/** `placed` (borrowed) as fs_system_place made it for `chips` chips. Local. */
int fs_contention_create(const struct fs_system *placed, uint64_t chips, struct fs_contention **contention,
                         struct fs_error *error);
void fs_contention_destroy(struct fs_contention *contention);

uint64_t fs_contention_chips(const struct fs_contention *contention);

/** Can messages over tier k slow each other although no chip sends or receives two at once, or do some pass
 * more switches, at hop_us each, than others? Where not, every message has its tier's own alpha and beta, and
 * nobody need ask. Never, of a contention that is NULL. */
bool fs_contention_at(const struct fs_contention *contention, int tier);

/** Only the former: do messages over tier k have links to share? */
bool fs_contention_shares(const struct fs_contention *contention, int tier);

/** As fs_contention_at, at any tier? */
bool fs_contention_anywhere(const struct fs_contention *contention);

struct fs_posting;
struct fs_posted;

/** What messages get that are all posted at once (posted.h); NULL where nothing is shared or some routing is
 * not adaptive: then each round gets what it gets alone. Found once for equal postings; belongs to the
 * contention. */
const struct fs_posted *fs_contention_post(struct fs_contention *contention,
                                           const struct fs_posting *posting);

void fs_contention_solve(struct fs_contention *contention, const struct fs_round *round,
                         struct fs_shares *shares);

/** The same while the messages of another round, of another collective, are under way as well; NULL: none. */
void fs_contention_solve_beside(struct fs_contention *contention, const struct fs_round *round,
                                const struct fs_round *beside, struct fs_shares *shares);

#endif
