/*
 * A data-parallel training step of a plain transformer, dense or with experts: the one that live chips carry
 * out. All other models and layouts: step.h.
 *
 * Forward and backward layer by layer; the gradients of one or a few layers are a bucket, which is reduced
 * over all chips while the backward pass goes on with the layers before. Experts are spread over `ep`
 * neighbouring chips: tokens go to them and come back by all-to-all, and their gradients are summed over the
 * chips that hold the same experts. The weights are updated when every bucket has arrived.
 */

#include "base/error.h"
#include "layout/layout.h"
#include "model/flop.h"
#include "plan/build.h"
#include "plan/step.h"
#include "topology/system.h"

#include <stdio.h>

struct step {
	struct fs_program *program;
	const struct fs_system *system;
	const struct fs_model *model;
	struct fs_layout layout;
	double tokens, hidden; /* per chip; model width */
	double element;        /* bytes */
	int bucket_layers;     /* whose gradients wait for company */
};

static void gemm(struct step *step, const char *label, double m, double n, double k, struct fs_work work)
{
	/* Backward: gradients of the input and of the weights, each as large as the forward product. */
	double passes = work.backward ? 2 : 1;
	double bytes = (m * k + k * n + m * n) * step->element;
	fs_build_compute(step->program, step->system, label, FS_KERNEL_GEMM, passes * 2 * m * n * k,
	                 passes * bytes, work);
}

/* Memory-bound work: `passes` times the activations of the layer's width are read or written. */
static void stream(struct step *step, const char *label, double passes, struct fs_work work)
{
	double bytes = passes * step->tokens * step->hidden * step->element;
	fs_build_compute(step->program, step->system, label, FS_KERNEL_STREAM, 0, bytes, work);
}

static struct fs_work work_of(enum fs_work_part part, bool backward, int layer)
{
	return (struct fs_work){part, backward, layer};
}

static void attention(struct step *step, bool backward, int layer)
{
	double passes = backward ? 2 : 1;
	double flop = passes * 4 * step->tokens * step->model->sequence *
	              step->hidden; /* scores and their use, not causal */
	double bytes =
	        passes * 4 * step->tokens * step->hidden * step->element; /* fused: scores stay on the chip */
	fs_build_compute(step->program, step->system, "attention", FS_KERNEL_ATTENTION, flop, bytes,
	                 work_of(FS_WORK_ATTENTION, backward, layer));
}

static void qkv(struct step *step, bool backward, int layer)
{
	gemm(step, "qkv", step->tokens, 3 * step->hidden, step->hidden,
	     work_of(FS_WORK_QKV, backward, layer));
}

static void projection(struct step *step, bool backward, int layer)
{
	gemm(step, "projection", step->tokens, step->hidden, step->hidden,
	     work_of(FS_WORK_PROJECTION, backward, layer));
}

static void ffn_up(struct step *step, bool backward, int layer)
{
	gemm(step, "ffn up", step->tokens, step->model->ffn, step->hidden,
	     work_of(FS_WORK_FFN_UP, backward, layer));
}

static void ffn_down(struct step *step, bool backward, int layer)
{
	gemm(step, "ffn down", step->tokens, step->hidden, step->model->ffn,
	     work_of(FS_WORK_FFN_DOWN, backward, layer));
}

/* Tokens of this chip that go to experts, each top_k times; balanced, so as many arrive. */
static double routed(const struct step *step)
{
	return step->tokens * step->model->top_k;
}

static void experts(struct step *step, bool backward, int layer)
{
	double passes = backward ? 2 : 1;
	double weights = 2 * step->hidden * step->model->ffn;
	double local = (double)step->model->experts / step->layout.ep;
	double bytes = weights * local + routed(step) * (2 * step->hidden + 2 * (double)step->model->ffn);
	fs_build_compute(step->program, step->system, "experts", FS_KERNEL_GROUPED_GEMM,
	                 passes * 2 * weights * routed(step), passes * bytes * step->element,
	                 work_of(FS_WORK_EXPERTS, backward, layer));
}

