/*
 * Clos networks: their sizes, pools, hashes, and what is left of them when links are down.
 */

#include "fabric/clos.h"
#include "unit/fabric/routes.h"

static void sizes(void **state)
{
	(void)state;
	static const struct {
		struct spec spec;
		int levels;
		uint64_t switches, cables, fabric_cables;
		double bisection;
		int diameter;
	} rows[] = {
	        {{"clos", .ports = 4, .radix = 4}, 1, 1, 4, 0, 200, 2},
	        /* k-ary fat trees (Al-Fares et al. 2008): 5 k^2 / 4 switches for k^3 / 4 hosts */
	        {{"clos", .ports = 16, .radix = 4}, 3, 20, 48, 32, 800, 6},
	        {{"clos", .ports = 27648, .radix = 48}, 3, 2880, 82944, 55296, 1382400, 6},
	        /* two levels of 64 ports: 64 leaves, 32 spines */
	        {{"clos", .ports = 2048, .radix = 64}, 2, 96, 4096, 2048, 102400, 4},
	        /* DGX H100 SuperPOD of 4 x 32 nodes: 32 leaves of 8 rails, 16 spines */
	        {{"clos", .ports = 1024, .radix = 64, .rails = 8}, 2, 48, 2048, 1024, 51200, 4},
	        /* 3:1: a leaf has 16 up, 48 down; 64 leaves; 16 spines */
	        {{"clos", .ports = 3072, .over = 3, .radix = 64}, 2, 80, 4096, 1024, 51200, 4},
	        /* 7:1: 8 up, 56 down */
	        {{"clos", .ports = 3584, .over = 7, .radix = 64}, 2, 72, 4096, 512, 25600, 4},
	        /* tapered above: leaves 4 up, 4 down, pods of 6 leaves with 4 * 2 up; 8 pods at the top */
	        {{"clos", .ports = 192, .radix = 8, .levels = 3, .upper = {3}},
	         3,
	         48 + 8 * 4 + 4 * 2,
	         192 + 192 + 64,
	         256,
	         3200,
	         6},
	        {{"clos", .ports = 32, .radix = 4}, 4, 16 + 16 + 16 + 8, 128, 96, 1600, 8},
	        {{"clos", .ports = 8, .planes = 2, .radix = 4}, 2, 12, 32, 16, 400, 4},
	        /* a leaf is enough, but two levels were asked for */
	        {{"clos", .ports = 2, .radix = 4, .levels = 2}, 2, 2, 4, 2, 100, 2},
	};
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		struct fs_network *network = network_of(&rows[i].spec);
		struct fs_network_facts facts;
		fs_network_facts(network, &facts);
		assert_int_equal(((const struct fs_clos *)network->shape)->levels, rows[i].levels);
		assert_int_equal(facts.switches, rows[i].switches);
		assert_int_equal(facts.cables, rows[i].cables);
		assert_int_equal(facts.fabric_cables, rows[i].fabric_cables);
		assert_int_equal(facts.optical_modules, 2 * rows[i].fabric_cables);
		assert_float_equal(facts.bisection_Bps, rows[i].bisection, 1e-6);
		assert_int_equal(facts.diameter, rows[i].diameter);
		fs_network_destroy(network);
	}
}

