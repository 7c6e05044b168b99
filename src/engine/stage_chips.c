#include "engine/stage_chips.h"

#include <stddef.h>

uint64_t fs_stage_place(const struct fs_stages *stages, uint64_t stage, uint64_t chip)
{
	uint64_t block = stages->stages * stages->stride, begin = stage * stages->stride;
	uint64_t at = chip % block, before = chip / block * stages->stride;
	if (at <= begin)
		return before;
	return before + (at - begin < stages->stride ? at - begin : stages->stride);
}

uint64_t fs_stage_chip(const struct fs_stages *stages, uint64_t stage, uint64_t place, uint64_t *run)
{
	uint64_t block = place / stages->stride, at = place % stages->stride;
	if (run)
		*run = stages->stride - at;
	return (block * stages->stages + stage) * stages->stride + at;
}

struct fs_stage_part fs_stage_part_of(const struct fs_stages *stages, uint64_t stage, uint64_t begin,
                                      uint64_t count)
{
	uint64_t first = fs_stage_place(stages, stage, begin);
	return (struct fs_stage_part){stage, first, fs_stage_place(stages, stage, begin + count) - first};
}
