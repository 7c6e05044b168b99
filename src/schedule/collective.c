#include "schedule/schedule.h"

#include "base/error.h"
#include "base/text.h"

#include <string.h>

static const char *const names[FS_COLLECTIVES] = {
        [FS_ALLREDUCE] = "allreduce", [FS_ALLGATHER] = "allgather", [FS_REDUCE_SCATTER] = "reduce_scatter",
        [FS_ALLTOALL] = "alltoall",   [FS_BROADCAST] = "broadcast", [FS_SENDRECV] = "sendrecv",
};

const char *fs_collective_name(enum fs_collective collective)
{
	return names[collective];
}

int fs_collective_parse(const char *name, enum fs_collective *collective, struct fs_error *error)
{
	char known[128] = "";
	for (int i = 0; i < FS_COLLECTIVES; i++) {
		if (strcmp(name, names[i]) == 0) {
			*collective = (enum fs_collective)i;
			return 0;
		}
		fs_text_join(known, sizeof known, names[i]);
	}
	return fs_fail(error, "unknown collective '%.64s'; known: %s", name, known);
}

double fs_collective_busbw_factor(enum fs_collective collective, uint32_t size)
{
	double others = (double)(size - 1) / size;
	switch (collective) {
	case FS_ALLREDUCE:
		return 2 * others;
	case FS_ALLGATHER:
	case FS_REDUCE_SCATTER:
	case FS_ALLTOALL:
		return others;
	default:
		return 1;
	}
}
