/* Whose records lie in a sweep's folder. */

#include "base/error.h"
#include "record/folder.h"

#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

static void shares_are_read(void **state)
{
	(void)state;
	static const struct {
		const char *text;
		int number, of; /* 0: refused */
	} cases[] = {
	        {"1/1", 1, 1},  {"2/4", 2, 4},     {"10000/10000", 10000, 10000},
	        {"0/4", 0, 0}, /* counted from 1 */
	        {"5/4", 0, 0},  {"1/10001", 0, 0}, {"1/0", 0, 0},
	        {"-1/4", 0, 0}, {"1", 0, 0},       {"", 0, 0},
	        {"1/4x", 0, 0}, {" 1/4", 0, 0},    {"1/ 4", 0, 0},
	        {"01/4", 0, 0}, {"+1/4", 0, 0},    {"99999999999999999999/4", 0, 0},
	};
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		struct fs_share share;
		struct fs_error error;
		int status = fs_share_parse(cases[i].text, &share, &error);
		assert_int_equal(status, cases[i].of ? 0 : -1);
		if (status)
			assert_non_null(strstr(error.text, "is no share; I/N is, such as 2/4"));
		else
			assert_true(share.number == cases[i].number && share.of == cases[i].of);
	}
}

static void every_share_has_a_file(void **state)
{
	(void)state;
	char path[64];
	fs_share_path("results/runs/x", (struct fs_share){1, 1}, path, sizeof path);
	assert_string_equal(path, "results/runs/x/records.jsonl");
	fs_share_path("x", (struct fs_share){2, 40}, path, sizeof path);
	assert_string_equal(path, "x/records-2-of-40.jsonl");
	assert_int_equal(fs_share_path("x", (struct fs_share){2, 40}, path, 4),
	                 strlen("x/records-2-of-40.jsonl"));
}

static const char *const files[] = {
        "records-10-of-12.jsonl",
        "records.jsonl",
        "records-2-of-12.jsonl",
        "records-3-of-4.jsonl",
        /* and what is none */
        "records-1-of-1.jsonl",
        "records-5-of-4.jsonl",
        "records-01-of-4.jsonl",
        "records-1-of-4.jsonl.torn",
        "records-1-of-4.json",
        "records.jsonl.torn",
        "records-old.jsonl",
        "records.csv",
        "records-0-of-4.jsonl",
        "records--1-of-4.jsonl",
        "records-1-of-.jsonl",
        ".lock",
};

static void a_folder_is_looked_through(void **state)
{
	(void)state;
	static const struct fs_share expected[] = {{1, 1}, {3, 4}, {2, 12}, {10, 12}};
	char folder[] = "/tmp/farscale-test-XXXXXX";
	struct fs_share *shares;
	struct fs_error error;
	int count, empty;
	assert_non_null(mkdtemp(folder));
	assert_int_equal(chdir(folder), 0);
	assert_int_equal(fs_shares_find(".", &shares, &empty, &error), 0);
	free(shares);
	for (size_t i = 0; i < sizeof files / sizeof *files; i++)
		close(open(files[i], O_CREAT | O_WRONLY, 0666));
	int status = fs_shares_find(folder, &shares, &count, &error);
	for (size_t i = 0; i < sizeof files / sizeof *files; i++)
		unlink(files[i]);
	assert_int_equal(chdir("/") || rmdir(folder), 0);
	assert_int_equal(empty, 0);
	assert_int_equal(status, 0);
	assert_int_equal(count, sizeof expected / sizeof *expected);
	assert_memory_equal(shares, expected, sizeof expected);
	free(shares);
	assert_int_equal(fs_shares_find(folder, &shares, &count, &error), -1);
	assert_non_null(strstr(error.text, "No such file"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	        cmocka_unit_test(shares_are_read),
	        cmocka_unit_test(every_share_has_a_file),
	        cmocka_unit_test(a_folder_is_looked_through),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
