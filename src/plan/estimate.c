#include "plan/estimate.h"

#include "base/error.h"
#include "layout/activations.h"
#include "layout/memory.h"
#include "layout/stages.h"
#include "model/model.h"
#include "phase/step_end.h"
#include "pipeline/pipeline_time.h"
#include "pipeline/pipeline_walk.h"
#include "plan/memo.h"
#include "plan/phase_cost.h"
#include "topology/system.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

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
	                 layout->overlap_tp << 10 | (uint32_t)gathered << 12 | layout->gradient_bits << 13 |
	                 layout->fused_loss << 20;
	const uint64_t key[] = {
	        pair(part, pass),
	        pair(layout->tp, layout->cp),
	        pair(layout->ep, layout->mbs),
	        pair(layout->seq, words),
	        pair(fs_layout_group(layout, FS_TENSOR).stride, fs_layout_group(layout, FS_CONTEXT).stride),
	        pair(fs_layout_group(layout, FS_EXPERT).stride, layout->imbalance),
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

/* How often a stage has each part, in all of its chunks. */
struct contents {
	uint32_t count[FS_PARTS];
};

static void add_chunk(const struct fs_estimator *estimator, const struct fs_chunk *chunk,
                      struct contents *contents)
{
	uint32_t layers = estimator->model->layers, end = chunk->first + chunk->layers,
	         *count = contents->count;
	uint32_t first = chunk->first < layers ? chunk->first : layers, last = end < layers ? end : layers;
	uint32_t experts = estimator->experts[last] - estimator->experts[first];
	count[FS_EMBEDDING] += chunk->embedding;
	count[FS_HEAD] += chunk->head;
	count[FS_EXPERT_LAYER] += experts;
	count[FS_DENSE_LAYER] += last - first - experts;
	count[FS_MTP_LAYER] += chunk->layers - (last - first);
}

/* dualpipe: of each of the stage's two chunks as well. */
struct holdings {
	struct contents all, chunk[2];
};

static struct holdings holdings_of(const struct fs_estimator *estimator, const struct fs_layout *layout,
                                   uint32_t stage)
{
	struct holdings holdings = {0};
	for (uint32_t k = 0; k < fs_stage_chunks(layout); k++) {
		struct fs_chunk chunk = fs_stage_chunk(layout, estimator->model, stage, k);
		add_chunk(estimator, &chunk, &holdings.all);
		if (layout->schedule == FS_DUALPIPE)
			add_chunk(estimator, &chunk, &holdings.chunk[k]);
	}
	return holdings;
}

/* One micro-batch through all of these. */
static struct fs_phase_cost cost_of(struct fs_estimator *estimator, const struct fs_layout *layout,
                                    const struct contents *contents, enum fs_pass pass)
{
	struct fs_phase_cost sum = {0};
	for (enum fs_part part = 0; part < FS_PARTS; part++) {
		if (!contents->count[part])
			continue;
		struct fs_phase_cost one = pass_cost(estimator, layout, part, pass);
		add(&sum, &one, contents->count[part]);
	}
	return sum;
}

struct stage {
	struct holdings holdings;
	struct fs_phase_cost
	        both; /* a micro-batch's passes through it; dualpipe: the mean of both directions */
	struct fs_stage_time time;
	struct fs_chunk_time chunk[2]; /* dualpipe */
	double data_s, optimizer_s;    /* after its last pass */
};

/* A whole backward pass; *weight: seconds of it that are put off. */
static struct fs_phase_cost backward_cost(struct fs_estimator *estimator, const struct fs_layout *layout,
                                          const struct contents *contents, double *weight)
{
	*weight = 0;
	if (layout->schedule != FS_ZB1P && layout->schedule != FS_DUALPIPE)
		return cost_of(estimator, layout, contents, FS_PASS_BACKWARD);
	struct fs_phase_cost sum = cost_of(estimator, layout, contents, FS_PASS_BACKWARD_INPUT);
	struct fs_phase_cost weights = cost_of(estimator, layout, contents, FS_PASS_BACKWARD_WEIGHT);
	add(&sum, &weights, 1);
	*weight = weights.seconds;
	return sum;
}

static double all_waits(const struct fs_phase_cost *cost)
{
	double sum = 0;
	for (int s = 0; s < FS_STREAMS; s++)
		sum += cost->waited[s];
	return sum;
}

/* A pass waits only for what outlasts the other one's kernels. Returns how much of its waits that is. */
static double exposed_beside(const struct fs_phase_cost *pass, const struct fs_phase_cost *other)
{
	double waits = all_waits(pass), kernels = other->seconds - all_waits(other);
	return waits > kernels ? (waits - kernels) / waits : 0;
}

/* Communication of one micro-batch beside the kernels of another. */
static struct fs_phase_cost cost_beside(const struct fs_estimator *estimator, const struct fs_phase_cost *one,
                                        const struct fs_phase_cost *other)
{
	struct fs_phase_cost both = *one;
	add(&both, other, 1);
	double waits = all_waits(&both);
	double slowed = estimator->system->stack.overlap_slowdown.value * fmin(waits, both.kernels);
	double mine = exposed_beside(one, other), others = exposed_beside(other, one);
	for (int s = 0; s < FS_STREAMS; s++)
		both.waited[s] = mine * one->waited[s] + others * other->waited[s];
	both.kernels += slowed;
	both.seconds += slowed + all_waits(&both) - waits;
	return both;
}

static void time_both_ways(struct fs_estimator *estimator, const struct fs_layout *layout,
                           struct stage *stage)
{
	struct fs_phase_cost forward[2], backward[2];
	for (int k = 0; k < 2; k++) {
		struct fs_chunk_time *time = &stage->chunk[k];
		const struct contents *contents = &stage->holdings.chunk[k];
		forward[k] = cost_of(estimator, layout, contents, FS_PASS_FORWARD);
		backward[k] = backward_cost(estimator, layout, contents, &time->weight);
		time->forward = forward[k].seconds;
		time->backward = backward[k].seconds;
		stage->time.forward += time->forward / 2;
		stage->time.backward += time->backward / 2;
	}
	for (int k = 0; k < 2; k++) {
		struct fs_phase_cost beside = cost_beside(estimator, &forward[k], &backward[1 - k]);
		stage->chunk[k].beside = beside.seconds;
		add(&stage->both, &beside, 0.5);
	}
}

static void time_passes(struct fs_estimator *estimator, const struct fs_layout *layout, struct stage *stage)
{
	const struct contents *contents = &stage->holdings.all;
	if (layout->schedule == FS_DUALPIPE) {
		time_both_ways(estimator, layout, stage);
		return;
	}
	struct fs_phase_cost backward = backward_cost(estimator, layout, contents, &stage->time.weight);
	stage->both = cost_of(estimator, layout, contents, FS_PASS_FORWARD);
	stage->time.forward = stage->both.seconds;
	stage->time.backward = backward.seconds;
	add(&stage->both, &backward, 1);
}

static double transfer_s(struct fs_estimator *estimator, const struct fs_layout *layout)
{
	if (layout->pp < 2)
		return 0;
	double bytes = fs_activation_sent_bytes(estimator->model, layout);
	fs_phase_of_arrival(estimator->model, layout, &estimator->phase);
	return fs_pricer_collective_s(estimator->pricer, FS_SENDRECV, fs_layout_group(layout, FS_PIPELINE),
	                              bytes) +
	       fs_pricer_phase(estimator->pricer, &estimator->phase).seconds +
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

/* What gradients and weights of a stage's parameters take besides. zero=2 keeps no sums of whole gradients,
 * so those of every micro-batch go out. */
static double replicas_s(struct fs_estimator *estimator, const struct fs_layout *layout, uint32_t p,
                         const struct stage *stage)
{
	struct fs_held held = fs_memory_held(layout, estimator->model, p);
	double buckets = ceil(4 * (held.dense + held.experts) / (layout->bucket_MB * 1e6));
	double last = layout->vpp > 1 ? layout->pp - (layout->pp - 1.0) / layout->vpp : 1;
	const struct fs_stage_time *time = &stage->time;
	struct fs_held bucket = {held.dense / buckets, held.experts / buckets};
	bool overlaps = layout->overlap_dp;
	fs_phase_of_gradients(estimator->model, layout, &bucket, &estimator->phase);
	double seconds = exposed(estimator, buckets, overlaps, last * time->backward);
	if (layout->zero == 2)
		seconds += (layout->microbatches - 1) * exposed(estimator, buckets, overlaps, time->backward);
	fs_phase_of_weights(estimator->model, layout, &bucket, &estimator->phase);
	return seconds + exposed(estimator, buckets, overlaps, last * time->forward);
}

static void time_stage(struct fs_estimator *estimator, const struct fs_layout *layout, uint32_t p,
                       struct stage *stage)
{
	time_passes(estimator, layout, stage);
	stage->data_s = replicas_s(estimator, layout, p, stage);
	fs_phase_of_step_end(estimator->model, layout, p, &estimator->phase);
	stage->optimizer_s = fs_pricer_phase(estimator->pricer, &estimator->phase).seconds;
}

/* Most stages are as the one before. */
static void time_stages(struct fs_estimator *estimator, const struct fs_layout *layout, struct stage *stage)
{
	for (uint32_t p = 0; p < layout->pp; p++) {
		struct holdings holdings = holdings_of(estimator, layout, p);
		bool again = p > 1 && p < layout->pp - 1 &&
		             memcmp(&holdings, &stage[p - 1].holdings, sizeof holdings) == 0;
		if (again) {
			stage[p] = stage[p - 1];
			continue;
		}
		stage[p] = (struct stage){.holdings = holdings};
		time_stage(estimator, layout, p, &stage[p]);
	}
}

static struct fs_estimate describe(const struct fs_layout *layout, const struct stage *stage, double end)
{
	const double m = layout->microbatches, *waited = stage->both.waited;
	return (struct fs_estimate){.step_s = end + stage->data_s + stage->optimizer_s,
	                            .kernels_s = m * stage->both.kernels,
	                            .tensor_s = m * waited[FS_STREAM_TENSOR],
	                            .context_s = m * waited[FS_STREAM_CONTEXT],
	                            .expert_s = m * waited[FS_STREAM_EXPERT],
	                            .pipeline_s = end - m * stage->both.seconds,
	                            .data_s = stage->data_s +
	                                      m * (waited[FS_STREAM_DATA] + waited[FS_STREAM_WEIGHTS]),
	                            .optimizer_s = stage->optimizer_s};
}

static void play_both_ways(const struct fs_layout *layout, const struct stage *stage, double transfer,
                           double *end, double *turn_s)
{
	struct fs_pipeline_times times = {.end = end};
	struct fs_chunk_time *chunk = fs_allocate(2ul * layout->pp * sizeof *chunk);
	for (uint32_t p = 0; p < layout->pp; p++)
		memcpy(&chunk[2 * p], stage[p].chunk, sizeof stage[p].chunk);
	fs_pipeline_walk(layout, chunk, transfer, &times);
	memcpy(turn_s, times.turn_s, sizeof times.turn_s);
	free(chunk);
}

static void play(const struct fs_layout *layout, const struct stage *stage, double transfer, double *end,
                 double *turn_s)
{
	const struct fs_stage_time *first = &stage[0].time;
	double m = layout->microbatches;
	struct fs_stage_time *time = fs_allocate(layout->pp * sizeof *time);
	for (uint32_t p = 0; p < layout->pp; p++)
		time[p] = stage[p].time;
	fs_pipeline_time_s(layout, time, transfer, end);
	turn_s[FS_TURN_FORWARD] = m * first->forward;
	turn_s[FS_TURN_BACKWARD_WEIGHT] = m * first->weight;
	turn_s[layout->schedule == FS_ZB1P ? FS_TURN_BACKWARD_INPUT : FS_TURN_BACKWARD] =
	        m * (first->backward - first->weight);
	free(time);
}

void fs_estimate(struct fs_estimator *estimator, const struct fs_layout *layout, struct fs_estimate *estimate)
{
	uint32_t pp = layout->pp;
	double turn_s[FS_TURN_KINDS] = {0};
	struct stage *stage = fs_allocate(pp * sizeof *stage);
	double *end = fs_allocate(pp * sizeof *end);
	time_stages(estimator, layout, stage);
	(layout->schedule == FS_DUALPIPE ? play_both_ways : play)(layout, stage,
	                                                          transfer_s(estimator, layout), end, turn_s);
	turn_s[FS_TURN_END] = stage[0].data_s + stage[0].optimizer_s;
	/* The step is done when the last stage is. */
	*estimate = describe(layout, &stage[0], end[0]);
	for (uint32_t p = 1; p < pp; p++) {
		struct fs_estimate other = describe(layout, &stage[p], end[p]);
		if (other.step_s > estimate->step_s)
			*estimate = other;
	}
	memcpy(estimate->turn_s, turn_s, sizeof turn_s);
	free(end);
	free(stage);
}
