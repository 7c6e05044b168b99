/* Networks as they are drawn: levels, axes, groups and bundles of cables, against what is known by hand. */

#include "fabric/outline.h"
#include "unit/fabric/networks.h"

#include "fabric/clos.h"

struct row {
	struct spec spec;
	int levels, axes;
	const char *told; /* levels as "word switches pods*of_pod down/up", then bundles */
};

/* The three-level fat tree of 4-port switches (Al-Fares et al. 2008): 8 edge, 8 aggregation, 4 core. */
static const struct row rows[] = {
        {{"switch", .ports = 8}, 1, 0, "switch 1 1*1 8/0; port-switch 8 of 100 from 0; "},
        {{"clos", .ports = 16, .radix = 4},
         3,
         0,
         "leaf 8 8*1 2/2; spine 8 4*2 2/2; core 4 1*4 4/0; port-leaf 16 of 100 from 0; leaf-spine 16 of 100 "
         "from 16; spine-core 16 of 100 from 32; "},
        {{"clos", .ports = 12, .radix = 8, .over = 3, .planes = 2}, /* 6 down and 2 up, to one spine */
         2,
         0,
         "leaf 2 2*1 6/2; spine 1 1*1 8/0; port-leaf 12 of 50 from 0; leaf-spine 4 of 50 3:1 from 12; "},
        {{"torus", .ports = 24, .size = {4, 3, 2}},
         0,
         3,
         "port-port dimension 1 24 of 20 from 0; port-port dimension 2 24 of 20 from 24; port-port "
         "dimension 3 12 of 20 from 48; "},
        {{"full_mesh", .ports = 4, .size = {4}, .GBps = {3e-9}}, 0, 1, "port-port 6 of 1 from 0; "},
        {{"dragonfly", .ports = 72, .router_ports = 2, .group_routers = 4, .global_links = 2},
         0,
         0,
         "port-router 72 of 100 from 0; router-router within groups 54 of 100 from 72; router-router "
         "between groups 36 of 100 from 126; "},
};

static void tell(const struct fs_outline *outline, char *text, size_t size)
{
	size_t used = 0;
	for (int l = 0; l < outline->levels; l++) {
		const struct fs_outline_level *level = &outline->level[l];
		used += (size_t)snprintf(text + used, size - used, "%s %d %d*%d %d/%d; ", level->word,
		                         (int)level->switches, (int)level->pods, (int)level->of_pod,
		                         (int)level->down, (int)level->up);
	}
	for (int i = 0; i < outline->bundles; i++) {
		const struct fs_bundle *bundle = &outline->bundle[i];
		char ratio[32] = "";
		if (bundle->oversubscription > 1)
			snprintf(ratio, sizeof ratio, " %g:1", bundle->oversubscription);
		used += (size_t)snprintf(text + used, size - used, "%s-%s%s%s %d of %g%s from %d; ",
		                         bundle->end[0], bundle->end[1], *bundle->which ? " " : "",
		                         bundle->which, (int)bundle->cables, bundle->Bps, ratio,
		                         (int)bundle->first);
	}
	assert_true(used < size);
}

static void outlines_by_hand(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		struct fs_network *network = network_of(&rows[i].spec);
		struct fs_outline outline;
		char text[512] = "";
		fs_network_outline(network, &outline);
		tell(&outline, text, sizeof text);
		assert_string_equal(text, rows[i].told);
		assert_int_equal(outline.levels, rows[i].levels);
		assert_int_equal(outline.axes, rows[i].axes);
		fs_network_destroy(network);
	}
}

/* All cables are in a bundle, and what bundles say is what each of their cables is. */
static void bundles_hold_all_cables(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		struct fs_network *network = network_of(&rows[i].spec);
		struct fs_outline outline;
		uint64_t next = 0;
		fs_network_outline(network, &outline);
		for (int b = 0; b < outline.bundles; b++) {
			const struct fs_bundle *bundle = &outline.bundle[b];
			for (uint64_t k = bundle->first; k < bundle->first + bundle->cables; k++, next++) {
				struct fs_cable cable;
				assert_true(k == next);
				network->kind->cable(network, k, &cable);
				for (int end = 0; end < 2; end++)
					assert_string_equal(cable.end[end].word, bundle->end[end]);
				const struct fs_link_class *class = fs_network_class(network, cable.link[0]);
				assert_float_equal(class->Bps / class->width / network->planes, bundle->Bps,
				                   1e-9);
			}
		}
		assert_true(next == network->cables);
		fs_network_destroy(network);
	}
}

static void ports_of_a_leaf(void **state)
{
	(void)state;
	static const struct spec specs[] = {
	        {"clos", .ports = 64, .radix = 8},
	        {"clos", .ports = 50, .radix = 8},
	        {"clos", .ports = 64, .radix = 8, .rails = 4},
	        {"clos", .ports = 60, .radix = 16, .rails = 4, .over = 3, .levels = 3},
	        {"switch", .ports = 9},
	};
	for (size_t i = 0; i < sizeof specs / sizeof *specs; i++) {
		struct fs_network *network = network_of(&specs[i]);
		struct fs_outline outline;
		uint64_t found = 0;
		fs_network_outline(network, &outline);
		for (uint64_t leaf = 0; leaf < outline.level[0].switches; leaf++)
			for (uint64_t j = 0; j < outline.level[0].down; j++) {
				uint64_t port = fs_outline_port(&outline, leaf, j);
				if (port >= outline.ports)
					continue;
				assert_true(fs_network_cable(network, 0, port).end[1] == leaf);
				found++;
			}
		assert_true(found == outline.ports);
		fs_network_destroy(network);
	}
}

static void what_is_down_is_found(void **state)
{
	(void)state;
	const struct spec spec = {"clos", .ports = 256, .radix = 16, .planes = 2};
	struct fs_network *network = network_of(&spec);
	assert_true(fs_network_next_down(network, 0, 0) == UINT64_MAX);
	cut(network, "port63-leaf7");
	cut(network, "port64-leaf8");
	cut(network, "p1:port0-leaf0");
	assert_true(fs_network_next_down(network, 0, 0) == 63);
	assert_true(fs_network_next_down(network, 0, 63) == 63);
	assert_true(fs_network_next_down(network, 0, 64) == 64);
	assert_true(fs_network_next_down(network, 0, 65) == UINT64_MAX);
	assert_true(fs_network_next_down(network, 1, 0) == 0);
	assert_true(fs_network_next_down(network, 1, 1) == UINT64_MAX);
	assert_true(fs_network_cable(network, 0, 63).down);
	assert_false(fs_network_cable(network, 1, 63).down);
	fs_network_destroy(network);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	        cmocka_unit_test(outlines_by_hand),
	        cmocka_unit_test(bundles_hold_all_cables),
	        cmocka_unit_test(ports_of_a_leaf),
	        cmocka_unit_test(what_is_down_is_found),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
