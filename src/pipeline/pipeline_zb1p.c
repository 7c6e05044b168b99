/*
 * Zero bubble with the memory of 1F1B (ZB-H1: Qi et al. 2023, arXiv 2401.10241, sec. 2.3): as 1F1B, but the
 * gradients of weights, for which no other stage waits, come later. Stage p has room for pp micro-batches and
 * pp - p of them under way, so that it may be p gradients of weights behind; they fill the end, when others
 * still work.
 */

#include "pipeline/pipeline_build.h"

void fs_pipeline_zb1p(const struct fs_layout *layout, uint32_t stage, struct fs_pipeline_list *list)
{
	uint32_t all = layout->microbatches, ahead = layout->pp - 1 - stage;
	if (ahead > all)
		ahead = all;
	for (uint32_t i = 0; i < ahead; i++)
		fs_pipeline_add(list, FS_PASS_FORWARD, 0, i);
	for (uint32_t i = 0; i < all + stage; i++) {
		if (ahead + i < all)
			fs_pipeline_add(list, FS_PASS_FORWARD, 0, ahead + i);
		if (i < all)
			fs_pipeline_add(list, FS_PASS_BACKWARD_INPUT, 0, i);
		if (i >= stage)
			fs_pipeline_add(list, FS_PASS_BACKWARD_WEIGHT, 0, i - stage);
	}
}
