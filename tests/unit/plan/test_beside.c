#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/error.h"
#include "fabric/contention.h"
#include "plan/beside.h"
#include "topology/system.h"

#include <math.h>
#include <stdio.h>

/* Four chips on two leaves, (0 1) and (2 3), each with one uplink for its two chips. */
static struct fs_system two_leaves(void)
{
	struct fs_system system = {.tiers = 1,
	                           .tier = {{.name = "net",
	                                     .group = {.value = 4},
	                                     .bandwidth_GBps = {.value = 1},
	                                     .efficiency = {.value = 1},
	                                     .latency_us = {.value = 1},
	                                     .oversubscription = {.value = 2},
	                                     .fabric = {.kind = "clos", .radix = {.value = 3}}}}};
	return system;
}

struct row {
	const char *what;
	struct fs_group group[2];
	const char *algorithm[2];
	double slowdown[2];
};

static void slowdown_is_what_links_leave(void **state)
{
	(void)state;
	const struct fs_group in = {2, 1}, across = {2, 2}, all = {4, 1};
	const struct row rows[] = {
	        {"in the leaves: half a port each", {in, in}, {"ring", "ring"}, {2, 2}},
	        {"over the uplinks: half of them each",
	         {across, across},
	         {"ring", "halving_doubling"},
	         {2, 2}},
	        /* who crosses has half a port anyway, and leaves the other half */
	        {"one in, one across", {in, across}, {"ring", "ring"}, {2, 1}},
	        {"one across, one in", {across, in}, {"ring", "ring"}, {1, 2}},
	        /* of the ring of four one message leaves a leaf: three on the uplink, where it was alone */
	        {"a ring of all and one across", {all, across}, {"ring", "ring"}, {3, 1.5}},
	        {"beside nothing", {all, all}, {"ring", "none"}, {1, 1}},
	};
	struct fs_system system = two_leaves();
	struct fs_contention *contention;
	struct fs_error error;
	assert_int_equal(fs_contention_create(&system, 4, &contention, &error), 0);
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		struct fs_schedule schedule[2] = {0};
		struct fs_flight flight[2];
		double slowdown[2];
		for (int f = 0; f < 2; f++) {
			struct fs_schedule_request request = {
			        .collective = FS_ALLREDUCE, .size = rows[i].group[f].size, .bytes = 1e6};
			if (rows[i].algorithm[f][0] != 'n')
				assert_int_equal(fs_schedule_build(&request, rows[i].algorithm[f],
				                                   &schedule[f], &error),
				                 0);
			flight[f] = (struct fs_flight){rows[i].group[f], &schedule[f]};
		}
		fs_beside(&system, contention, flight, slowdown);
		for (int f = 0; f < 2; f++)
			if (fabs(slowdown[f] / rows[i].slowdown[f] - 1) > 1e-9)
				fail_msg("%s: %.12g and %.12g, expected %g and %g", rows[i].what, slowdown[0],
				         slowdown[1], rows[i].slowdown[0], rows[i].slowdown[1]);
	}
	fs_contention_destroy(contention);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	        cmocka_unit_test(slowdown_is_what_links_leave),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
