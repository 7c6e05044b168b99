/*
 * measure SECONDS OUTPUT COMMAND...: runs a command with its stdout in the file OUTPUT and prints what it
 * took: wall seconds, processor seconds, peak resident MiB. Exit status: the command's own; 124 if SECONDS
 * did not suffice.
 */

#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

enum { TOO_LONG = 124, NO_COMMAND = 127 };

static double now_s(void)
{
	struct timespec now;
	clock_gettime(CLOCK_MONOTONIC, &now);
	return (double)now.tv_sec + 1e-9 * (double)now.tv_nsec;
}

static double seconds(struct timeval time)
{
	return (double)time.tv_sec + 1e-6 * (double)time.tv_usec;
}

/* An alarm survives exec, and ends a command that does not expect one. */
static void become(unsigned limit_s, const char *output, char **command)
{
	int file = open(output, O_WRONLY | O_CREAT | O_TRUNC, 0644);
	if (file < 0 || dup2(file, STDOUT_FILENO) < 0) {
		perror(output);
		_exit(NO_COMMAND);
	}
	close(file);
	alarm(limit_s);
	execvp(command[0], command);
	perror(command[0]);
	_exit(NO_COMMAND);
}

int main(int argc, char **argv)
{
	if (argc < 4) {
		fprintf(stderr, "usage: measure SECONDS OUTPUT COMMAND...\n");
		return NO_COMMAND;
	}
	struct rusage used;
	int status;
	double start_s = now_s();
	pid_t child = fork();
	if (child == 0)
		become((unsigned)atoi(argv[1]), argv[2], argv + 3);
	if (child < 0 || wait4(child, &status, 0, &used) < 0) {
		perror("measure");
		return NO_COMMAND;
	}
	double wall_s = now_s() - start_s;
	if (WIFSIGNALED(status))
		return WTERMSIG(status) == SIGALRM ? TOO_LONG : 128 + WTERMSIG(status);
	printf("%.3f %.3f %.1f\n", wall_s, seconds(used.ru_utime) + seconds(used.ru_stime),
	       (double)used.ru_maxrss / 1024); /* KiB on Linux */
	return WEXITSTATUS(status);
}
