/* Who may be at work in a sweep's folder at the same time. */

#include "base/error.h"
#include "command/claim.h"

#include <limits.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

static char folder[] = "/tmp/farscale-test-XXXXXX";

static int make_folder(void **state)
{
	(void)state;
	return mkdtemp(folder) ? 0 : -1;
}

static int remove_folder(void **state)
{
	(void)state;
	char path[PATH_MAX];
	snprintf(path, sizeof path, "%s/.lock", folder);
	return unlink(path) || rmdir(folder);
}

/* A process that claims a share and holds it until it is killed; `got` tells whether it did. */
static pid_t hold(struct fs_share share, bool *got)
{
	int answer[2];
	assert_int_equal(pipe(answer), 0);
	pid_t child = fork();
	if (child == 0) {
		struct fs_error error;
		char yes = fs_claim(folder, share, 0.2, &error) == 0;
		if (write(answer[1], &yes, 1) != 1)
			_exit(1);
		while (yes)
			pause();
		_exit(0);
	}
	char yes;
	assert_int_equal(read(answer[0], &yes, 1), 1);
	close(answer[0]);
	close(answer[1]);
	*got = yes;
	return child;
}

static void end(pid_t child)
{
	kill(child, SIGKILL);
	waitpid(child, NULL, 0);
}

static void who_goes_with_whom(void **state)
{
	(void)state;
	static const struct {
		struct fs_share first, second;
		bool together;
	} cases[] = {
	        {{1, 4}, {2, 4}, true},  {{1, 4}, {4, 4}, true},      {{9999, 10000}, {10000, 10000}, true},
	        {{2, 4}, {2, 4}, false}, /* the same */
	        {{1, 1}, {1, 1}, false}, /* all of it */
	        {{1, 4}, {1, 1}, false}, /* a share and all of it, */
	        {{1, 1}, {3, 4}, false}, /* whoever comes first */
	        {{2, 4}, {3, 5}, false}, /* cut otherwise */
	        {{1, 5}, {4, 4}, false}, {{1, 10000}, {1, 1}, false},
	};
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		bool first, second;
		pid_t one = hold(cases[i].first, &first);
		assert_true(first);
		pid_t other = hold(cases[i].second, &second);
		assert_int_equal(second, cases[i].together);
		end(one);
		end(other);
	}
}

/* One that is killed has given its claim back, and one that was refused has taken none. */
static void nothing_is_left(void **state)
{
	(void)state;
	bool got;
	pid_t one = hold((struct fs_share){1, 2}, &got);
	assert_true(got);
	pid_t other = hold((struct fs_share){1, 3}, &got);
	assert_false(got);
	end(other);
	end(one);
	one = hold((struct fs_share){1, 1}, &got);
	assert_true(got);
	end(one);
}

static void an_error_names_the_folder(void **state)
{
	(void)state;
	struct fs_error error;
	assert_int_equal(fs_claim("/proc/none", (struct fs_share){1, 1}, 0.2, &error), -1);
	assert_non_null(strstr(error.text, "cannot write /proc/none/.lock: "));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	        cmocka_unit_test(who_goes_with_whom),
	        cmocka_unit_test(nothing_is_left),
	        cmocka_unit_test(an_error_names_the_folder),
	};
	return cmocka_run_group_tests(tests, make_folder, remove_folder);
}
