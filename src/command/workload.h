#ifndef FARSCALE_COMMAND_WORKLOAD_H
#define FARSCALE_COMMAND_WORKLOAD_H

/* run --workload: from the files of a trace and a system's name to a record. */

#include "record/record.h"
#include "topology/system.h"

#include <stdbool.h>

struct fs_error;
struct fs_timeline;

struct fs_workload_case {
	const char *system, *stack, *path;
	const struct fs_override *overrides;
	int override_count;
	uint64_t chips;               /* 0: as many as it is of */
	bool recorded;                /* kernels take what was recorded */
	struct fs_timeline *timeline; /* NULL: none */
	const char *traced;           /* as --trace-chips has them */
};

/** A path of a file is one of SimAI's, any other the prefix of a Chakra trace. Returns an exit status. Local,
 * the same on every rank. */
int fs_workload_case_run(const struct fs_workload_case *one, struct fs_run_record *record,
                         struct fs_error *error);

#endif
