#ifndef FARSCALE_FABRIC_POSTED_H
#define FARSCALE_FABRIC_POSTED_H

/*
 * Messages that are all posted at once (a direct all-to-all): some go by every link at any time, while those
 * of one round alone may all go by the same few and leave the others idle. A link is busy until all that must
 * pass it has passed; the links of a tier that are busy longest say how fast the tier's messages get through,
 * on average: in an all-to-all the bisection, or a torus' lines. The times are a lower bound, and met where
 * the network looks alike from everywhere.
 */

#include "fabric/machine.h"

/** Who sends to whom in round s of `rounds`; a chip, or -1. The rest as in struct fs_round. */
struct fs_posting {
	int64_t (*to)(uint64_t chip, uint32_t s, const void *context);
	const void *context;
	uint64_t key[4]; /* equal for equal postings */
	uint32_t rounds;
	uint64_t unit;
	double beta_s[FS_MAX_TIERS];
};

/** A message over each tier, on average. */
struct fs_posted {
	double alpha_s[FS_MAX_TIERS], beta_s[FS_MAX_TIERS];
};

/** Does it apply: is something shared, and is all routing adaptive? (A hash may put many messages on one
 * link.) */
bool fs_machine_spreads(const struct fs_machine *machine);

/** Of more than 2^18 messages, some rounds stand for all: the times are some 2 % longer then. */
struct fs_posted fs_machine_post(const struct fs_machine *machine, const struct fs_posting *posting);

#endif
