#include "engine/graph_cost.h"

#include "base/error.h"
#include "base/random.h"
#include "engine/engine.h"
#include "engine/team.h"
#include "plan/build.h"
#include "workload/workload.h"

#include <stdlib.h>
#include <string.h>

/* Different collectives so far, found by a hash of what tells them apart. */
struct known {
	uint32_t room, count; /* room: a power of two, more than half of it empty */
	int *op;              /* -1: empty */
};

static bool same(const struct fs_op *op, const struct fs_node *node)
{
	return op->schedule->collective == node->collective && op->size_bytes == node->bytes &&
	       op->group.size == node->group.size && op->group.stride == node->group.stride &&
	       op->buffer.kind == node->buffer && (int)op->stream == node->stream;
}

static uint64_t hash_of(enum fs_collective collective, double bytes, struct fs_group group, int stream)
{
	uint64_t bits;
	memcpy(&bits, &bytes, sizeof bits);
	bits = fs_mix64(bits ^ (uint64_t)group.size << 32 ^ group.stride);
	return fs_mix64(bits ^ (uint64_t)collective << 8 ^ (uint64_t)stream);
}

static int *place_of(const struct known *known, const struct fs_program *program, const struct fs_node *node)
{
	uint64_t at = hash_of(node->collective, node->bytes, node->group, node->stream);
	while (true) {
		int *place = &known->op[at & (known->room - 1)];
		if (*place < 0 || same(&program->op[*place], node))
			return place;
		at++;
	}
}

static void grow(struct known *known, const struct fs_program *program)
{
	known->room = known->room ? 2 * known->room : 64;
	known->op = fs_reallocate(known->op, known->room * sizeof *known->op);
	for (uint32_t i = 0; i < known->room; i++)
		known->op[i] = -1;
	for (int i = 0; i < program->ops; i++) {
		const struct fs_op *op = &program->op[i];
		uint64_t at = hash_of(op->schedule->collective, op->size_bytes, op->group, (int)op->stream);
		while (known->op[at & (known->room - 1)] >= 0)
			at++;
		known->op[at & (known->room - 1)] = i;
	}
}

/* A program's streams are told apart by number alone where it is built, and a workload has others. */
static int find(const struct fs_system *system, struct fs_program *program, struct known *known,
                const struct fs_node *node, int *op, struct fs_error *error)
{
	if (2 * (known->count + 1) > known->room)
		grow(known, program);
	int *place = place_of(known, program, node);
	if (*place < 0) {
		if (fs_build_collective(program, system, node->name, (enum fs_stream)node->stream,
		                        node->collective, node->group, node->bytes, NULL,
		                        (struct fs_buffer){node->buffer, 0, false}, error))
			return -1;
		*place = program->ops - 1;
		known->count++;
	}
	*op = *place;
	return 0;
}

static int find_in_list(const struct fs_system *system, struct fs_program *program, struct known *known,
                        const struct fs_node_list *list, int *op, struct fs_error *error)
{
	for (uint32_t i = 0; i < list->nodes; i++) {
		op[i] = -1;
		if (list->node[i].kind == FS_NODE_COLLECTIVE &&
		    find(system, program, known, &list->node[i], &op[i], error))
			return -1;
	}
	return 0;
}

/* A step of nothing but this, with no launch. */
static int time_alone(const struct fs_system *system, const struct fs_program *program, int index,
                      double *time_s, struct fs_error *error)
{
	struct fs_op ops[] = {program->op[index], {.kind = FS_OP_WAIT, .stream = FS_STREAM_DATA}};
	struct fs_program alone = *program;
	struct fs_engine_options options = {.compute = FS_COMPUTE_MODEL, .steps = 1};
	struct fs_outcome outcome;
	ops[0].stream = FS_STREAM_DATA;
	ops[0].launch_s = 0;
	alone.ops = 2;
	alone.op = ops;
	struct fs_team *team = fs_team_alone();
	int status = fs_virtual_run(team, system, &alone, &options, &outcome, error);
	fs_team_destroy(team);
	if (status)
		return -1;
	*time_s = outcome.step_s[0];
	fs_outcome_clear(&outcome);
	return 0;
}

static int find_all(const struct fs_system *system, const struct fs_workload *workload,
                    struct fs_graph_costs *costs, struct known *known, struct fs_error *error)
{
	if (fs_build_networks(costs->program, system, error))
		return -1;
	for (int l = 0; l < workload->lists; l++) {
		costs->op[l] = fs_allocate((workload->list[l].nodes + 1ul) * sizeof *costs->op[l]);
		if (find_in_list(system, costs->program, known, &workload->list[l], costs->op[l], error))
			return fs_fail_in(error, "%s", workload->list[l].origin);
	}
	costs->time_s = fs_allocate_zeroed((unsigned long)costs->program->ops + 1, sizeof *costs->time_s);
	for (int i = 0; i < costs->program->ops; i++)
		if (time_alone(system, costs->program, i, &costs->time_s[i], error))
			return -1;
	return 0;
}

int fs_graph_costs_find(const struct fs_system *system, const struct fs_workload *workload,
                        struct fs_graph_costs *costs, struct fs_error *error)
{
	struct known known = {0};
	*costs = (struct fs_graph_costs){.program = fs_build_start(workload->chips)};
	costs->op = fs_allocate_zeroed((unsigned long)workload->lists + 1, sizeof *costs->op);
	int status = find_all(system, workload, costs, &known, error);
	free(known.op);
	if (status)
		fs_graph_costs_clear(workload, costs);
	return status;
}

void fs_graph_costs_clear(const struct fs_workload *workload, struct fs_graph_costs *costs)
{
	for (int l = 0; costs->op && l < workload->lists; l++)
		free(costs->op[l]);
	free(costs->op);
	free(costs->time_s);
	fs_program_destroy(costs->program);
	*costs = (struct fs_graph_costs){0};
}
