/*
 * Ports joined directly: full meshes, tori, rings.
 */

#include "fabric/grid.h"
#include "unit/fabric/routes.h"

static void routes_by_hand(void **state)
{
	(void)state;
	static const struct route_row rows[] = {
	        /* the shorter way; upwards at a tie */
	        {{"ring", .ports = 6},
	         {0},
	         {{0, 1, "0: out0 p0>p1 in1"},
	          {0, 5, "0: out0 p0>p5 in5"},
	          {4, 0, "1: out4 p4>p5 p5>p0 in0"},
	          {0, 3, "2: out0 p0>p1 p1>p2 p2>p3 in3"},
	          {3, 0, "2: out3 p3>p4 p4>p5 p5>p0 in0"}}},
	        /* both ways at a tie */
	        {{"ring", "adaptive", .ports = 4},
	         {0},
	         {{0, 2, "1: out0 p0>p1*0.5 p1>p2*0.5 p0>p3*0.5 p3>p2*0.5 in2"},
	          {1, 0, "0: out1 p1>p0 in0"}}},
	        {{"ring", "adaptive", .ports = 2},
	         {0},
	         {{0, 1, "0: out0 p0>p1 in1"}, {1, 0, "0: out1 p1>p0 in0"}}},
	        /* around what is down */
	        {{"ring", .ports = 4},
	         {"port0-port1"},
	         {{0, 1, "2: out0 p0>p3 p3>p2 p2>p1 in1"},
	          {0, 2, "1: out0 p0>p3 p3>p2 in2"},
	          {2, 3, "0: out2 p2>p3 in3"}}},
	        {{"ring", .ports = 4},
	         {"port0-port1", "port2-port3"},
	         {{0, 1, "-1:"}, {0, 2, "-1:"}, {0, 3, "0: out0 p0>p3 in3"}, {2, 1, "0: out2 p2>p1 in1"}}},
	        {{"ring", "adaptive", .ports = 4}, {"port0-port1"}, {{0, 2, "1: out0 p0>p3 p3>p2 in2"}}},
	        /* 4 x 3: port = x + 4 y; x first */
	        {{"torus", .ports = 12, .size = {4, 3}},
	         {0},
	         {{0, 5, "1: out0 p0>p1 p1>p5 in5"},
	          {5, 0, "1: out5 p5>p4 p4>p0 in0"},
	          {0, 11, "1: out0 p0>p3 p3>p11 in11"},
	          {0, 6, "2: out0 p0>p1 p1>p2 p2>p6 in6"}}},
	        {{"torus", "adaptive", .ports = 12, .size = {4, 3}},
	         {0},
	         {{0, 5, "1: out0 p0>p1*0.5 p1>p5*0.5 p0>p4*0.5 p4>p5*0.5 in5"},
	          {0, 4, "0: out0 p0>p4 in4"},
	          {0, 6,
	           "2: out0 p0>p1*0.25 p1>p2*0.25 p0>p3*0.25 p3>p2*0.25 p2>p6*0.5 p0>p4*0.5 p4>p5*0.25 "
	           "p5>p6*0.25 p4>p7*0.25 p7>p6*0.25 in6"}}},
	        /* the other rotation where one is cut; the shortest way left where both are */
	        {{"torus", .ports = 12, .size = {4, 3}},
	         {"port0-port1"},
	         {{0, 5, "1: out0 p0>p4 p4>p5 in5"},
	          {4, 5, "0: out4 p4>p5 in5"},
	          {0, 1, "2: out0 p0>p3 p3>p2 p2>p1 in1"}}},
	        {{"torus", "adaptive", .ports = 12, .size = {4, 3}},
	         {"port0-port1"},
	         {{0, 5, "1: out0 p0>p4 p4>p5 in5"},
	          /* by way of either neighbouring row, or around: all of three links */
	          {0, 1,
	           "2: out0 p0>p3*0.333 p0>p4*0.333 p0>p8*0.333 p8>p9*0.333 p4>p5*0.333 p3>p2*0.333 "
	           "p9>p1*0.333 p5>p1*0.333 p2>p1*0.333 in1"}}},
	        /* 4 x 3 again, all that differ in one coordinate joined */
	        {{"full_mesh", .ports = 12, .size = {4, 3}},
	         {0},
	         {{0, 3, "0: out0 p0>p3 in3"},
	          {0, 11, "1: out0 p0>p3 p3>p11 in11"},
	          {11, 0, "1: out11 p11>p8 p8>p0 in0"}}},
	        {{"full_mesh", "adaptive", .ports = 8, .size = {2, 2, 2}},
	         {0},
	         {{0, 3, "1: out0 p0>p1*0.5 p1>p3*0.5 p0>p2*0.5 p2>p3*0.5 in3"},
	          {0, 7,
	           "2: out0 p0>p1*0.333 p1>p3*0.333 p3>p7*0.333 p0>p2*0.333 p2>p6*0.333 p6>p7*0.333 "
	           "p0>p4*0.333 p4>p5*0.333 p5>p7*0.333 in7"}}},
	        /* a third port, or all of them */
	        {{"full_mesh", .ports = 4, .size = {4}},
	         {"port1-port3"},
	         {{1, 3, "1: out1 p1>p2 p2>p3 in3"}, {3, 1, "1: out3 p3>p0 p0>p1 in1"}}},
	        {{"full_mesh", "adaptive", .ports = 4, .size = {4}},
	         {"port1-port3"},
	         {{1, 3, "1: out1 p1>p2*0.5 p1>p0*0.5 p2>p3*0.5 p0>p3*0.5 in3"}}},
	};
	assert_routes(rows, sizeof rows / sizeof *rows);
}

