#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/error.h"
#include "topology/system.h"
#include "unit/config/scratch.h"
#include "unit/topology/whole_system.h"

/* The keys of a tier's `fabric:`, in files and with --set. The tiers: 4 chips on node, 16 on net. */

enum { MOST = 5 };

/* Loads the whole system whose last line of tier net is `line` instead of `oversubscription: 2`. */
static int load(const struct scratch *scratch, const char *line, const char *const *texts,
                struct fs_system **system, struct fs_error *error)
{
	struct fs_override overrides[MOST];
	int count = 0;
	char *text = replaced(whole_system, "    oversubscription: 2\n", line);
	const char *path = scratch_write(scratch, "tiny.yaml", text);
	for (; texts && count < MOST && texts[count]; count++)
		overrides[count].text = texts[count];
	int result = fs_system_load(path, NULL, overrides, count, system, error);
	free(text);
	return result;
}

static const struct fs_fabric *fabric_of_net(const struct fs_system *system)
{
	return &system->tier[1].fabric;
}

static void refuse_settings_of_fabrics(const struct fs_setting *setting, void *context)
{
	(void)context;
	if (strstr(setting->path, "fabric"))
		fail_msg("%s is shown although nobody gave it", setting->path);
}

static void a_fabric_that_is_not_given_claims_nothing(void **state)
{
	struct fs_system *system;
	struct fs_error error;
	assert_int_equal(load(*state, "", NULL, &system, &error), 0);
	const struct fs_fabric *fabric = fabric_of_net(system);
	assert_string_equal(fabric->kind, "switch");
	assert_string_equal(fabric->routing, "");
	assert_true(fabric->chips_per_port.value == 1 && fabric->planes.value == 1);
	assert_true(fabric->rails.value == 1 && fabric->ecmp_seed.value == 1);
	assert_true(fabric->hop_us.value == 0 && fabric->radix.value == 0 && fabric->levels.value == 0);
	assert_int_equal(fabric->dimensions + fabric->dimension_rates + fabric->upper_oversubscriptions, 0);
	fs_system_each_setting(system, refuse_settings_of_fabrics, NULL);
	fs_system_destroy(system);
}

/* One system in which every number is read in a source: what a fabric leaves out must not weaken it. */
static void defaults_do_not_weaken_trust(void **state)
{
	struct fs_system *system;
	struct fs_error error;
	char *one = replaced(whole_system, "trust: E", "trust: R"),
	     *two = replaced(one, "trust: D", "trust: R"), *three = replaced(two, "trust: M", "trust: R"),
	     *four = replaced(three, "    latency_us: 1\n",
	                      "    latency_us: 1\n    oversubscription: 1\n    fabric: {kind: ring}\n");
	const char *path = scratch_write(*state, "tiny.yaml", four);
	const struct fs_override planes = {"tier.node.fabric.planes=2"}, kind = {"tier.net.fabric.kind=clos"},
	                         both[] = {kind, {"tier.net.fabric.radix=8"}};
	assert_int_equal(fs_system_load(path, NULL, NULL, 0, &system, &error), 0);
	assert_int_equal(fs_system_trust(system), 'R');
	fs_system_destroy(system);
	assert_int_equal(fs_system_load(path, NULL, &planes, 1, &system, &error), 0);
	assert_int_equal(fs_system_trust(system), 'E');
	fs_system_destroy(system);
	assert_int_equal(fs_system_load(path, NULL, both, 2, &system, &error), 0);
	assert_int_equal(fs_system_trust(system), 'E');
	fs_system_destroy(system);
	free(one);
	free(two);
	free(three);
	free(four);
}

struct listing {
	char text[1024];
};

/* "fabric.kind=clos E A guess; fabric.radix=8 ..." */
static void list(const struct fs_setting *setting, void *context)
{
	struct listing *listing = context;
	const char *key = strstr(setting->path, "fabric.");
	size_t used = strlen(listing->text);
	char *end = listing->text + used;
	if (!key)
		return;
	end += sprintf(end, "%s%s=%s", used ? "; " : "", key, setting->word ? setting->word : "");
	for (int i = 0; i < setting->count; i++)
		end += sprintf(end, "%s%g", i ? "x" : "", setting->number[i]);
	sprintf(end, " %c %s", setting->trust, setting->source);
}

struct good {
	const char *line;
	const char *texts[MOST];
	const char *listed;
};

