#ifndef FARSCALE_PLAN_PHASE_COST_H
#define FARSCALE_PLAN_PHASE_COST_H

/* How long a phase takes a chip of a system when all chips are alike: its actions walked through once. */

#include "phase/phase.h"

struct fs_error;
struct fs_system;

struct fs_pricer; /* remembers what collectives take */

/** Borrows the system, which is placed for `chips`. NULL with an error if its networks cannot be built. */
struct fs_pricer *fs_pricer_create(const struct fs_system *system, uint64_t chips, struct fs_error *error);
void fs_pricer_destroy(struct fs_pricer *pricer);

/** Predicted seconds of the collective (cost/cost.h), without launch; of a group of one, or of nothing, 0.
 * Asked of powers of two, in between linear: a prediction is linear as long as the algorithm stays. */
double fs_pricer_collective_s(struct fs_pricer *pricer, enum fs_collective collective, struct fs_group group,
                              double bytes);

struct fs_phase_cost {
	double seconds; /* of which ... */
	double kernels; /* interference included */
	double waited[FS_STREAMS];
};

/** From when nothing is under way until all is done, kernels slowed down while a collective is in flight.
 * None takes less than its host needs to launch it all, which waits for the chip before the next phase.
 * What was issued on FS_STREAM_DATA or FS_STREAM_WEIGHTS and not joined goes on beside the next such phase,
 * which it delays, so it counts where it takes longer than all the rest; both together, as they use the same
 * ports. */
struct fs_phase_cost fs_pricer_phase(struct fs_pricer *pricer, const struct fs_phase *phase);

#endif
