#ifndef FARSCALE_PLAN_WORK_H
#define FARSCALE_PLAN_WORK_H

struct fs_program;

/** How much there is to emulate in one step of a program, over all chips. */
struct fs_program_work {
	double chip_steps;   /* one is a chip that goes through one iteration of one step of a schedule */
	double chip_kernels; /* one is a kernel on a chip */
};

/** Counted, not run. Local, pure. */
struct fs_program_work fs_program_work(const struct fs_program *program);

#endif
