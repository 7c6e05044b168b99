#ifndef FARSCALE_WORKLOAD_CHAKRA_NODE_H
#define FARSCALE_WORKLOAD_CHAKRA_NODE_H

/* One node of a Chakra trace as ours. */

#include "workload/process_groups.h"
#include "workload/workload.h"

#include <chakra.pb-c.h>

/* Whose file it is in. */
struct fs_chakra_place {
	struct fs_workload *workload;
	struct fs_process_groups *groups; /* told so far; metadata nodes add to them */
	uint64_t chips, chip;
};

/** All but its dependencies. */
int fs_chakra_node(const struct fs_chakra_place *place, const FsChakra__Node *message, struct fs_node *node,
                   struct fs_error *error);

/** Names of enum fs_buffer_kind as they stand in the attribute `buffer`; NULL for FS_BUFFER_NONE. */
const char *fs_chakra_buffer_name(enum fs_buffer_kind kind);

#endif
