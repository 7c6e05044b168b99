/* A file is there whole or as it was, whatever happens while it is written. */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/error.h"
#include "base/whole_file.h"

#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

static char folder[] = "/tmp/whole_file.XXXXXX";

static int set_up(void **state)
{
	(void)state;
	strcpy(folder + sizeof folder - 7, "XXXXXX");
	return !mkdtemp(folder) || chdir(folder);
}

static int tear_down(void **state)
{
	(void)state;
	static const char *const names[] = {"file", "file.part", "link"};
	for (int i = 0; i < 3; i++)
		unlink(names[i]);
	return chdir("/") || rmdir(folder);
}

static void put(const char *path, const char *text)
{
	FILE *file = fopen(path, "w");
	assert_non_null(file);
	fputs(text, file);
	fclose(file);
}

static void expect_text(const char *path, const char *text)
{
	char read[64] = "";
	FILE *file = fopen(path, "r");
	assert_non_null(file);
	read[fread(read, 1, sizeof read - 1, file)] = 0;
	fclose(file);
	assert_string_equal(read, text);
}

/* Writes `text`; the old file must stay until the end. */
static int write_text(const char *path, const char *old, const char *text, struct fs_error *error)
{
	struct fs_whole_file file;
	if (fs_whole_file_begin(&file, path, error))
		return -1;
	fputs(text, file.out);
	fflush(file.out);
	if (old)
		expect_text(path, old);
	return fs_whole_file_end(&file, error);
}

static void old_stays_until_new_is_whole(void **state)
{
	(void)state;
	struct fs_error error;
	struct stat status;
	assert_int_equal(write_text("file", NULL, "first", &error), 0);
	expect_text("file", "first");
	chmod("file", 0640);
	assert_int_equal(write_text("file", "first", "second", &error), 0);
	expect_text("file", "second");
	stat("file", &status);
	assert_int_equal(status.st_mode & 0777, 0640);
	assert_int_equal(access("file.part", F_OK), -1);
}

static void dropped_is_gone(void **state)
{
	(void)state;
	struct fs_error error;
	struct fs_whole_file file;
	put("file", "old");
	assert_int_equal(fs_whole_file_begin(&file, "file", &error), 0);
	fputs("new", file.out);
	fs_whole_file_drop(&file);
	expect_text("file", "old");
	assert_int_equal(access("file.part", F_OK), -1);
}

static void what_was_left_is_used_again(void **state)
{
	(void)state;
	struct fs_error error;
	put("file.part", "a long text of one that was killed");
	assert_int_equal(write_text("file", NULL, "new", &error), 0);
	expect_text("file", "new");
	assert_int_equal(access("file.part", F_OK), -1);
}

static void links_stay_links(void **state)
{
	(void)state;
	struct fs_error error;
	struct stat status;
	put("file", "old");
	assert_int_equal(symlink("file", "link"), 0);
	assert_int_equal(write_text("link", "old", "new", &error), 0);
	expect_text("file", "new");
	assert_int_equal(lstat("link", &status), 0);
	assert_true(S_ISLNK(status.st_mode));
}

static void only_one_writes(void **state)
{
	(void)state;
	struct fs_error error;
	struct fs_whole_file first;
	assert_int_equal(fs_whole_file_begin(&first, "file", &error), 0);
	fputs("first", first.out);
	assert_int_equal(write_text("file", NULL, "second", &error), -1);
	assert_string_equal(error.text, "cannot write file: another process is writing it");
	assert_int_equal(fs_whole_file_end(&first, &error), 0);
	expect_text("file", "first");
}

static void failures_name_the_file(void **state)
{
	(void)state;
	static const struct {
		const char *path, *error;
	} table[] = {
	        {"none/file", "cannot write none/file: No such file or directory"},
	        {"/dev/full", "cannot write /dev/full: No space left on device"},
	        {".", "cannot write .: Is a directory"},
	};
	for (size_t i = 0; i < sizeof table / sizeof *table; i++) {
		struct fs_error error = {""};
		struct fs_whole_file file;
		int status = fs_whole_file_begin(&file, table[i].path, &error);
		if (!status) {
			fputs("text", file.out);
			status = fs_whole_file_end(&file, &error);
		}
		assert_int_equal(status, -1);
		assert_string_equal(error.text, table[i].error);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	        cmocka_unit_test_setup_teardown(old_stays_until_new_is_whole, set_up, tear_down),
	        cmocka_unit_test_setup_teardown(dropped_is_gone, set_up, tear_down),
	        cmocka_unit_test_setup_teardown(what_was_left_is_used_again, set_up, tear_down),
	        cmocka_unit_test_setup_teardown(links_stay_links, set_up, tear_down),
	        cmocka_unit_test_setup_teardown(only_one_writes, set_up, tear_down),
	        cmocka_unit_test_setup_teardown(failures_name_the_file, set_up, tear_down),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
