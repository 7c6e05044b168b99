#ifndef FARSCALE_PLAN_ESTIMATE_H
#define FARSCALE_PLAN_ESTIMATE_H

/*
 * How long a training step takes, by arithmetic: no jitter, all chips of a stage alike, phases walked through
 * alone (plan/phase_cost.h), pipelines by pipeline/pipeline_time.h. Fast enough to try every layout
 * (plan/search.h); results come from the engine.
 *
 * Gradients are summed in buckets of bucket_MB. With overlap_dp they go on beside the backward pass of the
 * last micro-batch (interleaved: of the last pp), and weights of zero 1 and 2 beside the first forward
 * passes; what is longer, and at least one bucket, is waited for. dualpipe turn by turn
 * (pipeline/pipeline_walk.h): what one micro-batch communicates goes on beside the kernels of another.
 */

#include "layout/layout.h"
#include "pipeline/turn.h"

struct fs_error;
struct fs_model;
struct fs_system;

struct fs_estimator; /* remembers kernels and collectives of one system and model */

/** Seconds of a step, and where they go on the chips of the stage that is done last; parts add up to step_s.
 */
struct fs_estimate {
	double step_s;
	double kernels_s; /* of its micro-batches, slowed down beside communication; not the optimizer's */
	double tensor_s, context_s, expert_s; /* what its chips wait for these dimensions */
	double pipeline_s;                    /* ... for other stages: bubbles and transfers */
	double data_s;                        /* ... for gradients and weights of replicas */
	double optimizer_s;                   /* norm of gradients and update */
	double turn_s[FS_TURN_KINDS];         /* the first stage's time in turns of each kind */
};

/** Borrows system (placed for `chips`) and model. NULL with an error if its networks cannot be built. */
struct fs_estimator *fs_estimator_create(const struct fs_system *system, const struct fs_model *model,
                                         uint64_t chips, struct fs_error *error);
void fs_estimator_destroy(struct fs_estimator *estimator);

/** The layout must have been resolved for these chips and this model. Memory is not asked about. */
void fs_estimate(struct fs_estimator *estimator, const struct fs_layout *layout,
                 struct fs_estimate *estimate);

#endif
