#ifndef FARSCALE_FABRIC_OUTLINE_H
#define FARSCALE_FABRIC_OUTLINE_H

/*
 * A network as somebody draws it: levels of switches, axes of a grid or groups of routers, and the cables
 * between them, kind by kind. Everything is told of one plane; all are alike but for what is down.
 */

#include "topology/fabric.h"

#include <stdbool.h>
#include <stdint.h>

struct fs_network;

enum { FS_MAX_BUNDLES = FS_MAX_DIMENSIONS + 1 };

/** Cables alike: they have consecutive numbers. */
struct fs_bundle {
	const char *end[2];      /* "port", "leaf" */
	const char *which;       /* "" or what tells it from others with such ends: "dimension 2" */
	uint64_t first, cables;  /* the first one's number; how many */
	double Bps;              /* of a cable, one way */
	double oversubscription; /* bandwidth into the switches that it leads up from, by its own; 1 or more
	                          */
};

/** Switches. A pod of level 0 is a leaf, of level l > 0 what hangs together below switches of level l: `down`
 * pods of the level below. The of_pod switches of a pod are alike. */
struct fs_outline_level {
	const char *word; /* "leaf" */
	uint64_t switches, pods, of_pod;
	uint64_t down, up; /* ports of one switch */
};

struct fs_outline {
	const char *kind;
	uint64_t ports, planes;
	double port_Bps; /* one way, of all planes */
	int bundles;
	struct fs_bundle bundle[FS_MAX_BUNDLES];
	/* switch, clos: leaves first. Bundle 0 joins ports and leaves, bundle l levels l - 1 and l. */
	int levels;
	struct fs_outline_level level[FS_MAX_CLOS_LEVELS];
	uint64_t rails;
	/* An oversubscribed switch: parts of consecutive ports, each with an uplink that is no cable. */
	uint64_t parts;
	double uplink_Bps;
	/* full_mesh, torus, ring: those of more than one place, innermost first, each a bundle. */
	int axes;
	bool mesh;
	uint64_t size[FS_MAX_DIMENSIONS];
	/* dragonfly; the bundles are ports, cables within groups (if any), cables between groups (if any) */
	uint64_t groups, group_routers, router_ports;
};

void fs_network_outline(const struct fs_network *network, struct fs_outline *outline);

/** The j-th port at a leaf of a switch or clos; `ports` or more if it has none. */
uint64_t fs_outline_port(const struct fs_outline *outline, uint64_t leaf, uint64_t j);

/** A cable of a plane, by number. */
struct fs_outline_cable {
	uint64_t end[2];   /* numbers of "port3", "leaf0"; its bundle tells the words */
	uint64_t parallel; /* which of several between these ends */
	bool down;
};
struct fs_outline_cable fs_network_cable(const struct fs_network *network, uint64_t plane, uint64_t cable);

/** The first cable of a plane, from number `from` on, that is down; UINT64_MAX if none is. */
uint64_t fs_network_next_down(const struct fs_network *network, uint64_t plane, uint64_t from);

#endif