static const struct good goods[] = {
        /* files */
        {"    fabric: {kind: clos, radix: 8, rails: 4, routing: ecmp, ecmp_seed: 7, levels: 3,\n"
         "      upper_oversubscription: [1.5], hop_us: {value: 0.3, trust: R, source: sheet}}\n",
         {NULL},
         "fabric.kind=clos E A guess; fabric.routing=ecmp E A guess; fabric.hop_us=0.3 R The data sheet; "
         "fabric.ecmp_seed=7 E A guess; fabric.radix=8 E A guess; fabric.levels=3 E A guess; "
         "fabric.rails=4 E A guess; fabric.upper_oversubscription=1.5 E A guess"},
        {"    fabric:\n      trust: M\n      source: sheet\n      kind: {value: torus, trust: R}\n"
         "      dimensions: {value: [4, 2], trust: D}\n      dimension_GBps: [8, 2.5]\n"
         "      chips_per_port: 2\n",
         {NULL},
         "fabric.kind=torus R The data sheet; fabric.chips_per_port=2 M The data sheet; "
         "fabric.dimensions=4x2 D The data sheet; fabric.dimension_GBps=8x2.5 M The data sheet"},
        {"    fabric: {kind: ring, dimension_GBps: [5]}\n", /* none given: all ports */
         {NULL},
         "fabric.kind=ring E A guess; fabric.dimension_GBps=5 E A guess"},
        {"    fabric: {kind: ring, dimensions: [16]}\n",
         {NULL},
         "fabric.kind=ring E A guess; fabric.dimensions=16 E A guess"},
        {"    fabric: {kind: dragonfly, router_ports: 2, group_routers: 4, global_links: 1, routing: ecmp}\n",
         {NULL},
         "fabric.kind=dragonfly E A guess; fabric.routing=ecmp E A guess; fabric.router_ports=2 E A guess; "
         "fabric.group_routers=4 E A guess; fabric.global_links=1 E A guess"},
        {"    oversubscription: 3\n    fabric: {kind: switch, planes: 2}\n",
         {NULL},
         "fabric.kind=switch E A guess; fabric.planes=2 E A guess"},
        /* --set, without a fabric in the file */
        {"", {"tier.net.fabric.planes=2"}, "fabric.planes=2 U --set"},
        {"",
         {"tier.net.fabric.kind=clos", "tier.net.fabric.routing=ecmp", "tier.net.fabric.radix=8"},
         "fabric.kind=clos U --set; fabric.routing=ecmp U --set; fabric.radix=8 U --set"},
        {"",
         {"tier.net.fabric.dimensions=4x2x2", "tier.net.fabric.kind=full_mesh",
          "tier.net.fabric.dimension_GBps=1,2.5,1e-1"},
         "fabric.kind=full_mesh U --set; fabric.dimensions=4x2x2 U --set; "
         "fabric.dimension_GBps=1x2.5x0.1 U --set"},
        /* What the file says for another kind or routing is dropped. */
        {"    fabric: {kind: torus, dimensions: [4, 4], dimension_GBps: [1, 1], hop_us: 1, planes: 2,\n"
         "      routing: dimension_order}\n",
         {"tier.net.fabric.kind=switch"},
         "fabric.kind=switch U --set; fabric.planes=2 E A guess"},
        {"    fabric: {kind: clos, radix: 8, rails: 2, levels: 3, upper_oversubscription: [2], routing: "
         "ecmp,\n"
         "      ecmp_seed: 3, hop_us: 1}\n",
         {"tier.net.fabric.kind=torus", "tier.net.fabric.dimensions=16"},
         "fabric.kind=torus U --set; fabric.hop_us=1 E A guess; fabric.dimensions=16 U --set"},
        {"    fabric: {kind: clos, radix: 8, routing: ecmp, ecmp_seed: 3}\n",
         {"tier.net.fabric.routing=adaptive"},
         "fabric.kind=clos E A guess; fabric.routing=adaptive U --set; fabric.radix=8 E A guess"},
};

static void keys_are_read_with_their_sources(void **state)
{
	for (size_t i = 0; i < sizeof goods / sizeof *goods; i++) {
		struct fs_system *system;
		struct fs_error error;
		struct listing listing = {""};
		if (load(*state, goods[i].line, goods[i].texts, &system, &error))
			fail_msg("row %zu: %s", i, error.text);
		fs_system_each_setting(system, list, &listing);
		assert_string_equal(listing.text, goods[i].listed);
		fs_system_destroy(system);
	}
}