static void pools_by_hand(void **state)
{
	(void)state;
	static const struct route_row rows[] = {
	        /* 4 leaves of 2 ports, 2 spines */
	        {{"clos", .ports = 8, .radix = 4},
	         {0},
	         {{0, 1, "0: out0 in1"}, {0, 2, "2: out0 l0> >l1 in2"}, {7, 2, "2: out7 l3> >l1 in2"}}},
	        /* 4 pods of 2 leaves of 2 ports */
	        {{"clos", .ports = 16, .radix = 4},
	         {0},
	         {{0, 3, "2: out0 l0> >l1 in3"},
	          {0, 4, "4: out0 l0> s0> >s1 >l2 in4"},
	          {15, 9, "4: out15 l7> s3> >s2 >l4 in9"}}},
	        /* 4 rails; leaves 0..3 take ports 0..15, 4..7 the others */
	        {{"clos", .ports = 32, .radix = 8, .rails = 4},
	         {0},
	         {{0, 4, "0: out0 in4"},
	          {0, 12, "0: out0 in12"},
	          {0, 1, "2: out0 l0> >l1 in1"},
	          {0, 16, "2: out0 l0> >l4 in16"},
	          {31, 2, "2: out31 l7> >l2 in2"}}},
	        /* Leaf 0 has lost spine 0, leaf 1 spine 1: no spine has both. */
	        {{"clos", .ports = 8, .radix = 4},
	         {"leaf0-spine0", "leaf1-spine1"},
	         {{0, 2, "-1:"}, {2, 0, "-1:"}, {0, 1, "0: out0 in1"}, {0, 4, "2: out0 l0> >l2 in4"}}},
	        /* The same, but the other's second cable to spine 0 is left. */
	        {{"clos", .ports = 4, .radix = 4, .levels = 2},
	         {"leaf0-spine0", "leaf1-spine0.1"},
	         {{0, 2, "2: out0 l0> >l1 in2"}}},
	        {{"clos", .ports = 4, .radix = 4, .levels = 2},
	         {"leaf0-spine0", "leaf1-spine0"},
	         {{0, 2, "2: out0 l0> >l1 in2"}}},
	        /* Pod 0 reaches the cores of spine 0 only, leaf 2 of pod 1 only spine 3, which is like 1. */
	        {{"clos", .ports = 16, .radix = 4},
	         {"spine1-core2", "spine1-core3", "leaf2-spine2"},
	         {{0, 4, "-1:"}, {0, 6, "4: out0 l0> s0> >s1 >l3 in6"}, {4, 6, "2: out4 l2> >l3 in6"}}},
	        /* Plane 1 has no way left, plane 0 takes all; or plane 1 has half of its links, and takes
	           half as much. */
	        {{"clos", .ports = 8, .planes = 2, .radix = 4},
	         {"p1:leaf0-spine0", "p1:leaf1-spine1"},
	         {{0, 2, "2: out0 l0> >l1 in2"},
	          {2, 4,
	           "2: out2*0.667 l1>*0.667 >l2*0.667 in4*0.667 1:out2*0.333 1:l1>*0.333 1:>l2*0.333 "
	           "1:in4*0.333"}}},
	};
	assert_routes(rows, sizeof rows / sizeof *rows);
}

/* An uplink pool is as wide as the cables that are up; both directions lose alike. */
static void pool_capacities(void **state)
{
	(void)state;
	struct fs_network *network = network_of(&(struct spec){"clos", .ports = 48, .over = 3, .radix = 16});
	const struct fs_clos *clos = network->shape; /* 4 up, 12 down */
	assert_int_equal(clos->pods[0], 4);
	cut(network, "leaf1-spine0"); /* each spine has room for all 4 cables of 4 leaves */
	cut(network, "leaf1-spine0.3");
	for (uint32_t leaf = 0; leaf < 4; leaf++) {
		double Bps = leaf == 1 ? 200 : 400;
		assert_float_equal(
		        fs_network_capacity_Bps(network, fs_link_at(network, 0, fs_clos_up(0), leaf)), Bps,
		        0);
		assert_float_equal(
		        fs_network_capacity_Bps(network, fs_link_at(network, 0, fs_clos_down(0), leaf)), Bps,
		        0);
	}
	fs_network_destroy(network);
}

/* Shapes that fill their switches and shapes that do not. */
static struct spec shape(uint64_t seed)
{
	static const double overs[] = {1, 1, 2, 3};
	struct spec spec = {"clos", "ecmp", .over = overs[draw(seed, 0, 4)]};
	spec.radix = 4 + draw(seed, 1, 5);
	spec.rails = 1 + draw(seed, 2, 3);
	spec.levels = 2 + draw(seed, 3, 3);
	spec.seed = (double)seed;
	spec.ports = 3 + draw(seed, 4, 40);
	return spec;
}

/* Replaces single uplinks by the pools that they belong to. */
static void to_pools(const struct fs_network *ecmp, const struct fs_network *adaptive, struct fs_uses *uses)
{
	for (uint32_t i = 0; i < uses->count; i++) {
		int class = class_at(ecmp, uses->use[i].link);
		uint32_t index = uses->use[i].link - ecmp->class[class].base;
		uses->use[i].link = adaptive->class[class].base + index / adaptive->class[class].width;
	}
}

