#ifndef FARSCALE_COMMAND_PREDICT_H
#define FARSCALE_COMMAND_PREDICT_H

/* What farscale says of a published case: names -> config -> plan -> virtual clock -> one number. */

#include "command/published.h"
#include "topology/system.h"

struct fs_error;
struct fs_predictor; /* remembers systems and models that it has loaded: sets have many rows of few of them */

/** stack: instead of those of the cases; NULL: theirs. Borrows both. Local, without MPI. */
struct fs_predictor *fs_predictor_create(const struct fs_override *overrides, int override_count,
                                         const char *stack);
void fs_predictor_destroy(struct fs_predictor *predictor);

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