static void what_is_dropped_has_its_default_again(void **state)
{
	static const char *const texts[MOST] = {"tier.net.fabric.kind=switch"};
	struct fs_system *system;
	struct fs_error error;
	assert_int_equal(load(*state,
	                      "    fabric: {kind: clos, radix: 8, rails: 2, routing: ecmp, ecmp_seed: 3}\n",
	                      texts, &system, &error),
	                 0);
	const struct fs_fabric *fabric = fabric_of_net(system);
	assert_true(fabric->radix.value == 0 && fabric->rails.value == 1 && fabric->ecmp_seed.value == 1);
	assert_string_equal(fabric->routing, "");
	fs_system_destroy(system);
}

struct bad_file {
	const char *line, *place, *part;
};

static const struct bad_file bad_files[] = {
        {"    fabric: torus\n", "30:13", "fabric: a mapping is needed, not 'torus'"},
        {"    fabric: {}\n", "30:13", "a fabric needs the key 'kind'"},
        {"    fabric: {radix: 8}\n", "30:13", "a fabric needs the key 'kind'"},
        {"    fabric: {kind: clos, raidx: 8}\n", "30:26",
         "unknown key 'raidx' in a fabric; did you mean 'radix'?"},
        {"    fabric: {kind: fat_tree}\n", "30:20",
         "kind: one of switch|clos|full_mesh|torus|ring|dragonfly is needed, not 'fat_tree'"},
        {"    fabric: {kind: {value: clos, tust: R}}\n", "30:34",
         "kind: unknown key 'tust'; allowed: value, trust, source"},
        {"    fabric: {kind: clos, radix: 8, routing: valiant}\n", "30:45",
         "routing: one of adaptive|ecmp|dimension_order is needed, not 'valiant'"},
        {"    fabric: {kind: clos, radix: 0}\n", "30:33",
         "radix: a whole number between 2 and 65536 ports is needed, not '0'"},
        {"    fabric: {kind: clos, radix: 8, levels: 5}\n", "30:44",
         "levels: a whole number between 0 and 4 is needed, not '5'"},
        {"    fabric: {kind: clos, radix: 8, planes: 0}\n", "30:44",
         "planes: a whole number between 1 and 1024 is needed, not '0'"},
        {"    fabric: {kind: torus, dimensions: [4, 2.5]}\n", "30:43",
         "dimensions: a whole number between 1 and 1000000 ports is needed, not '2.5'"},
        {"    fabric: {kind: torus, dimensions: 4x4}\n", "30:39",
         "dimensions: a list of 1 to 5 numbers is needed, not '4x4'"},
        {"    fabric: {kind: torus, dimensions: [2, 2, 2, 2, 1, 1]}\n", "30:39",
         "dimensions: a list of 1 to 5 numbers is needed, not one of 6"},
        /* what can only be seen together */
        {"    fabric: {kind: clos}\n", "30:13",
         "tier net: fabric.radix: a clos needs it, the ports of a switch"},
        {"    fabric: {kind: clos, radix: 8, rails: 3}\n", "30:43",
         "tier net: fabric.rails: a divisor of the 4 ports of a group of tier node is needed, not 3"},
        {"    fabric: {kind: clos, radix: 8, rails: 4, chips_per_port: 2}\n", "30:43",
         "tier net: fabric.rails: a divisor of the 2 ports of a group of tier node is needed, not 4"},
        {"    fabric: {kind: clos, radix: 8, levels: 3, upper_oversubscription: [2, 2]}\n", "30:71",
         "tier net: fabric.upper_oversubscription: at most one number for each level between leaves and top "
         "is needed, 1 with 3 levels, not 2"},
        {"    fabric: {kind: clos, radix: 8, upper_oversubscription: [2, 2, 2]}\n", "30:60",
         "upper_oversubscription: a list of 1 to 2 numbers is needed, not one of 3"},
        {"    fabric: {kind: switch, chips_per_port: 3}\n", "30:44",
         "tier net: fabric.chips_per_port: a divisor of the 4 chips that tier node joins is needed, not 3"},
        {"    fabric: {kind: switch, chips_per_port: 8}\n", "30:44",
         "tier net: fabric.chips_per_port: a divisor of the 4 chips that tier node joins is needed, not 8"},
        {"    fabric: {kind: torus}\n", "30:13",
         "tier net: fabric.dimensions: a torus needs them, with a product of 16 ports"},
        {"    fabric: {kind: full_mesh, chips_per_port: 4}\n", "30:13",
         "tier net: fabric.dimensions: a full_mesh needs them, with a product of 4 ports"},
        {"    fabric: {kind: torus, dimensions: [4, 2]}\n", "30:39",
         "tier net: fabric.dimensions: a product of 16 is needed, the ports of the tier (16 chips, 1 at a "
         "port), not 4x2 = 8"},
        {"    fabric: {kind: full_mesh, dimensions: [4, 4], chips_per_port: 2}\n", "30:43",
         "tier net: fabric.dimensions: a product of 8 is needed, the ports of the tier (16 chips, 2 at a "
         "port), not 4x4 = 16"},
        {"    fabric: {kind: ring, dimensions: [15]}\n", "30:38", "a product of 16 is needed"},
        {"    fabric: {kind: ring, dimensions: [4, 4]}\n", "30:38",
         "tier net: fabric.dimensions: a ring has one, not 2"},
        {"    fabric: {kind: torus, dimensions: [4, 4], dimension_GBps: [1]}\n", "30:63",
         "tier net: fabric.dimension_GBps: as many numbers as dimensions are needed, 2, not 1"},
        {"    fabric: {kind: torus, dimensions: [4, 4], dimension_GBps: [8, 3]}\n", "30:63",
         "tier net: fabric.dimension_GBps: at most 10 in all, what a port has, not 11"},
        {"    fabric: {kind: ring, dimension_GBps: [1, 2]}\n", "30:42",
         "tier net: fabric.dimension_GBps: as many numbers as dimensions are needed, 1, not 2"},
        {"    fabric: {kind: dragonfly, router_ports: 2, global_links: 2}\n", "30:13",
         "tier net: fabric.group_routers: a dragonfly needs router_ports, group_routers and global_links"},
        {"    fabric: {kind: clos, radix: 8, routing: dimension_order}\n", "30:45",
         "tier net: fabric.routing: dimension_order is for full_mesh|torus|ring; this fabric is a clos"},
        {"    fabric: {kind: torus, dimensions: [16], routing: ecmp}\n", "30:54",
         "tier net: fabric.routing: ecmp is for clos|dragonfly; this fabric is a torus"},
        {"    fabric: {kind: switch, routing: ecmp}\n", "30:37",
         "tier net: fabric.routing: ecmp is for clos|dragonfly; this fabric is a switch"},
        /* keys that would do nothing */
        {"    fabric: {kind: torus, dimensions: [16], radix: 8}\n", "30:52",
         "tier net: fabric.radix: is for clos; this fabric is a torus"},
        {"    fabric: {kind: clos, radix: 8, dimensions: [16]}\n", "30:48",
         "tier net: fabric.dimensions: is for full_mesh|torus|ring; this fabric is a clos"},
        {"    fabric: {kind: ring, global_links: 8}\n", "30:40",
         "tier net: fabric.global_links: is for dragonfly; this fabric is a ring"},
        {"    fabric: {kind: switch, hop_us: 1}\n", "30:36",
         "tier net: fabric.hop_us: is for clos|full_mesh|torus|ring|dragonfly; this fabric is a switch"},
        {"    fabric: {kind: clos, radix: 8, ecmp_seed: 2}\n", "30:47",
         "tier net: fabric.ecmp_seed: is for routing ecmp alone"},
        {"    oversubscription: 2\n    fabric: {kind: ring}\n", "30:23",
         "tier net: oversubscription: is for switch|clos; this fabric is a ring, where it must be 1, not 2"},
};

