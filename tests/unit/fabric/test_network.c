/*
 * What all networks have in common: requests that cannot be built, planes, cables by name; and switches.
 */

#include "unit/fabric/routes.h"

static void switches_by_hand(void **state)
{
	(void)state;
	static const struct route_row rows[] = {
	        {{.ports = 4}, {0}, {{0, 3, "0: out0 in3"}, {3, 0, "0: out3 in0"}}},
	        {{.kind = "switch", .ports = 4},
	         {"port2-switch0"},
	         {{0, 3, "0: out0 in3"}, {2, 3, "-1:"}, {0, 2, "-1:"}}},
	        /* two parts of two ports with an uplink each */
	        {{.ports = 4, .over = 2, .part_ports = 2},
	         {0},
	         {{0, 1, "0: out0 in1"}, {0, 2, "0: out0 u0> >u1 in2"}, {3, 1, "0: out3 u1> >u0 in1"}}},
	        /* all ports in one part: nothing to share */
	        {{.ports = 4, .over = 2, .part_ports = 4}, {0}, {{0, 3, "0: out0 in3"}}},
	        /* one of two planes is gone for port 1: what it sends and receives passes the other */
	        {{.ports = 3, .planes = 2},
	         {"p1:port1-switch0"},
	         {{0, 1, "0: out0 in1"},
	          {1, 2, "0: out1 in2"},
	          {0, 2, "0: out0*0.5 in2*0.5 1:out0*0.5 1:in2*0.5"}}},
	        {{.ports = 3, .planes = 2},
	         {"port0-switch0", "p1:port0-switch0"},
	         {{0, 1, "-1:"}, {2, 0, "-1:"}}},
	        {{.ports = 3, .planes = 2}, {"port0-switch0", "p1:port1-switch0"}, {{0, 1, "-1:"}}},
	};
	assert_routes(rows, sizeof rows / sizeof *rows);
}

static void capacities_of_planes(void **state)
{
	(void)state;
	struct fs_network *network = network_of(&(struct spec){.ports = 3, .planes = 4});
	assert_int_equal(fs_network_links(network), 6);
	assert_float_equal(fs_network_capacity_Bps(network, 0), 100, 0);
	cut(network, "p3:port1-switch0");
	assert_int_equal(fs_network_links(network), 24);
	for (uint32_t link = 0; link < 24; link++) {
		bool down = link == 18 + 1 || link == 18 + 3 + 1; /* of plane 3: out of port 1, into it */
		assert_float_equal(fs_network_capacity_Bps(network, link), down ? 0 : 25, 0);
	}
	fs_network_destroy(network);
}

static void uplinks_of_parts(void **state)
{
	(void)state;
	struct fs_network *network = network_of(&(struct spec){.ports = 12, .over = 2.5, .part_ports = 4});
	assert_int_equal(fs_network_links(network), 24 + 6);
	for (uint32_t link = 24; link < 30; link++)
		assert_float_equal(fs_network_capacity_Bps(network, link), 4 * 100 / 2.5, 1e-9);
	fs_network_destroy(network);
}

