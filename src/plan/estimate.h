#ifndef FARSCALE_PLAN_ESTIMATE_H
#define FARSCALE_PLAN_ESTIMATE_H

/*
 * How long a training step takes, by arithmetic: no jitter, all chips of a stage alike, pipelines by their
 * closed forms. Fast enough to try every layout (plan/search.h); results come from the engine, which it must
 * agree with to some percent (tests/unit/plan/test_estimate.c).
 */

#include "plan/layout.h"

struct fs_estimator; /* remembers kernels and collectives of one system and model */

/** Seconds of a step, and where they go; parts add up to step_s. */
struct fs_estimate {
	double step_s;
	double kernels_s; /* of the busiest stage, matrix products, attention and the rest */
	double tensor_s, context_s, expert_s; /* what its chips wait for these dimensions */
	double pipeline_s;                    /* ... for other stages: bubbles and transfers */
	double data_s;                        /* ... for gradients and weights of replicas */
	double optimizer_s;
	double memory; /* bytes on the fullest chip */
};

/** Borrows system (placed for `chips`) and model. */
struct fs_estimator *fs_estimator_create(const struct fs_system *system, const struct fs_model *model,
                                         uint64_t chips);
void fs_estimator_destroy(struct fs_estimator *estimator);

/** The layout must have been resolved for these chips. */
int fs_estimate(struct fs_estimator *estimator, const struct fs_layout *layout, struct fs_estimate *estimate,
                struct fs_error *error);

#endif
