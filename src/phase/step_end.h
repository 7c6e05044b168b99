#ifndef FARSCALE_PHASE_STEP_END_H
#define FARSCALE_PHASE_STEP_END_H

/*
 * What a pipeline stage does besides passes of micro-batches: gradients are summed over replicas, weights are
 * updated and, with zero 1 or 2, gathered again. As Megatron-core does it (docs: "Distributed Optimizer",
 * "Distributed Data Parallel").
 */

#include "layout/replicas.h"
#include "phase/phase.h"

/** A micro-batch has come from another stage: tensor-parallel neighbours gather what each was sent of it
 * (fs_activation_sent_bytes); nothing where each keeps its part (sp). In place of what the phase had. */
void fs_phase_of_arrival(const struct fs_model *model, const struct fs_layout *layout,
                         struct fs_phase *phase);

/** Issues on FS_STREAM_DATA the sum of the gradients of so many parameters over those who hold the same:
 * an allreduce, with zero=1 or 2 a reduce_scatter. In place of what the phase had; with zero=3 nothing, it
 * has been done layer by layer. Not joined. */
void fs_phase_of_gradients(const struct fs_model *model, const struct fs_layout *layout,
                           const struct fs_held *parameters, struct fs_phase *phase);

/** zero=1 or 2: issues on FS_STREAM_WEIGHTS the gathering of so many updated weights; else nothing. With
 * overlap_dp beside the next step's first forward passes, else at the end of the step. Not joined. */
void fs_phase_of_weights(const struct fs_model *model, const struct fs_layout *layout,
                         const struct fs_held *parameters, struct fs_phase *phase);

/** All that is left when a stage's last backward pass is done and its gradients are under way: waits for
 * them; sums those that each tensor-parallel chip has of its own tokens (sp); sums, with dualpipe, those of
 * both copies of the stage, and those of a table that the first and the last stage both have; norm of all
 * gradients; clipping, Adam, gradients back to zero; with fp8 a cast of the weights.
 * Groups of two stages are written as two chips `stride` apart; only chips of these stages take part. */
void fs_phase_of_step_end(const struct fs_model *model, const struct fs_layout *layout, uint32_t stage,
                          struct fs_phase *phase);

#endif
