#ifndef TESTS_FABRIC_NETWORKS_H
#define TESTS_FABRIC_NETWORKS_H

/*
 * Networks for tests: made from few words, their routes told as text, and checked link by link. Ports have
 * 100 bytes/s.
 */

#include "base/error.h"
#include "base/random.h"
#include "fabric/kind.h"
#include "topology/fabric.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
// After the headers that it needs.
#include <cmocka.h>

static const double PORT_BPS = 100;

/* What of a fabric tests vary. */
struct spec {
	const char *kind, *routing;
	uint64_t ports;
	double over;
	uint64_t part_ports;
	double planes, seed;
	double radix, levels, rails;                      /* clos */
	double upper[2];                                  /* clos */
	double size[5], GBps[5];                          /* full_mesh, torus, ring */
	double router_ports, group_routers, global_links; /* dragonfly */
};

static inline int try_network(const struct spec *spec, struct fs_network **network, struct fs_error *error)
{
	struct fs_fabric fabric = {
	        .planes.value = spec->planes,
	        .ecmp_seed.value = spec->seed,
	        .radix.value = spec->radix,
	        .levels.value = spec->levels,
	        .rails.value = spec->rails,
	        .router_ports.value = spec->router_ports,
	        .group_routers.value = spec->group_routers,
	        .global_links.value = spec->global_links,
	};
	snprintf(fabric.kind, sizeof fabric.kind, "%s", spec->kind ? spec->kind : "");
	snprintf(fabric.routing, sizeof fabric.routing, "%s", spec->routing ? spec->routing : "");
	for (int i = 0; i < 2 && spec->upper[i] != 0; i++)
		fabric.upper_oversubscription[fabric.upper_oversubscriptions++] = spec->upper[i];
	for (int i = 0; i < 5 && spec->size[i] != 0; i++)
		fabric.dimension[fabric.dimensions++] = spec->size[i];
	for (int i = 0; i < 5 && spec->GBps[i] != 0; i++)
		fabric.dimension_GBps[fabric.dimension_rates++] = spec->GBps[i];
	struct fs_network_request request = {.tier = "test",
	                                     .fabric = &fabric,
	                                     .ports = spec->ports,
	                                     .port_Bps = PORT_BPS,
	                                     .oversubscription = spec->over,
	                                     .part_ports = spec->part_ports};
	return fs_network_create(&request, network, error);
}

static inline struct fs_network *network_of(const struct spec *spec)
{
	struct fs_network *network = NULL;
	struct fs_error error;
	if (try_network(spec, &network, &error) != 0)
		fail_msg("%s", error.text);
	return network;
}

static inline void cut(struct fs_network *network, const char *name)
{
	struct fs_error error;
	if (fs_network_cut(network, name, &error) != 0)
		fail_msg("%s", error.text);
}

/* The cable that a link (of any plane) is of, and its direction (0: from end 0). A pool: of its first. */
static inline bool cable_of(const struct fs_network *network, uint32_t link, struct fs_cable *cable, int *way)
{
	for (uint64_t i = 0; i < network->cables; i++) {
		network->kind->cable(network, i, cable);
		for (*way = 0; *way < 2; ++*way)
			if (cable->link[*way] == link % network->links)
				return true;
	}
	return false;
}

static inline int class_at(const struct fs_network *network, uint32_t link)
{
	return (int)(fs_network_class(network, link % network->links) - network->class);
}

/* "out3", "in5", "p0>p1", "l2>s0" (first letters of the ends), "l2>" and ">l2" for pools, each with its share
 * ("*0.5") and, in front, its plane ("1:"), where they are not 1 and 0. */
static inline void tell_link(const struct fs_network *network, struct fs_use use, char *text, size_t size)
{
	struct fs_cable cable = {0};
	int way = 0, class = class_at(network, use.link);
	uint32_t index = use.link % network->links - network->class[class].base,
	         plane = use.link / network->links;
	char name[64], share[32] = "", prefix[16] = "";
	if (use.share < 0.9999)
		snprintf(share, sizeof share, "*%.3g", use.share);
	if (plane > 0)
		snprintf(prefix, sizeof prefix, "%u:", plane);
	if (class < FS_FIRST_INNER)
		snprintf(name, sizeof name, "%s%u", class == FS_PORT_OUT ? "out" : "in", index);
	else if (!cable_of(network, use.link, &cable, &way)) /* the uplinks of a switch's parts */
		snprintf(name, sizeof name, (class - FS_FIRST_INNER) % 2 ? ">u%u" : "u%u>", index);
	else if (network->class[class].width > 1)
		snprintf(name, sizeof name, way ? ">%c%u" : "%c%u>", cable.end[0].word[0], index);
	else
		snprintf(name, sizeof name, "%c%d>%c%d", cable.end[way].word[0], (int)cable.end[way].number,
		         cable.end[!way].word[0], (int)cable.end[!way].number);
	snprintf(text, size, "%s%s%s", prefix, name, share);
}

/* "HOPS: LINK LINK ..." */
static inline void tell_route(const struct fs_network *network, uint64_t from, uint64_t to, char *text,
                              size_t size)
{
	struct fs_uses uses = {0};
	size_t used = (size_t)snprintf(text, size, "%d:", fs_network_route(network, from, to, &uses));
	for (uint32_t i = 0; i < uses.count && used < size; i++) {
		char link[128];
		tell_link(network, uses.use[i], link, sizeof link);
		used += (size_t)snprintf(text + used, size - used, " %s", link);
	}
	assert_true(used < size);
	fs_uses_clear(&uses);
}

static inline void assert_route(const struct fs_network *network, uint64_t from, uint64_t to,
                                const char *expected)
{
	char text[1024];
	tell_route(network, from, to, text, sizeof text);
	if (strcmp(text, expected) != 0)
		fail_msg("from %d to %d: '%s', expected '%s'", (int)from, (int)to, text, expected);
}

/* Rows of: a fabric, links that are down, routes. */
struct route_row {
	struct spec spec;
	const char *down[4];
	struct {
		uint64_t from, to;
		const char *route;
	} route[8];
};

static inline void assert_routes(const struct route_row *rows, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		struct fs_network *network = network_of(&rows[i].spec);
		for (int k = 0; k < 4 && rows[i].down[k]; k++)
			cut(network, rows[i].down[k]);
		for (int k = 0; k < 8 && rows[i].route[k].route; k++)
			assert_route(network, rows[i].route[k].from, rows[i].route[k].to,
			             rows[i].route[k].route);
		fs_network_destroy(network);
	}
}

/* A number below `below`, by place in a test. */
static inline uint32_t draw(uint64_t seed, uint32_t what, uint32_t below)
{
	return (uint32_t)((fs_mix64(fs_mix64(seed) ^ what) >> 32) * below >> 32);
}

/* Takes out about one in `odds` cables, by chance. */
static inline int cut_some(struct fs_network *network, uint64_t seed, uint32_t odds)
{
	int count = 0;
	for (uint64_t i = 0; i < network->cables; i++) {
		struct fs_cable cable;
		char name[96], suffix[16] = "";
		if (draw(seed, 1000 + (uint32_t)i, odds) != 0)
			continue;
		network->kind->cable(network, i, &cable);
		if (cable.parallel > 0)
			snprintf(suffix, sizeof suffix, ".%d", (int)cable.parallel);
		snprintf(name, sizeof name, "%s%d-%s%d%s", cable.end[0].word, (int)cable.end[0].number,
		         cable.end[1].word, (int)cable.end[1].number, suffix);
		cut(network, name);
		count++;
	}
	return count;
}

#endif
