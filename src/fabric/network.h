#ifndef FARSCALE_FABRIC_NETWORK_H
#define FARSCALE_FABRIC_NETWORK_H

/*
 * The network of one group of a tier, built: ports, switches, directed links with a capacity each, and the
 * links that a message from one port to another takes. Nothing is listed per link that arithmetic can tell,
 * so a network of a million ports is small. Immutable once built, but for fs_network_cut.
 *
 * Links come in classes of like links. Within a class they are numbered by place, so that moving everything
 * by `period` ports moves each link by a constant number within its class: see fs_network_fold. Planes are
 * alike, so that all of them are one here, of their joint width; only where they can differ (ecmp, or a cable
 * that is down) has each plane links of its own.
 *
 * How messages spread:
 *   adaptive         evenly over all that is minimal. Of a Clos, the links from one switch (or pod) upward
 *                    are a pool that is one link here, as wide as all of them; so are those downward. This
 *                    is exact while no link is down; with links down it is a bound from above (a cut): what
 *                    the one end lost at one spine and the other at another is not added up. full_mesh,
 *                    torus: evenly over the rotations of the order of those dimensions in which the ports
 *                    differ, and over both ways around where they are equally long. dragonfly: evenly over
 *                    the cables between the two groups.
 *   ecmp             a hash of seed, plane, source and destination picks one link at each level.
 *   dimension_order  innermost dimension first; the shorter way around, upwards at a tie.
 * What is down is passed by where something minimal is left. In a full_mesh, torus or dragonfly, a message to
 * which nothing minimal is left takes the shortest way that is left; and all of them, evenly, if adaptive.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct fs_error;
struct fs_fabric;
struct fs_network;

/** A link that a message passes, and the part of the message that does, 0..1. */
struct fs_use {
	uint32_t link;
	float share;
};

/** A growing list of them; zeroed at first. */
struct fs_uses {
	uint32_t count, room;
	struct fs_use *use;
};

void fs_uses_add(struct fs_uses *uses, uint32_t link, double share);
void fs_uses_clear(struct fs_uses *uses); /* frees */

struct fs_network_request {
	const char *tier; /* its name, for messages */
	const struct fs_fabric *fabric;
	uint64_t ports;    /* that the network joins, at least (a Clos may have room for more) */
	double port_Bps;   /* one way, what messages really get of a port, over all planes */
	double efficiency; /* the part of nominal bandwidth that messages get, for dimension_GBps; 0: 1 */
	double oversubscription; /* of a switch or a Clos' leaves; 0: 1 */
	uint64_t part_ports; /* ports of a group of the tier inside: what shares an oversubscribed uplink of a
	                      * `switch`; 0: 1 */
};

/** Local. Fails with one line for what cannot be built: radix too small for the ports, dimensions whose
 * product is not the ports, more than 10^8 links, ... Keeps nothing of the request. */
int fs_network_create(const struct fs_network_request *request, struct fs_network **network,
                      struct fs_error *error);
void fs_network_destroy(struct fs_network *network);

/** Can a message through this network get less than its port, if no port sends or receives more than one? */
bool fs_network_blocks(const struct fs_network *network);

/** Links are 0 .. links-1. A first cut makes more of them, and other numbers, where there are planes. */
uint64_t fs_network_links(const struct fs_network *network);
double fs_network_capacity_Bps(const struct fs_network *network, uint32_t link);

/** Appends the links that a message from port `from` to port `to` != from takes, plane by plane (evenly;
 * adaptive: as much over each as it has up), in each the ports first and last; no link twice. Sum of the
 * shares over any cut = 1. Returns the hops after the first (switches, or links of a full_mesh, torus or
 * ring; the most, where ways differ), or -1 if no way is left.
 */
int fs_network_route(const struct fs_network *network, uint64_t from, uint64_t to, struct fs_uses *uses);

/** Rings whose members are `stride` ports apart in blocks of `span` ports. */
struct fs_ring {
	uint32_t stride, span;
};

/** Appends the links that what `from` sends on such rings takes, the ports first and last. Where ports are
 * joined directly (full_mesh, torus, ring) and routing is adaptive, there are several rings, which go by all
 * links between members: the port's message is cut over its own of them, each as fast as it is. Returns
 * false, and appends nothing, anywhere else, and where the members are not joined directly. `to`: the next
 * member.
 */
bool fs_network_rings(const struct fs_network *network, uint64_t from, uint64_t to, struct fs_ring ring,
                      struct fs_uses *uses);

/** Are ports joined directly, and is routing adaptive: does it use all links that there are? */
bool fs_network_is_direct(const struct fs_network *network);

/** Is its routing adaptive? */
bool fs_network_spreads(const struct fs_network *network);

/** The least number of ports by which everything (links and routes) can be moved, cyclically, and be the
 * same; 0 if there is none (ecmp; links that are down; one that is not full). Divides the ports where not 0.
 */
uint64_t fs_network_period(const struct fs_network *network);

/** Ports that are alike: of consecutive ports, from any multiple of the result on, those of the same number
 * mod *rails take the same links to any port, and from it, but for their own. 1: no two are known to be. */
uint64_t fs_network_alike(const struct fs_network *network, uint64_t *rails);

/** The link that stands for all those that moving by multiples of `period` ports (a multiple of
 * fs_network_period that divides the ports; or the ports, which always does) makes of `link`: the first. */
uint32_t fs_network_fold(const struct fs_network *network, uint32_t link, uint64_t period);

/** Takes a cable (both directions) out, by its name, as fs_network_each_link gives it. A port's cable takes
 * the port out of that plane. Fails, with what is allowed, if there is none of that name or it is down. */
int fs_network_cut(struct fs_network *network, const char *name, struct fs_error *error);

/** What `show --fabric` tells: of the network as built, nothing down, all planes together. Where ports are
 * joined directly (full_mesh, torus, ring) there are no switches, no cables to ports, and all are fabric. */
struct fs_network_facts {
	uint64_t ports, switches, cables; /* cables: full duplex links, those to the ports included */
	uint64_t fabric_cables;           /* those not to ports */
	uint64_t optical_modules; /* two for each fabric cable: what leads to ports is taken for copper */
	double bisection_Bps;     /* one way, between the halves of the ports, in the worst of the network's
	                           * natural half cuts (see each kind); what the ports can send at most */
	int diameter;             /* most cables on a shortest way between two ports */
};
void fs_network_facts(const struct fs_network *network, struct fs_network_facts *facts);

/** Calls visit for the first `most` physical, full duplex cables: names of both ends and of the cable
 * ("leaf0-spine1"; what fs_network_cut takes), bandwidth one way (0: down). Ends are "port3" and
 *   switch                 "switch0"
 *   clos                   "leaf0", "spine1", "core4", "super5": switches, numbered through per level
 *   full_mesh, torus, ring other ports, the lower first
 *   dragonfly              "router2", the lower first
 * A second, third cable between the same ends is "leaf0-spine1.1", ".2". All planes are alike; cables of
 * plane p > 0 are named "p1:leaf0-spine1" and come last. */
void fs_network_each_link(const struct fs_network *network, uint64_t most,
                          void (*visit)(const char *name, const char *a, const char *b, double Bps,
                                        void *context),
                          void *context);

#endif
