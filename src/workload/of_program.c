#include "workload/workload.h"

#include "base/error.h"

/*
 * What the compute stream has done so far is known by few nodes: its last kernel, and what it waited for
 * since: collectives and messages. Everything issued next depends on these. A lane is a run of chips of one
 * stage.
 */

struct writer {
	struct fs_workload *workload;
	struct fs_node_list *list;
	const struct fs_program *program;
	uint64_t first_chip, stage;
	int stream[FS_STREAMS];        /* the workload's; -1: not met yet */
	int64_t in_flight[FS_STREAMS]; /* the last collective of a stream that nobody waited for; -1 */
	int64_t kernel;                /* the last one, -1: none yet */
	int64_t waited[FS_STREAMS];    /* since: the last collective of a stream, -1: none */
	int64_t sent, received;        /* since: the last message that compute waited for, -1: none */
};

static const char *const stream_names[FS_STREAMS] = {
        [FS_STREAM_DATA] = "data",       [FS_STREAM_EXPERT] = "expert",   [FS_STREAM_TENSOR] = "tensor",
        [FS_STREAM_CONTEXT] = "context", [FS_STREAM_WEIGHTS] = "weights",
};

static void depend(struct writer *writer, int64_t on)
{
	if (on >= 0)
		fs_list_depend(writer->list, (uint32_t)on);
}

static int64_t add(struct writer *writer, struct fs_node node)
{
	node.id = writer->list->nodes;
	uint32_t place = fs_list_add(writer->list, &node);
	depend(writer, writer->kernel);
	for (int s = 0; s < FS_STREAMS; s++)
		depend(writer, writer->waited[s]);
	depend(writer, writer->sent);
	depend(writer, writer->received);
	return place;
}

static void add_compute(struct writer *writer, const struct fs_op *op)
{
	writer->kernel = add(writer, (struct fs_node){
	                                     .name = fs_workload_text(writer->workload, op->label),
	                                     .kind = FS_NODE_COMPUTE,
	                                     .recorded_s = op->time_s,
	                                     .flop = op->flop,
	                                     .bytes = op->bytes,
	                             });
	for (int s = 0; s < FS_STREAMS; s++)
		writer->waited[s] = -1;
	writer->sent = writer->received = -1;
}

static void add_collective(struct writer *writer, const struct fs_op *op)
{
	struct fs_error error;
	if (writer->stream[op->stream] < 0)
		writer->stream[op->stream] =
		        fs_workload_stream(writer->workload, stream_names[op->stream], &error);
	writer->in_flight[op->stream] =
	        add(writer, (struct fs_node){
	                            .name = fs_workload_text(writer->workload, op->label),
	                            .kind = FS_NODE_COLLECTIVE,
	                            .recorded_s = -1,
	                            .bytes = op->size_bytes,
	                            .collective = op->schedule->collective,
	                            .buffer = op->buffer.kind,
	                            .group = op->group,
	                            .stream = writer->stream[op->stream],
	                    });
}

static void add_wait(struct writer *writer, enum fs_stream stream)
{
	if (writer->in_flight[stream] < 0)
		return;
	writer->waited[stream] = writer->in_flight[stream];
	writer->in_flight[stream] = -1;
}

/* Chips that lie alike in their stages: stage_stride apart for each stage in between. */
static void add_message(struct writer *writer, const struct fs_op *op)
{
	bool sends = op->kind == FS_OP_SEND;
	uint64_t other = sends ? op->to : op->from;
	int64_t place =
	        add(writer, (struct fs_node){
	                            .name = fs_workload_text(writer->workload, op->label),
	                            .kind = sends ? FS_NODE_SEND : FS_NODE_RECEIVE,
	                            .recorded_s = -1,
	                            .bytes = op->size_bytes,
	                            .peer = writer->first_chip + other * writer->program->stage_stride -
	                                    writer->stage * writer->program->stage_stride,
	                            .tag = op->queue,
	                    });
	if (!sends)
		writer->received = place;
	else if (op->blocks)
		writer->sent = place;
}

static void add_op(struct writer *writer, const struct fs_op *op)
{
	switch (op->kind) {
	case FS_OP_COMPUTE:
		add_compute(writer, op);
		break;
	case FS_OP_COLLECTIVE:
		add_collective(writer, op);
		break;
	case FS_OP_WAIT:
		add_wait(writer, op->stream);
		break;
	case FS_OP_SEND:
	case FS_OP_RECEIVE:
		add_message(writer, op);
		break;
	}
}

static void add_turns(struct writer *writer)
{
	const struct fs_program *program = writer->program;
	for (uint32_t t = 0; t < fs_program_turns(program); t++) {
		struct fs_turn turn = fs_program_turn(program, t);
		if (turn.stage != FS_ALL_STAGES && (uint64_t)turn.stage != writer->stage)
			continue;
		for (uint32_t again = 0; again < turn.repeat; again++)
			for (uint32_t i = turn.first; i < turn.first + turn.ops; i++)
				add_op(writer, &program->op[i]);
	}
}

struct fs_workload *fs_workload_of(const struct fs_program *program, const char *name)
{
	struct fs_workload *workload = fs_workload_create(name);
	uint64_t stages = program->stages ? program->stages : 1;
	uint64_t run = program->stages ? program->stage_stride : program->chips;
	workload->chips = program->chips;
	for (uint64_t chip = 0; chip < program->chips; chip += run) {
		int list = fs_workload_add_list(workload, name);
		struct writer writer = {.workload = workload,
		                        .list = &workload->list[list],
		                        .program = program,
		                        .first_chip = chip,
		                        .stage = chip / run % stages,
		                        .kernel = -1,
		                        .sent = -1,
		                        .received = -1};
		for (int s = 0; s < FS_STREAMS; s++)
			writer.stream[s] = -1, writer.in_flight[s] = writer.waited[s] = -1;
		add_turns(&writer);
		fs_workload_add_lane(workload, chip, run, list);
	}
	return workload;
}
