#include "plan/step_ops.h"

#include "cost/exchange.h"

/* Kernels that wait for company. */
struct together {
	const struct fs_kernel *longest;
	double longest_s, time_s, flop, bytes, host_s;
};

static void add_kernel(struct together *together, const struct fs_system *system,
                       const struct fs_kernel *kernel)
{
	double time_s = fs_kernel_s(system, kernel);
	if (!together->longest || time_s > together->longest_s) {
		together->longest = kernel;
		together->longest_s = time_s;
	}
	together->time_s += time_s;
	together->host_s += fs_kernel_launch_s(system);
	together->flop += fs_kernel_flop(kernel);
	together->bytes += fs_kernel_bytes(kernel);
}

static void flush(struct together *together, struct fs_program *program)
{
	if (together->longest)
		fs_build_kernels(program, together->longest->label, together->longest->kind, together->flop,
		                 together->bytes, together->time_s, together->host_s);
	*together = (struct together){0};
}

int fs_step_ops(struct fs_program *program, const struct fs_system *system, const struct fs_phase *phase,
                int begin, int end, struct fs_op_range *range, struct fs_error *error)
{
	struct together together = {0};
	range->first = (uint32_t)program->ops;
	for (int i = begin; i < end; i++) {
		const struct fs_action *action = &phase->action[i];
		if (action->kind == FS_ACTION_KERNEL) {
			add_kernel(&together, system, &action->kernel);
			continue;
		}
		flush(&together, program);
		if (action->kind == FS_ACTION_JOIN)
			fs_build_wait(program, action->stream);
		else if (fs_build_collective(program, system, action->label, action->stream,
		                             action->collective, action->group,
		                             fs_exchange_bytes(system, action), NULL, action->exchange,
		                             error))
			return -1;
		if (action->kind == FS_ACTION_COLLECTIVE)
			program->op[program->ops - 1].host_s = fs_kernel_launch_s(system);
	}
	flush(&together, program);
	range->ops = (uint32_t)program->ops - range->first;
	return 0;
}
