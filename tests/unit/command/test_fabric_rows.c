/* What of a network is drawn hangs together, and is not too much. */

#include "command/fabric_rows.h"
#include "unit/fabric/networks.h"

static struct fs_tier_survey survey_of(const struct spec *spec, struct fs_network *network)
{
	struct fs_tier_survey of = {.network = network,
	                            .part_ports = spec->part_ports ? spec->part_ports : 1};
	fs_network_outline(network, &of.outline);
	return of;
}

/* Is there a cable from what is shown of `row` to this one of the row above? */
static bool hangs_on(const struct fs_rows *rows, int row, uint64_t above)
{
	const struct fs_pick *lower = &rows->row[row].pick;
	for (int i = 0; i < lower->count; i++)
		for (uint64_t u = 0; u < fs_rows_up(rows, row); u++)
			if (fs_rows_cable(rows, row, lower->id[i], u).end[1] == above)
				return true;
	return false;
}

static void assert_row(const struct fs_rows *rows, int row)
{
	const struct fs_row *shown = &rows->row[row];
	uint64_t all = row ? rows->outline.level[row - 1].switches : rows->outline.ports;
	assert_true(shown->pick.count > 0);
	assert_true(shown->pick.count <= (row ? FS_MOST_IN_ROW + 2 : FS_MOST_PICKED));
	assert_true(shown->pick.id[shown->pick.count - 1] < all);
	assert_true(row == 0 || shown->pick.id[shown->pick.count - 1] == all - 1); /* the last one is there */
	for (int i = 0; i < shown->pick.count; i++) {
		assert_true(shown->x[i] - shown->slot[i] / 2 >= 100 - 1e-6);
		assert_true(shown->x[i] + shown->slot[i] / 2 <= 900 + 1e-6);
		assert_true(i == 0 || shown->x[i] > shown->x[i - 1]);
		assert_true(row == 0 || hangs_on(rows, row - 1, shown->pick.id[i]));
	}
}

static void every_network_hangs_together(void **state)
{
	(void)state;
	static const struct spec specs[] = {
	        {"switch", .ports = 1},
	        {"switch", .ports = 100000},
	        {"switch", .ports = 100, .over = 4, .part_ports = 8},
	        {"clos", .ports = 2, .radix = 2, .levels = 1},
	        {"clos", .ports = 16, .radix = 4},
	        {"clos", .ports = 2048, .radix = 64, .rails = 8},
	        {"clos", .ports = 12, .radix = 8, .over = 3},
	        {"clos", .ports = 8, .radix = 8, .levels = 3},
	        {"clos", .ports = 4096, .radix = 32, .over = 3},
	        {"clos", .ports = 16384, .radix = 64, .rails = 8, .levels = 3, .upper = {2}},
	        {"clos", .ports = 8192, .radix = 16, .levels = 4},
	        {"clos", .ports = 100, .radix = 16, .levels = 4, .rails = 4},
	        {"clos", "ecmp", .ports = 1000, .radix = 32, .planes = 2},
	        {"clos", .ports = 1000000, .radix = 256},
	};
	for (size_t i = 0; i < sizeof specs / sizeof *specs; i++) {
		struct fs_network *network = network_of(&specs[i]);
		struct fs_tier_survey of = survey_of(&specs[i], network);
		struct fs_rows rows;
		fs_rows_choose(&of, 0, 100, 900, &rows);
		for (int row = 0; row <= rows.outline.levels; row++)
			assert_row(&rows, row);
		fs_network_destroy(network);
	}
}

static void assert_shown(const struct fs_rows *rows, int row, uint64_t id)
{
	if (fs_pick_find(&rows->row[row].pick, id) < 0)
		fail_msg("row %d does not show %d", row, (int)id);
}

/* Far from the first ones and the last. */
static void what_is_down_is_shown(void **state)
{
	(void)state;
	const struct spec spec = {"clos", .ports = 16384, .radix = 64, .levels = 3};
	struct fs_network *network = network_of(&spec);
	struct fs_rows rows;
	/* 32 ports on a leaf, 32 leaves and spines in a pod: leaf 200 and spine 203 are in pod 6 of 16. */
	cut(network, "port5000-leaf156");
	cut(network, "leaf200-spine203");
	struct fs_tier_survey of = survey_of(&spec, network);
	fs_rows_choose(&of, 0, 100, 900, &rows);
	assert_shown(&rows, 0, 5000);
	assert_shown(&rows, 1, 156);
	assert_shown(&rows, 1, 200);
	assert_shown(&rows, 2, 203);
	for (int row = 0; row <= 3; row++)
		assert_shown(&rows, row, row == 0 ? 0 : rows.outline.level[row - 1].switches - 1);
	fs_network_destroy(network);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	        cmocka_unit_test(every_network_hangs_together),
	        cmocka_unit_test(what_is_down_is_shown),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
