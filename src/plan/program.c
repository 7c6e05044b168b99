#include "plan/program.h"

#include "base/error.h"
#include "cost/cost.h"
#include "cost/message.h"
#include "fabric/contention.h"
#include "plan/beside.h"
#include "plan/build.h"
#include "plan/use.h"
#include "stack/kernel_time.h"
#include "stack/library.h"

#include <assert.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct fs_program *fs_build_start(uint64_t chips)
{
	struct fs_program *program = fs_allocate_zeroed(1, sizeof *program);
	program->chips = chips;
	return program;
}

int fs_build_networks(struct fs_program *program, const struct fs_system *system, struct fs_error *error)
{
	if (fs_contention_create(system, program->chips, &program->contention, error))
		return -1;
	if (!fs_contention_anywhere(program->contention)) {
		fs_contention_destroy(program->contention);
		program->contention = NULL;
	}
	return 0;
}

static struct fs_op *append(struct fs_program *program, enum fs_op_kind kind, const char *label)
{
	program->op = fs_reallocate(program->op, (unsigned long)(program->ops + 1) * sizeof *program->op);
	struct fs_op *op = &program->op[program->ops++];
	*op = (struct fs_op){.kind = kind, .label = label};
	return op;
}

void fs_build_compute(struct fs_program *program, const struct fs_system *system, const char *label,
                      enum fs_kernel_kind kernel, double flop, double bytes, struct fs_work work)
{
	struct fs_op *op = append(program, FS_OP_COMPUTE, label);
	op->kernel = kernel;
	op->flop = flop;
	op->bytes = bytes;
	op->time_s = fs_kernel_time_s(system, flop, bytes);
	op->work = work;
}

/* Tokens go to experts and back by kernels made for that (DeepEP), not by the library's. */
static bool has_own_kernels(struct fs_buffer buffer)
{
	return buffer.kind == FS_BUFFER_DISPATCH || buffer.kind == FS_BUFFER_COMBINE;
}

void fs_build_kernels(struct fs_program *program, const char *label, enum fs_kernel_kind kernel, double flop,
                      double bytes, double time_s, double host_s)
{
	struct fs_op *op = append(program, FS_OP_COMPUTE, label);
	op->kernel = kernel;
	op->flop = flop;
	op->bytes = bytes;
	op->time_s = time_s;
	op->host_s = host_s;
}

/* An equal collective issued before (layers repeat), asked for in the same way; or NULL. */
static const struct fs_op *known_collective(const struct fs_program *program, enum fs_collective collective,
                                            struct fs_group group, double bytes, const char *algorithm,
                                            struct fs_buffer buffer)
{
	for (int i = 0; i < program->ops; i++) {
		const struct fs_op *op = &program->op[i];
		if (op->kind == FS_OP_COLLECTIVE && op->schedule->collective == collective &&
		    op->size_bytes == bytes && op->group.size == group.size &&
		    has_own_kernels(op->buffer) == has_own_kernels(buffer) &&
		    op->group.stride == group.stride &&
		    (algorithm ? strcmp(op->schedule->algorithm, algorithm) == 0 : op->chosen))
			return op;
	}
	return NULL;
}

static const struct fs_schedule *keep_schedule(struct fs_program *program, struct fs_schedule *schedule)
{
	program->schedule = fs_reallocate(program->schedule, (unsigned long)(program->schedules + 1) *
	                                                             sizeof *program->schedule);
	program->schedule[program->schedules++] = schedule;
	return schedule;
}

static bool known_pair(const struct fs_program *program, const struct fs_op *a, const struct fs_op *b)
{
	for (int i = 0; i < program->pairs; i++) {
		const struct fs_schedule *const *schedule = program->pair[i].schedule;
		if ((schedule[0] == a->schedule && schedule[1] == b->schedule) ||
		    (schedule[0] == b->schedule && schedule[1] == a->schedule))
			return true;
	}
	return false;
}

/* With those of other streams: any of them may be in flight beside it, in this step or the next. */
static void pair_up(struct fs_program *program, const struct fs_system *system, const struct fs_op *op)
{
	for (int i = 0; i < program->ops; i++) {
		const struct fs_op *other = &program->op[i];
		if (other->kind != FS_OP_COLLECTIVE || other->stream == op->stream ||
		    known_pair(program, op, other))
			continue;
		program->pair = fs_reallocate(program->pair,
		                              (unsigned long)(program->pairs + 1) * sizeof *program->pair);
		struct fs_pair *pair = &program->pair[program->pairs++];
		const struct fs_flight flight[2] = {{op->group, op->schedule},
		                                    {other->group, other->schedule}};
		*pair = (struct fs_pair){.schedule = {op->schedule, other->schedule}};
		fs_beside(system, program->contention, flight, pair->slowdown);
	}
}

