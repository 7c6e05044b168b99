#ifndef FARSCALE_LAYOUT_STAGES_H
#define FARSCALE_LAYOUT_STAGES_H

/*
 * Which layers a pipeline stage holds, and how many micro-batches are under way in it.
 *
 * The model is cut into pp * vpp chunks; stage p holds chunks p, p + pp, p + 2 pp, ... (with dualpipe p and
 * pp - 1 - p). Multi-token prediction layers are the last ones. Layers go to chunks
 * - evenly, if they divide;
 * - else as if the embedding, or the head, or both were a layer each, the first that divides of: both, the
 * head, the embedding (Megatron-LM's account-for-embedding / -loss-in-pipeline-split; Llama 3 405B, arXiv
 *   2407.21783, sec. 3.3.2: 126 layers as 128);
 * - with first_layers, last_layers as they say, and the rest evenly (Megatron-LM's
 *   decoder-first / -last-pipeline-num-layers).
 */

#include "layout/layout.h"

struct fs_chunk {
	uint32_t first, layers; /* of the model's layers, and, after them, the mtp layers */
	bool embedding, head;
};

/** Do the layers go into the stages? */
int fs_stages_check(const struct fs_layout *layout, const struct fs_model *model, struct fs_error *error);

/** How many chunks a chip of any stage holds, and the k-th of stage p. */
uint32_t fs_stage_chunks(const struct fs_layout *layout);
struct fs_chunk fs_stage_chunk(const struct fs_layout *layout, const struct fs_model *model, uint32_t stage,
                               uint32_t k);

/** Micro-batches whose forward pass through the k-th chunk of the stage is done and whose backward pass is
 * not, when most activations are kept. 1f1b, zb1p: the first stage has pp (Narayanan et al. 2021, sec. 2.2.1;
 * Qi et al. 2023, table 1). interleaved: all chunks of the first stage together pp * vpp + pp - 1, the factor
 * 1 + (pp - 1) / (pp vpp) of Korthikanti et al. 2022, sec. 4.2.3. dualpipe: both chunks together pp + 1
 * (DeepSeek-V3, table 2). */
uint32_t fs_stage_in_flight(const struct fs_layout *layout, uint32_t stage, uint32_t k);

#endif
