#define _GNU_SOURCE /* gethostname, pipe2 */
#include "engine/watchdog.h"

#include "base/clock.h"
#include "base/patience.h"
#include "base/speaker.h"
#include "engine/processes.h"
#include "engine/team.h"

#include <fcntl.h>
#include <math.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <unistd.h>

static const double LONGEST_LOOK_S = 1; /* from one look to the next */
enum { LINE = 512 };

/* For how long a process has been found stopped, look by look. */
struct vigil {
	double patience_s, look_s, before_s, stopped_s;
};

static struct vigil begin_vigil(double patience_s)
{
	return (struct vigil){.patience_s = patience_s,
	                      .look_s = fmin(LONGEST_LOOK_S, patience_s / 8),
	                      .before_s = fs_clock_s()};
}

/* Whether it has been stopped for too long. Much time since the last look is time in which nobody looked. */
static bool is_over(struct vigil *vigil, bool stopped)
{
	double now_s = fs_clock_s();
	vigil->stopped_s = stopped ? vigil->stopped_s + fmin(now_s - vigil->before_s, 2 * vigil->look_s) : 0;
	vigil->before_s = now_s;
	return vigil->stopped_s >= vigil->patience_s;
}

/* One write, whatever other threads are at. */
static void say(const char *line)
{
	ssize_t written = write(STDERR_FILENO, line, strlen(line));
	(void)written; /* nobody may be reading */
}

static void say_stopped(pid_t process)
{
	char line[LINE], host[64] = "";
	const char *rank = fs_process_rank(process);
	gethostname(host, sizeof host - 1);
	snprintf(line, sizeof line,
	         "farscale: rank %s (process %d on %s) has been stopped for %.0f s (SIGSTOP, SIGTSTP?) and "
	         "the others wait for it; giving up\n",
	         *rank ? rank : "?", (int)process, host, fs_patience_s());
	say(line);
}

/* The launcher ends its ranks when one fails; it cannot if it was killed. */
static void say_launcher_gone(pid_t launcher)
{
	char line[LINE];
	if (!fs_speaks())
		return;
	snprintf(line, sizeof line, "farscale: what launched it (process %d) is gone; giving up\n",
	         (int)launcher);
	say(line);
}

static void *watch(void *launcher_id)
{
	pid_t launcher = *(pid_t *)launcher_id, before = 0;
	for (struct vigil vigil = begin_vigil(fs_patience_s());;) {
		fs_clock_sleep_until(vigil.before_s + vigil.look_s);
		if (getppid() != launcher) {
			say_launcher_gone(launcher);
			_Exit(1);
		}
		pid_t sibling = fs_process_next_sibling(launcher);
		if (is_over(&vigil, sibling && sibling == before && fs_process_is_stopped(sibling))) {
			say_stopped(sibling);
			_Exit(1); /* the launcher sees a rank that failed, and ends the others */
		}
		before = sibling;
	}
	return NULL;
}

/* It stops when the rank's whole group is told to. */
static void take_stops(void)
{
	sigset_t stops;
	sigemptyset(&stops);
	sigaddset(&stops, SIGTSTP);
	sigaddset(&stops, SIGTTIN);
	sigaddset(&stops, SIGTTOU);
	sigprocmask(SIG_UNBLOCK, &stops, NULL);
}

/* Until the rank's end of the pipe is closed, or the rank is dead. Siblings see more, and go first. */
__attribute__((noreturn)) static void guard(pid_t rank, pid_t launcher, int end)
{
	struct vigil vigil = begin_vigil(fs_patience_s() * 1.25);
	struct pollfd its_end = {.fd = end};
	prctl(PR_SET_NAME, "farscale-guard");
	prctl(PR_SET_PDEATHSIG, SIGKILL); /* also where it is stopped itself */
	take_stops();
	while (poll(&its_end, 1, (int)(1e3 * vigil.look_s)) == 0)
		if (is_over(&vigil, fs_process_is_stopped(rank) && !fs_process_is_stopped(launcher))) {
			say_stopped(rank);
			kill(rank, SIGKILL); /* which the launcher sees */
			break;
		}
	_Exit(0);
}

/* The pipe is closed when the rank ends, however it does, and when it becomes another program, which then has
 * a guard of its own. */
static void start_guard(pid_t launcher)
{
	int ends[2];
	pid_t rank = getpid();
	if (pipe2(ends, O_CLOEXEC))
		return;
	if (fork() == 0) {
		close(ends[1]);
		close(STDIN_FILENO);
		close(STDOUT_FILENO);
		guard(rank, launcher, ends[0]);
	}
	close(ends[0]);
}

/* One of each host's, if there are others. Slurm does not tell: then each. */
static bool needs_guard(void)
{
	const char *here = getenv("OMPI_COMM_WORLD_LOCAL_SIZE"), *rank = getenv("OMPI_COMM_WORLD_LOCAL_RANK");
	if (!here || !rank)
		return fs_team_expected_ranks() > 1;
	return fs_team_expected_ranks() > atoi(here) && atoi(rank) == 0;
}

void fs_watchdog_start(void)
{
	static pid_t launcher;
	sigset_t all, before;
	pthread_t thread;
	if (launcher || !fs_team_launched())
		return;
	launcher = getppid();
	/* Lets the kernel end this rank with its launcher, so that none goes on writing records beside the
	 * job's next start. The kernel takes the thread that made the process for its parent; the launcher's
	 * first one lives as long as the launcher. Where another made it, the next look finds the launcher
	 * gone. */
	if (fs_process_is_of_first_thread())
		prctl(PR_SET_PDEATHSIG, SIGKILL);
	sigfillset(&all); /* signals are for the thread that works */
	pthread_sigmask(SIG_SETMASK, &all, &before);
	if (needs_guard())
		start_guard(launcher);
	if (pthread_create(&thread, NULL, watch, &launcher) == 0)
		pthread_detach(thread);
	pthread_sigmask(SIG_SETMASK, &before, NULL);
}
