/*
 * Dragonflies: cables between groups, minimal ways, what is left when links are down.
 */

#include "fabric/dragonfly.h"
#include "unit/fabric/routes.h"

/* The example of Kim et al. 2008 (fig. 5): p = h = 2, a = 4; 72 ports, 36 routers, 9 groups. */
static const struct spec paper = {"dragonfly", .ports = 72, .router_ports = 2, .group_routers = 4,
                                  .global_links = 2};

static void sizes(void **state)
{
	(void)state;
	static const struct {
		struct spec spec;
		uint64_t switches, cables, fabric_cables;
		double bisection;
		int diameter;
	} rows[] = {
	        /* 6 cables in each of 9 groups, 36 between them; 4 groups against 5: 20 */
	        {{"dragonfly", .ports = 72, .router_ports = 2, .group_routers = 4, .global_links = 2},
	         36,
	         162,
	         90,
	         2000,
	         5},
	        /* 5 groups: two cables a pair; 2 against 3: 12 */
	        {{"dragonfly", .ports = 40, .router_ports = 2, .group_routers = 4, .global_links = 2},
	         20,
	         90,
	         50,
	         1200,
	         5},
	        /* 2 groups, every router has cables to the other: two routers and a local link less */
	        {{"dragonfly", .ports = 16, .router_ports = 2, .group_routers = 4, .global_links = 2},
	         8,
	         36,
	         20,
	         800,
	         4},
	        /* 4 groups of 2 routers, two cables a pair: each has one at both routers of an end or the
	           other */
	        {{"dragonfly", .ports = 8, .router_ports = 1, .group_routers = 2, .global_links = 4},
	         8,
	         24,
	         16,
	         400,
	         4},
	        /* one group, a full mesh of 4 routers: 4 cables across */
	        {{"dragonfly", .ports = 16, .router_ports = 4, .group_routers = 4, .global_links = 2},
	         4,
	         22,
	         6,
	         400,
	         3},
	        {{"dragonfly", .ports = 4, .router_ports = 4, .group_routers = 1, .global_links = 2},
	         1,
	         4,
	         0,
	         200,
	         2},
	        /* routers of one group each, all joined */
	        {{"dragonfly", .ports = 6, .router_ports = 2, .group_routers = 1, .global_links = 2},
	         3,
	         9,
	         3,
	         200,
	         3},
	};
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		struct fs_network *network = network_of(&rows[i].spec);
		struct fs_network_facts facts;
		fs_network_facts(network, &facts);
		assert_int_equal(facts.switches, rows[i].switches);
		assert_int_equal(facts.cables, rows[i].cables);
		assert_int_equal(facts.fabric_cables, rows[i].fabric_cables);
		assert_float_equal(facts.bisection_Bps, rows[i].bisection, 1e-9);
		assert_int_equal(facts.diameter, rows[i].diameter);
		fs_network_destroy(network);
	}
}

static void routes_by_hand(void **state)
{
	(void)state;
	static const struct route_row rows[] = {
	        /* Group g has routers 4 g ..; its router r has cables to the groups 2 r + 1 and 2 r + 2
	           further on. */
	        {{"dragonfly", .ports = 72, .router_ports = 2, .group_routers = 4, .global_links = 2},
	         {0},
	         {{0, 1, "0: out0 in1"},
	          {0, 2, "1: out0 r0>r1 in2"},
	          /* router 0 to group 1, where 8 groups further on is back: at its last router, 7 */
	          {0, 14, "1: out0 r0>r7 in14"},
	          {0, 8, "2: out0 r0>r7 r7>r4 in8"},
	          {6, 8, "3: out6 r3>r0 r0>r7 r7>r4 in8"},
	          {8, 6, "3: out8 r4>r7 r7>r0 r0>r3 in6"}}},
	        /* Two groups of 2 routers, 4 cables, of which router 0 has two to router 2. */
	        {{"dragonfly", .ports = 4, .router_ports = 1, .group_routers = 2, .global_links = 2},
	         {0},
	         {{0, 2, "3: out0 r0>r1*0.5 r0>r2*0.25 r0>r2*0.25 r1>r3*0.25 r1>r3*0.25 r3>r2*0.5 in2"}}},
	        {{"dragonfly", .ports = 4, .router_ports = 1, .group_routers = 2, .global_links = 2},
	         {"router0-router2", "router1-router3.1"},
	         {{0, 2, "3: out0 r0>r1*0.5 r0>r2*0.5 r1>r3*0.5 r3>r2*0.5 in2"}}},
	        {{"dragonfly", .ports = 4, .router_ports = 1, .group_routers = 2, .global_links = 2},
	         {"router0-router1"},
	         {{0, 2, "1: out0 r0>r2*0.5 r0>r2*0.5 in2"},
	          /* from r0 nothing minimal leads to r1 */
	          {0, 1, "3: out0 r0>r2*0.5 r0>r2*0.5 r2>r3 r3>r1*0.5 r3>r1*0.5 in1"}}},
	        /* three groups of one router; by way of the third */
	        {{"dragonfly", .ports = 3, .router_ports = 1, .group_routers = 1, .global_links = 2},
	         {"router0-router1"},
	         {{0, 1, "2: out0 r0>r2 r2>r1 in1"}, {0, 2, "1: out0 r0>r2 in2"}}},
	        {{"dragonfly", .ports = 3, .router_ports = 1, .group_routers = 1, .global_links = 2},
	         {"router0-router1", "router1-router2"},
	         {{0, 1, "-1:"}, {2, 1, "-1:"}, {0, 2, "1: out0 r0>r2 in2"}}},
	        {{"dragonfly", .ports = 3, .router_ports = 1, .group_routers = 1, .global_links = 2},
	         {"port1-router1"},
	         {{0, 1, "-1:"}, {1, 2, "-1:"}, {0, 2, "1: out0 r0>r2 in2"}}},
	};
	assert_routes(rows, sizeof rows / sizeof *rows);
}

