#ifndef FARSCALE_TOPOLOGY_HCCL_H
#define FARSCALE_TOPOLOGY_HCCL_H

/*
 * What a stack file says of HCCL (`hccl:`), as it was read. What the numbers mean in full is told where they
 * are used: stack/hccl.c (the choice) and stack/hccl_transport.c (the time).
 */

#include "config/quantity.h"

struct fs_hccl {
	/* Believed: from which it chooses between servers. */
	struct fs_quantity server_chips;      /* the most that a server has, all joined to each other */
	struct fs_quantity step_us, net_GBps; /* of a round, whatever is in it; of a link between servers */
	/* The most bytes of one rank's part that its vector cores copy: in a server, between servers. */
	struct fs_quantity copied_gather_bytes, copied_reduce_bytes;
	struct fs_quantity copied_gather_bytes_between, copied_reduce_bytes_between;
	/* Copied by vector cores: once, once for an all-to-all, and for the flag of each peer; what all peers
	 * together give at most, and the number of peers that gives half of it. */
	struct fs_quantity kernel_us, alltoall_kernel_us, flag_us, copy_GBps, half_peers;
	/* Moved by copy engines, scheduled by a CPU. */
	struct fs_quantity dispatch_us;       /* of a level's tasks, half beside the transfer */
	struct fs_quantity engine_GBps;       /* with one peer at a time */
	struct fs_quantity reduce_efficiency; /* the part of a plain transfer's rate */
};

#endif
