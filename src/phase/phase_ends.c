/* Before the first layer and after the last: tables split over tp by rows of the vocabulary (Shoeybi et al.
 * 2019, sec. 3), and a loss that never gathers the logits. */

#include "phase/phase_write.h"

#include "model/model.h"

#include <math.h>

/* Rows are looked up, those of other chips left zero, and summed over the chips. */
void fs_write_embedding_forward(struct fs_writer *writer)
{
	double elements = writer->tokens * writer->hidden, outer = writer->outer * writer->hidden;
	fs_write_stream(writer, "embedding", 4 * elements);
	fs_write_tensor(writer, "sum", writer->layout->sp ? FS_REDUCE_SCATTER : FS_ALLREDUCE, 2 * elements);
	fs_write_join(writer, FS_STREAM_TENSOR);
	if (writer->model->learned_positions)
		fs_write_stream(writer, "positions", 6 * outer);
	if (writer->model->dropout)
		fs_write_stream(writer, "dropout", 5 * outer);
}

/* Each token's gradient is added to its row. */
void fs_write_embedding_backward(struct fs_writer *writer)
{
	double elements = writer->tokens * writer->hidden, row = 2 + 2 * writer->gradient;
	if (!writer->inputs)
		return;
	if (writer->model->dropout)
		fs_write_stream(writer, "dropout", 5 * writer->outer * writer->hidden);
	if (writer->model->learned_positions)
		fs_write_stream(writer, "positions", row * writer->outer * writer->hidden);
	if (writer->layout->sp)
		fs_write_tensor(writer, "gather", FS_ALLGATHER, 2 * elements);
	fs_write_join(writer, FS_STREAM_TENSOR);
	fs_write_stream(writer, "embedding", row * elements);
}

static struct fs_linear logits_of(const struct fs_writer *writer)
{
	double rows = ceil(writer->model->vocabulary / writer->tp);
	return (struct fs_linear){"head", FS_LINEAR_COLUMN, rows, writer->hidden, .bf16 = true};
}

/* One number a token over the tensor-parallel chips. */
static void agree(struct fs_writer *writer)
{
	fs_write_tensor(writer, "loss", FS_ALLREDUCE, 4 * writer->tokens);
	fs_write_join(writer, FS_STREAM_TENSOR);
}

/* Logits become 32 bits; their maximum; less it, exponentials and their sum; softmax, which is kept. Fused
 * (Megatron-core's cross-entropy-loss-fusion): difference and exponential are one, and both sums are summed
 * over the chips in one go. fused_loss: one pass over what the product left. */
static void loss_forward(struct fs_writer *writer, double logits)
{
	if (writer->layout->fused_loss) {
		fs_write_stream(writer, "loss", 2 * logits);
		agree(writer);
		return;
	}
	bool fused = writer->layout->flash;
	fs_write_stream(writer, "loss", (2 + 4) * logits);
	fs_write_stream(writer, "loss", 4 * logits);
	agree(writer);
	if (!fused) {
		fs_write_stream(writer, "loss", (4 + 4) * logits);
		agree(writer);
	}
	fs_write_stream(writer, "loss", (4 + 4) * logits);
	fs_write_stream(writer, "loss", 4 * logits);
	agree(writer);
	fs_write_stream(writer, "loss", (4 + 4) * logits);
}

static void head_forward(struct fs_writer *writer)
{
	struct fs_linear logits = logits_of(writer);
	fs_write_norm_forward(writer, writer->outer, writer->hidden);
	fs_write_linear_forward(writer, &logits);
	loss_forward(writer, writer->tokens * logits.outputs);
}

static void loss_backward(struct fs_writer *writer, double logits)
{
	if (writer->layout->fused_loss) {
		fs_write_stream(writer, "loss", (2 + 2) * logits);
		return;
	}
	fs_write_stream(writer, "loss", (4 + 4) * logits);
	fs_write_stream(writer, "loss", (4 + 2) * logits);
}

static void head_backward(struct fs_writer *writer)
{
	struct fs_linear logits = logits_of(writer);
	if (writer->inputs)
		loss_backward(writer, writer->tokens * logits.outputs);
	fs_write_linear_backward(writer, &logits);
	fs_write_norm_backward(writer, writer->outer, writer->hidden);
}

void fs_write_head_forward(struct fs_writer *writer)
{
	for (uint32_t i = 0; i <= writer->model->mtp_layers; i++)
		head_forward(writer);
}

void fs_write_head_backward(struct fs_writer *writer)
{
	for (uint32_t i = 0; i <= writer->model->mtp_layers; i++)
		head_backward(writer);
}