static struct spec random_dragonfly(uint64_t seed)
{
	static const char *const routings[] = {"adaptive", "ecmp"};
	struct spec spec = {"dragonfly", routings[draw(seed, 0, 2)], .seed = (double)seed};
	spec.router_ports = 1 + draw(seed, 1, 2);
	spec.group_routers = 1 + draw(seed, 2, 5);
	spec.global_links = 1 + draw(seed, 3, 4);
	uint64_t group = (uint64_t)(spec.router_ports * spec.group_routers),
	         room = group * (uint64_t)(spec.group_routers * spec.global_links + 1);
	spec.ports = 2 + draw(seed, 4, (uint32_t)(room < 60 ? room - 1 : 59));
	if (spec.ports > room)
		spec.ports = room;
	return spec;
}

static void any_dragonfly_is_right(void **state)
{
	(void)state;
	int folded = 0;
	for (uint64_t seed = 0; seed < 150; seed++) {
		struct spec spec = random_dragonfly(seed);
		struct fs_network *network = network_of(&spec);
		assert_flows(network, true, false);
		if (fs_network_period(network) > 0 && fs_network_period(network) < spec.ports) {
			assert_folds(network, fs_network_period(network));
			folded++;
		}
		cut_some(network, seed, 4);
		assert_flows(network, true, false);
		fs_network_destroy(network);
	}
	assert_true(folded > 0);
}

/* The most links between two ports, by search. */
static int searched_diameter(const struct fs_network *network)
{
	static struct graph graph;
	int distance[MOST_NODES], most = 0;
	draw_graph(network, &graph);
	for (uint32_t from = 0; from < network->ports; from++) {
		distances(&graph, (int)from, distance);
		for (uint32_t to = 0; to < network->ports; to++)
			most = distance[to] > most ? distance[to] : most;
	}
	return most;
}

static void diameters(void **state)
{
	(void)state;
	struct fs_network_facts facts;
	struct fs_network *network = network_of(&paper);
	assert_int_equal(searched_diameter(network), 5);
	fs_network_destroy(network);
	for (uint64_t seed = 0; seed < 150; seed++) {
		struct spec spec = random_dragonfly(seed);
		network = network_of(&spec);
		fs_network_facts(network, &facts);
		assert_int_equal(facts.diameter, searched_diameter(network));
		fs_network_destroy(network);
	}
}

/* Of messages between two groups with 8 cables, each takes one; all of them are taken; the seed decides. */
static void hashes_spread(void **state)
{
	(void)state;
	uint32_t count[2][8] = {{0}};
	for (int seed = 0; seed < 2; seed++) {
		struct fs_network *network =
		        network_of(&(struct spec){"dragonfly", "ecmp", .ports = 64, .seed = seed,
		                                  .router_ports = 8, .group_routers = 4, .global_links = 2});
		struct fs_uses uses = {0};
		for (uint32_t from = 0; from < 32; from++)
			for (uint32_t to = 32; to < 64; to++)
				fs_network_route(network, from, to, &uses);
		for (uint32_t i = 0; i < uses.count; i++) {
			uint32_t link = uses.use[i].link, base = network->class[FS_GLOBAL].base;
			if (link >= base)
				count[seed][link - base]++;
		}
		fs_uses_clear(&uses);
		fs_network_destroy(network);
	}
	assert_memory_not_equal(count[0], count[1], sizeof count[0]);
	for (int cable = 0; cable < 8; cable++)
		assert_in_range(count[0][cable], 128 - 45, 128 + 45); /* four standard deviations */
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	        cmocka_unit_test(sizes),
	        cmocka_unit_test(routes_by_hand),
	        cmocka_unit_test(any_dragonfly_is_right),
	        cmocka_unit_test(diameters),
	        cmocka_unit_test(hashes_spread),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
