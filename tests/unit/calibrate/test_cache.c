#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <signal.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>

#include "base/error.h"
#include "calibrate/cache.h"
#include "unit/calibrate/example.h"

static int set_up(void **state)
{
	*state = (void *)use_fresh_cache();
	return 0;
}

static int tear_down(void **state)
{
	remove_cache(*state);
	return 0;
}

static struct fs_cache open_cache(const char *key)
{
	struct fs_cache cache;
	struct fs_error error;
	if (fs_cache_open(key, &cache, &error))
		fail_msg("%s", error.text);
	return cache;
}

static void stored_is_loaded(void **state)
{
	(void)state;
	struct fs_calibration example = example_calibration(), loaded;
	struct fs_cache cache = open_cache(example.host.key);
	struct fs_error error;
	assert_int_equal(fs_cache_load(&cache, example.host.key, NULL, &loaded, &error), -1);
	assert_int_equal(fs_cache_store(&cache, &example, &error), 0);
	assert_int_equal(fs_cache_load(&cache, example.host.key, NULL, &loaded, &error), 0);
	assert_string_equal(loaded.host.cpu, example.host.cpu);
	assert_true(loaded.memory_copy_Bps == example.memory_copy_Bps);
}

static void old_ones_and_others_are_not(void **state)
{
	(void)state;
	struct fs_calibration example = example_calibration(), loaded;
	struct fs_cache cache = open_cache(example.host.key);
	struct fs_error error;
	assert_int_equal(fs_cache_store(&cache, &example, &error), 0);
	struct fs_cache_version old = fs_cache_version(&cache);
	assert_int_equal(fs_cache_load(&cache, example.host.key, &old, &loaded, &error), -1);
	assert_non_null(strstr(error.text, "the old one"));
	assert_int_equal(fs_cache_store(&cache, &example, &error), 0);
	assert_int_equal(fs_cache_load(&cache, example.host.key, &old, &loaded, &error), 0);
	assert_int_equal(fs_cache_load(&cache, "0123456789abcdef", NULL, &loaded, &error), -1);
	assert_non_null(strstr(error.text, "another host"));
}

/* Before there is one, any is new. */
static void none_is_a_version_too(void **state)
{
	(void)state;
	struct fs_calibration example = example_calibration(), loaded;
	struct fs_cache cache = open_cache(example.host.key);
	struct fs_cache_version none = fs_cache_version(&cache);
	struct fs_error error;
	assert_int_equal(none.inode, 0);
	assert_int_equal(fs_cache_store(&cache, &example, &error), 0);
	assert_int_equal(fs_cache_load(&cache, example.host.key, &none, &loaded, &error), 0);
}

static void write_file(const char *path, const char *text, size_t length)
{
	FILE *file = fopen(path, "w");
	assert_non_null(file);
	assert_int_equal(fwrite(text, 1, length, file), length);
	assert_int_equal(fclose(file), 0);
}

static void broken_files_are_refused(void **state)
{
	(void)state;
	static const struct {
		const char *name, *text;
		size_t repeat;
	} table[] = {
	        {"empty", "", 1},
	        {"no JSON", "hello", 1},
	        {"torn", "{\"schema\": 1, \"date\": \"20", 1},
	        {"another document", "{}", 1},
	        {"an array", "[1, 2, 3]", 1},
	        {"a number", "1", 1},
	        {"two documents", "{}{}", 1},
	        {"twice the same key", "{\"schema\": 1, \"schema\": 1}", 1},
	        {"invalid UTF-8", "{\"date\": \"\xff\xfe\"}", 1},
	        {"huge number", "{\"schema\": 1e999}", 1},
	        {"deep nesting", "[", 60000},
	        {"too large", "                ", 100000},
	};
	struct fs_calibration example = example_calibration(), loaded = {.cores_tried = 77};
	struct fs_cache cache = open_cache(example.host.key);
	for (size_t i = 0; i < sizeof table / sizeof *table; i++) {
		struct fs_error error = {""};
		size_t length = strlen(table[i].text);
		char *text = fs_allocate(length * table[i].repeat + 1);
		for (size_t j = 0; j < table[i].repeat; j++)
			memcpy(text + j * length, table[i].text, length);
		write_file(cache.file, text, length * table[i].repeat);
		free(text);
		if (fs_cache_load(&cache, example.host.key, NULL, &loaded, &error) != -1)
			fail_msg("%s: taken", table[i].name);
		if (!strstr(error.text, cache.file))
			fail_msg("%s: '%s' does not name the file", table[i].name, error.text);
		assert_int_equal(loaded.cores_tried, 77);
	}
}

