#include "unit/engine/peers.h"

#include "base/random.h"
#include "engine/advance.h"
#include "engine/routes.h"

enum { MOST_CHIPS = 128 };

static const double holds[] = {0, 3e-7};

static double later(double a, double b)
{
	return a > b ? a : b;
}

/* Rule 2, chip by chip, from the page. */
static void by_hand(const struct case_of_groups *one, const struct fs_system *system,
                    const struct fs_schedule *schedule, const struct fs_step *step, uint32_t s, double hold_s,
                    const double *now, double *next, double *receive_port)
{
	for (uint64_t i = 0; i < one->chips; i++) {
		struct chip_peers peers = peers_by_hand(system, one->group, schedule, step, s, i);
		double head = peers.from < 0 ? -INFINITY : now[peers.from] + peers.alpha;
		double free = step->independent ? receive_port[i] : now[i];
		double received = later(free, head) + (hold_s + 1000 * peers.beta_in);
		double sent = now[i] + (hold_s + 1000 * peers.beta_out);
		receive_port[i] = received;
		next[i] = step->independent ? sent : later(received, sent);
	}
}

/* Both ways from the same clocks; bit for bit the same. */
static void assert_iteration(const struct case_of_groups *one, const struct fs_system *system,
                             const struct fs_schedule *schedule, const struct fs_step *step, uint32_t s,
                             double hold_s, struct fs_routes *routes)
{
	double now[MOST_CHIPS], next[MOST_CHIPS], expected[MOST_CHIPS], port[MOST_CHIPS],
	        expected_port[MOST_CHIPS];
	const struct fs_route *route = fs_routes_find(routes, one->group, schedule, step, s);
	for (uint64_t i = 0; i < one->chips; i++) {
		struct fs_uniform_pair uniform = fs_random_pair(7, i, s, 0);
		now[i] = 5e-6 * uniform.first;
		port[i] = expected_port[i] = 5e-6 * uniform.second;
	}
	by_hand(one, system, schedule, step, s, hold_s, now, expected, expected_port);
	if (step->independent) {
		fs_advance_ports(route, 1000, hold_s, now, next, port);
		assert_memory_equal(port, expected_port, one->chips * sizeof *port);
	} else {
		fs_advance(route, 1000, hold_s, now, next);
	}
	assert_memory_equal(next, expected, one->chips * sizeof *next);
}

static void assert_schedule(const struct case_of_groups *one, const struct fs_system *system,
                            const struct fs_schedule *schedule, struct fs_routes *routes)
{
	for (int k = 0; k < schedule->steps; k++)
		for (uint32_t s = 0; s < schedule->step[k].repeat; s++)
			assert_iteration(one, system, schedule, &schedule->step[k], s, holds[s % 2], routes);
}

enum { MOST_ALGORITHMS = 64 };

/* All algorithms one after the other, twice, on one set of routes: more than are kept, found anew or found
 * again. */
static void every_iteration_is_rule_2(void **state)
{
	(void)state;
	for (int i = 0; i < CASES_OF_GROUPS; i++) {
		const struct case_of_groups *one = &cases_of_groups[i];
		struct fs_system system = system_of_groups(one->groups);
		struct fs_routes *routes = fs_routes_create(&system, NULL, one->chips, 1, 0);
		struct fs_schedule *schedules[MOST_ALGORITHMS];
		int count = 0;
		assert_true(one->chips <= MOST_CHIPS);
		for (const struct fs_algorithm *row = fs_algorithms; row->name; row++) {
			assert_true(count < MOST_ALGORITHMS);
			schedules[count] = schedule_of(&system, one->group, row);
			count += schedules[count] != NULL;
		}
		for (int k = 0; k < 2 * count; k++)
			assert_schedule(one, &system, schedules[k % count], routes);
		for (int k = 0; k < count; k++)
			free(schedules[k]);
		fs_routes_destroy(routes);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {cmocka_unit_test(every_iteration_is_rule_2)};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