static void capacities(void **state)
{
	(void)state;
	static const struct {
		struct spec spec;
		double Bps[3]; /* of a link in each dimension */
	} rows[] = {
	        {{"ring", .ports = 6}, {50}},
	        {{"ring", .ports = 2}, {100}},
	        {{"torus", .ports = 24, .size = {4, 3, 2}}, {20, 20, 20}}, /* 2 + 2 + 1 links */
	        {{"torus", .ports = 24, .size = {4, 3, 2}, .GBps = {80e-9, 15e-9, 5e-9}}, {40, 7.5, 5}},
	        {{"full_mesh", .ports = 15, .size = {5, 3}}, {100. / 6, 100. / 6}},
	        {{"full_mesh", .ports = 15, .size = {5, 3}, .GBps = {60e-9, 40e-9}}, {15, 20}},
	        {{"torus", .ports = 12, .size = {1, 4, 3}, .GBps = {7e-9, 60e-9, 40e-9}}, {30, 20}},
	};
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		struct fs_network *network = network_of(&rows[i].spec);
		for (uint32_t link = 0; link < fs_network_links(network); link++) {
			int class = class_at(network, link);
			double Bps = class < FS_FIRST_INNER ? 100 : rows[i].Bps[class - FS_FIRST_INNER];
			assert_float_equal(fs_network_capacity_Bps(network, link), Bps, 1e-9);
		}
		fs_network_destroy(network);
	}
}

static void sizes(void **state)
{
	(void)state;
	static const struct {
		struct spec spec;
		uint64_t cables;
		double bisection;
		int diameter;
	} rows[] = {
	        {{"ring", .ports = 1}, 0, 0, 0},
	        {{"ring", .ports = 2}, 1, 100, 1},
	        {{"ring", .ports = 8}, 8, 100, 4}, /* two links of 50 */
	        /* 2 * 16^2 links of 100/6 */
	        {{"torus", .ports = 4096, .size = {16, 16, 16}}, 3 * 4096, 512 * 100. / 6, 24},
	        {{"torus", .ports = 64, .size = {8, 4, 2}}, 64 + 64 + 32, 2 * 8 * 20, 7},
	        /* K8: 16 links of 100/7 across the halves */
	        {{"full_mesh", .ports = 8, .size = {8}}, 28, 1600. / 7, 1},
	        /* 8 x 8: 8 rows, 16 links each, of 100/14 */
	        {{"full_mesh", .ports = 64, .size = {8, 8}}, 2 * 8 * 28, 128 * 100. / 14, 2},
	        {{"full_mesh", .ports = 64, .planes = 3, .size = {8, 8}}, 3 * 2 * 8 * 28, 128 * 100. / 14, 2},
	        {{"full_mesh", .ports = 64, .size = {8, 8}, .GBps = {7e-6, 7e-9}}, 448, 128, 2},
	        /* links that are faster than the ports: no more than these send */
	        {{"full_mesh", .ports = 8, .size = {8}, .GBps = {1}}, 28, 400, 1},
	};
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		struct fs_network *network = network_of(&rows[i].spec);
		struct fs_network_facts facts;
		fs_network_facts(network, &facts);
		assert_int_equal(facts.switches, 0);
		assert_int_equal(facts.cables, rows[i].cables);
		assert_int_equal(facts.fabric_cables, rows[i].cables);
		assert_float_equal(facts.bisection_Bps, rows[i].bisection, 1e-9);
		assert_int_equal(facts.diameter, rows[i].diameter);
		fs_network_destroy(network);
	}
}

