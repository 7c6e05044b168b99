#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "command/fabric_text.h"
#include "topology/fabric.h"

struct row {
	struct fs_fabric fabric;
	const char *text;
};

static const struct row rows[] = {
        {{""}, "switch"},
        {{"switch", .chips_per_port = {1}, .planes = {2}}, "switch, 2 planes"},
        {{"clos", .radix = {64}, .rails = {1}, .planes = {1}}, "clos radix 64, adaptive"},
        {{"clos", "ecmp", .radix = {64}, .levels = {2}, .rails = {8}, .chips_per_port = {2}},
         "clos radix 64, 2 levels, 8 rails, 2 chips a port, ecmp"},
        {{"torus", .dimensions = 3, .dimension = {16, 16, 8}}, "torus 16x16x8, dimension_order"},
        {{"full_mesh", "adaptive", .dimensions = 1, .dimension = {8}}, "full_mesh 8, adaptive"},
        {{"ring"}, "ring, dimension_order"},
        {{"dragonfly", .router_ports = {4}, .group_routers = {8}, .global_links = {2}},
         "dragonfly of 4 ports, 8 routers, 2 global links, adaptive"},
};

static void fabrics_in_a_few_words(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		char text[128];
		assert_string_equal(fs_fabric_text(&rows[i].fabric, text, sizeof text), rows[i].text);
	}
}

static void what_is_too_long_is_cut(void **state)
{
	(void)state;
	char text[12];
	assert_string_equal(fs_fabric_text(&rows[4].fabric, text, sizeof text), "torus 16x16");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	        cmocka_unit_test(fabrics_in_a_few_words),
	        cmocka_unit_test(what_is_too_long_is_cut),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