/* Every proper prefix of a good file: what a full disk or a dying machine may leave. */
static void torn_files_are_refused(void **state)
{
	(void)state;
	struct fs_calibration example = example_calibration(), loaded;
	struct fs_cache cache = open_cache(example.host.key);
	struct fs_error error;
	char text[8192];
	assert_int_equal(fs_cache_store(&cache, &example, &error), 0);
	FILE *file = fopen(cache.file, "r");
	size_t length = fread(text, 1, sizeof text, file);
	fclose(file);
	assert_true(length > 1000 && length < sizeof text);
	for (size_t part = 0; part < length; part += 7) {
		write_file(cache.file, text, part);
		if (fs_cache_load(&cache, example.host.key, NULL, &loaded, &error) != -1)
			fail_msg("%zu of %zu bytes are taken", part, length);
	}
	write_file(cache.file, text, length);
	assert_int_equal(fs_cache_load(&cache, example.host.key, NULL, &loaded, &error), 0);
}

static void what_is_no_file_is_refused(void **state)
{
	(void)state;
	struct fs_calibration example = example_calibration(), loaded;
	struct fs_cache cache = open_cache(example.host.key);
	struct fs_error error;
	assert_int_equal(mkfifo(cache.file, 0600), 0);
	assert_int_equal(fs_cache_load(&cache, example.host.key, NULL, &loaded, &error), -1);
	assert_int_equal(unlink(cache.file), 0);
	assert_int_equal(mkdir(cache.file, 0700), 0);
	assert_int_equal(fs_cache_load(&cache, example.host.key, NULL, &loaded, &error), -1);
	assert_int_equal(fs_cache_store(&cache, &example, &error), -1);
	assert_non_null(strstr(error.text, cache.file));
}

static void finds_its_folder(void **state)
{
	const char *fresh = *state;
	char below[128], in_xdg[256], in_home[256];
	snprintf(below, sizeof below, "%s/some/new/folder", fresh);
	snprintf(in_xdg, sizeof in_xdg, "%s/farscale/host-0123456789abcdef.json", below);
	snprintf(in_home, sizeof in_home, "%s/.cache/farscale/host-0123456789abcdef.json", fresh);
	const struct {
		const char *xdg, *home, *expected; /* NULL: cannot be */
	} table[] = {
	        {below, fresh, in_xdg},
	        {below, NULL, in_xdg},
	        {NULL, fresh, in_home},
	        {"", fresh, in_home},
	        {"relative/path", fresh, in_home},
	        {NULL, NULL, NULL},
	        {NULL, "relative", NULL},
	        {NULL, "/no/such/home", NULL},
	        {"/proc/no/such", fresh, NULL},
	};
	for (size_t i = 0; i < sizeof table / sizeof *table; i++) {
		struct fs_cache cache;
		struct fs_error error;
		unsetenv("XDG_CACHE_HOME");
		unsetenv("HOME");
		if (table[i].xdg)
			setenv("XDG_CACHE_HOME", table[i].xdg, 1);
		if (table[i].home)
			setenv("HOME", table[i].home, 1);
		int result = fs_cache_open("0123456789abcdef", &cache, &error);
		if (result != (table[i].expected ? 0 : -1))
			fail_msg("row %zu: %d", i, result);
		if (table[i].expected)
			assert_string_equal(cache.file, table[i].expected);
	}
}

/* A lock is waited for, but not for ever; and it does not outlive its process. */
static void locks_end(void **state)
{
	(void)state;
	struct fs_cache cache = open_cache("0123456789abcdef");
	struct fs_error error;
	int ready[2], lock;
	char byte;
	assert_int_equal(pipe(ready), 0);
	pid_t holder = fork();
	if (holder == 0) {
		bool held = fs_cache_lock(&cache, 1, &error) >= 0;
		if (write(ready[1], held ? "y" : "n", 1) == 1)
			pause();
		_exit(0);
	}
	assert_int_equal(read(ready[0], &byte, 1), 1);
	assert_int_equal(byte, 'y');
	assert_int_equal(fs_cache_lock(&cache, 0.1, &error), -1);
	assert_non_null(strstr(error.text, "taken for too long"));

	assert_int_equal(kill(holder, SIGKILL), 0);
	lock = fs_cache_lock(&cache, 10, &error);
	assert_true(lock >= 0);
	fs_cache_unlock(lock);
	assert_int_equal(waitpid(holder, NULL, 0), holder);
	close(ready[0]);
	close(ready[1]);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	        cmocka_unit_test_setup_teardown(stored_is_loaded, set_up, tear_down),
	        cmocka_unit_test_setup_teardown(old_ones_and_others_are_not, set_up, tear_down),
	        cmocka_unit_test_setup_teardown(none_is_a_version_too, set_up, tear_down),
	        cmocka_unit_test_setup_teardown(broken_files_are_refused, set_up, tear_down),
	        cmocka_unit_test_setup_teardown(torn_files_are_refused, set_up, tear_down),
	        cmocka_unit_test_setup_teardown(what_is_no_file_is_refused, set_up, tear_down),
	        cmocka_unit_test_setup_teardown(finds_its_folder, set_up, tear_down),
	        cmocka_unit_test_setup_teardown(locks_end, set_up, tear_down),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
