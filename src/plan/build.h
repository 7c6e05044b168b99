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

/** algorithm NULL: the one predicted fastest. Starts the stack's launch_us after its issue. group.size *
 * group.stride divides the program's chips. */
int fs_build_collective(struct fs_program *program, const struct fs_system *system, const char *label,
                        enum fs_stream stream, enum fs_collective collective, struct fs_group group,
                        double bytes, const char *algorithm, struct fs_buffer buffer, struct fs_error *error);

void fs_build_wait(struct fs_program *program, enum fs_stream stream);

#endif
