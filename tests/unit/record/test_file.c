/* The records file: whole lines only, whoever is killed, however full the disk. */

#include "base/error.h"
#include "record/record.h"

#include <fcntl.h>
#include <limits.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

/* Every test has a directory of its own, and works in it. */
static int enter_directory(void **state)
{
	char name[] = "/tmp/farscale-test-XXXXXX";
	if (!mkdtemp(name) || chdir(name))
		return -1;
	*state = strdup(name);
	return 0;
}

static int leave_directory(void **state)
{
	static const char *const files[] = {"records.jsonl", "records.jsonl.torn", "full.jsonl"};
	for (size_t i = 0; i < sizeof files / sizeof *files; i++)
		unlink(files[i]);
	int result = chdir("/") || rmdir(*state);
	free(*state);
	return result;
}

static void write_file(const char *path, const char *text, size_t length)
{
	FILE *file = fopen(path, "w");
	assert_int_equal(fwrite(text, 1, length, file), length);
	assert_int_equal(fclose(file), 0);
}

/* The file's text, or "" if there is none; free it. */
static char *read_file(const char *path)
{
	char *text = calloc(1, 1 << 20);
	FILE *file = fopen(path, "r");
	if (file) {
		assert_true(fread(text, 1, (1 << 20) - 1, file) < (1 << 20) - 1);
		fclose(file);
	}
	return text;
}

static void expect_file(const char *path, const char *expected)
{
	char *text = read_file(path);
	assert_string_equal(text, expected);
	free(text);
}

static int append(const char *path, int number, struct fs_error *error)
{
	json_t *object = json_pack("{s:i,s:s}", "number", number, "text", "one\ntwo");
	int result = fs_records_append(path, object, error);
	json_decref(object);
	return result;
}

static const char first[] = "{\"number\": 1, \"text\": \"one\\ntwo\"}\n";
static const char second[] = "{\"number\": 2, \"text\": \"one\\ntwo\"}\n";

static void records_come_back_in_order(void **state)
{
	(void)state;
	struct fs_error error;
	json_t *objects;
	bool torn;
	for (int i = 0; i < 3; i++)
		assert_int_equal(append("records.jsonl", i, &error), 0);
	assert_int_equal(fs_records_read("records.jsonl", &objects, &torn, &error), 0);
	assert_false(torn);
	assert_int_equal(json_array_size(objects), 3);
	for (int i = 0; i < 3; i++)
		assert_int_equal(
		        json_integer_value(json_object_get(json_array_get(objects, (size_t)i), "number")), i);
	json_decref(objects);
}

static void a_missing_file_has_no_records(void **state)
{
	(void)state;
	struct fs_error error;
	json_t *objects;
	bool torn;
	assert_int_equal(fs_records_read("records.jsonl", &objects, &torn, &error), 0);
	assert_int_equal(json_array_size(objects), 0);
	assert_false(torn);
	assert_int_equal(access("records.jsonl", F_OK), -1);
	json_decref(objects);
}

/* The second line is cut at every byte: nothing of it, its first byte, ... all but the newline. */
static void write_torn(size_t kept)
{
	char text[256];
	snprintf(text, sizeof text, "%s%.*s", first, (int)kept, second);
	write_file("records.jsonl", text, strlen(text));
	unlink("records.jsonl.torn");
}

static void expect_set_aside(size_t kept)
{
	char expected[256] = "";
	if (kept)
		snprintf(expected, sizeof expected, "%.*s\n", (int)kept, second);
	expect_file("records.jsonl.torn", expected);
}

static void reading_sets_a_torn_line_aside(void **state)
{
	(void)state;
	for (size_t kept = 0; kept < strlen(second); kept++) {
		struct fs_error error;
		json_t *objects;
		bool torn;
		write_torn(kept);
		assert_int_equal(fs_records_read("records.jsonl", &objects, &torn, &error), 0);
		assert_int_equal(torn, kept > 0);
		assert_int_equal(json_array_size(objects), 1);
		expect_file("records.jsonl", first);
		expect_set_aside(kept);
		json_decref(objects);
	}
}