static void refuses_bad_fabrics_with_the_place(void **state)
{
	for (size_t i = 0; i < sizeof bad_files / sizeof *bad_files; i++) {
		const struct scratch *scratch = *state;
		struct fs_system *system;
		struct fs_error error = {"loaded"};
		char path[128];
		snprintf(path, sizeof path, "%s/tiny.yaml", scratch->folder);
		assert_int_equal(load(scratch, bad_files[i].line, NULL, &system, &error), -1);
		assert_error(error.text, path, bad_files[i].place, bad_files[i].part);
	}
}

struct bad_override {
	const char *line;
	const char *texts[MOST];
	const char *message;
};

static const char torus[] = "    fabric: {kind: torus, dimensions: [4, 4]}\n";

static const struct bad_override bad_overrides[] = {
        {"",
         {"tier.net.fabric.knd=clos"},
         "--set 'tier.net.fabric.knd=clos': tiny has no such number; did you mean tier.net.fabric.kind?"},
        {"",
         {"tier.net.fabric.kind=clso"},
         "--set tier.net.fabric.kind: one of switch|clos|full_mesh|torus|ring|dragonfly is needed, not "
         "'clso'"},
        {"",
         {"tier.net.fabric.kind="},
         "--set tier.net.fabric.kind: one of switch|clos|full_mesh|torus|ring|dragonfly is needed, not ''"},
        {"",
         {"tier.net.fabric.kind=switch|clos"},
         "--set tier.net.fabric.kind: one of switch|clos|full_mesh|torus|ring|dragonfly is needed, not "
         "'switch|clos'"},
        {"",
         {"tier.net.fabric.radix=0"},
         "--set tier.net.fabric.radix: a whole number between 2 and 65536 ports is needed, not '0'"},
        {torus,
         {"tier.net.fabric.dimensions=4xx4"},
         "--set tier.net.fabric.dimensions: a list of 1 to 5 numbers with an x between them, each a whole "
         "number between 1 and 1000000 ports, is needed, not '4xx4'"},
        {torus,
         {"tier.net.fabric.dimensions=4x4x"},
         "--set tier.net.fabric.dimensions: a list of 1 to 5 numbers with an x between them, each a whole "
         "number between 1 and 1000000 ports, is needed, not '4x4x'"},
        {torus,
         {"tier.net.fabric.dimensions=2x2x2x2x1x1"},
         "--set tier.net.fabric.dimensions: a list of 1 to 5 numbers with an x between them, each a whole "
         "number between 1 and 1000000 ports, is needed, not '2x2x2x2x1x1'"},
        {torus,
         {"tier.net.fabric.dimensions=4x0"},
         "--set tier.net.fabric.dimensions: a list of 1 to 5 numbers with an x between them, each a whole "
         "number between 1 and 1000000 ports, is needed, not '4x0'"},
        {torus,
         {"tier.net.fabric.dimensions=4x8"},
         "--set: tier net: fabric.dimensions: a product of 16 is needed, the ports of the tier (16 chips, 1 "
         "at a port), not 4x8 = 32"},
        {"",
         {"tier.net.fabric.kind=clos"},
         "--set: tier net: fabric.radix: a clos needs it, the ports of a switch"},
        {"",
         {"tier.net.fabric.radix=8"},
         "--set: tier net: fabric.radix: is for clos; this fabric is a switch"},
        {torus, /* what the user says is never dropped */
         {"tier.net.fabric.dimensions=2x8", "tier.net.fabric.kind=clos", "tier.net.fabric.radix=8"},
         "--set: tier net: fabric.dimensions: is for full_mesh|torus|ring; this fabric is a clos"},
        {torus,
         {"tier.net.oversubscription=2"},
         "--set: tier net: oversubscription: is for switch|clos; this fabric is a torus, where it must be 1, "
         "not 2"},
        {"",
         {"tier.node.fabric.chips_per_port=3"},
         "--set: tier node: fabric.chips_per_port: a divisor of the 4 chips that tier node joins is needed, "
         "not 3"},
};

