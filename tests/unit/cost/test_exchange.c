/* What of an expert exchange the network carries. */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "cost/exchange.h"
#include "unit/plan/toy_system.h"

#include <math.h>
#include <stdio.h>

/* Domains of 16 chips. */
static const struct {
	const char *what;
	double forwards;
	struct fs_group group;
	double copies, reach, share;
} cases[] = {
        {"no forwarding", 0, {64, 1}, 8, 1, 1},
        {"another collective", 1, {64, 1}, 0, 0, 1},
        {"one domain", 1, {16, 1}, 8, 1, 1},
        {"four domains, two copies: 4 (1 - 9/16) of 2", 1, {64, 1}, 2, 1, 1.75 / 2},
        {"two of them allowed: 2 (1 - 1/4) of 2", 1, {64, 1}, 2, 0.5, 1.5 / 2},
        {"one of them allowed: once", 1, {64, 1}, 8, 0.25, 1 / 8.0},
        {"every fourth chip: 16 in 4 domains", 1, {16, 4}, 2, 1, 1.75 / 2},
};

static void test_tokens_go_to_each_domain_once(void **state)
{
	(void)state;
	struct fs_system *system = toy_system(0, 0);
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		system->stack.forward_tokens.value = cases[i].forwards;
		struct fs_action action = {.group = cases[i].group,
		                           .bytes = 1e6,
		                           .copies = cases[i].copies,
		                           .reach = cases[i].reach};
		double bytes = fs_exchange_bytes(system, &action);
		if (fabs(bytes - 1e6 * cases[i].share) > 1e-6)
			fail_msg("%s: %g bytes, not %g", cases[i].what, bytes, 1e6 * cases[i].share);
	}
	fs_system_destroy(system);
}

int main(void)
{
	const struct CMUnitTest tests[] = {cmocka_unit_test(test_tokens_go_to_each_domain_once)};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
