#ifndef FARSCALE_TOPOLOGY_FABRIC_H
#define FARSCALE_TOPOLOGY_FABRIC_H

/*
 * What the network of a tier looks like, as a system file describes it (`fabric:` of a tier). What a chip
 * puts into a tier's network passes a *port*: usually its own, or one that it shares with its neighbours. The
 * network itself, its links and its routes, is built in fabric/. A struct of zeros is a switch that never
 * blocks: an empty kind is a switch, an empty routing the kind's own (torus, ring, full_mesh:
 * dimension_order; else adaptive), and 0 chips_per_port, planes and rails are 1.
 */

#include "config/quantity.h"

#include <stdint.h>

enum { FS_MAX_DIMENSIONS = 5, FS_MAX_CLOS_LEVELS = 4, FS_MAX_DOWN = 1024 };

struct fs_fabric {
	char kind[FS_NAME];                /* switch, clos, full_mesh, torus, ring or dragonfly */
	char routing[FS_NAME];             /* adaptive, ecmp or dimension_order */
	struct fs_quantity chips_per_port; /* consecutive chips that share a port, which has the bandwidth of
	                                      all of them: 2 = two dies, one NIC */
	struct fs_quantity planes;         /* equal, parallel networks; a message is cut evenly over them */
	struct fs_quantity hop_us; /* added to latency_us for each switch (full_mesh, torus, ring: link) after
	                              the first */
	struct fs_quantity ecmp_seed; /* of the hash that spreads messages over equal paths */
	/* clos: switches of `radix` ports in `levels` levels, leaves first. A leaf has
	 * up = floor(radix / (1 + o)) ports up and floor(up * o) down, o the tier's oversubscription;
	 * switches of the middle levels the same with their entry of upper_oversubscription (1); the top has
	 * all down. */
	struct fs_quantity radix;
	struct fs_quantity levels; /* 0: as few as the tier's ports need */
	struct fs_quantity rails;  /* r: port p hangs on a leaf of rail p mod r (one leaf per local index); 1:
	                              a  leaf takes consecutive ports */
	int upper_oversubscriptions;
	double upper_oversubscription[FS_MAX_CLOS_LEVELS];
	/* full_mesh, torus, ring: ports per dimension, innermost (fastest) first; their product is the ports
	 * of the tier. dimension_GBps: one way, a port's bandwidth over all its links of that dimension; not
	 * given: every link of a port is as fast as every other, and together they make up the port's
	 * bandwidth. */
	int dimensions, dimension_rates;
	double dimension[FS_MAX_DIMENSIONS], dimension_GBps[FS_MAX_DIMENSIONS];
	/* dragonfly (Kim et al. 2008): p ports on a router, a routers in a group, h links of a router to
	 * other groups; every link as fast as a port. */
	struct fs_quantity router_ports, group_routers, global_links;
	/* Provenance of the texts and lists above; values unused. */
	struct {
		struct fs_quantity kind, routing, upper_oversubscription, dimensions, dimension_GBps;
	} origin;
};

#endif