/* A message's single links are a way through the switches, and lie in the pools that it uses. */
static void hashed_ways_lie_in_pools(void **state)
{
	(void)state;
	int built = 0;
	for (uint64_t seed = 0; seed < 60; seed++) {
		struct spec spec = shape(seed);
		struct fs_network *ecmp = NULL, *adaptive;
		struct fs_uses single = {0}, pools = {0};
		struct fs_error error;
		if (try_network(&spec, &ecmp, &error) != 0)
			continue; /* too many ports for its levels */
		built++;
		spec.routing = "adaptive";
		adaptive = network_of(&spec);
		assert_flows(ecmp, true, true);
		for (uint32_t from = 0; from < spec.ports; from++)
			for (uint32_t to = 0; to < spec.ports; to++) {
				if (from == to)
					continue;
				single.count = pools.count = 0;
				assert_int_equal(fs_network_route(ecmp, from, to, &single),
				                 fs_network_route(adaptive, from, to, &pools));
				to_pools(ecmp, adaptive, &single);
				assert_int_equal(single.count, pools.count);
				assert_memory_equal(single.use, pools.use, single.count * sizeof *single.use);
			}
		fs_uses_clear(&single);
		fs_uses_clear(&pools);
		fs_network_destroy(ecmp);
		fs_network_destroy(adaptive);
	}
	assert_in_range(built, 30, 60);
}

/* With links down: ways avoid them (assert_flows), and adaptive finds one wherever ecmp does. Ways go up and
 * then down; of two levels, a spine that has both leaves is enough. */
static void ways_around_what_is_down(void **state)
{
	(void)state;
	int lost = 0;
	for (uint64_t seed = 0; seed < 60; seed++) {
		struct spec spec = shape(seed);
		struct fs_network *ecmp = NULL, *adaptive;
		struct fs_uses uses = {0};
		struct fs_error error;
		if (try_network(&spec, &ecmp, &error) != 0)
			continue;
		spec.routing = "adaptive";
		adaptive = network_of(&spec);
		assert_int_equal(cut_some(ecmp, seed, 4), cut_some(adaptive, seed, 4));
		assert_flows(ecmp, false, false);
		for (uint32_t from = 0; from < spec.ports; from++)
			for (uint32_t to = 0; to < spec.ports; to++) {
				if (from == to)
					continue;
				int hops = fs_network_route(ecmp, from, to, &uses);
				assert_int_equal(fs_network_route(adaptive, from, to, &uses), hops);
				lost += hops < 0;
			}
		fs_uses_clear(&uses);
		fs_network_destroy(ecmp);
		fs_network_destroy(adaptive);
	}
	assert_true(lost > 0);
}

/* Do leaves of two have a spine in common? By name, from the list of cables. */
struct commons {
	uint32_t leaf[64]; /* a bit for each spine */
};

static void note_spine(const char *name, const char *a, const char *b, double Bps, void *context)
{
	(void)name;
	struct commons *commons = context;
	if (strncmp(a, "leaf", 4) == 0 && Bps > 0)
		commons->leaf[atoi(a + 4)] |= UINT32_C(1) << atoi(b + 5);
}

static void a_common_spine_is_enough(void **state)
{
	(void)state;
	int without = 0;
	for (uint64_t seed = 0; seed < 20; seed++) {
		struct spec spec = {"clos", seed % 2 ? "ecmp" : "adaptive", .ports = 24, .radix = 8,
		                    .levels = 2};
		struct fs_network *network = network_of(&spec); /* 6 leaves of 4 ports, 4 spines */
		struct commons commons = {{0}};
		struct fs_uses uses = {0};
		for (uint32_t i = 0; i < 24; i++)
			if (draw(seed, i, 2) == 0) {
				char name[32];
				snprintf(name, sizeof name, "leaf%u-spine%u", i / 4, i % 4);
				cut(network, name);
			}
		fs_network_each_link(network, UINT64_MAX, note_spine, &commons);
		for (uint32_t from = 0; from < 24; from++)
			for (uint32_t to = 0; to < 24; to++) {
				if (from / 4 == to / 4)
					continue;
				bool common = commons.leaf[from / 4] & commons.leaf[to / 4];
				assert_int_equal(fs_network_route(network, from, to, &uses), common ? 2 : -1);
				without += !common;
			}
		fs_uses_clear(&uses);
		fs_network_destroy(network);
	}
	assert_true(without > 0);
}

