#ifndef FARSCALE_PLAN_STEP_H
#define FARSCALE_PLAN_STEP_H

/*
 * A training step of any model in any layout as a program of turns (program.h): phases (phase/phase.h,
 * phase/step_end.h) in the order of the pipeline's schedule (pipeline/pipeline.h).
 *
 * Gradients go out in buckets of neighbouring layers: with overlap_dp while the last micro-batch's backward
 * pass goes on, else after it. With zero=1 or 2 updated weights come back in the same buckets: with
 * overlap_dp one bucket ahead of the layers, in each chunk's first forward pass of the next step
 * (Megatron-core's overlap_param_gather), so that a step begins with what the one before has left; else at
 * the end of the step. The norm of all gradients joins all stages. Where two stages sum the same gradients (a
 * tied embedding, dualpipe's copies), each sends all of them to the other, which takes as long as a ring of
 * two.
 */

#include "layout/layout.h"
#include "plan/program.h"

/** The layout must have been resolved for these chips. */
int fs_program_for_layout(const struct fs_system *system, const struct fs_model *model,
                          const struct fs_layout *layout, uint64_t chips, struct fs_program **program,
                          struct fs_error *error);

#endif
