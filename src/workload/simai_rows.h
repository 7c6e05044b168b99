#ifndef FARSCALE_WORKLOAD_SIMAI_ROWS_H
#define FARSCALE_WORKLOAD_SIMAI_ROWS_H

/* SimAI's files as they stand there. */

#include "schedule/schedule.h"

#include <stdbool.h>
#include <stdint.h>

struct fs_error;

enum fs_simai_pass { FS_SIMAI_FORWARD, FS_SIMAI_INPUT, FS_SIMAI_WEIGHT, FS_SIMAI_PASSES };
enum fs_simai_group { FS_SIMAI_TENSOR, FS_SIMAI_EXPERT, FS_SIMAI_DATA, FS_SIMAI_SAME_EXPERTS };

struct fs_simai_work {
	double compute_s, bytes;
	bool communicates;
	enum fs_collective collective;
	enum fs_simai_group group;
};

struct fs_simai_row {
	char name[64];
	struct fs_simai_work pass[FS_SIMAI_PASSES];
};

struct fs_simai_sizes {
	uint64_t tp, ep, pp, vpp, ga, chips;
	double pp_bytes;
};

struct fs_simai_file {
	struct fs_simai_sizes sizes;
	uint32_t rows;
	struct fs_simai_row *row;
};

int fs_simai_rows(const char *path, struct fs_simai_file *file, struct fs_error *error);
void fs_simai_clear(struct fs_simai_file *file);

#endif
