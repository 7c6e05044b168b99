/* Tables as text, and templates that their rows fill. */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "base/error.h"
#include "command/case_table.h"

#define TABLE                                                                                                \
	"name  gpus ms\n"                                                                                    \
	"\n"                                                                                                 \
	"  small  8  1.5   # the first\n"                                                                    \
	"# large ones\n"                                                                                     \
	"large\t512 99\n"

static void reads_rows_and_their_lines(void **state)
{
	(void)state;
	struct fs_case_table table;
	struct fs_error error;
	assert_int_equal(fs_case_table_read(TABLE, "t.yaml", 20, &table, &error), 0);
	assert_int_equal(table.columns, 3);
	assert_int_equal(table.rows, 2);
	assert_string_equal(table.column[2], "ms");
	assert_string_equal(table.row[0].cell[0], "small");
	assert_string_equal(table.row[0].cell[2], "1.5");
	assert_int_equal(table.row[0].line, 22);
	assert_string_equal(table.row[1].cell[1], "512");
	assert_int_equal(table.row[1].line, 24);
	fs_case_table_clear(&table);
}

static const struct {
	const char *text, *message;
} bad_tables[] = {
        {"", "t.yaml:20: a row of column names and at least one row of cells are needed"},
        {"a b\n", "t.yaml:20: a row of column names and at least one row of cells are needed"},
        {"a b\n1 2\n3\n", "t.yaml:22: 1 cells, but there are 2 columns"},
        {"a b\n\n1 2 3\n", "t.yaml:22: 3 cells, but there are 2 columns"},
        {"a b a\n1 2 3\n", "t.yaml:20: two columns are called 'a'"},
        {"1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17 18 19 20 21 22 23 24 25 26 27 28 29 30 31 32 33 34 35 36 "
         "37 "
         "38 39 40 41\n",
         "t.yaml:20: 41 columns; at most 40 are allowed"},
};

static void refuses_what_is_no_table(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof bad_tables / sizeof *bad_tables; i++) {
		struct fs_case_table table;
		struct fs_error error;
		assert_int_equal(fs_case_table_read(bad_tables[i].text, "t.yaml", 20, &table, &error), -1);
		assert_string_equal(error.text, bad_tables[i].message);
	}
}

static const struct {
	const char *template, *first, *second; /* NULL: refused */
	const char *message;
} templates[] = {
        {"dp={gpus}", "dp=8", "dp=512", NULL},
        {"{name}", "small", "large", NULL},
        {"{name}{gpus}-{ms}!", "small8-1.5!", "large512-99!", NULL},
        {"plain", "plain", "plain", NULL},
        {"", "", "", NULL},
        {"a}b{gpus}", "a}b8", "a}b512", NULL},
        {"{gpu}", NULL, NULL, "{gpu} is no column; there are: name, gpus, ms"},
        {"{}", NULL, NULL, "{} is no column; there are: name, gpus, ms"},
        {"x{gpus", NULL, NULL, "a '{' without its '}' in 'x{gpus'"},
        {"{gpus}{ms", NULL, NULL, "a '{' without its '}' in '{gpus}{ms'"},
};

static void rows_fill_templates(void **state)
{
	(void)state;
	struct fs_case_table table;
	struct fs_error error;
	assert_int_equal(fs_case_table_read(TABLE, "t.yaml", 20, &table, &error), 0);
	for (size_t i = 0; i < sizeof templates / sizeof *templates; i++) {
		const char *template = templates[i].template;
		char text[32];
		int result = fs_template_check(template, &table, &error);
		assert_int_equal(result, templates[i].first ? 0 : -1);
		if (result) {
			assert_string_equal(error.text, templates[i].message);
			continue;
		}
		assert_int_equal(fs_template_fill(template, &table, &table.row[0], text, sizeof text, &error),
		                 0);
		assert_string_equal(text, templates[i].first);
		assert_int_equal(fs_template_fill(template, &table, &table.row[1], text, sizeof text, &error),
		                 0);
		assert_string_equal(text, templates[i].second);
	}
	fs_case_table_clear(&table);
}

/* Room for the text and its end, or none at all. */
static void never_cuts(void **state)
{
	(void)state;
	struct fs_case_table table;
	struct fs_error error;
	char text[9];
	assert_int_equal(fs_case_table_read(TABLE, "t.yaml", 1, &table, &error), 0);
	assert_int_equal(fs_template_fill("{name}-{gpus}", &table, &table.row[0], text, 8, &error), 0);
	assert_string_equal(text, "small-8");
	assert_int_equal(fs_template_fill("{name}-{gpus}", &table, &table.row[0], text, 7, &error), -1);
	assert_string_equal(error.text, "a text of more than 6 letters");
	assert_int_equal(fs_template_fill("{name}", &table, &table.row[0], text, 3, &error), -1);
	fs_case_table_clear(&table);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	        cmocka_unit_test(reads_rows_and_their_lines),
	        cmocka_unit_test(refuses_what_is_no_table),
	        cmocka_unit_test(rows_fill_templates),
	        cmocka_unit_test(never_cuts),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
