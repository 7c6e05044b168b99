#ifndef FARSCALE_PIPELINE_PIPELINE_BUILD_H
#define FARSCALE_PIPELINE_PIPELINE_BUILD_H

/* For the files that each make one schedule: fill the list of one stage. */

#include "pipeline/pipeline.h"

void fs_pipeline_add(struct fs_pipeline_list *list, enum fs_pass pass, uint32_t chunk, uint32_t microbatch);

typedef void fs_pipeline_builder(const struct fs_layout *layout, uint32_t stage,
                                 struct fs_pipeline_list *list);

fs_pipeline_builder fs_pipeline_1f1b, fs_pipeline_interleaved, fs_pipeline_zb1p, fs_pipeline_dualpipe;

#endif
