#ifndef FARSCALE_ENGINE_METER_H
#define FARSCALE_ENGINE_METER_H

/*
 * How far a run on the virtual clock has come, and telling whoever wants to know, some twenty times a second
 * at most. The loops over chips do not know of it: it counts whole iterations and kernels, and the host's
 * clock is looked at after many of them.
 */

#include "engine/engine.h"

struct fs_meter {
	void (*report)(void *context, const struct fs_progress *progress); /* NULL: nobody wants to know */
	void *context;
	double kernel_effort;             /* of a kernel on a chip, in chip-steps */
	double effort, of_effort;         /* in chip-steps */
	double chip_steps, of_chip_steps; /* without the kernels */
	double unseen;                    /* done since the clock was looked at */
	double reported_s;                /* when, on the host's clock */
};

/** speaks: whether this rank reports. */
void fs_meter_start(struct fs_meter *meter, const struct fs_program *program,
                    const struct fs_engine_options *options, bool speaks);

/** All chips went through one iteration, or through one kernel. */
void fs_meter_iteration(struct fs_meter *meter, uint64_t chips);
void fs_meter_kernel(struct fs_meter *meter, uint64_t chips);

/** All is done: reports once more. */
void fs_meter_end(struct fs_meter *meter);

#endif
