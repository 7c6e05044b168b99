#include "phase/step_end.h"

#include "layout/activations.h"
#include "layout/memory.h"
#include "phase/phase_write.h"

static const double WEIGHT = 2, STATE = 4; /* bytes: in use; 32-bit weights and each of two moments */

static struct fs_held times(const struct fs_held *held, double bytes)
{
	return (struct fs_held){bytes * held->dense, bytes * held->experts};
}

static struct fs_writer start(const struct fs_model *model, const struct fs_layout *layout,
                              struct fs_phase *phase)
{
	phase->actions = 0;
	return fs_writer(model, layout, FS_PASS_BACKWARD, phase);
}

void fs_phase_of_arrival(const struct fs_model *model, const struct fs_layout *layout, struct fs_phase *phase)
{
	struct fs_writer writer = fs_writer(model, layout, FS_PASS_FORWARD, phase);
	phase->actions = 0;
	if (!layout->sp)
		fs_write_tensor(&writer, "gather", FS_ALLGATHER, fs_activation_boundary_bytes(model, layout));
	fs_write_join(&writer, FS_STREAM_TENSOR);
}

void fs_phase_of_gradients(const struct fs_model *model, const struct fs_layout *layout,
                           const struct fs_held *parameters, struct fs_phase *phase)
{
	struct fs_writer writer = start(model, layout, phase);
	struct fs_held bytes = times(parameters, writer.gradient);
	if (layout->zero < 3)
		fs_write_replicas(&writer, "gradients", FS_STREAM_DATA,
		                  layout->zero ? FS_REDUCE_SCATTER : FS_ALLREDUCE, &bytes);
}

void fs_phase_of_weights(const struct fs_model *model, const struct fs_layout *layout,
                         const struct fs_held *parameters, struct fs_phase *phase)
{
	struct fs_writer writer = start(model, layout, phase);
	struct fs_held bytes = times(parameters, WEIGHT);
	if (layout->zero == 1 || layout->zero == 2)
		fs_write_replicas(&writer, "weights", FS_STREAM_WEIGHTS, FS_ALLGATHER, &bytes);
}

/* Norms and biases that every tensor-parallel chip has, of which it saw its own tokens alone. */
static void sum_whole(struct fs_writer *writer, uint32_t stage)
{
	if (!writer->layout->sp)
		return;
	double whole = fs_memory_whole_parameters(writer->layout, writer->model, stage);
	fs_write_tensor(writer, "norm weights", FS_ALLREDUCE, writer->gradient * whole);
	fs_write_join(writer, FS_STREAM_TENSOR);
}

static void sum_with_stage(struct fs_writer *writer, const char *label, uint32_t stage, uint32_t other,
                           double bytes)
{
	struct fs_group pipeline = fs_layout_group(writer->layout, FS_PIPELINE);
	uint32_t apart = stage < other ? other - stage : stage - other;
	fs_write_collective(writer, label, FS_STREAM_DATA, FS_ALLREDUCE,
	                    (struct fs_group){2, apart * pipeline.stride}, bytes);
	fs_write_join(writer, FS_STREAM_DATA);
}

/* Of these parameters the chip updates its part. */
static double owned(const struct fs_layout *layout, const struct fs_held *held)
{
	double experts = (double)layout->cp * layout->dp, dense = experts * layout->ep;
	return layout->zero ? held->dense / dense + held->experts / experts : held->dense + held->experts;
}

static void sum_copies(struct fs_writer *writer, uint32_t stage, const struct fs_held *held)
{
	const struct fs_layout *layout = writer->layout;
	uint32_t last = layout->pp - 1;
	if (layout->pp < 2)
		return;
	if (layout->schedule == FS_DUALPIPE) {
		sum_with_stage(writer, "copies", stage, last - stage, writer->gradient * owned(layout, held));
		return;
	}
	double table = fs_memory_copied_table(layout, writer->model, last);
	if (stage == 0 || stage == last)
		sum_with_stage(writer, "tied embedding", stage, last - stage, writer->gradient * table);
}

/* One number, with everyone who has other gradients. */
static void norm(struct fs_writer *writer, double parameters)
{
	static const enum fs_dimension others[] = {FS_TENSOR, FS_EXPERT, FS_PIPELINE};
	const struct fs_layout *layout = writer->layout;
	fs_write_stream(writer, "gradient norm", writer->gradient * parameters);
	for (int i = 0; i < 3; i++) {
		fs_write_collective(writer, "gradient norm", FS_STREAM_DATA, FS_ALLREDUCE,
		                    fs_layout_group(layout, others[i]), 4);
		fs_write_join(writer, FS_STREAM_DATA);
	}
	struct fs_group replicas[2];
	int count = layout->zero ? fs_replica_groups(layout, true, replicas) : 0;
	for (int i = 0; i < count; i++) {
		fs_write_collective(writer, "gradient norm", FS_STREAM_DATA, FS_ALLREDUCE, replicas[i], 4);
		fs_write_join(writer, FS_STREAM_DATA);
	}
}

/* Adam reads a gradient and reads and writes a weight and two moments; what is used is a copy in 16 bits. */
static void update(struct fs_writer *writer, const struct fs_held *held)
{
	double here = owned(writer->layout, held), all = held->dense + held->experts;
	norm(writer, here);
	fs_write_stream(writer, "clip", 2 * writer->gradient * here);
	fs_write_stream(writer, "optimizer", (writer->gradient + 2 * 3 * STATE) * here);
	fs_write_stream(writer, "copy weights", (STATE + WEIGHT) * here);
	fs_write_stream(writer, "zero gradients", writer->gradient * all);
	if (writer->layout->dtype == FS_FP8)
		fs_write_stream(writer, "cast weights", (WEIGHT + 1 + 1) * all);
}

void fs_phase_of_step_end(const struct fs_model *model, const struct fs_layout *layout, uint32_t stage,
                          struct fs_phase *phase)
{
	struct fs_writer writer = start(model, layout, phase);
	struct fs_held held = fs_memory_held(layout, model, stage);
	writer.issued[FS_STREAM_DATA] = true; /* the gradients */
	fs_write_join(&writer, FS_STREAM_DATA);
	sum_whole(&writer, stage);
	sum_copies(&writer, stage, &held);
	update(&writer, &held);
}
