#ifndef FARSCALE_STACK_HCCL_H
#define FARSCALE_STACK_HCCL_H

/*
 * HCCL (Huawei's collective library): what it sees of a group, which algorithm it takes, how it carries it.
 * Level 0 are the chips of a server, joined to each other; level 1 the servers.
 */

#include "stack/library.h"

/** A call as HCCL sees it. */
struct fs_hccl_view {
	uint32_t server, servers; /* members of one, and how many; server: 1 if they are not in servers */
	bool near;                /* all within one scale-up network, where vector cores reach all memory */
	double server_Bps;        /* what a member gets in a server; of the network if server = 1 */
	double part_bytes;        /* of the collective, what belongs to one rank */
};

/** Members of one server: those in a group of the outermost scale-up tier that joins no more chips than a
 * server has, or else of the innermost; 1 where they lie too far apart, or where that is a torus or ring. */
uint32_t fs_hccl_server(const struct fs_system *system, uint32_t size, uint32_t stride);

struct fs_hccl_view fs_hccl_view(const struct fs_system *system, const struct fs_call *call);

/** Seconds that HCCL believes an algorithm between p servers takes for `bytes`: a fixed alpha for each round,
 * and the bytes over its link. algorithm: "ring", "nhr" or "halving_doubling". */
double fs_hccl_believed_s(const struct fs_hccl *hccl, const char *algorithm, enum fs_collective collective,
                          uint32_t p, double bytes);

/** How a collective is carried. Copied by vector cores: small, and near. Moved by copy engines: the rest. */
struct fs_transport fs_hccl_transport(const struct fs_system *system, const struct fs_call *call,
                                      const struct fs_hccl_view *view);

#endif
