#ifndef FARSCALE_PLAN_STEP_OPS_H
#define FARSCALE_PLAN_STEP_OPS_H

/* Phases as operations of a program: kernels timed on the system's chip, collectives with their algorithms
 * chosen. */

#include "phase/phase.h"
#include "plan/build.h"

/** Operations first .. first + ops - 1 of a program. */
struct fs_op_range {
	uint32_t first, ops;
};

/** Appends the phase's actions begin .. end - 1. Kernels between which a chip neither starts nor waits for
 * anything become one operation, which takes as long as all of them; it is named after the longest. */
int fs_step_ops(struct fs_program *program, const struct fs_system *system, const struct fs_phase *phase,
                int begin, int end, struct fs_op_range *range, struct fs_error *error);

#endif
