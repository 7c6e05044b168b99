#ifndef FARSCALE_FABRIC_KIND_H
#define FARSCALE_FABRIC_KIND_H

/*
 * Inside a network: what all kinds have in common, and what a kind (switch, clos, ...) provides. Numbers of
 * links and cables are those of one plane unless said otherwise.
 */

#include "config/quantity.h"
#include "fabric/network.h"

enum fs_routing { FS_ADAPTIVE, FS_ECMP, FS_DIMENSION_ORDER, FS_ROUTINGS };

enum { FS_PORT_OUT, FS_PORT_IN, FS_FIRST_INNER, FS_MAX_CLASSES = FS_FIRST_INNER + 6 };

/** Like links. width: cables that make up one link. Bps: of one link, all planes together. */
struct fs_link_class {
	uint32_t base, count, width;
	double Bps;
};

/** A full duplex cable: its ends, which of several between them, and its two links, a to b and b to a. */
struct fs_cable {
	struct {
		const char *word;
		uint64_t number;
	} end[2];
	uint64_t parallel;
	uint32_t link[2];
};

struct fs_kind {
	const char *name;
	enum fs_routing own;
	unsigned routings;   /* a bit each */
	bool oversubscribed; /* may be */
	/** Sets shape, and adds classes, cables and nodes. On failure, fs_network_destroy cleans up. */
	int (*build)(struct fs_network *network, const struct fs_network_request *request,
	             struct fs_error *error);
	/** Appends what lies between the two ports of one plane, as if all of the message took it. Returns
	 * the hops, or -1 (what it has appended by then is dropped). */
	int (*route)(const struct fs_network *network, uint32_t plane, uint32_t from, uint32_t to,
	             struct fs_uses *uses);
	/** Appends the links of `from` that lead to members of the rings it is in, of one plane; shares as in
	 * fs_network_rings. May be NULL. */
	bool (*rings)(const struct fs_network *network, uint32_t plane, uint32_t from, struct fs_ring ring,
	              struct fs_uses *uses);
	bool (*blocks)(const struct fs_network *network);
	uint64_t (*period)(const struct fs_network *network); /* of adaptive or dimension_order, all up */
	/** fs_network_alike, of adaptive or dimension_order, all up; may be NULL. */
	uint64_t (*alike)(const struct fs_network *network, uint64_t *rails);
	void (*cable)(const struct fs_network *network, uint64_t cable, struct fs_cable *is);
	void (*facts)(const struct fs_network *network, struct fs_network_facts *facts); /* of one plane */
	/** For fs_detour: the node to which the i-th link from `node` leads, and the link; may be NULL. */
	uint32_t (*neighbour)(const struct fs_network *network, uint32_t node, uint32_t i, uint32_t *link);
};

extern const struct fs_kind fs_kind_switch, fs_kind_clos, fs_kind_full_mesh, fs_kind_torus, fs_kind_ring,
        fs_kind_dragonfly;

struct fs_network {
	const struct fs_kind *kind;
	enum fs_routing routing;
	char tier[FS_NAME];
	uint32_t ports;
	double port_Bps;
	uint32_t planes, told; /* told: planes that have links of their own: all, or 1 */
	uint64_t seed;
	int classes;
	struct fs_link_class class[FS_MAX_CLASSES];
	uint32_t links;
	uint64_t cables;
	uint32_t nodes, degree; /* for fs_detour */
	void *shape;            /* what the kind knows */
	/* Nothing is down: NULL. */
	uint32_t *lost;   /* of each link of all planes: cables that are down */
	uint64_t *broken; /* a bit for each cable of all planes */
};

/** A whole number of a fabric; `none` where it is 0, unless none is 0. `what`: its key. */
int fs_fabric_whole(const struct fs_network *network, const char *what, double value, uint32_t none,
                    uint32_t *whole, struct fs_error *error);

/** Adds `count` links of `width` cables; fails where the network would have more than 10^8 of either. */
int fs_network_add_class(struct fs_network *network, double count, double width, double Bps,
                         struct fs_error *error);

/** The class of a link of one plane. */
const struct fs_link_class *fs_network_class(const struct fs_network *network, uint32_t link);

/** `index`-th link of a class, in `plane`. */
static inline uint32_t fs_link_at(const struct fs_network *network, uint32_t plane, int class, uint32_t index)
{
	return plane * network->links + network->class[class].base + index;
}

/** `link`: of all planes, as fs_link_at gives it; one of width 1. */
static inline bool fs_link_is_up(const struct fs_network *network, uint32_t link)
{
	return !network->lost || !network->lost[link];
}

static inline bool fs_cable_is_up(const struct fs_network *network, uint32_t plane, uint64_t cable)
{
	uint64_t bit = plane * network->cables + cable;
	return !network->broken || !(network->broken[bit / 64] >> bit % 64 & 1);
}

/** The bandwidth that all ports of one half can send: no bisection has more. */
double fs_half_the_ports_Bps(const struct fs_network *network);

/** Multiplies the shares from the `first` use on. */
void fs_uses_scale(struct fs_uses *uses, uint32_t first, double factor);

/** The hash of ecmp: of a message, and of one of `choices` at a level of it. */
uint64_t fs_ecmp_hash(const struct fs_network *network, uint32_t plane, uint32_t from, uint32_t to);
uint32_t fs_ecmp_pick(uint64_t hash, uint32_t level, uint32_t choices);

/** Pairs of places on a circle of `size`, each pair once: those `offsets` or less apart (2 * offsets < size),
 * then, from size * offsets on, those half the circle apart (even size). */
static inline void fs_pair_of(uint64_t pair, uint32_t size, uint32_t offsets, uint32_t *place,
                              uint32_t *offset)
{
	bool opposite = pair >= (uint64_t)size * offsets;
	*place = (uint32_t)(opposite ? pair - (uint64_t)size * offsets : pair / offsets);
	*offset = opposite ? size / 2 : 1 + (uint32_t)(pair % offsets);
}

/** Appends the shortest way that is up from node to node: the kind's neighbours, breadth first. All of them,
 * evenly at every fork, if adaptive; one picked by hash if ecmp; else the first. Returns its links, or -1. */
int fs_detour(const struct fs_network *network, uint32_t plane, uint32_t from, uint32_t to,
              struct fs_uses *uses);

#endif
