/*
 * Interleaved 1F1B (Narayanan et al. 2021, arXiv 2104.04473, sec. 2.2.2) in the order of Megatron-LM
 * (core/pipeline_parallel/schedules.py): pp micro-batches go through a stage's first chunk, then through its
 * second,
 * ...; then the next pp. The last group may be smaller. Backward passes go through the chunks the other way.
 */

#include "pipeline/pipeline_build.h"

struct pass {
	uint32_t chunk, microbatch;
};

/* The i-th forward pass of any stage. */
static struct pass forward_pass(const struct fs_layout *layout, uint32_t i)
{
	uint32_t pp = layout->pp, group = i / (pp * layout->vpp), first = group * pp;
	uint32_t left = layout->microbatches - first, size = left < pp ? left : pp;
	uint32_t at = i - group * pp * layout->vpp;
	return (struct pass){at / size, first + at % size};
}

static void forward(const struct fs_layout *layout, struct fs_pipeline_list *list, uint32_t i)
{
	struct pass pass = forward_pass(layout, i);
	fs_pipeline_add(list, FS_PASS_FORWARD, pass.chunk, pass.microbatch);
}

static void backward(const struct fs_layout *layout, struct fs_pipeline_list *list, uint32_t i)
{
	struct pass pass = forward_pass(layout, i);
	fs_pipeline_add(list, FS_PASS_BACKWARD, layout->vpp - 1 - pass.chunk, pass.microbatch);
}

void fs_pipeline_interleaved(const struct fs_layout *layout, uint32_t stage, struct fs_pipeline_list *list)
{
	uint32_t all = layout->microbatches * layout->vpp;
	uint32_t ahead = 2 * (layout->pp - 1 - stage) + (layout->vpp - 1) * layout->pp;
	if (ahead > all)
		ahead = all;
	for (uint32_t i = 0; i < ahead; i++)
		forward(layout, list, i);
	for (uint32_t i = 0; i < all; i++) {
		if (ahead + i < all)
			forward(layout, list, ahead + i);
		backward(layout, list, i);
	}
}
