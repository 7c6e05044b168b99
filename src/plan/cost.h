#ifndef FARSCALE_PLAN_COST_H
#define FARSCALE_PLAN_COST_H

/* What a collective takes at least, and about how long a schedule of it takes when all start together. */

#include "plan/program.h"

struct fs_system;

/** Predicted seconds of a schedule: alpha + bytes * beta (and what the stack adds: plan/message.h) summed
 * over its iterations, each with the largest alpha and beta of the tiers that its messages can take. Never
 * less than the engine's time without jitter, and the same on one tier, but for trees and binomial
 * broadcasts, whose members need not wait in every iteration. Serves to choose among algorithms; results come
 * from the engine. */
double fs_cost_schedule_s(const struct fs_system *system, struct fs_group group,
                          const struct fs_schedule *schedule, double bytes);

/** Seconds of one message of iteration s of a step, as above. */
double fs_cost_message_s(const struct fs_system *system, struct fs_group group,
                         const struct fs_schedule *schedule, const struct fs_step *step, uint32_t s,
                         double bytes);

/** Lower bound in seconds for the collective by any schedule of point-to-point messages: the larger of one
 * latency over the outermost tier that the group spans, and, for each tier, the bytes that must enter (or
 * leave) a group of that tier's inner neighbour over all its chips' ports (Chan et al. 2007; Patarasu and
 * Yuan 2009 for allreduce, applied to groups of chips as well as to single chips). */
double fs_cost_bound_s(const struct fs_system *system, struct fs_group group, enum fs_collective collective,
                       double bytes);

/** How the group's members lie in the system's tiers: fills the request's domains, innermost first. */
void fs_cost_domains(const struct fs_system *system, struct fs_group group,
                     struct fs_schedule_request *request);

/** Builds the schedule that is predicted fastest (ties: the first in the table), or the named one. The
 *  caller frees *schedule. */
int fs_cost_choose(const struct fs_system *system, struct fs_group group, enum fs_collective collective,
                   double bytes, const char *algorithm, struct fs_schedule **schedule,
                   struct fs_error *error);

#endif
