/* Tables stand in line. */

#include "report/table.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>

#include <cmocka.h>

static const struct fs_column columns[] = {
        {"name", true},
        {"chips", false},
        {"note", true},
        {"", false},
};

static void expect(const char *const (*rows)[4], int count, const char *indent, const char *expected)
{
	char *text;
	size_t length;
	FILE *out = open_memstream(&text, &length);
	struct fs_table *table = fs_table_create(columns, 4);
	for (int i = 0; i < count; i++)
		for (int j = 0; j < 4; j++)
			fs_table_cell(table, "%s", rows[i][j]);
	fs_table_print(table, indent, out);
	fclose(out);
	assert_string_equal(text, expected);
	free(text);
	fs_table_destroy(table);
}

static void columns_are_as_wide_as_they_must_be(void **state)
{
	(void)state;
	static const char *const rows[][4] = {
	        {"dgx", "8", "live", "!"},
	        {"cloudmatrix", "15488", "", ""},
	        {"nvl72", "72", "x", ""},
	};
	expect(rows, 3, "",
	       "name         chips  note\n"
	       "dgx              8  live  !\n"
	       "cloudmatrix  15488\n"
	       "nvl72           72  x\n");
}

static void the_indent_stands_before_every_line(void **state)
{
	(void)state;
	static const char *const rows[][4] = {{"a", "123456", "b", ""}};
	expect(rows, 1, "> ",
	       "> name   chips  note\n"
	       "> a     123456  b\n");
}

static void columns_without_a_text_vanish(void **state)
{
	(void)state;
	static const char *const rows[][4] = {{"a", "", "b", ""}, {"c", "", "", ""}};
	expect(rows, 2, "",
	       "name  note\n"
	       "a     b\n"
	       "c\n");
}

static void widths_count_characters(void **state)
{
	(void)state;
	static const char *const rows[][4] = {{"\xc3\xa9v\xc3\xaaque", "1", "", ""}, {"bishop", "2", "", ""}};
	expect(rows, 2, "",
	       "name    chips\n"
	       "\xc3\xa9v\xc3\xaaque      1\n"
	       "bishop      2\n");
}

static void control_characters_do_not_reach_the_terminal(void **state)
{
	(void)state;
	static const char *const rows[][4] = {{"\x1b[31mred\n", "1", "", ""}};
	expect(rows, 1, "",
	       "name       chips\n"
	       "?[31mred?      1\n");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	        cmocka_unit_test(columns_are_as_wide_as_they_must_be),
	        cmocka_unit_test(the_indent_stands_before_every_line),
	        cmocka_unit_test(columns_without_a_text_vanish),
	        cmocka_unit_test(widths_count_characters),
	        cmocka_unit_test(control_characters_do_not_reach_the_terminal),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
