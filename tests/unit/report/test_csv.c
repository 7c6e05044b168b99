/* RFC 4180, and nothing that a spreadsheet would run. */

#include "report/csv.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>

#include <cmocka.h>

static void texts_are_quoted_where_they_must_be(void **state)
{
	(void)state;
	static const struct {
		const char *text, *expected;
	} rows[] = {
	        {"", ""},
	        {"dgx-h100-superpod", "dgx-h100-superpod"},
	        {"two words", "two words"},
	        {"dp=8,ep=8", "\"dp=8,ep=8\""},
	        {"say \"hi\"", "\"say \"\"hi\"\"\""},
	        {"two\nlines", "\"two\nlines\""},
	        {"carriage\rreturn", "\"carriage\rreturn\""},
	        {"=1+1", "'=1+1"},
	        {"+1", "'+1"},
	        {"-1", "'-1"},
	        {"@SUM(A1)", "'@SUM(A1)"},
	        {"\t=1", "'\t=1"},
	        {"\r=1", "\"'\r=1\""},
	        {"=HYPERLINK(\"http://x\",\"y\")", "\"'=HYPERLINK(\"\"http://x\"\",\"\"y\"\")\""},
	        {"a=1", "a=1"},
	        {"<script>", "<script>"},
	        {";rm", ";rm"},
	        {"\xc3\xa9", "\xc3\xa9"},
	};
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		char *text;
		size_t length;
		FILE *out = open_memstream(&text, &length);
		fs_csv_print_text(out, rows[i].text);
		fclose(out);
		assert_string_equal(text, rows[i].expected);
		free(text);
	}
}

static void objects_are_lines_under_their_keys(void **state)
{
	(void)state;
	json_t *const objects[] = {
	        json_pack("{s:s,s:i,s:f,s:n}", "name", "a,b", "count", 3, "share", 0.1, "nothing"),
	        json_pack("{s:s,s:i,s:f,s:n}", "name", "-c", "count", -3, "share", -0.5, "nothing"),
	};
	static const char *const expected[] = {
	        "",
	        "name,count,share,nothing\n\"a,b\",3,0.10000000000000001,\n",
	        "name,count,share,nothing\n\"a,b\",3,0.10000000000000001,\n'-c,-3,-0.5,\n",
	};
	for (int count = 0; count <= 2; count++) {
		char *text;
		size_t length;
		FILE *out = open_memstream(&text, &length);
		fs_csv_print_objects(out, objects, count);
		fclose(out);
		assert_string_equal(text, expected[count]);
		free(text);
	}
	json_decref(objects[0]);
	json_decref(objects[1]);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	        cmocka_unit_test(texts_are_quoted_where_they_must_be),
	        cmocka_unit_test(objects_are_lines_under_their_keys),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
