#define _GNU_SOURCE /* gethostname */
#include "engine/watchdog.h"

#include "base/clock.h"
#include "base/patience.h"
#include "base/speaker.h"
#include "engine/team.h"

#include <dirent.h>
#include <fcntl.h>
#include <limits.h>
#include <math.h>
#include <pthread.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <unistd.h>

static const double LONGEST_LOOK_S = 1; /* from one look to the next */
enum { ROOM = 65536, LINE = 512 };

/* A whole small file of the kernel's, as a text. "" if it cannot be read. */
static char *read_file(const char *path, char text[ROOM])
{
	int file = open(path, O_RDONLY | O_CLOEXEC);
	size_t used = 0;
	ssize_t got = 0;
	while (file >= 0 && used + 1 < ROOM && (got = read(file, text + used, ROOM - 1 - used)) > 0)
		used += (size_t)got;
	if (file >= 0)
		close(file);
	text[used] = 0;
	return text;
}

struct ring {
	long self, next,
	        lowest; /* process ids: the next higher one than self, the lowest of others; 0: none */
};

static void add_children(struct ring *ring, const char *text)
{
	char *end;
	for (long child; child = strtol(text, &end, 10), end != text; text = end) {
		if (child != ring->self && (ring->lowest == 0 || child < ring->lowest))
			ring->lowest = child;
		if (child > ring->self && (ring->next == 0 || child < ring->next))
			ring->next = child;
	}
}

/* The launcher's child with the next higher process id, or the one with the lowest; 0 if there is no other.
 * The kernel lists children by the thread that made them. */
static pid_t next_sibling(pid_t parent)
{
	static char text[ROOM];
	struct ring ring = {.self = getpid()};
	char path[64 + NAME_MAX];
	snprintf(path, sizeof path, "/proc/%d/task", (int)parent);
	DIR *threads = opendir(path);
	for (struct dirent *thread; threads && (thread = readdir(threads));) {
		snprintf(path, sizeof path, "/proc/%d/task/%s/children", (int)parent, thread->d_name);
		add_children(&ring, read_file(path, text));
	}
	if (threads)
		closedir(threads);
	return (pid_t)(ring.next ? ring.next : ring.lowest);
}

/* Stopped by a signal: state T behind the name, which is in parentheses and may hold anything (proc(5)). */
static bool is_stopped(pid_t process)
{
	static char text[ROOM];
	char path[64];
	snprintf(path, sizeof path, "/proc/%d/stat", (int)process);
	const char *behind_name = strrchr(read_file(path, text), ')');
	return behind_name && behind_name[1] == ' ' && behind_name[2] == 'T';
}

/* Its rank, as the launcher told it; "" if it is none, or not ours to look at. */
static const char *rank_of(pid_t process)
{
	static const char *const names[] = {"OMPI_COMM_WORLD_RANK=", "PMIX_RANK=", "PMI_RANK="};
	static char text[ROOM];
	char path[64];
	snprintf(path, sizeof path, "/proc/%d/environ", (int)process);
	memset(text, 0, sizeof text);
	read_file(path, text);
	for (size_t i = 0; i < sizeof names / sizeof *names; i++)
		for (const char *at = text; at < text + ROOM - 1 && *at; at += strlen(at) + 1)
			if (strncmp(at, names[i], strlen(names[i])) == 0)
				return at + strlen(names[i]);
	return "";
}

/* One write, whatever the other thread is at; then the launcher sees a rank that failed, and ends the others.
 */
__attribute__((noreturn)) static void give_up(const char *line)
{
	ssize_t written = write(STDERR_FILENO, line, strlen(line));
	(void)written; /* nobody may be reading */
	_Exit(1);
}

__attribute__((noreturn)) static void give_up_on(pid_t sibling, double stopped_s)
{
	char line[LINE], host[64] = "";
	const char *rank = rank_of(sibling);
	gethostname(host, sizeof host - 1);
	snprintf(line, sizeof line,
	         "farscale: rank %s (process %d on %s) has been stopped for %.0f s (SIGSTOP, SIGTSTP?) and "
	         "the others "
	         "wait for it; giving up\n",
	         *rank ? rank : "?", (int)sibling, host, stopped_s);
	give_up(line);
}

/* The launcher ends its ranks when one fails; it cannot if it was killed. */
__attribute__((noreturn)) static void give_up_without(pid_t parent)
{
	char line[LINE] = "";
	if (fs_speaks())
		snprintf(line, sizeof line, "farscale: what launched it (process %d) is gone; giving up\n",
		         (int)parent);
	give_up(line);
}

static void *watch(void *parent_id)
{
	pid_t parent = *(pid_t *)parent_id, seen = 0;
	double patience_s = fs_patience_s(), look_s = fmin(LONGEST_LOOK_S, patience_s / 8), stopped_s = 0;
	for (double before_s = fs_clock_s(), now_s;; before_s = now_s) {
		fs_clock_sleep_until(before_s + look_s);
		now_s = fs_clock_s();
		if (getppid() != parent)
			give_up_without(parent);
		pid_t sibling = next_sibling(parent);
		bool still = sibling && sibling == seen && is_stopped(sibling);
		stopped_s = still ? stopped_s + fmin(now_s - before_s, 2 * look_s) : 0;
		seen = sibling;
		if (stopped_s >= patience_s)
			give_up_on(sibling, stopped_s);
	}
	return NULL;
}

/* Lets the kernel end this rank with its launcher, so that none goes on writing records beside the job's next
 * start. The kernel takes the thread that made the process for its parent; the launcher's first one lives as
 * long as the launcher. Where another made it, the next look finds the launcher gone. */
static void die_with(pid_t parent)
{
	char path[64], *end;
	static char text[ROOM];
	snprintf(path, sizeof path, "/proc/%d/task/%d/children", (int)parent, (int)parent);
	for (char *at = read_file(path, text);; at = end) {
		long child = strtol(at, &end, 10);
		if (end == at)
			return;
		if (child == getpid())
			prctl(PR_SET_PDEATHSIG, SIGKILL);
	}
}

void fs_watchdog_start(void)
{
	static pid_t parent;
	sigset_t all, before;
	pthread_t thread;
	if (parent || !fs_team_launched())
		return;
	parent = getppid();
	die_with(parent);
	sigfillset(&all); /* signals are for the thread that works */
	pthread_sigmask(SIG_SETMASK, &all, &before);
	if (pthread_create(&thread, NULL, watch, &parent) == 0)
		pthread_detach(thread);
	pthread_sigmask(SIG_SETMASK, &before, NULL);
}
