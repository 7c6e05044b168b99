#ifndef FARSCALE_TESTS_PIPELINE_TEXT_H
#define FARSCALE_TESTS_PIPELINE_TEXT_H

/* Schedules as text: "F0a": forward pass of micro-batch 0 through the first chunk; B backward, I and W its
 * halves; "F3a+B5b": both at once. */

#include "pipeline/pipeline.h"

#include <stdio.h>

static inline void pipeline_turn_text(const struct fs_pipeline_turn *turn, char *text, size_t size)
{
	static const char pass[FS_PASSES] = {'F', 'B', 'I', 'W'};
	snprintf(text, size, "%c%u%c", pass[turn->pass], turn->microbatch, (char)('a' + turn->chunk));
}

static inline void pipeline_text(const struct fs_pipeline_list *list, char *text, size_t size)
{
	size_t used = 0;
	for (uint32_t i = 0; i < list->turns && used < size; i++) {
		char one[16];
		pipeline_turn_text(&list->turn[i], one, sizeof one);
		const char *between = i == 0 ? "" : list->turn[i - 1].paired ? "+" : " ";
		used += (size_t)snprintf(text + used, size - used, "%s%s", between, one);
	}
}

#endif
