/* Element-wise kernels: bound by memory, so all that counts is what they read and write. */

#include "phase/phase_write.h"

static const double READ = 2, WRITE = 2, MASK = 1; /* bytes of an element */

void fs_write_norm_forward(struct fs_writer *writer, double tokens, double width)
{
	if (writer->model->norm != FS_NORM_NONE) /* fp8: written as it is and transposed, in 1 byte each */
		fs_write_stream(writer, "norm", tokens * width * (READ + WRITE));
}

/* A second kernel adds up the weight's gradients, of which the first left a row for each of some blocks. */
void fs_write_norm_backward(struct fs_writer *writer, double tokens, double width)
{
	enum { BLOCKS = 128 };
	if (writer->model->norm == FS_NORM_NONE || !writer->inputs)
		return;
	fs_write_stream(writer, "norm", tokens * width * (2 * READ + WRITE));
	fs_write_stream(writer, "norm weights", 4.0 * BLOCKS * (int)writer->model->norm * width);
}

/* With its bias. A gate doubles what goes in. */
void fs_write_activation_forward(struct fs_writer *writer, double tokens, double width)
{
	double in = writer->model->gated ? 2 : 1;
	fs_write_stream(writer, "activation", tokens * width * (in * READ + WRITE));
}

void fs_write_activation_backward(struct fs_writer *writer, double tokens, double width)
{
	double in = writer->model->gated ? 2 : 1;
	if (writer->inputs)
		fs_write_stream(writer, "activation", tokens * width * (READ + in * READ + in * WRITE));
}

void fs_write_residual_forward(struct fs_writer *writer)
{
	double mask = writer->model->dropout ? MASK : 0;
	fs_write_stream(writer, "residual", writer->outer * writer->hidden * (2 * READ + WRITE + mask));
}

void fs_write_residual_backward(struct fs_writer *writer)
{
	if (writer->model->dropout && writer->inputs)
		fs_write_stream(writer, "dropout", writer->outer * writer->hidden * (READ + MASK + WRITE));
}

void fs_write_gradient_sum(struct fs_writer *writer)
{
	if (writer->inputs)
		fs_write_stream(writer, "residual", writer->outer * writer->hidden * (2 * READ + WRITE));
}
