#ifndef FARSCALE_FABRIC_DRAGONFLY_H
#define FARSCALE_FABRIC_DRAGONFLY_H

/*
 * Dragonfly (Kim, Dally, Scott, Abts, "Technology-driven, highly-scalable dragonfly topology", ISCA 2008):
 * the routers of a group are a full mesh, and so are the groups. Global ports 0 .. routers * globals - 1 of a
 * group, consecutive ones on a router, lead to the next group, the one after it, ... and begin again while
 * all others still get one more: every pair of groups is joined by `cables` of them, the rest stays unused.
 * (With one cable a pair: the palm tree arrangement, Camarero, Vallejo, Beivide, ACM TACO 11 (4), 2014.)
 */

#include "fabric/kind.h"

struct fs_dragonfly {
	uint32_t router_ports, routers, globals; /* of a router; of a group; of a router */
	uint32_t groups, cables;
};

enum { FS_LOCAL = FS_FIRST_INNER, FS_GLOBAL };

/** The global port of a group that the copy-th cable to the group `offset` further on is at. */
static inline uint32_t fs_dragonfly_global(const struct fs_dragonfly *fly, uint32_t copy, uint32_t offset)
{
	return copy * (fly->groups - 1) + offset - 1;
}

/** Links of a group, so that moving by a group moves all alike. Routers a != b are those of the network. */
static inline uint32_t fs_dragonfly_local_link(const struct fs_network *network, uint32_t plane, uint32_t a,
                                               uint32_t b)
{
	const struct fs_dragonfly *fly = network->shape;
	uint32_t offset = (b + fly->routers - a) % fly->routers;
	return fs_link_at(network, plane, FS_LOCAL, a * (fly->routers - 1) + offset - 1);
}

static inline uint32_t fs_dragonfly_global_link(const struct fs_network *network, uint32_t plane,
                                                uint32_t group, uint32_t global)
{
	const struct fs_dragonfly *fly = network->shape;
	return fs_link_at(network, plane, FS_GLOBAL, group * fly->cables * (fly->groups - 1) + global);
}

int fs_dragonfly_route(const struct fs_network *network, uint32_t plane, uint32_t from, uint32_t to,
                       struct fs_uses *uses);

#endif