static void appending_sets_a_torn_line_aside(void **state)
{
	(void)state;
	char expected[256];
	snprintf(expected, sizeof expected, "%s%s", first, second);
	for (size_t kept = 0; kept < strlen(second); kept++) {
		struct fs_error error;
		write_torn(kept);
		assert_int_equal(append("records.jsonl", 2, &error), 0);
		expect_file("records.jsonl", expected);
		expect_set_aside(kept);
	}
}

static void torn_lines_gather(void **state)
{
	(void)state;
	struct fs_error error;
	for (int i = 0; i < 2; i++) {
		write_file("records.jsonl", "{\"torn", 6);
		assert_int_equal(append("records.jsonl", 1, &error), 0);
	}
	expect_file("records.jsonl", first);
	expect_file("records.jsonl.torn", "{\"torn\n{\"torn\n");
}

/* Longer than the blocks in which the last newline is looked for. */
static void a_long_torn_line_is_set_aside_whole(void **state)
{
	(void)state;
	enum { LONG = 10000 };
	static char text[sizeof first - 1 + LONG], expected[LONG + 2];
	struct fs_error error;
	memcpy(text, first, sizeof first - 1);
	memset(text + sizeof first - 1, 'x', LONG);
	memset(expected, 'x', LONG);
	expected[LONG] = '\n';
	write_file("records.jsonl", text, sizeof text);
	assert_int_equal(append("records.jsonl", 1, &error), 0);
	expect_file("records.jsonl.torn", expected);
	char *records = read_file("records.jsonl");
	assert_int_equal(strlen(records), 2 * strlen(first));
	free(records);
}

static void broken_lines_are_named(void **state)
{
	(void)state;
	static const struct {
		const char *text, *expected;
	} rows[] = {
	        {"{}\nnonsense\n{}\n", "records.jsonl:2: "},
	        {"{}\n{}\n[1]\n", "records.jsonl:3: not a JSON object"},
	        {"\n{}\n", "records.jsonl:1: "},
	        {"{\"a\": 1, \"a\": 2}\n", "records.jsonl:1: duplicate object key"},
	        {"{\"a\": \"\xff\"}\n", "records.jsonl:1: "},
	        {"{} {}\n", "records.jsonl:1: end of file expected"},
	};
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		struct fs_error error;
		json_t *objects;
		bool torn;
		write_file("records.jsonl", rows[i].text, strlen(rows[i].text));
		assert_int_equal(fs_records_read("records.jsonl", &objects, &torn, &error), -1);
		assert_memory_equal(error.text, rows[i].expected, strlen(rows[i].expected));
		expect_file("records.jsonl", rows[i].text);
	}
}

static void run_records_are_checked_line_by_line(void **state)
{
	(void)state;
	struct fs_run_record record = {.system = "a", .chips = 3}, *records;
	struct fs_error error;
	int count;
	bool torn;
	json_t *object = fs_run_record_to_json(&record);
	assert_int_equal(fs_records_append("records.jsonl", object, &error), 0);
	assert_int_equal(fs_run_records_read("records.jsonl", &records, &count, &torn, &error), 0);
	assert_int_equal(count, 1);
	assert_memory_equal(records, &record, sizeof record);
	free(records);
	json_object_del(object, "mfu");
	assert_int_equal(fs_records_append("records.jsonl", object, &error), 0);
	assert_int_equal(fs_run_records_read("records.jsonl", &records, &count, &torn, &error), -1);
	assert_string_equal(error.text, "records.jsonl:2: 'mfu' is missing");
	json_decref(object);
}

