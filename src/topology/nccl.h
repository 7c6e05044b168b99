#ifndef FARSCALE_TOPOLOGY_NCCL_H
#define FARSCALE_TOPOLOGY_NCCL_H

/*
 * What a stack file says of NCCL (`nccl:` and `nccl_chips:`), as it was read. Two kinds of numbers: what NCCL
 * believes of itself, from which it chooses (its src/graph/tuning.cc), and what its protocols have been
 * measured to add to the network. What they mean is told where they are used: stack/nccl.c.
 */

#include "config/quantity.h"
#include "topology/fabric.h"

enum fs_nccl_protocol { FS_LL, FS_LL128, FS_SIMPLE, FS_NCCL_PROTOCOLS };

/** One number for each of three: protocols, or 1, 2, and more nodes. */
struct fs_triple {
	double value[3];
	int count;
	struct fs_quantity origin; /* its trust and source; its value is not used */
};

struct fs_nccl {
	/* Believed. us, by protocol: once, and per hop over NVLink and over the network. */
	struct fs_triple ring_base_us, tree_base_us, ring_nvlink_us, tree_nvlink_us, ring_net_us, tree_net_us;
	struct fs_triple ring_rate, tree_rate; /* the part of the links that a protocol's data get */
	struct fs_quantity nvls_us, nvls_tree_net_us;
	/* Measured. */
	struct fs_triple rate;     /* the part of a tier's bandwidth, by protocol */
	struct fs_triple extra_us; /* once, besides the chip's own base, by protocol */
	/* A rank's own part costs so much of a message of its size: copied, reduced, sent to itself. */
	struct fs_quantity own_copy, own_reduction, own_peer;
	struct fs_quantity chunk_bytes; /* NVLSTree works on so many at once, level after level */
	/* Grouped sends and receives (all-to-all): each peer has channels of its own. */
	struct fs_quantity peer_LL_bytes, peer_LL_GBps, peer_GBps, peer_extra_us;
};

/** One kind of chip. */
struct fs_nccl_chip {
	char chip[FS_NAME];                                           /* a chip's name, or "default" */
	struct fs_triple LL_max_GBps;                                 /* believed, by nodes */
	struct fs_triple ring_LL128_GBps, tree_LL128_GBps, tree_GBps; /* of one channel, believed, by nodes */
	struct fs_quantity channels, nvls_efficiency, link_rate;      /* believed; of a link's nominal rate */
	struct fs_quantity base_us;                                   /* measured: a collective's kernel */
	struct fs_triple hop_us; /* measured: over NVLink, besides the tier's latency, by protocol */
};

#endif
