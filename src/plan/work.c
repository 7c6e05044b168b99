#include "plan/work.h"

#include "plan/program.h"

static double iterations(const struct fs_schedule *schedule)
{
	double sum = 0;
	for (int i = 0; i < schedule->steps; i++)
		sum += schedule->step[i].repeat;
	return sum;
}

static void add_turn(const struct fs_program *program, const struct fs_turn *turn,
                     struct fs_program_work *work)
{
	double stages = program->stages ? program->stages : 1;
	double chips = (double)program->chips / (turn->stage == FS_ALL_STAGES ? 1 : stages) * turn->repeat;
	for (uint32_t i = turn->first; i < turn->first + turn->ops; i++) {
		const struct fs_op *op = &program->op[i];
		if (op->kind == FS_OP_COLLECTIVE)
			work->chip_steps += chips * iterations(op->schedule);
		else if (op->kind == FS_OP_COMPUTE)
			work->chip_kernels += chips;
		else if (op->kind == FS_OP_RECEIVE)
			work->chip_steps += chips;
	}
}

struct fs_program_work fs_program_work(const struct fs_program *program)
{
	struct fs_program_work work = {0};
	for (uint32_t i = 0; i < fs_program_turns(program); i++) {
		struct fs_turn turn = fs_program_turn(program, i);
		add_turn(program, &turn, &work);
	}
	return work;
}