/* How many of the messages from every port of leaf 0 to every port of leaf 1 take each of its uplinks. */
static void count_uplinks(double seed, uint32_t *count)
{
	struct fs_network *network =
	        network_of(&(struct spec){"clos", "ecmp", .ports = 2048, .seed = seed, .radix = 64});
	struct fs_uses uses = {0};
	for (uint32_t from = 0; from < 32; from++)
		for (uint32_t to = 32; to < 64; to++) {
			uses.count = 0;
			assert_int_equal(fs_network_route(network, from, to, &uses), 2);
			count[uses.use[1].link - network->class[fs_clos_up(0)].base]++;
		}
	fs_uses_clear(&uses);
	fs_network_destroy(network);
}

/* 1024 messages over 32 uplinks: 32 each, as chance has it (chi squared of 31 degrees: 99.9 % below 61.1). */
static void hashes_spread(void **state)
{
	(void)state;
	uint32_t first[32] = {0}, again[32] = {0}, other[32] = {0};
	double chi = 0;
	count_uplinks(1, first);
	count_uplinks(1, again);
	count_uplinks(2, other);
	assert_memory_equal(first, again, sizeof first);
	assert_memory_not_equal(first, other, sizeof first);
	for (int i = 0; i < 32; i++)
		chi += (first[i] - 32.0) * (first[i] - 32.0) / 32;
	assert_true(chi > 8 && chi < 62);
}

/* One message from each of 32 ports, 32 uplinks: of throws into as many bins, 1/e stay empty. The planes'
 * hashes are their own. */
static void collisions_happen(void **state)
{
	(void)state;
	struct fs_network *network =
	        network_of(&(struct spec){"clos", "ecmp", .ports = 2048, .planes = 2, .radix = 64});
	struct fs_uses uses = {0};
	double empty = 0;
	int same = 0;
	for (uint32_t leaf = 0; leaf < 64; leaf++) {
		uint32_t used[2] = {0};
		for (uint32_t port = 32 * leaf; port < 32 * leaf + 32; port++) {
			uint32_t choice[2];
			uses.count = 0;
			fs_network_route(network, port, (port + 32) % 2048, &uses);
			assert_int_equal(uses.count, 8);
			for (uint32_t plane = 0; plane < 2; plane++) {
				struct fs_use use = uses.use[4 * plane + 1];
				assert_float_equal(use.share, 0.5, 0);
				choice[plane] =
				        use.link - fs_link_at(network, plane, fs_clos_up(0), 32 * leaf);
				used[plane] |= UINT32_C(1) << choice[plane];
			}
			same += choice[0] == choice[1];
		}
		empty += 64 - __builtin_popcount(used[0]) - __builtin_popcount(used[1]);
	}
	assert_float_equal(empty / 128 / 32, exp(-1), 0.02);
	assert_in_range(same, 32, 96); /* of 2048, by chance 64 */
	fs_uses_clear(&uses);
	fs_network_destroy(network);
}

/* Two leaves, one spine with 32 cables to each: which one down is not bound to which one up. */
static void parallel_cables_are_picked_apart(void **state)
{
	(void)state;
	struct fs_network *network =
	        network_of(&(struct spec){"clos", "ecmp", .ports = 64, .radix = 64, .levels = 2});
	struct fs_uses uses = {0};
	uint32_t same = 0, down[32] = {0};
	for (uint32_t from = 0; from < 32; from++)
		for (uint32_t to = 32; to < 64; to++) {
			uses.count = 0;
			fs_network_route(network, from, to, &uses);
			uint32_t up = uses.use[1].link - fs_link_at(network, 0, fs_clos_up(0), 0),
			         at = uses.use[2].link - fs_link_at(network, 0, fs_clos_down(0), 32);
			assert_true(up < 32 && at < 32);
			same += up == at;
			down[at]++;
		}
	assert_in_range(same, 32 - 23, 32 + 23); /* of 1024; four standard deviations */
	for (int i = 0; i < 32; i++)
		assert_in_range(down[i], 32 - 23, 32 + 23);
	fs_uses_clear(&uses);
	fs_network_destroy(network);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	        cmocka_unit_test(sizes),
	        cmocka_unit_test(pools_by_hand),
	        cmocka_unit_test(pool_capacities),
	        cmocka_unit_test(hashed_ways_lie_in_pools),
	        cmocka_unit_test(ways_around_what_is_down),
	        cmocka_unit_test(a_common_spine_is_enough),
	        cmocka_unit_test(hashes_spread),
	        cmocka_unit_test(collisions_happen),
	        cmocka_unit_test(parallel_cables_are_picked_apart),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