static void blocking_and_periods(void **state)
{
	(void)state;
	static const struct {
		struct spec spec;
		bool blocks;
		uint64_t period;
	} rows[] = {
	        {{.ports = 12}, false, 1},
	        {{.ports = 12, .over = 2, .part_ports = 4}, true, 4},
	        {{.ports = 12, .over = 2, .part_ports = 5}, true, 0},
	        {{.ports = 12, .over = 2, .part_ports = 12}, false, 1},
	        {{"clos", .ports = 4, .radix = 4}, false, 1},
	        {{"clos", .ports = 8, .radix = 4}, false, 2},
	        {{"clos", .ports = 7, .radix = 4}, false, 0},
	        {{"clos", .ports = 16, .radix = 4}, false, 4}, /* a pod of two leaves */
	        {{"clos", .ports = 12, .radix = 4, .levels = 3}, false, 4},
	        {{"clos", .ports = 8, .radix = 4, .levels = 3}, false, 4},
	        {{"clos", .ports = 4, .radix = 4, .levels = 3}, false, 2}, /* one pod */
	        {{"clos", "ecmp", .ports = 8, .radix = 4}, true, 0},
	        {{"clos", .ports = 24, .over = 3, .radix = 8}, true, 6},
	        {{"clos", .ports = 32, .radix = 8, .rails = 4}, false, 16},
	        {{"clos", .ports = 96, .radix = 8, .rails = 3},
	         false,
	         48}, /* pods of 4 leaves, blocks of 3 */
	        {{"clos", .ports = 64, .radix = 8, .rails = 2}, false, 16},
	        {{"clos", .ports = 24, .radix = 4, .levels = 4, .upper = {3, 1}}, true, 12},
	        {{"ring", .ports = 6}, true, 1},
	        {{"torus", .ports = 24, .size = {4, 3, 2}}, true, 12},
	        {{"torus", "adaptive", .ports = 12, .size = {4, 3, 1}}, true, 4},
	        {{"full_mesh", .ports = 20, .size = {4, 5}}, true, 4},
	        {{"dragonfly", .ports = 72, .router_ports = 2, .group_routers = 4, .global_links = 2},
	         true,
	         8},
	        {{"dragonfly", .ports = 71, .router_ports = 2, .group_routers = 4, .global_links = 2},
	         true,
	         0},
	        {{"dragonfly", "ecmp", .ports = 72, .router_ports = 2, .group_routers = 4, .global_links = 2},
	         true,
	         0},
	};
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		struct fs_network *network = network_of(&rows[i].spec);
		if (fs_network_blocks(network) != rows[i].blocks ||
		    fs_network_period(network) != rows[i].period)
			fail_msg("row %d: blocks %d, period %d", (int)i, fs_network_blocks(network),
			         (int)fs_network_period(network));
		if (rows[i].period > 0)
			assert_folds(network, rows[i].period);
		assert_folds(network, rows[i].spec.ports);
		fs_network_destroy(network);
	}
}

/* Periods are told apart: no fold can hide a link of another kind or place. */
static void folds_by_hand(void **state)
{
	(void)state;
	struct fs_network *network = network_of(&(struct spec){"clos", .ports = 8, .radix = 4});
	/* links: out 0..7, in 8..15, pools of 4 leaves up 16..19, down 20..23; 2 ports a leaf */
	static const uint32_t fold_by_2[] = {0, 1, 0, 1, 0,  1,  0,  1,  8,  9,  8,  9,
	                                     8, 9, 8, 9, 16, 16, 16, 16, 20, 20, 20, 20};
	static const uint32_t fold_by_4[] = {0, 1, 2,  3,  0,  1,  2,  3,  8,  9,  10, 11,
	                                     8, 9, 10, 11, 16, 17, 16, 17, 20, 21, 20, 21};
	assert_int_equal(fs_network_links(network), 24);
	for (uint32_t link = 0; link < 24; link++) {
		assert_int_equal(fs_network_fold(network, link, 2), fold_by_2[link]);
		assert_int_equal(fs_network_fold(network, link, 4), fold_by_4[link]);
		assert_int_equal(fs_network_fold(network, link, 8), link);
	}
	cut(network, "leaf0-spine1");
	assert_int_equal(fs_network_period(network), 0);
	assert_true(fs_network_blocks(network));
	fs_network_destroy(network);
}

