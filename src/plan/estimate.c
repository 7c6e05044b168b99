#include "plan/estimate.h"

#include "base/error.h"
#include "model/model.h"
#include "plan/activations.h"
#include "plan/memo.h"
#include "plan/memory.h"
#include "plan/phase_cost.h"
#include "plan/pipeline_time.h"
#include "plan/stages.h"
#include "plan/step_end.h"
#include "topology/system.h"

#include <math.h>
#include <stdlib.h>

struct fs_estimator {
	const struct fs_model *model;
	const struct fs_system *system;
	struct fs_pricer *pricer;
	struct fs_memo *passes; /* what a pass through a part costs, by all it depends on */
	struct fs_phase phase;  /* scratch */
	uint32_t *experts;      /* how many of the first i layers have experts */
};

struct fs_estimator *fs_estimator_create(const struct fs_system *system, const struct fs_model *model,
                                         uint64_t chips, struct fs_error *error)
{
	struct fs_pricer *pricer = fs_pricer_create(system, chips, error);
	if (!pricer)
		return NULL;
	struct fs_estimator *estimator = fs_allocate_zeroed(1, sizeof *estimator);
	estimator->model = model;
	estimator->system = system;
	estimator->pricer = pricer;
	estimator->passes = fs_memo_create(8, sizeof(struct fs_phase_cost));
	estimator->experts = fs_allocate_zeroed(model->layers + 1ul, sizeof *estimator->experts);
	for (uint32_t i = 0; i < model->layers; i++)
		estimator->experts[i + 1] = estimator->experts[i] + fs_model_layer_has_experts(model, i);
	return estimator;
}

void fs_estimator_destroy(struct fs_estimator *estimator)
{
	if (!estimator)
		return;
	fs_pricer_destroy(estimator->pricer);
	fs_memo_destroy(estimator->passes);
	fs_phase_release(&estimator->phase);
	free(estimator->experts);
	free(estimator);
}

static uint64_t pair(uint32_t low, uint32_t high)
{
	return low | (uint64_t)high << 32;
}

/* All of a layout that a pass depends on: its own sizes and groups; of the replicas only with zero=3. */
static struct fs_phase_cost pass_cost(struct fs_estimator *estimator, const struct fs_layout *layout,
                                      enum fs_part part, enum fs_pass pass)
{
	bool gathered = layout->zero == 3;
	uint32_t words = layout->dtype | layout->recompute << 4 | layout->flash << 8 | layout->sp << 9 |
	                 layout->overlap_tp << 10 | (uint32_t)gathered << 11;
	const uint64_t key[] = {
	        pair(part, pass),
	        pair(layout->tp, layout->cp),
	        pair(layout->ep, layout->mbs),
	        pair(layout->seq, words),
	        pair(fs_layout_group(layout, FS_TENSOR).stride, fs_layout_group(layout, FS_CONTEXT).stride),
	        pair(fs_layout_group(layout, FS_EXPERT).stride, 0),
	        gathered ? pair(layout->dp, fs_layout_group(layout, FS_DATA).stride) : 0,
	        0};
	int known;
	struct fs_phase_cost *cost = fs_memo_at(estimator->passes, key, &known);
	if (!known) {
		fs_phase_of_part(estimator->model, layout, part, pass, &estimator->phase);
		*cost = fs_pricer_phase(estimator->pricer, &estimator->phase);
	}
	return *cost;
}

static void add(struct fs_phase_cost *sum, const struct fs_phase_cost *cost, double times)
{
	sum->seconds += times * cost->seconds;
	sum->kernels += times * cost->kernels;
	for (int s = 0; s < FS_STREAMS; s++)
		sum->waited[s] += times * cost->waited[s];
}

/* How often a chunk has each part. */
static void count_parts(const struct fs_estimator *estimator, const struct fs_chunk *chunk,
                        uint32_t count[FS_PARTS])
{
	uint32_t layers = estimator->model->layers, end = chunk->first + chunk->layers;
	uint32_t first = chunk->first < layers ? chunk->first : layers, last = end < layers ? end : layers;
	count[FS_EMBEDDING] = chunk->embedding;
	count[FS_HEAD] = chunk->head;
	count[FS_EXPERT_LAYER] = estimator->experts[last] - estimator->experts[first];
	count[FS_DENSE_LAYER] = last - first - count[FS_EXPERT_LAYER];
	count[FS_MTP_LAYER] = chunk->layers - (last - first);
}

/* One micro-batch through all chunks of a stage. dualpipe: half of them, as each direction has half of the
 * micro-batches. */
static struct fs_phase_cost stage_cost(struct fs_estimator *estimator, const struct fs_layout *layout,
                                       uint32_t stage, enum fs_pass pass)
{
	struct fs_phase_cost sum = {0};
	double times = layout->schedule == FS_DUALPIPE ? 0.5 : 1;
	for (uint32_t k = 0; k < fs_stage_chunks(layout); k++) {
		struct fs_chunk chunk = fs_stage_chunk(layout, estimator->model, stage, k);
		uint32_t count[FS_PARTS];
		count_parts(estimator, &chunk, count);
		for (enum fs_part part = 0; part < FS_PARTS; part++) {
			if (!count[part])
				continue;
			struct fs_phase_cost one = pass_cost(estimator, layout, part, pass);
			add(&sum, &one, times * count[part]);
		}
	}
	return sum;
}

/* A micro-batch's passes through a stage, together. */
struct stage {
	struct fs_phase_cost forward, both;
	struct fs_stage_time time;
};