static void refuses_what_cannot_be_set(void **state)
{
	for (size_t i = 0; i < sizeof bad_overrides / sizeof *bad_overrides; i++) {
		const struct bad_override *row = &bad_overrides[i];
		struct fs_system *system;
		struct fs_error error = {"loaded"};
		assert_int_equal(load(*state, row->line, row->texts, &system, &error), -1);
		assert_string_equal(error.text, row->message);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	        cmocka_unit_test_setup_teardown(a_fabric_that_is_not_given_claims_nothing, scratch_set_up,
	                                        scratch_tear_down),
	        cmocka_unit_test_setup_teardown(defaults_do_not_weaken_trust, scratch_set_up,
	                                        scratch_tear_down),
	        cmocka_unit_test_setup_teardown(keys_are_read_with_their_sources, scratch_set_up,
	                                        scratch_tear_down),
	        cmocka_unit_test_setup_teardown(what_is_dropped_has_its_default_again, scratch_set_up,
	                                        scratch_tear_down),
	        cmocka_unit_test_setup_teardown(refuses_bad_fabrics_with_the_place, scratch_set_up,
	                                        scratch_tear_down),
	        cmocka_unit_test_setup_teardown(refuses_what_cannot_be_set, scratch_set_up,
	                                        scratch_tear_down),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
