/* Matrix products with weights, and how the tensor-parallel chips share them. */

#include "phase/phase_write.h"

/* Gated blocks and several heads are one product each: Megatron-LM lays their weights side by side. */

static double element_of(const struct fs_writer *writer, const struct fs_linear *linear)
{
	return linear->bf16 ? 2 : writer->element;
}

static bool is_fp8(const struct fs_writer *writer, const struct fs_linear *linear)
{
	return element_of(writer, linear) < 2;
}

static struct fs_kernel product(const struct fs_writer *writer, const struct fs_linear *linear, double count,
                                double m, double n, double k)
{
	return (struct fs_kernel){.kind = count > 0 ? FS_KERNEL_GROUPED_GEMM : FS_KERNEL_GEMM,
	                          .label = linear->label,
	                          .count = count > 0 ? count : 1,
	                          .m = m,
	                          .n = n,
	                          .k = k,
	                          .element = element_of(writer, linear)};
}

static double each(double tokens, double experts)
{
	return experts > 0 ? tokens / experts : tokens;
}

/* In 8 bits as it is and, for the gradients of the weights, transposed. */
static void cast(struct fs_writer *writer, const struct fs_linear *linear, double elements)
{
	if (is_fp8(writer, linear))
		fs_write_stream(writer, "cast", elements * (2 + 1 + 1));
}

static void forward_in_pieces(struct fs_writer *writer, const struct fs_linear *linear, double tokens,
                              double experts, uint32_t pieces)
{
	if (linear->cast)
		cast(writer, linear, tokens * linear->inputs);
	struct fs_kernel kernel =
	        product(writer, linear, experts, each(tokens, experts), linear->outputs, linear->inputs);
	kernel.pieces = pieces;
	fs_write_kernel(writer, &kernel);
}

void fs_write_product_forward(struct fs_writer *writer, const struct fs_linear *linear, double tokens,
                              double experts)
{
	forward_in_pieces(writer, linear, tokens, experts, 1);
}

void fs_write_product_output_gradient(struct fs_writer *writer, const struct fs_linear *linear, double tokens)
{
	if (!writer->inputs)
		return;
	cast(writer, linear, tokens * linear->outputs);
	/* Transformer Engine sums them in the product itself. */
	if (linear->biased && !writer->layout->flash)
		fs_write_stream(writer, "bias gradient", 2 * tokens * linear->outputs);
}

static void input_gradient_in_pieces(struct fs_writer *writer, const struct fs_linear *linear, double tokens,
                                     double experts, uint32_t pieces)
{
	struct fs_kernel kernel =
	        product(writer, linear, experts, each(tokens, experts), linear->inputs, linear->outputs);
	kernel.pieces = pieces;
	if (writer->inputs)
		fs_write_kernel(writer, &kernel);
}

void fs_write_product_input_gradient(struct fs_writer *writer, const struct fs_linear *linear, double tokens,
                                     double experts)
{
	input_gradient_in_pieces(writer, linear, tokens, experts, 1);
}

/* The sum of former micro-batches is read, and what was counted as a result of 16 bits is written wider. */
static double accumulation_bytes(const struct fs_writer *writer, const struct fs_linear *linear,
                                 double experts)
{
	if (writer->layout->zero == 3)
		return 0;
	return (2 * writer->gradient - 2) * linear->outputs * linear->inputs * (experts > 0 ? experts : 1);
}

void fs_write_product_weight_gradient(struct fs_writer *writer, const struct fs_linear *linear, double tokens,
                                      double experts)
{
	struct fs_kernel kernel =
	        product(writer, linear, experts, linear->outputs, linear->inputs, each(tokens, experts));
	kernel.bytes = accumulation_bytes(writer, linear, experts);
	if (writer->weights)
		fs_write_kernel(writer, &kernel);
}

static double tokens_of(const struct fs_writer *writer, const struct fs_linear *linear)
{
	return linear->split == FS_LINEAR_WHOLE ? writer->outer : writer->tokens;
}

