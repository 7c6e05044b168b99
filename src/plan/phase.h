#ifndef FARSCALE_PLAN_PHASE_H
#define FARSCALE_PLAN_PHASE_H

/*
 * What one chip does for one micro-batch in one part of a model: a list of actions, in the order of issue.
 *
 * A phase knows the model and the layout, not the system: kernels by their shapes, communication by its group
 * and bytes. How long either takes is asked of the stack and of the engine (or of plan/estimate.h).
 * A collective goes on beside what follows until its stream is joined; one that blocks is joined at once.
 */

#include "model/parameters.h"
#include "plan/layout.h"
#include "stack/kernel_time.h"

enum fs_pass {
	FS_PASS_FORWARD,
	FS_PASS_BACKWARD,       /* gradients of inputs and of weights, what was recomputed included */
	FS_PASS_BACKWARD_INPUT, /* the two halves of it, for schedules that tear them apart (Qi et al. 2023)
	                         */
	FS_PASS_BACKWARD_WEIGHT,
	FS_PASSES
};

enum fs_action_kind {
	FS_ACTION_KERNEL,
	FS_ACTION_COLLECTIVE, /* issued on its stream */
	FS_ACTION_JOIN        /* wait for all that was issued on the stream */
};

struct fs_action {
	enum fs_action_kind kind;
	const char *label;       /* static text: "qkv", "dispatch", ... */
	struct fs_kernel kernel; /* FS_ACTION_KERNEL */
	enum fs_stream stream;   /* of a collective or a join */
	enum fs_collective collective;
	struct fs_group group;
	double bytes; /* per chip, as nccl-tests counts them */
};

enum { FS_MAX_ACTIONS = 160 };

struct fs_phase {
	int actions;
	struct fs_action action[FS_MAX_ACTIONS];
};

/** One pass of one micro-batch through one layer, the embedding or the head (of what one chip holds of it;
 * experts evenly loaded). Pure. */
void fs_phase_of_part(const struct fs_model *model, const struct fs_layout *layout, enum fs_part part,
                      enum fs_pass pass, struct fs_phase *phase);

#endif
