#ifndef FARSCALE_COST_COST_H
#define FARSCALE_COST_COST_H

/* What a collective takes at least, and about how long a schedule of it takes when all start together. */

#include "schedule/group.h"
#include "schedule/schedule.h"

struct fs_contention;
struct fs_iteration;
struct fs_system;

/* contention, below: the networks of the program that the collective belongs to, all of whose groups send at
 * once; NULL where nothing blocks. */

/** The outermost tier that messages of an iteration can reach. */
int fs_cost_tier(const struct fs_system *system, const struct fs_iteration *iteration);

/** Predicted seconds of a schedule: alpha + bytes * beta (and what the stack adds: cost/message.h) summed
 * over its iterations, each with the largest alpha and beta of the tiers that its messages can take, or of
 * the slowest message where links are shared (of steps whose iterations differ in nothing but their links, a
 * few are looked at). What passes round a ring over tiers that do not block waits for each hop's alpha once.
 * Never less than the engine's time without jitter, and the same on one tier, but for binomial broadcasts,
 * whose members need not wait in every iteration, and for trees, of which two of three terms are estimates:
 * the engine's time is 0.4 to 1.5 of the predicted. Serves to choose among algorithms; results come from the
 * engine. */
double fs_cost_schedule_s(const struct fs_system *system, struct fs_contention *contention,
                          struct fs_group group, const struct fs_schedule *schedule, double bytes);

/** The same of one step. */
double fs_cost_step_s(const struct fs_system *system, struct fs_contention *contention, struct fs_group group,
                      const struct fs_schedule *schedule, const struct fs_step *step, double bytes);

/** Seconds of one message of iteration s of a step, as above. */
double fs_cost_message_s(const struct fs_system *system, struct fs_contention *contention,
                         struct fs_group group, const struct fs_schedule *schedule,
                         const struct fs_step *step, uint32_t s, double bytes);

/** The tier whose switches an in-network step goes through: the innermost that holds every group of the step
 * wherever the collective's groups begin. */
const struct fs_tier *fs_cost_switches(const struct fs_system *system, struct fs_group group,
                                       const struct fs_schedule *schedule, const struct fs_step *step);

/** Lower bound in seconds for the collective by any schedule, switches that reduce included: the larger of
 * one latency over the outermost tier that the group spans, and, for each tier, the bytes that must enter (or
 * leave) a group of that tier's inner neighbour over all its chips' ports, one each, or, where a library has
 * levels at work at once, that inside nodes beside that between them (Chan et al. 2007; Patarasu and
 * Yuan 2009 for allreduce, applied to groups of chips as well as to single chips). With switches outside a
 * part that reduce, an allreduce needs no more than all its bytes once in and once out of the part, and every
 * byte may take the faster of the port's two ways. */
double fs_cost_bound_s(const struct fs_system *system, struct fs_group group, enum fs_collective collective,
                       double bytes);

/** How the group's members lie in the system's tiers: fills the request's domains, innermost first, and which
 * switches reduce for them. The request borrows the tier's name. */
void fs_cost_domains(const struct fs_system *system, struct fs_group group,
                     struct fs_schedule_request *request);

/** Builds the schedule that is predicted fastest (ties: the first in the table), or the named one. The
 *  caller frees *schedule. */
int fs_cost_choose(const struct fs_system *system, struct fs_contention *contention, struct fs_group group,
                   enum fs_collective collective, double bytes, const char *algorithm,
                   struct fs_schedule **schedule, struct fs_error *error);

#endif
