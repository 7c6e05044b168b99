#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "engine/processes.h"

enum { PATIENCE_S = 60 }; /* with a test that failed */

/* Until it is killed. */
static void idle(void)
{
	alarm(PATIENCE_S);
	while (true)
		pause();
}

/* A child that does nothing. */
static pid_t start_idle(void)
{
	pid_t child = fork();
	if (child == 0)
		idle();
	return child;
}

static void end(pid_t child)
{
	assert_int_equal(kill(child, SIGKILL), 0);
	assert_int_equal(waitpid(child, NULL, 0), child);
}

/* A child that is asked at once, then stays. */
static pid_t start_asked(pid_t (*ask)(void), pid_t *answer)
{
	int ends[2];
	assert_int_equal(pipe(ends), 0);
	pid_t child = fork();
	if (child == 0) {
		pid_t found = ask();
		if (write(ends[1], &found, sizeof found) != sizeof found)
			_exit(1);
		idle();
	}
	assert_int_equal(read(ends[0], answer, sizeof *answer), sizeof *answer);
	close(ends[0]);
	close(ends[1]);
	return child;
}

static pid_t next_of_mine(void)
{
	return fs_process_next_sibling(getppid());
}

/* Process ids rise, but for the one time in millions when they start anew. */
static void siblings_are_a_ring(void **state)
{
	(void)state;
	pid_t next;
	pid_t first = start_asked(next_of_mine, &next);
	assert_int_equal(next, 0); /* an only child */
	pid_t second = start_idle();
	pid_t third = start_asked(next_of_mine, &next);
	if (first < second && second < third)
		assert_int_equal(next, first);
	else
		assert_true(next == first || next == second);
	end(first);
	end(second);
	end(third);
}

static void stopped_until_it_goes_on(void **state)
{
	(void)state;
	pid_t child = start_idle();
	assert_false(fs_process_is_stopped(child));
	kill(child, SIGSTOP);
	assert_int_equal(waitpid(child, NULL, WUNTRACED), child);
	assert_true(fs_process_is_stopped(child));
	kill(child, SIGCONT);
	assert_int_equal(waitpid(child, NULL, WCONTINUED), child);
	assert_false(fs_process_is_stopped(child));
	end(child);
	assert_false(fs_process_is_stopped(child)); /* there is none any more */
}

static void the_rank_is_the_launchers(void **state)
{
	(void)state;
	static char *const environments[][4] = {
	        {"A=1", "OMPI_COMM_WORLD_RANK=17", "PMIX_RANK=4", NULL},
	        {"PMIX_RANK=4", "B=PMI_RANK=5", NULL},
	        {"NOT_PMIX_RANK=4", NULL},
	};
	static const char *const ranks[] = {"17", "4", ""};
	for (size_t i = 0; i < sizeof ranks / sizeof *ranks; i++) {
		int ends[2];
		char nothing;
		assert_int_equal(pipe(ends), 0);
		fcntl(ends[1], F_SETFD, FD_CLOEXEC);
		pid_t child = fork();
		if (child == 0) {
			alarm(PATIENCE_S);
			execve("/bin/sleep", (char *[]){"sleep", "60", NULL}, environments[i]);
			_exit(1);
		}
		close(ends[1]);
		assert_int_equal(read(ends[0], &nothing, 1), 0); /* it is another program now */
		close(ends[0]);
		/* Its environment is there a moment later. */
		for (int tries = 1000; strcmp(fs_process_rank(child), ranks[i]) != 0 && tries > 0; tries--)
			usleep(1000);
		assert_string_equal(fs_process_rank(child), ranks[i]);
		end(child);
	}
}

static pid_t is_of_first_thread(void)
{
	return fs_process_is_of_first_thread();
}

static void *start_from_a_thread(void *answer)
{
	return (void *)(intptr_t)start_asked(is_of_first_thread, answer);
}

static void which_thread_made_it(void **state)
{
	(void)state;
	pid_t answer;
	end(start_asked(is_of_first_thread, &answer));
	assert_true(answer);
	pthread_t thread;
	void *child;
	pthread_create(&thread, NULL, start_from_a_thread, &answer);
	pthread_join(thread, &child);
	assert_false(answer);
	end((pid_t)(intptr_t)child);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	        cmocka_unit_test(siblings_are_a_ring),
	        cmocka_unit_test(stopped_until_it_goes_on),
	        cmocka_unit_test(the_rank_is_the_launchers),
	        cmocka_unit_test(which_thread_made_it),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
