#ifndef TESTS_FABRIC_ROUTES_H
#define TESTS_FABRIC_ROUTES_H

/*
 * Checks routes as flows: what comes into a switch goes out of it, over links that are up. Only for links of
 * one cable; a Clos' pools are compared with ecmp's single links instead.
 */

#include "unit/fabric/networks.h"

enum { MOST_NODES = 512, MOST_FLOW_LINKS = 8192 };

/* A network of one plane as a graph; node i < ports is port i. */
struct graph {
	const struct fs_network *network;
	bool port_cables;
	int nodes;
	struct {
		const char *word;
		uint64_t number;
	} node[MOST_NODES];
	int tail[MOST_FLOW_LINKS], head[MOST_FLOW_LINKS]; /* of a link; -1: no cable's */
	bool up[MOST_FLOW_LINKS];
};

static inline int node_named(struct graph *graph, const char *word, uint64_t number)
{
	for (int i = 0; i < graph->nodes; i++)
		if (strcmp(graph->node[i].word, word) == 0 && graph->node[i].number == number)
			return i;
	assert_true(graph->nodes < MOST_NODES);
	graph->node[graph->nodes].word = word;
	graph->node[graph->nodes].number = number;
	return graph->nodes++;
}

static inline void draw_graph(const struct fs_network *network, struct graph *graph)
{
	*graph = (struct graph){.network = network};
	assert_true(network->links <= MOST_FLOW_LINKS && network->told == 1);
	for (uint32_t i = 0; i < network->links; i++)
		graph->tail[i] = graph->head[i] = -1;
	for (uint32_t i = 0; i < network->ports; i++)
		node_named(graph, "port", i);
	for (uint64_t i = 0; i < network->cables; i++) {
		struct fs_cable cable;
		network->kind->cable(network, i, &cable);
		for (int way = 0; way < 2; way++) {
			uint32_t link = cable.link[way];
			assert_true(link < network->links && graph->tail[link] == -1);
			graph->tail[link] = node_named(graph, cable.end[way].word, cable.end[way].number);
			graph->head[link] = node_named(graph, cable.end[!way].word, cable.end[!way].number);
			graph->up[link] = fs_cable_is_up(network, 0, i);
		}
	}
	graph->port_cables = network->ports > 0 && graph->tail[0] >= 0;
	for (uint32_t i = graph->port_cables ? 0 : 2 * network->ports; i < network->links; i++)
		assert_true(graph->tail[i] >= 0);
}

/* Distances in links from a port; -1 where none. */
static inline void distances(const struct graph *graph, int from, int *distance)
{
	bool grown = true;
	for (int i = 0; i < graph->nodes; i++)
		distance[i] = -1;
	distance[from] = 0;
	for (int round = 0; grown; round++) {
		grown = false;
		for (uint32_t link = 0; link < graph->network->links; link++) {
			int a = graph->tail[link], b = graph->head[link];
			if (a >= 0 && graph->up[link] && distance[a] == round && distance[b] < 0)
				distance[b] = round + 1, grown = true;
		}
	}
}

/* The message leaves by its port, is neither lost nor made on the way, and all of it arrives. */
static inline void assert_flow(const struct graph *graph, const struct fs_uses *uses, uint32_t from,
                               uint32_t to)
{
	double net[MOST_NODES] = {0};
	bool used[MOST_FLOW_LINKS] = {false};
	uint32_t ports = graph->network->ports;
	assert_int_equal(uses->use[0].link, from);
	assert_int_equal(uses->use[uses->count - 1].link, ports + to);
	assert_float_equal(uses->use[0].share, 1, 1e-6);
	assert_float_equal(uses->use[uses->count - 1].share, 1, 1e-6);
	for (uint32_t i = 0; i < uses->count; i++) {
		struct fs_use use = uses->use[i];
		assert_false(used[use.link]);
		used[use.link] = true;
		if (use.link < 2 * ports && !graph->port_cables)
			continue;
		assert_true(graph->up[use.link] && use.share > 0 && use.share < 1 + 1e-6);
		net[graph->tail[use.link]] -= use.share;
		net[graph->head[use.link]] += use.share;
	}
	for (int i = 0; i < graph->nodes; i++)
		assert_float_equal(net[i], (i == (int)to) - (i == (int)from), 1e-5);
}

/* Where everything is connected a message gets through; where nothing is down, over the shortest way. */
static inline void assert_flows(const struct fs_network *network, bool whole, bool shortest)
{
	static struct graph graph;
	int distance[MOST_NODES];
	struct fs_uses uses = {0};
	draw_graph(network, &graph);
	for (uint32_t from = 0; from < network->ports; from++) {
		distances(&graph, (int)from, distance);
		for (uint32_t to = 0; to < network->ports; to++) {
			if (from == to)
				continue;
			uses.count = 0;
			int hops = fs_network_route(network, from, to, &uses),
			    links = hops + (graph.port_cables ? 2 : 1);
			if (whole)
				assert_int_equal(hops >= 0, distance[to] > 0);
			if (shortest)
				assert_int_equal(links, distance[to]);
			if (hops < 0)
				assert_int_equal(uses.count, 0);
			else
				assert_flow(&graph, &uses, from, to);
		}
	}
	fs_uses_clear(&uses);
}

/* Folded uses of two messages, one the other moved by the period, are the same. */
static inline int by_link(const void *a, const void *b)
{
	const struct fs_use *x = a, *y = b;
	return (x->link > y->link) - (x->link < y->link);
}

static inline void fold_route(const struct fs_network *network, uint64_t from, uint64_t to, uint64_t period,
                              struct fs_uses *uses)
{
	uses->count = 0;
	assert_true(fs_network_route(network, from, to, uses) >= 0);
	for (uint32_t i = 0; i < uses->count; i++) {
		uint32_t link = uses->use[i].link, fold = fs_network_fold(network, link, period);
		assert_true(fs_network_capacity_Bps(network, link) == fs_network_capacity_Bps(network, fold));
		assert_int_equal(fs_network_fold(network, fold, period), fold);
		uses->use[i].link = fold;
	}
	qsort(uses->use, uses->count, sizeof *uses->use, by_link);
}

static inline void assert_folds(const struct fs_network *network, uint64_t period)
{
	struct fs_uses here = {0}, there = {0};
	uint64_t ports = network->ports;
	assert_int_equal(ports % period, 0);
	for (uint64_t from = 0; from < ports; from++)
		for (uint64_t to = 0; to < ports; to++) {
			if (from == to)
				continue;
			fold_route(network, from, to, period, &here);
			fold_route(network, (from + period) % ports, (to + period) % ports, period, &there);
			assert_int_equal(here.count, there.count);
			for (uint32_t i = 0; i < here.count; i++) {
				assert_int_equal(here.use[i].link, there.use[i].link);
				assert_float_equal(here.use[i].share, there.use[i].share, 1e-6);
			}
		}
	fs_uses_clear(&here);
	fs_uses_clear(&there);
}

#endif
