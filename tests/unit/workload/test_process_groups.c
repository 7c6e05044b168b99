#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/error.h"
#include "workload/process_groups.h"

#include <stdlib.h>
#include <string.h>

/* Of 8 chips. A group of 0: it is refused, because. */
static const struct {
	const char *text, *name;
	uint64_t chip;
	struct fs_group group;
	const char *why;
} rows[] = {
        {"[{\"pg_name\": \"a\", \"ranks\": [0, 1, 2, 3]}]", "a", 2, {4, 1}, NULL},
        {"[{\"pg_name\": \"a\", \"ranks\": [6, 2]}]", "a", 6, {2, 4}, NULL},
        {"[{\"pg_name\": \"a\", \"ranks\": []}]", "a", 6, {8, 1}, NULL},
        {"[{\"pg_name\": \"a\", \"ranks\": [5]}]", "a", 5, {1, 1}, NULL},
        /* as PyTorch writes it: a text in a list, escaped or not */
        {"[\"[{\"pg_name\": \"0\", \"ranks\": [0, 1]}, {\"pg_name\": \"1\", \"ranks\": [1, 5]}]\"]",
         "1",
         5,
         {2, 4},
         NULL},
        {"[\"[{\\\"pg_name\\\": \\\"7\\\", \\\"ranks\\\": [4, 5]}]\"]", "7", 4, {2, 1}, NULL},
        {"nothing of the kind", "a", 0, {0, 0}, "'a' is not told"},
        {"[{\"pg_name\": \"a\", \"ranks\": [0, 1]}]", "b", 0, {0, 0}, "'b' is not told"},
        {"[{\"pg_name\": \"a\", \"ranks\": [0, 8]}]", "a", 0, {0, 0}, "has rank 8 and there are 8 chips"},
        {"[{\"pg_name\": \"a\", \"ranks\": [0, 1]}]", "a", 2, {0, 0}, "does not hold its own rank, 2"},
        {"[{\"pg_name\": \"a\", \"ranks\": [0, 1, 3]}]", "a", 0, {0, 0}, "evenly apart"},
        {"[{\"pg_name\": \"a\", \"ranks\": [1, 2]}]", "a", 1, {0, 0}, "not one of a layout's"},
        {"[{\"pg_name\": \"a\", \"ranks\": [0, 1, 2]}]", "a", 1, {0, 0}, "not one of a layout's"},
        {"[{\"pg_name\": \"a\", \"ranks\": [0, 0]}]", "a", 0, {0, 0}, "not one of a layout's"},
        {"[{\"pg_name\": \"a\", \"ranks\": [0, -1]}]", "a", 0, {0, 0}, "no whole number"},
        {"[{\"pg_name\": \"a\", \"ranks\": [0, 1}]", "a", 0, {0, 0}, "cannot be read as JSON"},
        {"[{\"pg_name\": 3, \"ranks\": [0, 1]}]", "a", 0, {0, 0}, "without pg_name"},
};

static void groups_are_found(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		struct fs_process_groups *groups = fs_process_groups_create();
		struct fs_group group = {0, 0};
		struct fs_error error;
		int status = fs_process_groups_add(groups, rows[i].text, &error);
		if (!status)
			status =
			        fs_process_groups_find(groups, rows[i].name, 8, rows[i].chip, &group, &error);
		if (status && !(rows[i].why && strstr(error.text, rows[i].why)))
			fail_msg("row %d: %s", (int)i, error.text);
		if (!status) {
			assert_null(rows[i].why);
			assert_int_equal(group.size, rows[i].group.size);
			assert_int_equal(group.stride, rows[i].group.stride);
		}
		fs_process_groups_destroy(groups);
	}
}

static void what_is_told_is_found(void **state)
{
	(void)state;
	struct fs_process_groups *groups = fs_process_groups_create();
	struct fs_group told = {4, 16}, found;
	struct fs_error error;
	char *text = fs_process_groups_text("x", told, 70);
	assert_string_equal(text, "[\"[{\"pg_name\": \"x\", \"ranks\": [70, 86, 102, 118]}]\"]");
	assert_int_equal(fs_process_groups_add(groups, text, &error), 0);
	assert_int_equal(fs_process_groups_find(groups, "x", 128, 86, &found, &error), 0);
	assert_int_equal(found.size, 4);
	assert_int_equal(found.stride, 16);
	free(text);
	fs_process_groups_destroy(groups);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	        cmocka_unit_test(groups_are_found),
	        cmocka_unit_test(what_is_told_is_found),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
