#ifndef FARSCALE_PLAN_BUILD_H
#define FARSCALE_PLAN_BUILD_H

/* For the files of plan/ that put programs together: start one, append operations in the order of issue. */

#include "plan/program.h"

struct fs_program *fs_build_start(uint64_t chips);

/** Builds the system's networks for the program: without, nothing blocks. Before the first collective; the
 * system, placed for the program's chips, must outlive the program. */
int fs_build_networks(struct fs_program *program, const struct fs_system *system, struct fs_error *error);

void fs_build_compute(struct fs_program *program, const struct fs_system *system, const char *label,
                      enum fs_kernel_kind kernel, double flop, double bytes, struct fs_work work);

/** Several kernels as one, which takes the chip time_s, and the host host_s to launch. */
void fs_build_kernels(struct fs_program *program, const char *label, enum fs_kernel_kind kernel, double flop,
                      double bytes, double time_s, double host_s);

/** algorithm NULL: the one predicted fastest. Starts the stack's launch_us after its issue. group.size *
 * group.stride divides the program's chips. */
int fs_build_collective(struct fs_program *program, const struct fs_system *system, const char *label,
                        enum fs_stream stream, enum fs_collective collective, struct fs_group group,
                        double bytes, const char *algorithm, struct fs_buffer buffer, struct fs_error *error);

/** An operation once more, at the end. */
void fs_build_again(struct fs_program *program, uint32_t index);

void fs_build_wait(struct fs_program *program, enum fs_stream stream);

/** Chip i is of stage (i / stride) mod stages; stages * stride divides the program's chips. Before anything
 * that names a stage. */
void fs_build_stages(struct fs_program *program, uint32_t stages, uint64_t stride);

/** A message from each chip of a stage to the chip of another that lies in it alike. */
struct fs_transfer {
	uint32_t from, to; /* stages, not the same */
	uint32_t queue;    /* its send's and its receive's */
	double bytes;
	bool sums;   /* part of summing gradients: waiting for it is not the pipeline's bubble */
	bool blocks; /* the sender waits until its port is free again */
};

/** kind: FS_OP_SEND or FS_OP_RECEIVE. */
void fs_build_transfer(struct fs_program *program, const struct fs_system *system, enum fs_op_kind kind,
                       const char *label, struct fs_transfer transfer);

/** Appends a turn; none if there is nothing to do in it. Its operations exist. */
void fs_build_turn(struct fs_program *program, struct fs_turn turn);

#endif
