/* Which of many are drawn, and where. */

#include "command/fabric_pick.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

static const char *tell(const struct fs_pick *pick, char *text, size_t size)
{
	size_t used = 0;
	text[0] = 0;
	for (int i = 0; i < pick->count; i++)
		used += (size_t)snprintf(text + used, size - used, "%s%d", i ? " " : "", (int)pick->id[i]);
	return text;
}

static void a_few_first_ones_and_the_last(void **state)
{
	(void)state;
	static const struct {
		uint64_t first, end, most;
		const char *picked;
	} rows[] = {
	        {0, 3, 5, "0 1 2"},   {0, 5, 5, "0 1 2 3 4"}, {0, 6, 5, "0 1 2 3 5"}, {10, 99, 3, "10 11 98"},
	        {10, 99, 2, "10 98"}, {10, 99, 1, "10"},      {7, 7, 4, ""}};
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		struct fs_pick pick = {0};
		char text[128];
		fs_pick_spread(&pick, rows[i].first, rows[i].end, rows[i].most);
		assert_string_equal(tell(&pick, text, sizeof text), rows[i].picked);
	}
}

static void sets_rise_and_are_never_too_full(void **state)
{
	(void)state;
	struct fs_pick pick = {0};
	char text[128];
	fs_pick_add(&pick, 7);
	fs_pick_add(&pick, 3);
	fs_pick_add(&pick, 9);
	fs_pick_add(&pick, 7);
	assert_string_equal(tell(&pick, text, sizeof text), "3 7 9");
	assert_int_equal(fs_pick_find(&pick, 9), 2);
	assert_int_equal(fs_pick_find(&pick, 8), -1);
	for (uint64_t id = 0; id < 2 * FS_MOST_PICKED; id++)
		fs_pick_add(&pick, id);
	assert_int_equal(pick.count, FS_MOST_PICKED);
}

static void note_gap(uint64_t left_out, double x, double width, void *context)
{
	char *text = context;
	sprintf(text + strlen(text), "%d at %g+%g ", (int)left_out, x, width);
}

/* Two ranges of 10 ids, 100 wide each: 0 1 .. 9 takes slots of 20, 12 alone has gaps on both sides. */
static void gaps_have_room(void **state)
{
	(void)state;
	struct fs_row row = {0};
	struct fs_pick pick = {4, {0, 1, 9, 12}};
	static const double x[] = {10, 30, 90, 150}, slot[] = {20, 20, 20, 20};
	char gaps[128] = "";
	fs_row_place(&row, &pick, 0, 10, 0, 100, 2);
	fs_row_place(&row, &pick, 10, 20, 100, 200, 2);
	assert_int_equal(row.pick.count, 4);
	for (int i = 0; i < 4; i++) {
		assert_float_equal(row.x[i], x[i], 1e-9);
		assert_float_equal(row.slot[i], slot[i], 1e-9);
	}
	fs_row_each_gap(&row, 20, note_gap, gaps);
	assert_string_equal(gaps, "7 at 60+40 2 at 120+40 7 at 170+20 ");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	        cmocka_unit_test(a_few_first_ones_and_the_last),
	        cmocka_unit_test(sets_rise_and_are_never_too_full),
	        cmocka_unit_test(gaps_have_room),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