static void refused(void **state)
{
	(void)state;
	static const struct {
		struct spec spec;
		const char *says;
	} rows[] = {
	        {{"bus", .ports = 4},
	         "tier test: no fabric of kind 'bus'; there are switch, clos, full_mesh, torus, ring, "
	         "dragonfly"},
	        {{"torus", "ecmp", .ports = 4, .size = {4}},
	         "tier test: a torus is not routed 'ecmp'; allowed: adaptive, dimension_order"},
	        {{.ports = 0}, "ports is 0"},
	        {{.ports = 60000000}, "more than 100000000 links"},
	        {{.ports = 4, .planes = 1.5}, "planes is 1.5; it is a whole number"},
	        {{.ports = 4, .planes = -1}, "planes is -1"},
	        {{.ports = 4, .over = 0.5}, "oversubscription is 0.5; allowed is 1 and above"},
	        {{.ports = 4, .over = NAN}, "oversubscription is nan"},
	        {{"ring", .ports = 4, .over = 2}, "a ring has no oversubscription"},
	        {{.ports = 4, .over = 2, .part_ports = 5}, "parts of 5 ports; there are 4"},
	        {{"clos", .ports = 4}, "radix is 0; it is a whole number from 1"},
	        {{"clos", .ports = 4, .radix = 1}, "radix 1 at oversubscription 1 has no port up"},
	        {{"clos", .ports = 40, .over = 40, .radix = 32}, "no port up; a larger radix"},
	        {{"clos", .ports = 4, .radix = 4, .levels = 5}, "levels is 5; allowed are 0 (as few as"},
	        {{"clos", .ports = 4, .radix = 4, .levels = 1.5}, "levels is 1.5"},
	        {{"clos", .ports = 4, .over = 2, .radix = 8, .levels = 1},
	         "a clos of 1 level has no uplinks"},
	        {{"clos", .ports = 5, .radix = 4, .levels = 1},
	         "radix 4 with 1 levels has room for 4 ports, not 5; radix 5 would do, or more levels"},
	        {{"clos", .ports = 4096, .radix = 64, .levels = 2},
	         "has room for 2048 ports, not 4096; radix 92 would do, or more levels"},
	        {{"clos", .ports = 100, .radix = 4},
	         "4 levels has room for 32 ports, not 100; radix 6 would do"},
	        {{"clos", .ports = 8, .radix = 4, .rails = 9}, "9 rails for 8 ports"},
	        /* 4 leaves, of which 3 rails can use 3 */
	        {{"clos", .ports = 8, .radix = 4, .levels = 2, .rails = 3}, "has room for 6 ports, not 8"},
	        {{"clos", .ports = 8, .radix = 4, .levels = 2, .upper = {2}}, "1 entries of upper_oversub"},
	        {{"clos", .ports = 8, .radix = 4, .levels = 3, .upper = {.5}},
	         "upper_oversubscription is 0.5"},
	        {{"clos", "ecmp", .ports = 4, .radix = 1e8, .levels = 4}, "more than 100000000 links"},
	        {{"clos", .ports = 4, .radix = 1e8, .levels = 4}, "more than 100000000 links"},
	        {{"clos", "ecmp", .ports = 1000000, .planes = 100, .radix = 256},
	         "more than 100000000 links"},
	        {{"torus", .ports = 12, .size = {4, 4}},
	         "make 16 ports, but it has 12; they must be as many"},
	        {{"torus", .ports = 12}, "a torus of 0 dimensions; allowed is 1 to 5"},
	        {{"torus", .ports = 12, .size = {4.5, 3}}, "a dimension is 4.5"},
	        {{"ring", .ports = 12, .size = {4, 3}}, "a ring of 2 dimensions; allowed is 1"},
	        {{"torus", .ports = 12, .size = {4, 3}, .GBps = {1}}, "1 entries of dimension_GBps for 2"},
	        {{"torus", .ports = 12, .size = {4, 3}, .GBps = {1, -1}}, "dimension_GBps is -1"},
	        {{"full_mesh", .ports = 20000, .size = {20000}}, "more than 100000000 links"},
	        {{"dragonfly", .ports = 72, .group_routers = 4, .global_links = 2}, "router_ports is 0"},
	        {{"dragonfly", .ports = 73, .router_ports = 2, .group_routers = 4, .global_links = 2},
	         "2 * 4 ports a group has room for 9 groups (group_routers * global_links + 1), not 10"},
	        {{"dragonfly", .ports = 16, .router_ports = 1, .group_routers = 2e4, .global_links = 1},
	         "more than 100000000"},
	        {{"dragonfly", .ports = 16, .router_ports = 1, .group_routers = 8, .global_links = 1e8},
	         "more than 100000000"},
	};
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		struct fs_network *network = NULL;
		struct fs_error error = {""};
		if (try_network(&rows[i].spec, &network, &error) == 0)
			fail_msg("row %d was built", (int)i);
		assert_null(network);
		if (!strstr(error.text, rows[i].says) || strchr(error.text, '\n'))
			fail_msg("row %d: '%s' does not say '%s'", (int)i, error.text, rows[i].says);
	}
}

