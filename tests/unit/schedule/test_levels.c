/*
 * How members split into levels along the domains that they lie in.
 */

#include "unit/schedule/domains.h"
#include "unit/schedule/replay.h"

static void sizes_are_the_common_divisors(void **state)
{
	(void)state;
	static const struct {
		uint32_t size;
		int domains;
		uint32_t domain[FS_MAX_LEVELS];
		int levels;
		uint32_t level_size[FS_MAX_LEVELS];
	} rows[] = {
	        {16, 0, {0}, 1, {16}},                       /* no domains: flat */
	        {16, 1, {8}, 2, {8, 2}},                     /* */
	        {12, 1, {8}, 2, {4, 3}},                     /* groups of 8 would straddle */
	        {13, 1, {8}, 1, {13}},                       /* a prime cannot be split */
	        {12, 1, {16}, 1, {12}},                      /* all inside one domain */
	        {8, 1, {8}, 1, {8}},                         /* */
	        {384, 2, {2, 16}, 3, {2, 8, 24}},            /* */
	        {15488, 3, {2, 16, 384}, 4, {2, 8, 8, 121}}, /* 15488 = 40 * 384 + 128 */
	        {7, 2, {1, 7}, 1, {7}},                      /* domains of one are none */
	        {32, 2, {8, 8}, 2, {8, 4}},                  /* */
	        {64, 4, {2, 4, 8, 16}, 4, {2, 2, 2, 8}}, /* more domains than levels: the outermost are one */
	};
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		struct fs_schedule_request request = {FS_ALLREDUCE, .size = rows[i].size,
		                                      .domains = rows[i].domains};
		memcpy(request.domain, rows[i].domain, sizeof request.domain);
		struct fs_schedule schedule = replay_build(request, "hierarchical");
		assert_int_equal(schedule.levels, rows[i].levels);
		for (int level = 0; level < schedule.levels; level++)
			assert_int_equal(schedule.level_size[level], rows[i].level_size[level]);
	}
}

static bool some_group_has(const struct fs_schedule *schedule, uint32_t members)
{
	uint32_t group = 1;
	for (int level = 0; level < schedule->levels && group < members; level++)
		group *= schedule->level_size[level];
	return group == members;
}

/* Groups are runs of consecutive members, so those that divide a domain never straddle two of that kind. */
static void every_domain_has_the_largest_groups_that_divide_it(void **state)
{
	(void)state;
	for (int row = 0; row < DOMAIN_ROWS; row++)
		for (uint32_t n = 2; n <= 200; n++) {
			struct fs_schedule schedule =
			        replay_build(domain_request(FS_ALLREDUCE, n, row), "hierarchical");
			assert_true(some_group_has(&schedule, n));
			for (int i = 0; i < domain_rows[row].domains && i < FS_MAX_LEVELS - 1; i++) {
				uint32_t domain = domain_rows[row].domain[i], largest = domain;
				while (domain % largest != 0 || n % largest != 0)
					largest--;
				assert_true(some_group_has(&schedule, domain < n ? largest : n));
			}
		}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	        cmocka_unit_test(sizes_are_the_common_divisors),
	        cmocka_unit_test(every_domain_has_the_largest_groups_that_divide_it),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
