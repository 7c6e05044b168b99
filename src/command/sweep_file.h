#ifndef FARSCALE_COMMAND_SWEEP_FILE_H
#define FARSCALE_COMMAND_SWEEP_FILE_H

/* clang-format off */
/*
 * A sweep: axes, whose product is a list of cases.
 *
 *   schema: farscale-sweep/1
 *   name: collapse                # results go to results/runs/<name>
 *   systems: [nvl72-gb200, cloudmatrix-384]
 *   models: [dp-gpt]
 *   chips: 8..15488               # or [8, 64, 512]
 *   stacks: [nccl, cann]          # optional; the system's own
 *   seeds: [1, 2, 3]              # optional; 1
 *   overrides: ["stack.jitter=none", "a.b=1; c.d=2"]   # optional; each item is one point of the axis
 *   steps: 10                     # optional; measured steps of each case
 *   layout: "ep=8"                # optional; or a list. "auto,gbs=2048" plans the rest (command/case_layout.h)
 *   allow_oom: 1                  # optional, 0: runs what does not fit into the chips' memory
 *   live:                         # optional: the same on the wall clock, a rank for each chip
 *     chips: [2, 4, 8]
 *     seeds: [1]
 *     steps: 3
 */
/* clang-format on */

#include "command/case.h"

struct fs_error;
struct fs_yaml_file;

struct fs_sweep {
	char name[64];
	struct fs_yaml_file *file; /* holds the texts of the cases */
	int count;
	struct fs_case *cases; /* live ones first, then the virtual ones; each in the order of the axes */
	void **owned;          /* overrides cut into parts */
	int owned_count;
};

/** Errors as file:line:column. Names are not looked up here (fs_case_check does). Destroy after success. */
int fs_sweep_read(const char *path, struct fs_sweep *sweep, struct fs_error *error);
void fs_sweep_destroy(struct fs_sweep *sweep);

#endif
