#ifndef FARSCALE_SCHEDULE_GROUP_H
#define FARSCALE_SCHEDULE_GROUP_H

#include <stdint.h>

/** Chips i and j are in one group when they differ only in digit (i / stride) mod size. All groups of a
 *  collective run at once. */
struct fs_group {
	uint32_t size, stride;
};

#endif
