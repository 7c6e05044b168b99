/* A feed-forward block: two products, the first of which makes gate and values at once where gated. */

#include "phase/phase_write.h"

#include "model/model.h"

struct block {
	struct fs_linear up, down;
	double inner;
};

static struct block block_of(const struct fs_writer *writer, double inner)
{
	bool biased = writer->model->biases == FS_BIASES_ALL;
	double here = inner / writer->tp;
	return (struct block){
	        .up = {"ffn up", FS_LINEAR_COLUMN, here * (writer->model->gated ? 2 : 1), writer->hidden,
	               .biased = biased},
	        .down = {"ffn down", FS_LINEAR_ROW, writer->hidden, here, .biased = biased, .cast = true},
	        .inner = here};
}

void fs_write_block_forward(struct fs_writer *writer, double inner)
{
	struct block block = block_of(writer, inner);
	fs_write_linear_forward(writer, &block.up);
	fs_write_activation_forward(writer, writer->tokens, block.inner);
	fs_write_linear_forward(writer, &block.down);
}

void fs_write_block_backward(struct fs_writer *writer, double inner)
{
	struct block block = block_of(writer, inner);
	if (writer->inputs && writer->layout->recompute == FS_RECOMPUTE_CHEAP)
		fs_write_activation_forward(writer, writer->tokens, block.inner);
	fs_write_linear_backward(writer, &block.down);
	fs_write_activation_backward(writer, writer->tokens, block.inner);
	fs_write_linear_backward(writer, &block.up);
}
