#ifndef FARSCALE_ENGINE_STAGE_CHIPS_H
#define FARSCALE_ENGINE_STAGE_CHIPS_H

/*
 * Which chips a pipeline stage has, and which of them a rank stands in for. Chip i is of stage
 * (i / stride) mod stages, so that a stage's chips are runs of `stride`, stages * stride apart. A chip's
 * place is how many chips of its stage come before it: chips with the same place in two stages send to each
 * other. A rank's block of chips has consecutive places of every stage.
 */

#include <stdint.h>

struct fs_stages {
	uint64_t chips, stages, stride; /* stages * stride divides chips */
};

/** Part of a stage that lies in a block of chips. */
struct fs_stage_part {
	uint64_t stage, first, count; /* places first .. first + count - 1 */
};

/** How many of the stage's chips come before `chip`. */
uint64_t fs_stage_place(const struct fs_stages *stages, uint64_t stage, uint64_t chip);

/** The chip with this place. Through *run, if not NULL: how many chips from it on have the places after it.
 */
uint64_t fs_stage_chip(const struct fs_stages *stages, uint64_t stage, uint64_t place, uint64_t *run);

/** Of the chips begin .. begin + count - 1. */
struct fs_stage_part fs_stage_part_of(const struct fs_stages *stages, uint64_t stage, uint64_t begin,
                                      uint64_t count);

#endif
