/* A name stays a name, whatever it is called. */

#include "report/escape.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

static void names_are_escaped_for_where_they_go(void **state)
{
	(void)state;
	static const struct {
		const char *text, *plain, *gnuplot, *file_name;
	} rows[] = {
	        {"dp-gpt", "dp-gpt", "'dp-gpt'", "dp-gpt"},
	        {"", "", "''", "_"},
	        {"it's", "it's", "'it''s'", "it_s"},
	        {"'; system 'id", "'; system 'id", "'''; system ''id'", "___system__id"},
	        {"`id`", "`id`", "'`id`'", "_id_"},
	        {"$(id) @x", "$(id) @x", "'$(id) @x'", "__id___x"},
	        {"<script>", "<script>", "'<script>'", "_script_"},
	        {"../../etc/passwd", "../../etc/passwd", "'../../etc/passwd'", "_._.._etc_passwd"},
	        {".hidden", ".hidden", "'.hidden'", "_hidden"},
	        {"-rf", "-rf", "'-rf'", "_rf"},
	        {"a\nplot x", "a?plot x", "'a?plot x'", "a_plot_x"},
	        {"\x1b[2Jclear", "?[2Jclear", "'?[2Jclear'", "__2Jclear"},
	        {"\xc3\xa9", "\xc3\xa9", "'\xc3\xa9'", "__"},
	};
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		char buffer[64];
		assert_string_equal(fs_escape_plain(rows[i].text, buffer, sizeof buffer), rows[i].plain);
		assert_string_equal(fs_escape_gnuplot(rows[i].text, buffer, sizeof buffer), rows[i].gnuplot);
		assert_string_equal(fs_escape_file_name(rows[i].text, buffer, sizeof buffer),
		                    rows[i].file_name);
	}
}

/* A string that is cut must still be closed, and no '' be cut in half. */
static void short_buffers_hold_whole_strings(void **state)
{
	(void)state;
	static const struct {
		size_t size;
		const char *expected;
	} rows[] = {{3, "''"}, {4, "''"}, {5, "''''"}, {6, "''''"}, {7, "''''''"}, {8, "''''''"}};
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		char buffer[8];
		assert_string_equal(fs_escape_gnuplot("''''", buffer, rows[i].size), rows[i].expected);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	        cmocka_unit_test(names_are_escaped_for_where_they_go),
	        cmocka_unit_test(short_buffers_hold_whole_strings),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