static void no_port_bandwidth(void **state)
{
	(void)state;
	static const double rates[] = {0, -1, INFINITY, NAN};
	const struct fs_fabric fabric = {.kind = "switch"};
	for (size_t i = 0; i < sizeof rates / sizeof *rates; i++) {
		struct fs_network_request request = {
		        .tier = "test", .fabric = &fabric, .ports = 2, .port_Bps = rates[i]};
		struct fs_network *network = NULL;
		struct fs_error error;
		assert_int_equal(fs_network_create(&request, &network, &error), -1);
		assert_non_null(strstr(error.text, "it must be positive"));
	}
}

static void cuts_refused(void **state)
{
	(void)state;
	static const struct {
		const char *name, *says;
	} rows[] = {
	        {"leaf4-spine0",
	         "no link 'leaf4-spine0'; its 32 links are called port0-leaf0 to p1:leaf3-spine1"},
	        {"p2:leaf0-spine0", "no link"},
	        {"leaf0-spine2", "no link"},
	        {"leaf00-spine0", "no link"},
	        {"leaf0-spine0.1", "no link"},
	        {"leaf0-spine0x", "no link"},
	        {"p0:leaf0-spine0", "no link"},
	        {"px:leaf0-spine0", "no link"},
	        {"port0-leaf1", "no link"},
	        {"port0", "no link"},
	        {"", "no link"},
	        {"leaf1-spine0", "is down already"},
	};
	struct fs_network *network = network_of(&(struct spec){"clos", .ports = 8, .planes = 2, .radix = 4});
	cut(network, "leaf1-spine0");
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		struct fs_error error;
		assert_int_equal(fs_network_cut(network, rows[i].name, &error), -1);
		assert_non_null(strstr(error.text, rows[i].says));
	}
	fs_network_destroy(network);

	struct fs_error error;
	network = network_of(&(struct spec){"ring", .ports = 1});
	assert_int_equal(fs_network_cut(network, "port0-port1", &error), -1);
	assert_non_null(strstr(error.text, "its ring has none"));
	fs_network_destroy(network);
}

/* Appends "NAME=BANDWIDTH ". */
static void note(const char *name, const char *a, const char *b, double Bps, void *context)
{
	char *text = context;
	size_t used = strlen(text);
	const char *bare = strchr(name, ':') ? strchr(name, ':') + 1 : name;
	assert_true(strncmp(bare, a, strlen(a)) == 0 && strncmp(bare + strlen(a) + 1, b, strlen(b)) == 0);
	snprintf(text + used, 1024 - used, "%s=%g ", name, Bps);
}