/* With sp a product goes on beside the exchange of what it reads or writes: rows of one chip after those of
 * another (Transformer Engine's ring exchange; Wang et al. 2023, ASPLOS). */
static uint32_t pieces(const struct fs_writer *writer)
{
	const struct fs_layout *layout = writer->layout;
	return layout->sp && layout->overlap_tp == 1 ? layout->tp : 1;
}

void fs_write_linear_forward(struct fs_writer *writer, const struct fs_linear *linear)
{
	bool sp = writer->layout->sp, beside = sp && writer->layout->overlap_tp == 1;
	double tokens = tokens_of(writer, linear);
	bool row = linear->split == FS_LINEAR_ROW;
	enum fs_collective sum = sp ? FS_REDUCE_SCATTER : FS_ALLREDUCE;
	if (linear->split == FS_LINEAR_COLUMN && sp)
		fs_write_tensor(writer, "gather", FS_ALLGATHER,
		                tokens * linear->inputs * element_of(writer, linear));
	if (row && beside) /* piece by piece, as the product makes it */
		fs_write_tensor(writer, "sum", sum, 2 * tokens * linear->outputs);
	if (!beside)
		fs_write_join(writer, FS_STREAM_TENSOR);
	forward_in_pieces(writer, linear, tokens, 0, linear->split == FS_LINEAR_WHOLE ? 1 : pieces(writer));
	if (row && !beside)
		fs_write_tensor(writer, "sum", sum, 2 * tokens * linear->outputs);
	fs_write_join(writer, FS_STREAM_TENSOR);
}

/* With sp the input was kept in pieces: it is gathered beside the gradient of the input, whose sum then goes
 * out beside the gradient of the weights. */
static void column_backward(struct fs_writer *writer, const struct fs_linear *linear)
{
	bool sp = writer->layout->sp;
	bool beside = writer->layout->overlap_tp && writer->inputs && writer->weights;
	double tokens = writer->tokens;
	if (sp && writer->weights)
		fs_write_tensor(writer, "gather again", FS_ALLGATHER,
		                tokens * linear->inputs * element_of(writer, linear));
	if (!beside)
		fs_write_join(writer, FS_STREAM_TENSOR);
	fs_write_product_input_gradient(writer, linear, tokens, 0);
	fs_write_join(writer, FS_STREAM_TENSOR);
	if (writer->inputs)
		fs_write_tensor(writer, "sum", sp ? FS_REDUCE_SCATTER : FS_ALLREDUCE,
		                2 * tokens * linear->inputs);
	if (!beside)
		fs_write_join(writer, FS_STREAM_TENSOR);
	fs_write_product_weight_gradient(writer, linear, tokens, 0);
	fs_write_join(writer, FS_STREAM_TENSOR);
}

static void row_backward(struct fs_writer *writer, const struct fs_linear *linear)
{
	if (writer->layout->sp && writer->inputs)
		fs_write_tensor(writer, "gather", FS_ALLGATHER,
		                writer->tokens * linear->outputs * element_of(writer, linear));
	if (writer->layout->overlap_tp != 1)
		fs_write_join(writer, FS_STREAM_TENSOR);
	input_gradient_in_pieces(writer, linear, writer->tokens, 0, pieces(writer));
	fs_write_join(writer, FS_STREAM_TENSOR);
	fs_write_product_weight_gradient(writer, linear, writer->tokens, 0);
}

void fs_write_linear_backward(struct fs_writer *writer, const struct fs_linear *linear)
{
	double tokens = tokens_of(writer, linear);
	fs_write_product_output_gradient(writer, linear,
	                                 linear->split == FS_LINEAR_ROW ? writer->outer : tokens);
	if (linear->split == FS_LINEAR_COLUMN) {
		column_backward(writer, linear);
	} else if (linear->split == FS_LINEAR_ROW) {
		row_backward(writer, linear);
	} else {
		fs_write_product_input_gradient(writer, linear, tokens, 0);
		fs_write_product_weight_gradient(writer, linear, tokens, 0);
	}
}
