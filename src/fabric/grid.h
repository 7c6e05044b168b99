#ifndef FARSCALE_FABRIC_GRID_H
#define FARSCALE_FABRIC_GRID_H

/*
 * Ports joined directly, in up to five dimensions, each cyclic: full_mesh (links to all that differ in one
 * coordinate; UB-Mesh, arXiv:2503.20377), torus (links to the neighbours of each coordinate), ring (a torus
 * of one dimension). A link from port x is numbered after x and the *offset* in its dimension to which it
 * leads.
 */

#include "fabric/kind.h"
#include "topology/fabric.h"

struct fs_axis {
	uint32_t size, stride;
	uint32_t links;   /* of a port in this dimension: torus 2 (one of them to offset -1), mesh size - 1 */
	uint32_t offsets; /* cables join ports up to this far apart, */
	bool opposite;    /* and those half the circle apart */
	int class;
	uint64_t cables; /* before those of this dimension */
};

struct fs_grid {
	bool mesh;
	int axes; /* of more than one place */
	uint32_t degree;
	struct fs_axis axis[FS_MAX_DIMENSIONS];
};

static inline uint32_t fs_grid_coordinate(const struct fs_axis *axis, uint32_t port)
{
	return port / axis->stride % axis->size;
}

/** The port `offset` places on, cyclically. */
static inline uint32_t fs_grid_move(const struct fs_axis *axis, uint32_t port, uint32_t offset)
{
	uint32_t at = fs_grid_coordinate(axis, port), to = at + offset;
	return port + ((to < axis->size ? to : to - axis->size) - at) * axis->stride;
}

/** The link from `port` to the one `offset` places on, which must be there. */
static inline uint32_t fs_grid_link(const struct fs_network *network, uint32_t plane,
                                    const struct fs_axis *axis, uint32_t port, uint32_t offset)
{
	uint32_t slot = offset <= axis->links ? offset - 1 : 1; /* torus: size - 1 is the second */
	return fs_link_at(network, plane, axis->class, port * axis->links + slot);
}

int fs_grid_route(const struct fs_network *network, uint32_t plane, uint32_t from, uint32_t to,
                  struct fs_uses *uses);

bool fs_grid_rings(const struct fs_network *network, uint32_t plane, uint32_t from, struct fs_ring ring,
                   struct fs_uses *uses);

#endif
