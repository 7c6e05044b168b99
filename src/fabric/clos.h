#ifndef FARSCALE_FABRIC_CLOS_H
#define FARSCALE_FABRIC_CLOS_H

/*
 * A folded Clos (fat tree). Level 0 are the leaves. A *pod* of level l is what hangs together below the
 * switches of one place: of level 0 a leaf, of level l down[l] pods of level l - 1, of the top level
 * everything. A pod of level l has switches[l] switches of level l, which are alike: uplink u of switch i of
 * a pod leads to switch i * up[l] + u of the pod above. At the top, `trunk` consecutive uplinks lead to the
 * same switch, as many as its ports allow when there are few pods.
 */

#include "fabric/kind.h"
#include "topology/fabric.h"

struct fs_clos {
	int levels; /* 1: one switch */
	uint32_t rails, trunk;
	uint32_t down[FS_MAX_CLOS_LEVELS], up[FS_MAX_CLOS_LEVELS]; /* of a switch; up of the top: 0 */
	uint32_t pods[FS_MAX_CLOS_LEVELS], switches[FS_MAX_CLOS_LEVELS];
	uint64_t cables[FS_MAX_CLOS_LEVELS]; /* the first one upward of each level */
};

/* Links upward and downward between levels l and l + 1. */
static inline int fs_clos_up(int level)
{
	return FS_FIRST_INNER + 2 * level;
}

static inline int fs_clos_down(int level)
{
	return FS_FIRST_INNER + 2 * level + 1;
}

/** Rail r's leaves of block b are next to those of the other rails: leaf b * rails + r. */
static inline uint32_t fs_clos_leaf(const struct fs_clos *clos, uint32_t port)
{
	if (clos->levels == 1)
		return 0;
	if (clos->rails == 1)
		return port / clos->down[0];
	return port / clos->rails / clos->down[0] * clos->rails + port % clos->rails;
}

/** Uplink u of switch `index` of pod `pod` of a level, counted through that level. */
static inline uint32_t fs_clos_uplink(const struct fs_clos *clos, int level, uint32_t pod, uint32_t index,
                                      uint32_t u)
{
	return (pod * clos->switches[level] + index) * clos->up[level] + u;
}

/** Switches of the top that serve one switch below. */
static inline uint32_t fs_clos_tops(const struct fs_clos *clos)
{
	return (clos->up[clos->levels - 2] + clos->trunk - 1) / clos->trunk;
}

int fs_clos_build(struct fs_network *network, const struct fs_network_request *request,
                  struct fs_error *error);
int fs_clos_route(const struct fs_network *network, uint32_t plane, uint32_t from, uint32_t to,
                  struct fs_uses *uses);

#endif
