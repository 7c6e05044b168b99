/* A block of experts: tokens are routed, sorted, sent to the chips of their experts, and come back.
 * Experts are split over tp as well: these chips gather each other's tokens (with sp; without, all have
 * them).
 */

#include "phase/phase_write.h"

#include "model/model.h"

struct experts {
	struct fs_linear router, up, down;
	double local, inner;
	double copies;   /* that this chip sends, or gets: those of the fullest chip */
	double gathered; /* that its experts work on */
	double shared;   /* inner size of what every token meets */
};

static struct experts experts_of(const struct fs_writer *writer)
{
	const struct fs_model *model = writer->model;
	double inner = model->expert_ffn / writer->tp, most = writer->layout->imbalance / 100.0;
	return (struct experts){
	        .router = {"router", FS_LINEAR_WHOLE, model->experts, writer->hidden, .bf16 = true},
	        .up = {"experts up", FS_LINEAR_COLUMN, inner * (model->gated ? 2 : 1), writer->hidden},
	        .down = {"experts down", FS_LINEAR_ROW, writer->hidden, inner, .cast = true},
	        .local = (double)model->experts / writer->layout->ep,
	        .inner = inner,
	        .copies = writer->outer * model->top_k * most,
	        .gathered = writer->tokens * model->top_k * most,
	        .shared = (double)model->shared_experts * model->expert_ffn};
}

/* Tokens are read once and written, or read and summed, once for each of their experts. element: bytes. */
static void permute(struct fs_writer *writer, double element)
{
	fs_write_stream(writer, "permute",
	                element * writer->outer * (1 + writer->model->top_k) * writer->hidden);
}

/* Those of one expert are laid together. */
static void sort(struct fs_writer *writer, const struct experts *experts, double element)
{
	if (experts->local > 1)
		fs_write_stream(writer, "sort", 2 * element * experts->gathered * writer->hidden);
}

/* What came in 8 bits, for a product that goes over tokens: read and written the other way round. */
static void transpose(struct fs_writer *writer, const struct experts *experts)
{
	if (writer->layout->dtype == FS_FP8 && writer->weights)
		fs_write_stream(writer, "transpose", 2 * experts->gathered * writer->hidden);
}

/* Scores of all experts in 32 bits: softmax or sigmoid, the best of them. */
static void choose(struct fs_writer *writer)
{
	fs_write_stream(writer, "top k", 2 * 4 * writer->outer * writer->model->experts);
	fs_write_stream(writer, "top k", 2 * 4 * writer->outer * writer->model->experts);
}

static void gather(struct fs_writer *writer, const struct experts *experts)
{
	if (writer->layout->sp)
		fs_write_tensor(writer, "gather", FS_ALLGATHER, 2 * experts->gathered * writer->hidden);
	fs_write_join(writer, FS_STREAM_TENSOR);
}

static void scatter(struct fs_writer *writer, const struct experts *experts)
{
	fs_write_tensor(writer, "sum", writer->layout->sp ? FS_REDUCE_SCATTER : FS_ALLREDUCE,
	                2 * experts->gathered * writer->hidden);
	fs_write_join(writer, FS_STREAM_TENSOR);
}

static void work_forward(struct fs_writer *writer, const struct experts *experts)
{
	sort(writer, experts, writer->element);
	fs_write_product_forward(writer, &experts->up, experts->gathered, experts->local);
	fs_write_activation_forward(writer, experts->gathered, experts->inner);
	fs_write_product_forward(writer, &experts->down, experts->gathered, experts->local);
	sort(writer, experts, 2);
}

/* fp8: what goes to experts, tokens or gradients, is cast before it is sent; what comes back has 16 bits
 * (DeepSeek-V3, arXiv 2412.19437, sec. 3.3.3). */
void fs_write_experts_forward(struct fs_writer *writer)
{
	struct experts experts = experts_of(writer);
	fs_write_product_forward(writer, &experts.router, writer->outer, 0);
	choose(writer);
	permute(writer, writer->element);
	fs_write_exchange(writer, FS_BUFFER_DISPATCH, false,
	                  writer->element * experts.copies * writer->hidden);
	if (experts.shared > 0)
		fs_write_block_forward(writer, experts.shared);
	fs_write_join(writer, FS_STREAM_EXPERT);
	gather(writer, &experts);
	work_forward(writer, &experts);
	scatter(writer, &experts);
	fs_write_exchange(writer, FS_BUFFER_COMBINE, false, 2 * experts.copies * writer->hidden);
	fs_write_join(writer, FS_STREAM_EXPERT);
	permute(writer, 2);
	if (experts.shared > 0)
		fs_write_stream(writer, "shared experts", 6 * writer->outer * writer->hidden);
}

static void work_backward(struct fs_writer *writer, const struct experts *experts)
{
	const struct fs_linear *up = &experts->up, *down = &experts->down;
	if (writer->inputs) {
		sort(writer, experts, writer->element);
		if (writer->layout->recompute == FS_RECOMPUTE_CHEAP)
			fs_write_activation_forward(writer, experts->gathered, experts->inner);
	}
	transpose(writer, experts); /* gradients of the output */
	fs_write_product_input_gradient(writer, down, experts->gathered, experts->local);
	fs_write_product_weight_gradient(writer, down, experts->gathered, experts->local);
	fs_write_activation_backward(writer, experts->gathered, experts->inner);
	fs_write_product_output_gradient(writer, up, experts->gathered);
	fs_write_product_input_gradient(writer, up, experts->gathered, experts->local);
	transpose(writer, experts);
	fs_write_product_weight_gradient(writer, up, experts->gathered, experts->local);
	if (writer->inputs)
		sort(writer, experts, 2);
}

/* Gradients of what came back go out to the experts, those of what was sent come back. */
static void exchange_backward(struct fs_writer *writer, const struct experts *experts,
                              enum fs_buffer_kind kind)
{
	double element = kind == FS_BUFFER_COMBINE ? writer->element : 2;
	if (writer->inputs)
		fs_write_exchange(writer, kind, true, element * experts->copies * writer->hidden);
}

static void router_backward(struct fs_writer *writer, const struct experts *experts)
{
	if (writer->inputs)
		choose(writer);
	fs_write_product_input_gradient(writer, &experts->router, writer->outer, 0);
	fs_write_product_weight_gradient(writer, &experts->router, writer->outer, 0);
	fs_write_gradient_sum(writer); /* of the router's and the experts' inputs */
}

void fs_write_experts_backward(struct fs_writer *writer)
{
	struct experts experts = experts_of(writer);
	if (writer->inputs)
		permute(writer, writer->element);
	exchange_backward(writer, &experts, FS_BUFFER_COMBINE);
	fs_write_join(writer, FS_STREAM_EXPERT);
	if (writer->inputs)
		gather(writer, &experts);
	work_backward(writer, &experts);
	if (writer->inputs)
		scatter(writer, &experts);
	exchange_backward(writer, &experts, FS_BUFFER_DISPATCH);
	if (experts.shared > 0)
		fs_write_block_backward(writer, experts.shared);
	fs_write_join(writer, FS_STREAM_EXPERT);
	if (writer->inputs)
		permute(writer, 2);
	router_backward(writer, &experts);
}