/* Chooses the schedule, and finds what it needs of its ports and how long its messages are under way. */
static int plan_collective(struct fs_program *program, const struct fs_system *system,
                           enum fs_collective collective, const char *algorithm, struct fs_op *op,
                           struct fs_error *error)
{
	struct fs_schedule *chosen;
	struct fs_contention *contention = program->contention;
	if (fs_cost_choose(system, contention, op->group, collective, op->size_bytes, algorithm, &chosen,
	                   error))
		return -1;
	if (has_own_kernels(op->buffer))
		chosen->transport = NULL;
	op->schedule = keep_schedule(program, chosen);
	op->alone_s = fs_cost_schedule_s(system, contention, op->group, op->schedule, op->size_bytes);
	fs_use_of_ports(system, op->group, op->schedule, op->size_bytes, op->alone_s, op->use);
	if (contention) {
		double latency_s = fs_cost_schedule_s(system, contention, op->group, op->schedule, 0);
		op->under_way = op->alone_s > 0 ? 1 - fmin(1, latency_s / op->alone_s) : 0;
	}
	return 0;
}

int fs_build_collective(struct fs_program *program, const struct fs_system *system, const char *label,
                        enum fs_stream stream, enum fs_collective collective, struct fs_group group,
                        double bytes, const char *algorithm, struct fs_buffer buffer, struct fs_error *error)
{
	assert(program->chips % ((uint64_t)group.size * group.stride) == 0);
	const struct fs_op *known = known_collective(program, collective, group, bytes, algorithm, buffer);
	struct fs_op collected = {.stream = stream,
	                          .group = group,
	                          .size_bytes = bytes,
	                          .chosen = !algorithm,
	                          .buffer = buffer};
	if (known) {
		collected.schedule = known->schedule;
		collected.under_way = known->under_way;
		collected.alone_s = known->alone_s;
		memcpy(collected.use, known->use, sizeof collected.use);
	} else if (plan_collective(program, system, collective, algorithm, &collected, error)) {
		return -1;
	}
	struct fs_message_cost cost = fs_message_cost(&system->stack, collective, buffer, bytes);
	const struct fs_transport *transport = collected.schedule->transport;
	collected.timed_bytes = cost.timed_bytes / (transport ? transport->rate : 1);
	collected.base_s = transport ? transport->base_s : 0;
	collected.message_s = cost.message_s;
	collected.launch_s = system->stack.launch_us.value * 1e-6;
	collected.kind = FS_OP_COLLECTIVE;
	collected.label = label;
	struct fs_op *op = append(program, FS_OP_COLLECTIVE, label);
	*op = collected;
	if (program->contention)
		pair_up(program, system, op);
	return 0;
}

void fs_build_again(struct fs_program *program, uint32_t index)
{
	struct fs_op again = program->op[index];
	*append(program, again.kind, again.label) = again;
}

void fs_build_wait(struct fs_program *program, enum fs_stream stream)
{
	append(program, FS_OP_WAIT, "wait")->stream = stream;
}

/* The schedule of everybody's message to whoever is `distance` stages on, cyclically: for its links. */
static const struct fs_schedule *shift_schedule(struct fs_program *program, struct fs_group pipeline,
                                                uint32_t distance)
{
	for (int i = 0; i < program->ops;
	     i++) { /* a ring of as many chips that lie otherwise has other links */
		const struct fs_op *op = &program->op[i];
		if ((op->kind == FS_OP_SEND || op->kind == FS_OP_RECEIVE) &&
		    op->schedule->step[0].distance == (int64_t)distance)
			return op->schedule;
	}
	struct fs_schedule *shift = fs_allocate_zeroed(1, sizeof *shift);
	const struct fs_schedule_request request = {.collective = FS_SENDRECV, .size = pipeline.size};
	struct fs_error error;
	int failed = fs_schedule_build(&request, "direct", shift, &error);
	assert(!failed && shift->steps == 1);
	(void)failed;
	shift->step[0].distance = (int64_t)distance;
	return keep_schedule(program, shift);
}