/* Exchanges of one micro-batch beside the kernels of another. */
static void hide_exchanges(const struct fs_estimator *estimator, struct stage *stage)
{
	double *exchange = &stage->both.waited[FS_STREAM_EXPERT];
	double rest = stage->both.seconds - *exchange;
	double slowed =
	        estimator->system->stack.overlap_slowdown.value * fmin(*exchange, stage->both.kernels);
	stage->both.kernels += slowed;
	*exchange = fmax(0, *exchange - rest - slowed);
	stage->both.seconds = rest + slowed + *exchange;
	stage->time.beside = stage->both.seconds;
}

static struct stage time_stage(struct fs_estimator *estimator, const struct fs_layout *layout, uint32_t p)
{
	bool torn = layout->schedule == FS_ZB1P || layout->schedule == FS_DUALPIPE;
	struct stage stage = {.forward = stage_cost(estimator, layout, p, FS_PASS_FORWARD)};
	struct fs_phase_cost backward =
	        stage_cost(estimator, layout, p, torn ? FS_PASS_BACKWARD_INPUT : FS_PASS_BACKWARD);
	if (torn) {
		struct fs_phase_cost weight = stage_cost(estimator, layout, p, FS_PASS_BACKWARD_WEIGHT);
		add(&backward, &weight, 1);
		stage.time.weight = weight.seconds;
	}
	stage.both = stage.forward;
	add(&stage.both, &backward, 1);
	stage.time.forward = stage.forward.seconds;
	stage.time.backward = backward.seconds;
	if (layout->schedule == FS_DUALPIPE)
		hide_exchanges(estimator, &stage);
	return stage;
}

static double transfer_s(struct fs_estimator *estimator, const struct fs_layout *layout)
{
	if (layout->pp < 2)
		return 0;
	double bytes = fs_activation_boundary_bytes(estimator->model, layout);
	return fs_pricer_collective_s(estimator->pricer, FS_SENDRECV, fs_layout_group(layout, FS_PIPELINE),
	                              bytes) +
	       estimator->system->stack.launch_us.value * 1e-6;
}

/* So many buckets, one after the other, of which all but the last go on beside `beside` seconds of compute.
 */
static double exposed(struct fs_estimator *estimator, double buckets, bool overlaps, double beside)
{
	double one = fs_pricer_phase(estimator->pricer, &estimator->phase).seconds;
	double all = buckets * one;
	return overlaps ? fmax(fmin(all, one), all - beside) : all;
}

/* What gradients and weights of a stage's parameters take besides. */
static double replicas_s(struct fs_estimator *estimator, const struct fs_layout *layout, uint32_t p,
                         const struct stage *stage)
{
	struct fs_held held = fs_memory_held(layout, estimator->model, p);
	double gradient = 4 * (held.dense + held.experts);
	double buckets = ceil(gradient / (layout->bucket_MB * 1e6));
	double last = layout->vpp > 1 ? layout->pp - (layout->pp - 1.0) / layout->vpp : 1;
	struct fs_held bucket = {held.dense / buckets, held.experts / buckets};
	fs_phase_of_gradients(estimator->model, layout, &bucket, &estimator->phase);
	double seconds = exposed(estimator, buckets, layout->overlap_dp, last * stage->time.backward);
	fs_phase_of_weights(estimator->model, layout, &bucket, &estimator->phase);
	return seconds + exposed(estimator, buckets, layout->overlap_dp, last * stage->time.forward);
}

static void describe(const struct fs_layout *layout, const struct stage *stage, double pipeline_s,
                     double data_s, double optimizer_s, struct fs_estimate *estimate)
{
	const double m = layout->microbatches, *waited = stage->both.waited;
	double gathered = m * (waited[FS_STREAM_DATA] + waited[FS_STREAM_WEIGHTS]);
	*estimate = (struct fs_estimate){.step_s = pipeline_s + data_s + optimizer_s,
	                                 .kernels_s = m * stage->both.kernels,
	                                 .tensor_s = m * waited[FS_STREAM_TENSOR],
	                                 .context_s = m * waited[FS_STREAM_CONTEXT],
	                                 .expert_s = m * waited[FS_STREAM_EXPERT],
	                                 .pipeline_s = pipeline_s - m * stage->both.seconds,
	                                 .data_s = data_s + gathered,
	                                 .optimizer_s = optimizer_s};
}

/* The step is done when the last stage is: its passes, its replicas, its optimizer. */
static void finish(struct fs_estimator *estimator, const struct fs_layout *layout, const struct stage *stage,
                   const double *end, struct fs_estimate *estimate)
{
	estimate->step_s = 0;
	for (uint32_t p = 0; p < layout->pp; p++) {
		double data = replicas_s(estimator, layout, p, &stage[p]);
		fs_phase_of_step_end(estimator->model, layout, p, &estimator->phase);
		double rest = fs_pricer_phase(estimator->pricer, &estimator->phase).seconds;
		if (end[p] + data + rest > estimate->step_s)
			describe(layout, &stage[p], end[p], data, rest, estimate);
	}
}

void fs_estimate(struct fs_estimator *estimator, const struct fs_layout *layout, struct fs_estimate *estimate)
{
	uint32_t pp = layout->pp;
	struct stage *stage = fs_allocate(pp * sizeof *stage);
	struct fs_stage_time *time = fs_allocate(pp * sizeof *time);
	double *end = fs_allocate(pp * sizeof *end);
	for (uint32_t p = 0; p < pp; p++) {
		stage[p] = time_stage(estimator, layout, p);
		time[p] = stage[p].time;
	}
	fs_pipeline_time_s(layout, time, transfer_s(estimator, layout), end);
	finish(estimator, layout, stage, end, estimate);
	free(end);
	free(time);
	free(stage);
}