/* A process that is stopped while it has the lock: who waits for it says so in the end. */
static void who_holds_the_lock_for_too_long_is_named(void **state)
{
	(void)state;
	struct fs_error error;
	json_t *objects;
	bool torn;
	char expected[96], ready;
	int tell[2];
	assert_int_equal(append("records.jsonl", 1, &error), 0);
	assert_int_equal(pipe(tell), 0);
	pid_t holder = fork();
	if (holder == 0) {
		struct flock whole_file = {.l_type = F_WRLCK, .l_whence = SEEK_SET};
		int fd = open("records.jsonl", O_RDWR);
		if (fcntl(fd, F_SETLK, &whole_file) == 0 && write(tell[1], "!", 1) == 1)
			raise(SIGSTOP);
		_exit(0);
	}
	assert_int_equal(read(tell[0], &ready, 1), 1);
	setenv("FARSCALE_PATIENCE", "1", 1);
	snprintf(expected, sizeof expected, "cannot lock records.jsonl: process %d has held it for 1 s",
	         (int)holder);
	assert_int_equal(fs_records_read("records.jsonl", &objects, &torn, &error), -1);
	assert_string_equal(error.text, expected);
	assert_int_equal(append("records.jsonl", 2, &error), -1);
	assert_string_equal(error.text, expected);
	kill(holder, SIGCONT);
	assert_int_equal(append("records.jsonl", 2, &error), 0); /* waits until it has gone */
	assert_true(waitpid(holder, NULL, 0) == holder);
	unsetenv("FARSCALE_PATIENCE");
	char both[sizeof first + sizeof second];
	snprintf(both, sizeof both, "%s%s", first, second);
	expect_file("records.jsonl", both);
	close(tell[0]);
	close(tell[1]);
}

/* Eight writers, and each is also a healer of what it takes for torn. */
static void writers_do_not_get_into_each_others_way(void **state)
{
	(void)state;
	enum { WRITERS = 8, EACH = 50 };
	struct fs_error error;
	json_t *objects;
	bool torn, seen[WRITERS * EACH] = {0};
	for (int writer = 0; writer < WRITERS; writer++)
		if (fork() == 0) {
			for (int i = 0; i < EACH; i++)
				if (append("records.jsonl", writer * EACH + i, &error))
					_exit(1);
			_exit(0);
		}
	for (int writer = 0; writer < WRITERS; writer++) {
		int status;
		assert_true(wait(&status) > 0);
		assert_int_equal(status, 0);
	}
	assert_int_equal(fs_records_read("records.jsonl", &objects, &torn, &error), 0);
	assert_int_equal(json_array_size(objects), WRITERS * EACH);
	for (size_t i = 0; i < WRITERS * EACH; i++) {
		json_int_t number = json_integer_value(json_object_get(json_array_get(objects, i), "number"));
		assert_false(seen[number]);
		seen[number] = true;
	}
	assert_int_equal(access("records.jsonl.torn", F_OK), -1);
	json_decref(objects);
}

/* The limit lets part of the second line through, as a disk does that fills up: at every byte of it. */
static void a_line_that_does_not_fit_is_cut_off_again(void **state)
{
	(void)state;
	struct rlimit before;
	struct fs_error error;
	signal(SIGXFSZ, SIG_IGN);
	getrlimit(RLIMIT_FSIZE, &before);
	assert_int_equal(append("records.jsonl", 1, &error), 0);
	for (size_t fits = 0; fits < strlen(second); fits++) {
		struct rlimit limit = {.rlim_cur = strlen(first) + fits, .rlim_max = before.rlim_max};
		assert_int_equal(setrlimit(RLIMIT_FSIZE, &limit), 0);
		int result = append("records.jsonl", 2, &error);
		assert_int_equal(setrlimit(RLIMIT_FSIZE, &before), 0);
		assert_int_equal(result, -1);
		assert_string_equal(error.text, fits ? "cannot write records.jsonl: no space for a whole line"
		                                     : "cannot write records.jsonl: File too large");
		expect_file("records.jsonl", first);
	}
	assert_int_equal(append("records.jsonl", 2, &error), 0);
}

