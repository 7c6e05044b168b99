#include "workload/chakra.h"

#include "base/error.h"

#include <inttypes.h>

/* By Chakra's number. A barrier is an allreduce of nothing. */
static const struct {
	const char *name;
	int collective; /* -1: there is none here */
} types[] = {
        {"all_reduce", FS_ALLREDUCE},
        {"reduce", -1},
        {"all_gather", FS_ALLGATHER},
        {"gather", -1},
        {"scatter", -1},
        {"broadcast", FS_BROADCAST},
        {"all_to_all", FS_ALLTOALL},
        {"reduce_scatter", FS_REDUCE_SCATTER},
        {"reduce_scatter_block", FS_REDUCE_SCATTER},
        {"barrier", FS_ALLREDUCE},
};

enum { TYPES = sizeof types / sizeof *types };

int fs_chakra_type_of(enum fs_collective collective)
{
	for (int i = 0; i < TYPES; i++)
		if (types[i].collective == (int)collective)
			return i;
	return -1;
}

int fs_chakra_collective(int64_t type, enum fs_collective *collective, struct fs_error *error)
{
	static const char allowed[] =
	        "all_reduce, all_gather, reduce_scatter, all_to_all, broadcast and barrier";
	if (type < 0 || type >= TYPES)
		return fs_fail(error, "%" PRId64 " is no collective of Chakra's; can be run: %s", type,
		               allowed);
	if (types[type].collective < 0)
		return fs_fail(error, "a collective of type %s; can be run: %s", types[type].name, allowed);
	*collective = (enum fs_collective)types[type].collective;
	return 0;
}
