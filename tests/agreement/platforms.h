#ifndef FARSCALE_TESTS_PLATFORMS_H
#define FARSCALE_TESTS_PLATFORMS_H

/*
 * Networks as SimGrid's platforms, by a text:
 *
 * - switch:HOSTS: every host has a full-duplex link to a switch that never blocks
 * - clos:HOSTS:LEAF:OVER: leaves of LEAF such hosts; a leaf has one link up and one down, as wide as
 *   LEAF / OVER hosts' links, to a spine that never blocks
 * - torus:XxYxZ: SimGrid's own, in dimension order, X first. Of two ways that are equally long (even
 *   dimensions only) it takes the one downwards from the middle, upwards from elsewhere
 * - full_mesh:XxY: a link between any two hosts of a row (of X hosts), and of a column; the row first
 *
 * Hosts are chip0, chip1, ...; in a torus and a mesh X varies fastest.
 */

#include <stdbool.h>
#include <stddef.h>

struct platform {
	const struct platform_kind *kind;
	size_t hosts, leaf; /* leaf: hosts of a clos' leaf */
	double over;        /* clos */
	size_t dimension[3];
	double link_GBps;  /* of a host's link; torus, full_mesh: of every link, one way */
	double latency_us; /* from host to host; torus, full_mesh: none, as routes differ in length */
};

/** Ends the program with a line on stderr if `text` names none. */
struct platform platform_parse(const char *text, double link_GBps, double latency_us);

/** Can messages slow each other, if no host sends or receives more than one? */
bool platform_blocks(const struct platform *platform);

/** Makes it SimGrid's. */
void platform_load(const struct platform *platform);

#endif
