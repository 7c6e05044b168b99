/*
 * Two sites, or three, with a long line between them: lines are shared by many chips. An allreduce over
 * levels reduces inside the sites first, so that of S bytes every chip of a site of n has S / n left, and
 * crosses the line with that alone: a ring over k sites, 2 (k - 1) rounds of S / n k for each chip. The chips
 * behind one line send at the same time, and share it.
 */

#include "unit/plan/stopwatch.h"

#include <stdio.h>

static double allreduce_s(const struct fs_system *system, uint64_t chips, double bytes, const char *algorithm)
{
	struct fs_system placed = fs_system_place(system, chips);
	struct fs_program *program = collective_program(&placed, FS_ALLREDUCE, chips, bytes, algorithm);
	double seconds = step_s(&placed, program);
	struct fs_group everyone = {(uint32_t)chips, 1};
	assert_true(seconds >= fs_cost_bound_s(&placed, everyone, FS_ALLREDUCE, bytes));
	fs_program_destroy(program);
	return seconds;
}

struct row {
	const char *chips_per_port; /* what is set; NULL: as shipped */
	uint64_t sites, site;       /* chips of the job in each */
	double lines;               /* of 96 chips each, as shipped; of a site */
};

/* A site has 48 nodes of 16 chips. */
static const struct row rows[] = {
        {NULL, 2, 768, 8},
        {NULL, 3, 768, 8},
        {NULL, 2, 704, 8}, /* 44 nodes: the last line has 32 chips; the others decide */
        {"tier.wan.fabric.chips_per_port=768", 2, 768, 1},
        {"tier.wan.fabric.chips_per_port=1", 2, 768, 768},
};

static void the_line_is_crossed_once_with_what_is_left(void **state)
{
	(void)state;
	static const double sizes[] = {1 << 20, 1 << 28, 1 << 30};
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		const struct row *row = &rows[i];
		struct fs_override set[] = {{"tier.wan.group=2304"}, {row->chips_per_port}};
		struct fs_system *system;
		struct fs_error error;
		if (fs_system_load("two-sites-500km", NULL, set, row->chips_per_port ? 2 : 1, &system,
		                   &error))
			fail_msg("%s", error.text);
		system->stack.hccl.server_chips.value = 0; /* the network alone */
		const struct fs_tier *wan = &system->tier[system->tiers - 1];
		double k = (double)row->sites, n = (double)row->site, behind = 768 / row->lines;
		double line_Bps = behind * wan->bandwidth_GBps.value * 1e9 * wan->efficiency.value;
		for (int b = 0; b < 3; b++) {
			double S = sizes[b], inside = allreduce_s(system, row->site, S, "hierarchical");
			double round = wan->latency_us.value * 1e-6 + behind * S / (n * k) / line_Bps;
			double expected = inside + 2 * (k - 1) * round;
			double found = allreduce_s(system, row->sites * row->site, S, "hierarchical");
			if (fabs(found / expected - 1) > 1e-9)
				fail_msg("row %d, %g bytes: %.9g s, expected %.9g", (int)i, S, found,
				         expected);
		}
		fs_system_destroy(system);
	}
}

/* No schedule does better than the line: what a site must send and receive, 2 (k - 1) / k S, by all its
 * lines. */
static void the_bound_is_that_of_the_lines(void **state)
{
	(void)state;
	struct fs_system *system = load_system("two-sites-500km");
	double S = 1e12, lines_Bps = 8 * 50e9 * 0.9;
	struct fs_group everyone = {1536, 1}, one_of_each = {2, 768};
	system->tier[2].bandwidth_GBps.value = 1e6; /* so that nothing inside counts */
	system->tier[1].bandwidth_GBps.value = system->tier[0].bandwidth_GBps.value = 1e6;
	assert_true(fabs(fs_cost_bound_s(system, everyone, FS_ALLREDUCE, S) / (S / lines_Bps) - 1) < 1e-9);
	/* a chip alone may have all of a line */
	assert_true(fabs(fs_cost_bound_s(system, one_of_each, FS_ALLREDUCE, S) / (S / (50e9 * 0.9)) - 1) <
	            1e-9);
	fs_system_destroy(system);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	        cmocka_unit_test(the_line_is_crossed_once_with_what_is_left),
	        cmocka_unit_test(the_bound_is_that_of_the_lines),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
