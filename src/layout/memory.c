#include "layout/memory.h"

#include "layout/activations.h"
#include "layout/replicas.h"
#include "layout/stages.h"
#include "model/parameters.h"
#include "topology/system.h"

#include <math.h>

/* Bytes of a parameter. */
static const double WEIGHT = 2, GRADIENT = 4, OPTIMIZER = 12;

/* What a chip's stage holds, by part: a layer in a chunk counts once. */
struct contents {
	uint32_t count[FS_PARTS];
};

static enum fs_part part_of(const struct fs_model *model, uint32_t layer)
{
	if (layer >= model->layers)
		return FS_MTP_LAYER;
	return fs_model_layer_has_experts(model, layer) ? FS_EXPERT_LAYER : FS_DENSE_LAYER;
}

static struct contents contents_of(const struct fs_model *model, const struct fs_chunk *chunk)
{
	struct contents contents = {.count = {[FS_EMBEDDING] = chunk->embedding, [FS_HEAD] = chunk->head}};
	for (uint32_t layer = chunk->first; layer < chunk->first + chunk->layers; layer++)
		contents.count[part_of(model, layer)]++;
	return contents;
}

/* The sequence of the layout is the model's; a table of positions is as long. */
static struct fs_model in_layout(const struct fs_model *model, const struct fs_layout *layout)
{
	struct fs_model other = *model;
	other.sequence = layout->seq;
	return other;
}

/* The head's own table, where the one that it shares with the embedding lies on another chip; and the
 * embedding for multi-token prediction, which starts from both. */
static double copied_table(const struct fs_layout *layout, const struct fs_model *model,
                           const struct contents *contents)
{
	double table = ceil((double)model->vocabulary / layout->tp) * model->hidden;
	if (contents->count[FS_EMBEDDING])
		return 0;
	if (contents->count[FS_HEAD] && model->tied)
		return table;
	return contents->count[FS_MTP_LAYER] ? table : 0;
}

static struct fs_held hold(const struct fs_layout *layout, const struct fs_model *model,
                           const struct contents *contents)
{
	struct fs_held sum = {.dense = copied_table(layout, model, contents)};
	for (enum fs_part part = 0; part < FS_PARTS; part++) {
		if (!contents->count[part])
			continue;
		struct fs_held one = fs_held_of_part(layout, model, part);
		sum.dense += contents->count[part] * one.dense;
		sum.experts += contents->count[part] * one.experts;
	}
	return sum;
}

static struct contents contents_of_stage(const struct fs_layout *layout, const struct fs_model *model,
                                         uint32_t stage)
{
	struct contents sum = {0};
	for (uint32_t k = 0; k < fs_stage_chunks(layout); k++) {
		struct fs_chunk chunk = fs_stage_chunk(layout, model, stage, k);
		struct contents one = contents_of(model, &chunk);
		for (enum fs_part part = 0; part < FS_PARTS; part++)
			sum.count[part] += one.count[part];
	}
	return sum;
}

static double activations(const struct fs_layout *layout, const struct fs_model *model, uint32_t stage)
{
	double sum = 0;
	for (uint32_t k = 0; k < fs_stage_chunks(layout); k++) {
		struct fs_chunk chunk = fs_stage_chunk(layout, model, stage, k);
		struct contents contents = contents_of(model, &chunk);
		double one = 0;
		for (enum fs_part part = 0; part < FS_HEAD; part++)
			if (contents.count[part])
				one += contents.count[part] * fs_activation_bytes(model, layout, part);
		sum += fs_stage_in_flight(layout, stage, k) * one;
		/* The backward pass follows at once where the loss is. */
		if (chunk.head)
			sum += fs_activation_bytes(model, layout, FS_HEAD);
	}
	return sum;
}

