#ifndef FARSCALE_COMMAND_PREDICT_H
#define FARSCALE_COMMAND_PREDICT_H

/* What farscale says of a published case: names -> config -> plan -> virtual clock -> one number. */

#include "command/published.h"
#include "topology/system.h"

struct fs_error;
struct fs_predictor; /* remembers systems and models that it has loaded: sets have many rows of few of them */

/** stack: instead of those of the cases; NULL: theirs. estimate: steps by arithmetic (plan/estimate.h), not
 * by the engine. Borrows overrides and stack. Local, without MPI. */
struct fs_predictor *fs_predictor_create(const struct fs_override *overrides, int override_count,
                                         const char *stack, bool estimate);
void fs_predictor_destroy(struct fs_predictor *predictor);

/** From now on: steps by arithmetic or by the engine. */
void fs_predictor_estimate(struct fs_predictor *predictor, bool estimate);

/** The systems of the cases that were checked so far. Who changes their numbers changes predictions from then
 * on. A system is there once for each stack that cases run it with. */
int fs_predictor_systems(const struct fs_predictor *predictor);
struct fs_system *fs_predictor_system(struct fs_predictor *predictor, int index);

/** Do its names, layout and numbers mean something? For messages before anything runs: "file:line: ...". */
int fs_predict_check(struct fs_predictor *predictor, const struct fs_published_case *one,
                     struct fs_error *error);

/** Seconds or bytes of a case that was checked, without jitter, as its kind of measurement has it:
 *   step        of one training step
 *   memory      part "state": weights, gradients and optimizer, mean over stages; "activations": of the first
 *               stage; "total": of the stage that needs most
 *   collective  as nccl-tests times it: launched ahead
 *   phase       part of a step: 1F, 1B, 1W, 1F1B, bubble, optimizer
 * -1: it cannot be predicted, and why. */
int fs_predict(struct fs_predictor *predictor, const struct fs_published_case *one, double *value,
               struct fs_error *error);

/** The name of the stack that the case runs with. The case was checked. */
const char *fs_predict_stack(struct fs_predictor *predictor, const struct fs_published_case *one);

#endif