static void a_full_disk_is_an_error(void **state)
{
	(void)state;
	struct fs_error error;
	assert_int_equal(symlink("/dev/full", "full.jsonl"), 0);
	assert_int_equal(append("full.jsonl", 1, &error), -1);
	assert_string_equal(error.text, "cannot write full.jsonl: No space left on device");
}

static void places_that_cannot_be_written_are_named(void **state)
{
	(void)state;
	static const struct {
		const char *path, *expected;
	} rows[] = {
	        {".", "cannot open . for writing: Is a directory"},
	        {"no/such/records.jsonl",
	         "cannot open no/such/records.jsonl for writing: No such file or directory"},
	        {"/proc/records.jsonl", "cannot open /proc/records.jsonl for writing: "},
	};
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		struct fs_error error;
		assert_int_equal(append(rows[i].path, 1, &error), -1);
		assert_memory_equal(error.text, rows[i].expected, strlen(rows[i].expected));
	}
}

static void places_that_cannot_be_read_are_named(void **state)
{
	(void)state;
	static const char *const paths[] = {".", "/dev/null", "/dev/zero"};
	for (size_t i = 0; i < sizeof paths / sizeof *paths; i++) {
		struct fs_error error;
		json_t *objects;
		bool torn;
		assert_int_equal(fs_records_read(paths[i], &objects, &torn, &error), -1);
		assert_non_null(strstr(error.text, paths[i]));
	}
}

/* As a user who owns nothing here; root may write everywhere, so it steps down in a child. */
static void a_reader_without_rights_passes_over_a_torn_line(void **state)
{
	(void)state;
	write_torn(5);
	assert_int_equal(chmod("records.jsonl", 0444), 0);
	assert_int_equal(chmod(".", 0555), 0);
	pid_t child = fork();
	if (child == 0) {
		struct fs_error error;
		json_t *objects;
		bool torn;
		if (geteuid() == 0 && seteuid(65534))
			_exit(2);
		if (append("records.jsonl", 2, &error) == 0 || !strstr(error.text, "Permission denied"))
			_exit(3);
		if (append("new.jsonl", 2, &error) == 0 || !strstr(error.text, "Permission denied"))
			_exit(4);
		if (fs_records_read("records.jsonl", &objects, &torn, &error) || !torn ||
		    json_array_size(objects) != 1)
			_exit(5);
		_exit(0);
	}
	int status;
	assert_int_equal(waitpid(child, &status, 0), child);
	assert_int_equal(chmod(".", 0755), 0);
	assert_int_equal(WEXITSTATUS(status), 0);
	char expected[256];
	snprintf(expected, sizeof expected, "%s%.5s", first, second);
	expect_file("records.jsonl", expected);
	assert_int_equal(access("records.jsonl.torn", F_OK), -1);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, enter_directory, leave_directory)

int main(void)
{
	const struct CMUnitTest tests[] = {
	        TEST(records_come_back_in_order),
	        TEST(a_missing_file_has_no_records),
	        TEST(reading_sets_a_torn_line_aside),
	        TEST(appending_sets_a_torn_line_aside),
	        TEST(torn_lines_gather),
	        TEST(a_long_torn_line_is_set_aside_whole),
	        TEST(broken_lines_are_named),
	        TEST(run_records_are_checked_line_by_line),
	        TEST(who_holds_the_lock_for_too_long_is_named),
	        TEST(writers_do_not_get_into_each_others_way),
	        TEST(a_line_that_does_not_fit_is_cut_off_again),
	        TEST(a_full_disk_is_an_error),
	        TEST(places_that_cannot_be_written_are_named),
	        TEST(places_that_cannot_be_read_are_named),
	        TEST(a_reader_without_rights_passes_over_a_torn_line),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
