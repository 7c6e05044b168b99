#include "platforms.h"

#include "flow_model.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct platform_kind {
	const char *name;
	bool (*parse)(const char *text, struct platform *platform);
	void (*write)(FILE *file, const void *platform);
};

/* Hosts first .. first + count - 1 as SimGrid's cluster, a zone of its own. */
static void write_cluster(FILE *file, const struct platform *platform, const char *id, size_t first,
                          size_t count, const char *more)
{
	fprintf(file,
	        "<cluster id=\"%s\" prefix=\"chip\" suffix=\"\" radical=\"%zu-%zu\" speed=\"1Gf\" "
	        "sharing_policy=\"SPLITDUPLEX\" bw=\"%.17gGBps\" lat=\"%.17gus\" %s/>\n",
	        id, first, first + count - 1, platform->link_GBps, platform->latency_us / 2, more);
}

static bool parse_switch(const char *text, struct platform *platform)
{
	return sscanf(text, "%zu", &platform->hosts) == 1;
}

static void write_switch(FILE *file, const void *context)
{
	const struct platform *platform = context;
	write_cluster(file, platform, "switch", 0, platform->hosts, "");
}

static bool parse_clos(const char *text, struct platform *platform)
{
	return sscanf(text, "%zu:%zu:%lf", &platform->hosts, &platform->leaf, &platform->over) == 3 &&
	       platform->leaf > 0 && platform->hosts % platform->leaf == 0 && platform->over > 0;
}

static void write_leaf(FILE *file, const struct platform *platform, size_t leaf)
{
	double uplink_GBps = (double)platform->leaf * platform->link_GBps / platform->over;
	char id[32], gateway[64];
	snprintf(id, sizeof id, "leaf%zu", leaf);
	snprintf(gateway, sizeof gateway, "router_id=\"router%zu\"", leaf);
	write_cluster(file, platform, id, leaf * platform->leaf, platform->leaf, gateway);
	fprintf(file, "<link id=\"up%zu\" bandwidth=\"%.17gGBps\" latency=\"0s\"/>\n", leaf, uplink_GBps);
	fprintf(file, "<link id=\"down%zu\" bandwidth=\"%.17gGBps\" latency=\"0s\"/>\n", leaf, uplink_GBps);
}

static void write_clos(FILE *file, const void *context)
{
	const struct platform *platform = context;
	size_t leaves = platform->hosts / platform->leaf;
	fprintf(file, "<zone id=\"spine\" routing=\"Full\">\n");
	for (size_t leaf = 0; leaf < leaves; leaf++)
		write_leaf(file, platform, leaf);
	for (size_t from = 0; from < leaves; from++)
		for (size_t to = 0; to < leaves; to++)
			if (from != to)
				fprintf(file,
				        "<zoneRoute src=\"leaf%zu\" dst=\"leaf%zu\" gw_src=\"router%zu\" "
				        "gw_dst=\"router%zu\" symmetrical=\"NO\"><link_ctn id=\"up%zu\"/>"
				        "<link_ctn id=\"down%zu\"/></zoneRoute>\n",
				        from, to, from, to, from, to);
	fprintf(file, "</zone>\n");
}

static bool parse_torus(const char *text, struct platform *platform)
{
	size_t *dimension = platform->dimension;
	if (sscanf(text, "%zux%zux%zu", &dimension[0], &dimension[1], &dimension[2]) != 3)
		return false;
	platform->hosts = dimension[0] * dimension[1] * dimension[2];
	platform->latency_us = 0;
	return true;
}

static void write_torus(FILE *file, const void *context)
{
	const struct platform *platform = context;
	const size_t *dimension = platform->dimension;
	char more[128];
	snprintf(more, sizeof more, "topology=\"TORUS\" topo_parameters=\"%zu,%zu,%zu\"", dimension[0],
	         dimension[1], dimension[2]);
	write_cluster(file, platform, "torus", 0, platform->hosts, more);
}

static bool parse_full_mesh(const char *text, struct platform *platform)
{
	if (sscanf(text, "%zux%zu", &platform->dimension[0], &platform->dimension[1]) != 2)
		return false;
	platform->hosts = platform->dimension[0] * platform->dimension[1];
	platform->latency_us = 0;
	return true;
}

/* The host in `from`'s row and `to`'s column, where a message turns. */
static size_t corner(const struct platform *platform, size_t from, size_t to)
{
	size_t row = platform->dimension[0];
	return from / row * row + to % row;
}

static void write_mesh_route(FILE *file, const struct platform *platform, size_t from, size_t to)
{
	size_t turn = corner(platform, from, to);
	fprintf(file, "<route src=\"chip%zu\" dst=\"chip%zu\" symmetrical=\"NO\">", from, to);
	if (turn != from)
		fprintf(file, "<link_ctn id=\"l%zu_%zu\"/>", from, turn);
	if (turn != to)
		fprintf(file, "<link_ctn id=\"l%zu_%zu\"/>", turn, to);
	fprintf(file, "</route>\n");
}

static void write_full_mesh(FILE *file, const void *context)
{
	const struct platform *platform = context;
	size_t hosts = platform->hosts;
	fprintf(file, "<zone id=\"full_mesh\" routing=\"Full\">\n");
	for (size_t i = 0; i < hosts; i++)
		fprintf(file, "<host id=\"chip%zu\" speed=\"1Gf\"/>\n", i);
	for (size_t pair = 0; pair < hosts * hosts; pair++) {
		size_t from = pair / hosts, to = pair % hosts, turn = corner(platform, from, to);
		if (from != to && (turn == from || turn == to))
			fprintf(file, "<link id=\"l%zu_%zu\" bandwidth=\"%.17gGBps\" latency=\"0s\"/>\n",
			        from, to, platform->link_GBps);
	}
	for (size_t pair = 0; pair < hosts * hosts; pair++)
		if (pair / hosts != pair % hosts)
			write_mesh_route(file, platform, pair / hosts, pair % hosts);
	fprintf(file, "</zone>\n");
}

static const struct platform_kind kinds[] = {
        {"switch:", parse_switch, write_switch},
        {"clos:", parse_clos, write_clos},
        {"torus:", parse_torus, write_torus},
        {"full_mesh:", parse_full_mesh, write_full_mesh},
};

struct platform platform_parse(const char *text, double link_GBps, double latency_us)
{
	struct platform platform = {.link_GBps = link_GBps, .latency_us = latency_us};
	for (size_t i = 0; i < sizeof kinds / sizeof *kinds; i++) {
		size_t length = strlen(kinds[i].name);
		platform.kind = &kinds[i];
		if (!strncmp(text, kinds[i].name, length) && kinds[i].parse(text + length, &platform) &&
		    platform.hosts > 1)
			return platform;
	}
	fprintf(stderr, "switch:HOSTS, clos:HOSTS:LEAF:OVER, torus:XxYxZ or full_mesh:XxY, not %s\n", text);
	exit(2);
}

bool platform_blocks(const struct platform *platform)
{
	return platform->kind->write != write_switch;
}

void platform_load(const struct platform *platform)
{
	flow_model_load(platform->kind->write, platform);
}
