#include "phase/phase_write.h"

#include <stdlib.h>
#include <string.h>

#include "base/error.h"
#include "model/model.h"

struct fs_writer fs_writer(const struct fs_model *model, const struct fs_layout *layout, enum fs_pass pass,
                           struct fs_phase *phase)
{
	double tokens = (double)layout->mbs * layout->seq / layout->cp;
	return (struct fs_writer){.model = model,
	                          .layout = layout,
	                          .phase = phase,
	                          .inputs = pass != FS_PASS_BACKWARD_WEIGHT,
	                          .weights = pass != FS_PASS_BACKWARD_INPUT,
	                          .tp = layout->tp,
	                          .tokens = tokens,
	                          .outer = tokens / (layout->sp ? layout->tp : 1),
	                          .hidden = model->hidden,
	                          .element = layout->dtype == FS_FP8 ? 1 : 2,
	                          .gradient = layout->gradient_bits / 8.0};
}

static void append(struct fs_writer *writer, struct fs_action action)
{
	struct fs_phase *phase = writer->phase;
	if (phase->actions == phase->room) {
		int room = phase->room ? 2 * phase->room : 64;
		struct fs_action *larger = fs_allocate((size_t)room * sizeof *larger);
		if (phase->actions)
			memcpy(larger, phase->action, (size_t)phase->actions * sizeof *larger);
		free(phase->action);
		phase->action = larger;
		phase->room = room;
	}
	phase->action[phase->actions++] = action;
}

void fs_write_kernel(struct fs_writer *writer, const struct fs_kernel *kernel)
{
	append(writer,
	       (struct fs_action){.kind = FS_ACTION_KERNEL, .label = kernel->label, .kernel = *kernel});
}

void fs_write_stream(struct fs_writer *writer, const char *label, double bytes)
{
	if (bytes > 0)
		fs_write_kernel(writer, &(struct fs_kernel){
		                                .kind = FS_KERNEL_STREAM, .label = label, .bytes = bytes});
}

static void issue(struct fs_writer *writer, struct fs_action action)
{
	if (action.group.size < 2 || action.bytes <= 0)
		return;
	action.kind = FS_ACTION_COLLECTIVE;
	append(writer, action);
	writer->issued[action.stream] = true;
}

void fs_write_collective(struct fs_writer *writer, const char *label, enum fs_stream stream,
                         enum fs_collective collective, struct fs_group group, double bytes)
{
	issue(writer, (struct fs_action){.label = label,
	                                 .stream = stream,
	                                 .collective = collective,
	                                 .group = group,
	                                 .bytes = bytes});
}

void fs_write_tensor(struct fs_writer *writer, const char *label, enum fs_collective collective, double bytes)
{
	fs_write_collective(writer, label, FS_STREAM_TENSOR, collective,
	                    fs_layout_group(writer->layout, FS_TENSOR), bytes);
}

/* The part of all experts that a token's may be among. */
static double reach_of(const struct fs_model *model)
{
	return model->expert_groups ? (double)model->top_groups / model->expert_groups : 1;
}

void fs_write_exchange(struct fs_writer *writer, enum fs_buffer_kind kind, bool backward, double bytes)
{
	issue(writer, (struct fs_action){.label = kind == FS_BUFFER_DISPATCH ? "dispatch" : "combine",
	                                 .stream = FS_STREAM_EXPERT,
	                                 .collective = FS_ALLTOALL,
	                                 .group = fs_layout_group(writer->layout, FS_EXPERT),
	                                 .bytes = bytes,
	                                 .exchange = {.kind = kind, .backward = backward},
	                                 .copies = writer->model->top_k,
	                                 .reach = reach_of(writer->model)});
}

static void write_replicas(struct fs_writer *writer, const char *label, enum fs_stream stream,
                           enum fs_collective collective, bool experts, double bytes)
{
	struct fs_group group[2];
	int count = fs_replica_groups(writer->layout, experts, group);
	for (int i = 0; i < count; i++) {
		bool gathers = collective == FS_ALLGATHER;
		struct fs_group next = group[gathers ? count - 1 - i : i];
		double part = count == 2 && (gathers ? i == 0 : i == 1) && collective != FS_ALLREDUCE
		                      ? group[0].size
		                      : 1;
		fs_write_collective(writer, label, stream, collective, next, bytes / part);
	}
}

void fs_write_replicas(struct fs_writer *writer, const char *label, enum fs_stream stream,
                       enum fs_collective collective, const struct fs_held *bytes)
{
	write_replicas(writer, label, stream, collective, false, bytes->dense);
	write_replicas(writer, label, stream, collective, true, bytes->experts);
}

void fs_write_join(struct fs_writer *writer, enum fs_stream stream)
{
	if (!writer->issued[stream])
		return;
	append(writer, (struct fs_action){.kind = FS_ACTION_JOIN, .label = "wait", .stream = stream});
	writer->issued[stream] = false;
}

double fs_phase_flop(const struct fs_phase *phase)
{
	double sum = 0;
	for (int i = 0; i < phase->actions; i++)
		if (phase->action[i].kind == FS_ACTION_KERNEL)
			sum += fs_kernel_flop(&phase->action[i].kernel);
	return sum;
}

void fs_phase_release(struct fs_phase *phase)
{
	free(phase->action);
	*phase = (struct fs_phase){0};
}
