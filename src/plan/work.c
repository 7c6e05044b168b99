#include "plan/work.h"

#include "plan/program.h"

static double iterations(const struct fs_schedule *schedule)
{
	double sum = 0;
	for (int i = 0; i < schedule->steps; i++)
		sum += schedule->step[i].repeat;
	return sum;
}

struct fs_program_work fs_program_work(const struct fs_program *program)
{
	struct fs_program_work work = {0};
	double chips = (double)program->chips;
	for (int i = 0; i < program->ops; i++) {
		const struct fs_op *op = &program->op[i];
		if (op->kind == FS_OP_COLLECTIVE)
			work.chip_steps += chips * iterations(op->schedule);
		else if (op->kind == FS_OP_COMPUTE)
			work.chip_kernels += chips;
	}
	return work;
}