static int exchange(struct step *step, const char *label, enum fs_buffer_kind kind, bool backward, int layer,
                    struct fs_error *error)
{
	if (step->layout.ep < 2)
		return 0;
	struct fs_group group = {.size = step->layout.ep, .stride = 1};
	double bytes = routed(step) * step->hidden * step->element;
	if (fs_build_collective(step->program, step->system, label, FS_STREAM_EXPERT, FS_ALLTOALL, group,
	                        bytes, NULL, (struct fs_buffer){kind, layer, backward}, error))
		return -1;
	fs_build_wait(step->program, FS_STREAM_EXPERT);
	return 0;
}

static int experts_forward(struct step *step, int layer, struct fs_error *error)
{
	stream(step, "router", 4, work_of(FS_WORK_ROUTER, false, layer));
	if (exchange(step, "dispatch", FS_BUFFER_DISPATCH, false, layer, error))
		return -1;
	experts(step, false, layer);
	if (exchange(step, "combine", FS_BUFFER_COMBINE, false, layer, error))
		return -1;
	stream(step, "combine", 4, work_of(FS_WORK_COMBINE, false, layer));
	return 0;
}

static int experts_backward(struct step *step, int layer, struct fs_error *error)
{
	stream(step, "combine", 4, work_of(FS_WORK_COMBINE, true, layer));
	if (exchange(step, "combine", FS_BUFFER_COMBINE, true, layer, error))
		return -1;
	experts(step, true, layer);
	if (exchange(step, "dispatch", FS_BUFFER_DISPATCH, true, layer, error))
		return -1;
	stream(step, "router", 4, work_of(FS_WORK_ROUTER, true, layer));
	return 0;
}

static int forward(struct step *step, struct fs_error *error)
{
	stream(step, "embed", 2, work_of(FS_WORK_EMBED, false, 0));
	for (int layer = 0; layer < (int)step->model->layers; layer++) {
		qkv(step, false, layer);
		attention(step, false, layer);
		projection(step, false, layer);
		if (step->model->experts) {
			if (experts_forward(step, layer, error))
				return -1;
		} else {
			ffn_up(step, false, layer);
			ffn_down(step, false, layer);
		}
	}
	return 0;
}

static int reduce_gradients(struct step *step, const char *label, struct fs_group group, double weights,
                            struct fs_buffer buffer, struct fs_error *error)
{
	if (group.size < 2)
		return 0;
	return fs_build_collective(step->program, step->system, label, FS_STREAM_DATA, FS_ALLREDUCE, group,
	                           weights * step->element, NULL, buffer, error);
}

static int reduce_dense(struct step *step, const char *label, double weights, int first, int layers,
                        struct fs_error *error)
{
	struct fs_group everyone = {.size = (uint32_t)step->program->chips, .stride = 1};
	return reduce_gradients(step, label, everyone, weights,
	                        (struct fs_buffer){FS_BUFFER_GRADIENT, first, true, layers}, error);
}

/* Small gradients wait for those of the layers before, so that messages are worth their latency. */
static int reduce_bucket(struct step *step, int layer, struct fs_error *error)
{
	const struct fs_model *model = step->model;
	double dense = 4 * step->hidden * step->hidden + (model->experts ? 0 : 2 * step->hidden * model->ffn);
	double weights = ++step->bucket_layers * dense;
	if (layer > 0 && weights * step->element < step->layout.bucket_MB * 1e6)
		return 0;
	int layers = step->bucket_layers;
	step->bucket_layers = 0;
	return reduce_dense(step, "gradients", weights, layer, layers, error);
}

