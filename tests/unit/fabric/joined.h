#ifndef FARSCALE_TESTS_JOINED_H
#define FARSCALE_TESTS_JOINED_H

/* One tier, "net", of 1 GB/s, whose ports are joined directly: full_mesh, torus, ring. */

#include "topology/system.h"

#include <stdio.h>

static inline struct fs_system joined(const char *kind, const char *routing, int dimensions,
                                      const double *dimension)
{
	struct fs_system system = {.tiers = 1};
	struct fs_tier *tier = &system.tier[0];
	tier->bandwidth_GBps.value = tier->efficiency.value = tier->oversubscription.value = 1;
	tier->group.value = 1;
	snprintf(tier->name, sizeof tier->name, "net");
	snprintf(tier->fabric.kind, sizeof tier->fabric.kind, "%s", kind);
	snprintf(tier->fabric.routing, sizeof tier->fabric.routing, "%s", routing);
	tier->fabric.dimensions = dimensions;
	for (int d = 0; d < dimensions; d++)
		tier->group.value *= tier->fabric.dimension[d] = dimension[d];
	return system;
}

#endif
