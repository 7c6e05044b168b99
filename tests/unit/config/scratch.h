#ifndef FARSCALE_TESTS_SCRATCH_H
#define FARSCALE_TESTS_SCRATCH_H

/* A folder of its own for a test, and texts with replacements. */

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

struct scratch {
	char folder[64];
};

static inline void scratch_create(struct scratch *scratch)
{
	strcpy(scratch->folder, "/tmp/farscale-test-XXXXXX");
	assert_non_null(mkdtemp(scratch->folder));
}

static inline void scratch_destroy(const struct scratch *scratch)
{
	char command[128];
	snprintf(command, sizeof command, "rm -rf '%s'", scratch->folder);
	assert_int_equal(system(command), 0);
}

/* For tests that have one each: cmocka_unit_test_setup_teardown(test, scratch_set_up, scratch_tear_down);
 * their state is the scratch. */
static inline int scratch_set_up(void **state)
{
	static struct scratch scratch;
	scratch_create(&scratch);
	*state = &scratch;
	return 0;
}

static inline int scratch_tear_down(void **state)
{
	scratch_destroy(*state);
	return 0;
}

/* Writes `text` to folder/name, making one folder on the way if need be; returns the path in a static buffer.
 */
static inline const char *scratch_write(const struct scratch *scratch, const char *name, const char *text)
{
	static char path[256];
	char *slash;
	snprintf(path, sizeof path, "%s/%s", scratch->folder, name);
	slash = strrchr(path, '/');
	*slash = 0;
	mkdir(path, 0700);
	*slash = '/';
	FILE *file = fopen(path, "w");
	assert_non_null(file);
	assert_true(fputs(text, file) >= 0);
	assert_int_equal(fclose(file), 0);
	return path;
}

/* `text` with the first `from` replaced by `to`, which must occur; the caller frees it. */
static inline char *replaced(const char *text, const char *from, const char *to)
{
	const char *place = strstr(text, from);
	if (!place)
		fail_msg("the text has no '%s'", from);
	char *result = malloc(strlen(text) + strlen(to) + 1);
	sprintf(result, "%.*s%s%s", (int)(place - text), text, to, place + strlen(from));
	return result;
}

/* The error must be `path:line:column: ` and then hold `part`. */
static inline void assert_error(const char *text, const char *path, const char *place, const char *part)
{
	char start[640];
	snprintf(start, sizeof start, "%s:%s: ", path, place);
	if (strncmp(text, start, strlen(start)) != 0 || !strstr(text + strlen(start), part))
		fail_msg("\n  expected: %s ... %s ...\n  got:      %s", start, part, text);
	assert_null(strchr(text, '\n'));
}

#endif