static int backward_layer(struct step *step, int layer, struct fs_error *error)
{
	const struct fs_model *model = step->model;
	if (model->experts) {
		struct fs_group same_experts = {.size = step->layout.dp, .stride = step->layout.ep};
		double local = (double)model->experts / step->layout.ep;
		if (experts_backward(step, layer, error) ||
		    reduce_gradients(step, "expert gradients", same_experts,
		                     local * 2 * step->hidden * model->ffn,
		                     (struct fs_buffer){FS_BUFFER_EXPERT_GRADIENT, layer, true}, error))
			return -1;
	} else {
		ffn_down(step, true, layer);
		ffn_up(step, true, layer);
	}
	projection(step, true, layer);
	attention(step, true, layer);
	qkv(step, true, layer);
	return reduce_bucket(step, layer, error);
}

static int backward(struct step *step, struct fs_error *error)
{
	const struct fs_model *model = step->model;
	double table = (double)model->vocabulary * step->hidden;
	gemm(step, "head", step->tokens, model->vocabulary, step->hidden, work_of(FS_WORK_HEAD, true, 0));
	if (reduce_dense(step, "head gradients", table, (int)model->layers, 1, error))
		return -1;
	for (int layer = (int)model->layers - 1; layer >= 0; layer--)
		if (backward_layer(step, layer, error))
			return -1;
	stream(step, "embed", 2, work_of(FS_WORK_EMBED, true, 0));
	return reduce_dense(step, "embedding gradients", table, (int)model->layers + 1, 1, error);
}

/* Weights, gradients and two moments in 32 bits (Adam): read gradient, weight, moments; write weight,
 * moments. */
static void optimizer(struct step *step)
{
	const struct fs_model *model = step->model;
	double block = 4 * step->hidden * step->hidden;
	block += 2 * step->hidden * model->ffn *
	         (model->experts ? (double)model->experts / step->layout.ep : 1);
	double weights = model->layers * block + 2.0 * model->vocabulary * step->hidden;
	fs_build_compute(step->program, step->system, "optimizer", FS_KERNEL_STREAM, 0, 28 * weights,
	                 work_of(FS_WORK_OPTIMIZER, false, 0));
}

/* What the operations above are made for, and what live chips train: a plain slice in data and expert
 * parallelism. */
bool fs_program_plain(const struct fs_model *model)
{
	bool attention = !model->kv_lora && model->kv_heads == model->heads &&
	                 model->head_dim * model->heads == model->hidden;
	bool feed_forward = !model->gated && !model->shared_experts && !model->first_dense_layers &&
	                    model->expert_interval <= 1 && !model->mtp_layers &&
	                    (!model->experts || model->expert_ffn == model->ffn);
	bool rest = !model->tied && !model->learned_positions && model->norm == FS_NORM_NONE &&
	            model->biases == FS_BIASES_NONE;
	return attention && feed_forward && rest;
}

int fs_program_for_model(const struct fs_system *system, const struct fs_model *model, uint64_t chips,
                         const char *layout, struct fs_program **program, struct fs_error *error)
{
	struct step step = {.system = system, .model = model};
	if (chips > FS_MAX_GROUP)
		return fs_fail(error, "%llu chips; at most %d", (unsigned long long)chips, FS_MAX_GROUP);
	if (fs_layout_resolve(layout, model, system, chips, &step.layout, error))
		return -1;
	if (!fs_program_plain(model) || fs_layout_unusual(&step.layout, model))
		return fs_program_for_layout(system, model, &step.layout, chips, program, error);
	step.program = fs_build_start(chips);
	step.tokens = fs_model_tokens(model);
	step.hidden = model->hidden;
	step.element = model->bytes_per_element;
	if (fs_build_networks(step.program, system, error) || forward(&step, error))
		goto fail;
	gemm(&step, "head", step.tokens, model->vocabulary, step.hidden, work_of(FS_WORK_HEAD, false, 0));
	if (backward(&step, error))
		goto fail;
	fs_build_wait(step.program, FS_STREAM_DATA);
	optimizer(&step);
	step.program->model_flop = fs_model_step_flop(model);
	step.program->tokens = step.tokens;
	fs_layout_text(&step.layout, model, step.program->layout, sizeof step.program->layout);
	*program = step.program;
	return 0;
fail:
	fs_program_destroy(step.program);
	return -1;
}
