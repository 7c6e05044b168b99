/* A picture that was cut off is told from a whole one. */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "report/picture.h"

#include <stdio.h>
#include <unistd.h>

static void ends_tell(void **state)
{
	(void)state;
	static const struct {
		const char *name, *content;
		size_t bytes;
		bool whole;
	} table[] = {
	        {"a.png", "\x89PNG\r\n\x1a\n....\0\0\0\0IEND\xae\x42\x60\x82", 24, true},
	        {"a.png", "\x89PNG\r\n\x1a\n....\0\0\0\0IEND\xae\x42\x60", 23, false},
	        {"a.png", "\x89PNG\r\n\x1a\n....", 12, false},
	        {"a.png", "", 0, false},
	        {"a.svg", "<svg> ... </svg>\n", 17, true},
	        {"a.svg", "<svg/></svg>\n\n\n", 15, true},
	        {"a.svg", "<svg> ... </sv", 14, false},
	        {"a.svg", "</svg> and more", 15, false},
	        {"a.svg", "\n", 1, false},
	        {"a.svg", "", 0, false},
	};
	for (size_t i = 0; i < sizeof table / sizeof *table; i++) {
		char path[] = "/tmp/test_picture.XXXXXX.png";
		int length = snprintf(path, sizeof path, "/tmp/test_picture-%ld%s", (long)getpid() % 100000,
		                      table[i].name + 1);
		assert_true(length > 0);
		FILE *file = fopen(path, "wb");
		assert_non_null(file);
		assert_int_equal(fwrite(table[i].content, 1, table[i].bytes, file), table[i].bytes);
		fclose(file);
		if (fs_picture_is_whole(path) != table[i].whole)
			fail_msg("row %zu is taken for %s", i, table[i].whole ? "cut" : "whole");
		unlink(path);
		assert_false(fs_picture_is_whole(path)); /* not there */
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {cmocka_unit_test(ends_tell)};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