static void lists(void **state)
{
	(void)state;
	static const struct {
		struct spec spec;
		uint64_t most;
		const char *down, *list;
	} rows[] = {
	        {{.ports = 3}, 9, NULL, "port0-switch0=100 port1-switch0=100 port2-switch0=100 "},
	        {{.ports = 2, .planes = 2},
	         9,
	         "p1:port0-switch0",
	         "port0-switch0=50 port1-switch0=50 p1:port0-switch0=0 p1:port1-switch0=50 "},
	        {{"clos", .ports = 4, .radix = 4, .levels = 2}, /* 2 leaves: a spine has room for 2 of each */
	         99,
	         "leaf1-spine0.1",
	         "port0-leaf0=100 port1-leaf0=100 port2-leaf1=100 port3-leaf1=100 leaf0-spine0=100 "
	         "leaf0-spine0.1=100 leaf1-spine0=100 leaf1-spine0.1=0 "},
	        {{"clos", .ports = 3, .radix = 2, .levels = 4}, 3, NULL, NULL},
	        {{"ring", .ports = 4},
	         99,
	         NULL,
	         "port0-port1=50 port1-port2=50 port2-port3=50 port0-port3=50 "},
	        {{"ring", .ports = 2}, 99, NULL, "port0-port1=100 "},
	        {{"full_mesh", .ports = 4, .size = {4}},
	         4,
	         NULL,
	         "port0-port1=33.3333 port1-port2=33.3333 port2-port3=33.3333 port0-port3=33.3333 "},
	        {{"dragonfly", .ports = 4, .router_ports = 1, .group_routers = 2, .global_links = 2},
	         99,
	         NULL,
	         "port0-router0=100 port1-router1=100 port2-router2=100 port3-router3=100 "
	         "router0-router1=100 "
	         "router2-router3=100 router0-router2=100 router0-router2.1=100 router1-router3=100 "
	         "router1-router3.1=100 "},
	};
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		char text[1024] = "";
		if (!rows[i].list)
			continue;
		struct fs_network *network = network_of(&rows[i].spec);
		if (rows[i].down)
			cut(network, rows[i].down);
		fs_network_each_link(network, rows[i].most, note, text);
		assert_string_equal(text, rows[i].list);
		fs_network_destroy(network);
	}
}

/* Every name that is listed can be cut, once; then nothing gets through. */
static void cut_one(const char *name, const char *a, const char *b, double Bps, void *context)
{
	(void)a, (void)b;
	assert_true(Bps > 0);
	cut(context, name);
}

static void all_names_can_be_cut(void **state)
{
	(void)state;
	static const struct spec specs[] = {
	        {.ports = 5, .over = 2, .part_ports = 2, .planes = 2},
	        {"clos", "ecmp", .ports = 16, .planes = 2, .radix = 4},
	        {"clos", .ports = 12, .radix = 8, .levels = 2},
	        {"full_mesh", .ports = 30, .size = {5, 2, 3}},
	        {"torus", "adaptive", .ports = 24, .size = {4, 2, 3}},
	        {"dragonfly", .ports = 14, .router_ports = 2, .group_routers = 2, .global_links = 5},
	        {"dragonfly", .ports = 40, .router_ports = 2, .group_routers = 4, .global_links = 2},
	};
	for (size_t i = 0; i < sizeof specs / sizeof *specs; i++) {
		struct fs_network *listed = network_of(&specs[i]), *network = network_of(&specs[i]);
		struct fs_network_facts facts;
		struct fs_uses uses = {0};
		fs_network_each_link(listed, UINT64_MAX, cut_one, network);
		for (uint32_t port = 1; port < network->ports; port++)
			assert_int_equal(fs_network_route(network, port - 1, port, &uses), -1);
		assert_int_equal(uses.count, 0);
		fs_network_facts(network, &facts);
		assert_int_equal(facts.cables, network->cables * network->planes);
		fs_uses_clear(&uses);
		fs_network_destroy(network);
		fs_network_destroy(listed);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	        cmocka_unit_test(switches_by_hand),
	        cmocka_unit_test(capacities_of_planes),
	        cmocka_unit_test(uplinks_of_parts),
	        cmocka_unit_test(blocking_and_periods),
	        cmocka_unit_test(folds_by_hand),
	        cmocka_unit_test(refused),
	        cmocka_unit_test(no_port_bandwidth),
	        cmocka_unit_test(cuts_refused),
	        cmocka_unit_test(lists),
	        cmocka_unit_test(all_names_can_be_cut),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
