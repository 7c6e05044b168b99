#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/text.h"

struct row {
	double value;
	const char *text;
};

static void durations_as_one_says_them(void **state)
{
	(void)state;
	static const struct row rows[] = {
	        {0, "0 s"},       {42.4, "42 s"},  {99, "99 s"},     {100, "2 min"},     {540, "9 min"},
	        {5900, "98 min"}, {6000, "1.7 h"}, {16200, "4.5 h"}, {172800, "2 days"}, {1e6, "12 days"},
	};
	char text[16];
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
		assert_string_equal(fs_text_duration(rows[i].value, text, sizeof text), rows[i].text);
}

static void counts_to_three_digits(void **state)
{
	(void)state;
	static const struct row rows[] = {
	        {0, "0"},         {950, "950"},     {999.6, "1 k"},       {15488, "15.5 k"},
	        {479e6, "479 M"}, {1.9e9, "1.9 G"}, {1.0995e12, "1.1 T"}, {3e20, "300 E"},
	};
	char text[16];
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
		assert_string_equal(fs_text_count(rows[i].value, text, sizeof text), rows[i].text);
}

static void plain_text_is_one_line_of_characters(void **state)
{
	(void)state;
	static const struct {
		const char *text, *plain;
	} rows[] = {
	        {"", ""},
	        {"plain", "plain"},
	        {"a\nb\tc\rd", "a?b?c?d"},
	        {"\x1b[31mred\x07\x7f", "?[31mred??"},
	        {"\xc2\x80\xc2\x9b\xc2\x9f\xc2\xa0",
	         "???\xc2\xa0"}, /* C1 ends before the space that does not break */
	        {"\xc3\xa9\xe2\x82\xac\xf0\x9f\x98\x80", "\xc3\xa9\xe2\x82\xac\xf0\x9f\x98\x80"},
	        {"\x9b"
	         "31m",
	         "?31m"},                          /* no UTF-8: C1 in Latin 1, */
	        {"\xc0\xaf\xe0\x80\x80", "?????"}, /* longer than need be, */
	        {"\xed\xa0\x80", "???"},           /* half of a pair, */
	        {"\xf4\x90\x80\x80", "????"},      /* beyond the last, */
	        {"cut \xe2\x82", "cut ??"},        /* not all there */
	};
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		char text[64];
		snprintf(text, sizeof text, "%s", rows[i].text);
		assert_string_equal(fs_text_plain(text), rows[i].plain);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	        cmocka_unit_test(durations_as_one_says_them),
	        cmocka_unit_test(counts_to_three_digits),
	        cmocka_unit_test(plain_text_is_one_line_of_characters),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