static struct spec random_grid(uint64_t seed)
{
	static const char *const kinds[] = {"full_mesh", "torus", "ring"};
	static const char *const routings[] = {"adaptive", "dimension_order"};
	struct spec spec = {kinds[draw(seed, 0, 3)], routings[draw(seed, 1, 2)], .ports = 1};
	int dimensions = strcmp(spec.kind, "ring") == 0 ? 1 : 1 + (int)draw(seed, 2, 4);
	for (int i = 0; i < dimensions; i++) {
		uint32_t most = dimensions == 1 ? 12 : dimensions == 4 ? 3 : 5;
		spec.size[i] = 1 + draw(seed, 3 + (uint32_t)i, most);
		spec.ports *= (uint64_t)spec.size[i];
	}
	return spec;
}

static void any_grid_is_right(void **state)
{
	(void)state;
	for (uint64_t seed = 0; seed < 150; seed++) {
		struct spec spec = random_grid(seed);
		struct fs_network *network = network_of(&spec);
		struct fs_network_facts facts;
		static struct graph graph;
		int distance[MOST_NODES], most = 0;
		assert_flows(network, true, true);
		assert_folds(network, fs_network_period(network));
		/* All ports are alike: the diameter is the longest way from the first. */
		draw_graph(network, &graph);
		distances(&graph, 0, distance);
		for (uint32_t i = 0; i < spec.ports; i++)
			most = distance[i] > most ? distance[i] : most;
		fs_network_facts(network, &facts);
		assert_int_equal(facts.diameter, most);
		fs_network_destroy(network);
	}
}

static void any_cut_grid_is_right(void **state)
{
	(void)state;
	for (uint64_t seed = 0; seed < 150; seed++) {
		struct spec spec = random_grid(seed);
		struct fs_network *network = network_of(&spec);
		if (cut_some(network, seed, 4) > 0)
			assert_int_equal(fs_network_period(network), 0);
		assert_flows(network, true, false);
		fs_network_destroy(network);
	}
}

/* By the same amount all ports send to all, adaptive, uses all links of a dimension alike. */
static void all_to_all_is_even(void **state)
{
	(void)state;
	static const struct spec specs[] = {
	        {"torus", "adaptive", .ports = 64, .size = {4, 4, 4}},
	        {"torus", "adaptive", .ports = 30, .size = {6, 5}},
	        {"full_mesh", "adaptive", .ports = 36, .size = {3, 4, 3}},
	};
	for (size_t i = 0; i < sizeof specs / sizeof *specs; i++) {
		struct fs_network *network = network_of(&specs[i]);
		struct fs_uses uses = {0};
		double load[2048] = {0};
		for (uint32_t from = 0; from < specs[i].ports; from++)
			for (uint32_t to = 0; to < specs[i].ports; to++)
				if (from != to)
					fs_network_route(network, from, to, &uses);
		for (uint32_t k = 0; k < uses.count; k++)
			load[uses.use[k].link] += uses.use[k].share;
		for (uint32_t link = 0; link < fs_network_links(network); link++)
			assert_float_equal(load[link], load[network->class[class_at(network, link)].base],
			                   1e-3);
		fs_uses_clear(&uses);
		fs_network_destroy(network);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	        cmocka_unit_test(routes_by_hand),
	        cmocka_unit_test(capacities),
	        cmocka_unit_test(sizes),
	        cmocka_unit_test(any_grid_is_right),
	        cmocka_unit_test(any_cut_grid_is_right),
	        cmocka_unit_test(all_to_all_is_even),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
