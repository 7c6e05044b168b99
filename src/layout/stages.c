#include "layout/stages.h"

#include "base/error.h"
#include "model/model.h"

#include <assert.h>

/* Layers of chunks that are not at an end, and what the first and the last have less. */
struct spread {
	uint32_t middle, first, last;
};

static uint32_t all_layers(const struct fs_model *model)
{
	return model->layers + model->mtp_layers;
}

static bool spread_evenly(uint64_t chunks, uint32_t layers, struct spread *spread)
{
	static const struct {
		uint32_t embedding, head;
	} slots[] = {{0, 0}, {1, 1}, {0, 1}, {1, 0}};
	for (int i = 0; i < 4; i++) {
		uint32_t all = layers + slots[i].embedding + slots[i].head;
		uint32_t middle = (uint32_t)(all / chunks);
		if (all % chunks || middle == 0)
			continue;
		*spread = (struct spread){middle, middle - slots[i].embedding, middle - slots[i].head};
		return chunks > 1 || i == 0;
	}
	return false;
}

/* first_layers and last_layers count a whole stage; each of its vpp chunks has an equal part. */
static bool spread_as_told(const struct fs_layout *layout, uint32_t layers, struct spread *spread)
{
	uint32_t first = layout->first_layers, last = layout->last_layers, vpp = layout->vpp;
	uint32_t told = (first > 0) + (last > 0);
	if (layout->pp < 2 || (uint64_t)first + last > layers)
		return false;
	uint32_t rest = layers - first - last, others = layout->pp - told;
	if (others ? rest % others || rest / others % vpp || rest == 0 : rest != 0)
		return false;
	uint32_t middle = others ? rest / others / vpp : 0;
	*spread = (struct spread){middle, first ? first / vpp : middle, last ? last / vpp : middle};
	return first % vpp == 0 && last % vpp == 0;
}

static bool find_spread(const struct fs_layout *layout, const struct fs_model *model, struct spread *spread)
{
	uint32_t layers = all_layers(model);
	if (layout->first_layers || layout->last_layers)
		return spread_as_told(layout, layers, spread);
	return spread_evenly((uint64_t)layout->pp * layout->vpp, layers, spread);
}

int fs_stages_check(const struct fs_layout *layout, const struct fs_model *model, struct fs_error *error)
{
	struct spread spread;
	if (find_spread(layout, model, &spread))
		return 0;
	if (layout->first_layers || layout->last_layers)
		return fs_fail(
		        error,
		        "layout: after first_layers=%u and last_layers=%u, %u layers of %s must go evenly "
		        "into the other stages of pp=%u, and each stage's into vpp=%u",
		        layout->first_layers, layout->last_layers, all_layers(model), model->name, layout->pp,
		        layout->vpp);
	return fs_fail(
	        error,
	        "layout: the %u layers of %s do not go into pp * vpp = %llu stages: a multiple is needed, "
	        "counting the embedding and the head as a layer each where that helps; first_layers and "
	        "last_layers make the ends different",
	        all_layers(model), model->name, (unsigned long long)layout->pp * layout->vpp);
}

uint32_t fs_stage_chunks(const struct fs_layout *layout)
{
	return layout->schedule == FS_DUALPIPE ? 2 : layout->vpp;
}

/* Layers of chunk c, of pp * vpp. */
static uint32_t layers_of(const struct fs_layout *layout, const struct spread *spread, uint32_t c)
{
	uint32_t chunks = layout->pp * layout->vpp;
	if (layout->first_layers || layout->last_layers) {
		uint32_t stage = c % layout->pp;
		return stage == 0 ? spread->first : stage == layout->pp - 1 ? spread->last : spread->middle;
	}
	return c == 0 ? spread->first : c == chunks - 1 ? spread->last : spread->middle;
}

/* Layers of the chunks before it. */
static uint32_t layers_before(const struct fs_layout *layout, const struct spread *spread, uint32_t c)
{
	uint32_t round = c, rounds = 0;
	if (layout->first_layers || layout->last_layers) {
		uint32_t all = spread->first + (layout->pp - 2) * spread->middle + spread->last;
		rounds = c / layout->pp * all;
		round = c % layout->pp;
	}
	return rounds + (round ? spread->first + (round - 1) * spread->middle : 0);
}

static uint32_t chunk_index(const struct fs_layout *layout, uint32_t stage, uint32_t k)
{
	if (layout->schedule == FS_DUALPIPE)
		return k == 0 ? stage : layout->pp - 1 - stage;
	return k * layout->pp + stage;
}

struct fs_chunk fs_stage_chunk(const struct fs_layout *layout, const struct fs_model *model, uint32_t stage,
                               uint32_t k)
{
	struct spread spread;
	bool possible = find_spread(layout, model, &spread);
	assert(possible);
	uint32_t index = chunk_index(layout, stage, k);
	return (struct fs_chunk){.first = layers_before(layout, &spread, index),
	                         .layers = layers_of(layout, &spread, index),
	                         .embedding = index == 0,
	                         .head = index == layout->pp * layout->vpp - 1};
}

static uint32_t least(uint32_t a, uint32_t b)
{
	return a < b ? a : b;
}

/* The k-th chunk among a stage's first `passes` forward passes: pp micro-batches through each chunk in turn.
 */
static uint32_t passes_of_chunk(uint32_t passes, uint32_t pp, uint32_t vpp, uint32_t k)
{
	uint32_t round = pp * vpp, whole = passes / round * pp, rest = passes % round;
	return whole + (rest > k * pp ? least(rest - k * pp, pp) : 0);
}

uint32_t fs_stage_in_flight(const struct fs_layout *layout, uint32_t stage, uint32_t k)
{
	uint32_t pp = layout->pp, vpp = layout->vpp, microbatches = layout->microbatches;
	if (layout->schedule == FS_DUALPIPE)
		return least(k == 0 ? pp - stage : stage + 1, microbatches / 2);
	if (layout->schedule != FS_INTERLEAVED)
		return least(pp - stage, microbatches);
	uint64_t most = (uint64_t)microbatches * vpp,
	         warm = 2 * (uint64_t)(pp - stage - 1) + (vpp - 1) * (uint64_t)pp + 1;
	return passes_of_chunk((uint32_t)(warm < most ? warm : most), pp, vpp, k);
}
