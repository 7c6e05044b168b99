#define _GNU_SOURCE /* posix_spawn_file_actions_addchdir_np */

#include "report/gnuplot.h"

#include "base/error.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <spawn.h>
#include <stdio.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

extern char **environ;

static int start(const char *directory, const char *script, FILE *complaints, pid_t *child)
{
	char path[PATH_MAX];
	snprintf(path, sizeof path, "./%s", script); /* neither an option nor a < command */
	char *arguments[] = {"gnuplot", "-d", path, NULL};
	posix_spawn_file_actions_t actions;
	posix_spawn_file_actions_init(&actions);
	posix_spawn_file_actions_addopen(&actions, STDIN_FILENO, "/dev/null", O_RDONLY, 0);
	posix_spawn_file_actions_addopen(&actions, STDOUT_FILENO, "/dev/null", O_WRONLY, 0);
	posix_spawn_file_actions_adddup2(&actions, fileno(complaints), STDERR_FILENO);
	posix_spawn_file_actions_addchdir_np(&actions, directory);
	int failure = posix_spawnp(child, "gnuplot", &actions, NULL, arguments, environ);
	posix_spawn_file_actions_destroy(&actions);
	return failure;
}

/* gnuplot shows the line, a caret, and last what is wrong with it. */
static void last_line(FILE *complaints, char *line, size_t size)
{
	char next[256];
	*line = 0;
	rewind(complaints);
	while (fgets(next, sizeof next, complaints)) {
		next[strcspn(next, "\n")] = 0;
		if (next[strspn(next, " \t")])
			snprintf(line, size, "%s", next);
	}
}

int fs_gnuplot_run(const char *directory, const char *script, struct fs_error *error)
{
	pid_t child;
	int status = 0, failure;
	FILE *complaints = tmpfile();
	if (!complaints)
		return fs_fail(error, "gnuplot cannot be run: no temporary file: %s", strerror(errno));
	failure = start(directory, script, complaints, &child);
	if (failure == 0)
		while (waitpid(child, &status, 0) < 0 && errno == EINTR)
			;
	char line[256];
	last_line(complaints, line, sizeof line);
	fclose(complaints);
	/* Where posix_spawn cannot tell (POSIX lets it; under valgrind), the child ends with 127. */
	if (failure == ENOENT || (WIFEXITED(status) && WEXITSTATUS(status) == 127))
		return fs_fail(error, "gnuplot is not installed (package gnuplot-nox)");
	if (failure)
		return fs_fail(error, "gnuplot cannot be run: %s", strerror(failure));
	if (!WIFEXITED(status) || WEXITSTATUS(status) != 0)
		return fs_fail(error, "gnuplot failed on %s: %s", script, *line ? line : "no reason given");
	return 0;
}
