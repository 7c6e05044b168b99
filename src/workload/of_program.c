#include "workload/workload.h"

#include "base/error.h"

/*
 * What the compute stream has done so far is known by few nodes: its last kernel, and the collectives that it
 * waited for since. Everything issued next depends on these.
 */

struct writer {
	struct fs_workload *workload;
	struct fs_node_list *list;
	int stream[FS_STREAMS];        /* the workload's; -1: not met yet */
	int64_t in_flight[FS_STREAMS]; /* the last collective of a stream that nobody waited for; -1 */
	int64_t kernel;                /* the last one, -1: none yet */
	int64_t waited[FS_STREAMS];    /* since: the last collective of a stream, -1: none */
};

static const char *const stream_names[FS_STREAMS] = {
        [FS_STREAM_DATA] = "data",       [FS_STREAM_EXPERT] = "expert",   [FS_STREAM_TENSOR] = "tensor",
        [FS_STREAM_CONTEXT] = "context", [FS_STREAM_WEIGHTS] = "weights",
};

static uint32_t add(struct writer *writer, struct fs_node node)
{
	node.id = writer->list->nodes;
	uint32_t place = fs_list_add(writer->list, &node);
	if (writer->kernel >= 0)
		fs_list_depend(writer->list, (uint32_t)writer->kernel);
	for (int s = 0; s < FS_STREAMS; s++)
		if (writer->waited[s] >= 0)
			fs_list_depend(writer->list, (uint32_t)writer->waited[s]);
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
	}
}

struct fs_workload *fs_workload_of(const struct fs_program *program, const char *name)
{
	struct writer writer = {.workload = fs_workload_create(name), .kernel = -1};
	int list = fs_workload_add_list(writer.workload, name);
	writer.list = &writer.workload->list[list];
	for (int s = 0; s < FS_STREAMS; s++)
		writer.stream[s] = -1, writer.in_flight[s] = writer.waited[s] = -1;
	for (int i = 0; i < program->ops; i++)
		add_op(&writer, &program->op[i]);
	writer.workload->chips = program->chips;
	fs_workload_add_lane(writer.workload, 0, program->chips, list);
	return writer.workload;
}
