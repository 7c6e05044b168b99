/*
 * One forward, one backward (PipeDream-flush: Narayanan et al. 2021, arXiv 2104.04473, sec. 2.2.1): a stage
 * starts with a forward pass for each stage behind it, then alternates, then ends with the backward passes
 * that are left.
 */

#include "pipeline/pipeline_build.h"

void fs_pipeline_1f1b(const struct fs_layout *layout, uint32_t stage, struct fs_pipeline_list *list)
{
	uint32_t all = layout->microbatches, ahead = layout->pp - 1 - stage;
	if (ahead > all)
		ahead = all;
	for (uint32_t i = 0; i < ahead; i++)
		fs_pipeline_add(list, FS_PASS_FORWARD, 0, i);
	for (uint32_t i = 0; i < all; i++) {
		if (ahead + i < all)
			fs_pipeline_add(list, FS_PASS_FORWARD, 0, ahead + i);
		fs_pipeline_add(list, FS_PASS_BACKWARD, 0, i);
	}
}