void fs_build_transfer(struct fs_program *program, const struct fs_system *system, enum fs_op_kind kind,
                       const char *label, struct fs_transfer transfer)
{
	const struct fs_group pipeline = {program->stages, (uint32_t)program->stage_stride};
	uint32_t distance = (transfer.to + program->stages - transfer.from) % program->stages;
	assert(transfer.from < program->stages && transfer.to < program->stages && distance > 0);
	const struct fs_schedule *schedule = shift_schedule(program, pipeline, distance);
	struct fs_op *op = append(program, kind, label);
	op->group = pipeline;
	op->schedule = schedule;
	op->size_bytes = op->timed_bytes = transfer.bytes;
	op->launch_s = kind == FS_OP_SEND ? system->stack.launch_us.value * 1e-6 : 0;
	op->from = transfer.from;
	op->to = transfer.to;
	op->queue = transfer.queue;
	op->blocks = transfer.blocks;
	op->across = !transfer.sums;
	if (transfer.queue >= program->queues)
		program->queues = transfer.queue + 1;
}

void fs_build_stages(struct fs_program *program, uint32_t stages, uint64_t stride)
{
	assert(program->chips % (stages * stride) == 0);
	program->stages = stages;
	program->stage_stride = stride;
}

void fs_build_turn(struct fs_program *program, struct fs_turn turn)
{
	if (turn.ops == 0 || turn.repeat == 0)
		return;
	assert(turn.first + turn.ops <= (uint32_t)program->ops);
	/* Doubled whenever it is a power of two. */
	if ((program->turns & (program->turns - 1)) == 0)
		program->turn = fs_reallocate(program->turn, (program->turns ? 2ul * program->turns : 1) *
		                                                     sizeof *program->turn);
	program->turn[program->turns++] = turn;
}

int fs_program_for_collective(const struct fs_system *system, enum fs_collective collective, uint64_t chips,
                              double bytes, const char *algorithm, struct fs_program **program,
                              struct fs_error *error)
{
	if (chips > FS_MAX_GROUP)
		return fs_fail(error, "%llu chips in one collective; at most %d", (unsigned long long)chips,
		               FS_MAX_GROUP);
	struct fs_program *built = fs_build_start(chips);
	struct fs_group everyone = {.size = (uint32_t)chips, .stride = 1};
	if (fs_build_networks(built, system, error) ||
	    fs_build_collective(built, system, fs_collective_name(collective), FS_STREAM_DATA, collective,
	                        everyone, bytes, algorithm, (struct fs_buffer){FS_BUFFER_NONE, 0, false},
	                        error)) {
		fs_program_destroy(built);
		return -1;
	}
	built->op[0].launch_s = 0;
	fs_build_wait(built, FS_STREAM_DATA);
	*program = built;
	return 0;
}

uint32_t fs_program_turns(const struct fs_program *program)
{
	return program->turns ? program->turns : 1;
}

struct fs_turn fs_program_turn(const struct fs_program *program, uint32_t i)
{
	if (program->turns)
		return program->turn[i];
	return (struct fs_turn){.ops = (uint32_t)program->ops, .repeat = 1, .stage = FS_ALL_STAGES};
}

static double turn_kernels_s(const struct fs_program *program, const struct fs_turn *turn)
{
	double sum = 0;
	for (uint32_t i = turn->first; i < turn->first + turn->ops; i++)
		sum += program->op[i].kind == FS_OP_COMPUTE ? program->op[i].time_s : 0;
	return sum * turn->repeat;
}

double fs_program_kernels_s(const struct fs_program *program)
{
	uint32_t stages = program->stages ? program->stages : 1;
	double *sum = fs_allocate_zeroed(stages, sizeof *sum), everybody = 0, most = 0;
	for (uint32_t i = 0; i < fs_program_turns(program); i++) {
		struct fs_turn turn = fs_program_turn(program, i);
		*(turn.stage == FS_ALL_STAGES ? &everybody : &sum[turn.stage]) +=
		        turn_kernels_s(program, &turn);
	}
	for (uint32_t s = 0; s < stages; s++)
		most = fmax(most, sum[s]);
	free(sum);
	return everybody + most;
}

void fs_program_destroy(struct fs_program *program)
{
	if (!program)
		return;
	for (int i = 0; i < program->schedules; i++)
		free(program->schedule[i]);
	free(program->schedule);
	free(program->pair);
	fs_contention_destroy(program->contention);
	free(program->op);
	free(program->turn);
	free(program);
}