static double working(const struct fs_layout *layout, const struct fs_model *model,
                      const struct contents *contents)
{
	double recomputed = 0, largest = 0;
	for (enum fs_part part = 0; part < FS_PARTS; part++) {
		if (!contents->count[part])
			continue;
		struct fs_held one = fs_held_of_part(layout, model, part);
		recomputed = fmax(recomputed, fs_activation_recomputed_bytes(model, layout, part));
		largest = fmax(largest, one.dense + one.experts);
	}
	double gathered = layout->zero >= 3 ? 2 * WEIGHT * largest : 0;
	/* One that comes and one that goes, forward and backward. */
	double between = layout->pp > 1 ? 4 * fs_activation_boundary_bytes(model, layout) : 0;
	return recomputed + gathered + between;
}

/* Bytes a parameter, of parts that ZeRO divides from `level` on. */
static double divided(const struct fs_layout *layout, const struct fs_held *held, double bytes,
                      uint32_t level)
{
	double experts = (double)layout->cp * layout->dp, dense = experts * layout->ep;
	if (layout->zero < level)
		dense = experts = 1;
	return bytes * (held->dense / dense + held->experts / experts);
}

double fs_memory_of_chip(const struct fs_chip *chip)
{
	return chip->memory_GB.value * 1024 * 1024 * 1024;
}

struct fs_memory fs_memory_of_stage(const struct fs_layout *layout, const struct fs_model *plain,
                                    uint32_t stage)
{
	struct fs_model model = in_layout(plain, layout);
	struct contents contents = contents_of_stage(layout, &model, stage);
	struct fs_held held = hold(layout, &model, &contents);
	return (struct fs_memory){.weights = divided(layout, &held, WEIGHT, 3),
	                          .gradients = divided(layout, &held, GRADIENT, 2),
	                          .optimizer = divided(layout, &held, OPTIMIZER, 1),
	                          .activations = activations(layout, &model, stage),
	                          .working = working(layout, &model, &contents)};
}

double fs_memory_total(const struct fs_memory *memory)
{
	return memory->weights + memory->gradients + memory->optimizer + memory->activations +
	       memory->working;
}

/* Where all layers are alike, stages between the first and the last are, and those before have more
 * micro-batches under way. */
static bool needs_no_more_than_before(const struct fs_layout *layout, const struct fs_model *model,
                                      uint32_t stage)
{
	bool alike = !model->experts && !layout->first_layers && !layout->last_layers;
	return alike && layout->schedule != FS_DUALPIPE && stage > 1 && stage < layout->pp - 1;
}

double fs_memory_peak(const struct fs_layout *layout, const struct fs_model *model)
{
	double peak = 0;
	for (uint32_t stage = 0; stage < layout->pp; stage++) {
		if (needs_no_more_than_before(layout, model, stage))
			continue;
		struct fs_memory memory = fs_memory_of_stage(layout, model, stage);
		peak = fmax(peak, fs_memory_total(&memory));
	}
	return peak;
}

struct fs_held fs_memory_held(const struct fs_layout *layout, const struct fs_model *plain, uint32_t stage)
{
	struct fs_model model = in_layout(plain, layout);
	struct contents contents = contents_of_stage(layout, &model, stage);
	return hold(layout, &model, &contents);
}

double fs_memory_parameters(const struct fs_layout *layout, const struct fs_model *model, uint32_t stage)
{
	struct fs_held held = fs_memory_held(layout, model, stage);
	return held.dense + held.experts;
}

double fs_memory_copied_table(const struct fs_layout *layout, const struct fs_model *model, uint32_t stage)
{
	struct contents contents = contents_of_stage(layout, model, stage);
	return copied_table(layout, model, &contents);
}

double fs_memory_whole_parameters(const struct fs_layout *layout, const struct fs_model *model,
                                  uint32_t stage)
{
	struct contents contents = contents_of_stage(layout, model, stage);
	struct fs_weight weight[FS_MAX_WEIGHTS];
	double sum = 0;
	for (enum fs_part part = FS_DENSE_LAYER; part < FS_PARTS; part++) {
		int count = contents.count[part] ? fs_part_weights(model, part, weight) : 0;
		for (int i = 0; i < count; i++)
			if (weight[i].split == FS_WHOLE)
				sum += contents.count[part] * (weight[i].matrix + weight[i].table);
	}
	return sum;
}
