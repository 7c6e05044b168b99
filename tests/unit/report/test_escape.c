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
	        {"'; system 'id", "'; system 'id", "\"'\".'; system ''id'", "___system__id"},
	        {"`id`", "`id`", "'`id`'", "_id_"},
	        {"$(id) @x", "$(id) @x", "'$(id) @x'", "__id___x"},
	        {"<script>", "<script>", "'<script>'", "_script_"},
	        {"../../etc/passwd", "../../etc/passwd", "'../../etc/passwd'", "_._.._etc_passwd"},
	        {".hidden", ".hidden", "'.hidden'", "_hidden"},
	        {"-rf", "-rf", "'-rf'", "_rf"},
	        {"a\nplot x", "a?plot x", "'a?plot x'", "a_plot_x"},
	        {"\x1b[2Jclear", "?[2Jclear", "'?[2Jclear'", "__2Jclear"},
	        {"\xc3\xa9", "\xc3\xa9", "'\xc3\xa9'", "__"},
	        {"\xc2\x9b"
	         "1m \xc2 x",
	         "?1m ? x",
	         "'\xc2\x9b"
	         "1m \xc2 x'",
	         "__1m___x"},
	        {"a]]>b", "a]]>b", "'a]]?b'", "a___b"},
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
		const char *text, *expected;
	} rows[] = {
	        {3, "a''''", "''"},
	        {4, "a''''", "''"},
	        {5, "a''''", "'a'"},
	        {6, "a''''", "'a'''"},
	        {7, "a''''", "'a'''"},
	        {8, "a''''", "'a'''''"},
	        {6, "''ab", "''"},
	        {7, "''ab", "\"'\".''"},
	        {11, "''ab", "\"'\".\"'\".''"},
	        {13, "''ab", "\"'\".\"'\".'a'"},
	};
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		char buffer[13];
		assert_string_equal(fs_escape_gnuplot(rows[i].text, buffer, rows[i].size), rows[i].expected);
	}
}

static void xml_stays_well_formed(void **state)
{
	(void)state;
	static const struct {
		const char *text, *expected;
	} rows[] = {
	        {"", ""},
	        {"dp-gpt", "dp-gpt"},
	        {"<script>alert('x')</script>", "&lt;script&gt;alert(&#39;x&#39;)&lt;/script&gt;"},
	        {"\"&amp;\"", "&quot;&amp;amp;&quot;"},
	        {"a\nb\x01\x7f", "a?b??"},
	        {"\xc3\xa9 \xe2\x80\xa6 \xf0\x9f\x98\x80", "\xc3\xa9 \xe2\x80\xa6 \xf0\x9f\x98\x80"},
	        {"\xe9!", "?!"},                  /* latin-1 */
	        {"\xc3", "?"},                    /* cut */
	        {"\xc0\xbc", "??"},               /* '<', overlong */
	        {"\xe0\x80\xbc", "???"},          /* the same */
	        {"\xed\xa0\x80", "???"},          /* a surrogate */
	        {"\xef\xbf\xbf", "???"},          /* U+FFFF */
	        {"\xef\xbf\xbd", "\xef\xbf\xbd"}, /* U+FFFD */
	        {"\xf4\x90\x80\x80", "????"},     /* beyond U+10FFFF */
	};
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		char buffer[128];
		assert_string_equal(fs_escape_xml(rows[i].text, buffer, sizeof buffer), rows[i].expected);
	}
}

static void xml_is_cut_between_characters(void **state)
{
	(void)state;
	static const struct {
		const char *text;
		size_t size;
		const char *expected;
	} rows[] = {{"a<b", 1, ""},
	            {"a<b", 5, "a"},
	            {"a<b", 6, "a&lt;"},
	            {"\xc3\xa9", 2, ""},
	            {"\xc3\xa9", 3, "\xc3\xa9"}};
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		char buffer[16];
		assert_string_equal(fs_escape_xml(rows[i].text, buffer, rows[i].size), rows[i].expected);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	        cmocka_unit_test(names_are_escaped_for_where_they_go),
	        cmocka_unit_test(short_buffers_hold_whole_strings),
	        cmocka_unit_test(xml_stays_well_formed),
	        cmocka_unit_test(xml_is_cut_between_characters),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
