#define _GNU_SOURCE /* posix_spawn_file_actions_addchdir_np, memfd_create */

#include "report/gnuplot.h"

#include "base/error.h"
#include "report/drawing_folder.h"
#include "report/picture.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <spawn.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

extern char **environ;

static int start(const char *directory, char *script, FILE *complaints, pid_t *child)
{
	char *arguments[] = {"gnuplot", "-d", script, NULL};
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

static int draw(const char *directory, char *script, struct fs_error *error)
{
	pid_t child;
	int status = 0, failure;
	int memory = memfd_create("gnuplot", MFD_CLOEXEC); /* needs no disk that could be full */
	FILE *complaints = memory < 0 ? NULL : fdopen(memory, "w+");
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
		return fs_fail(error, "gnuplot failed on %s: %s", script + 3 /* ../ */,
		               *line ? line : "no reason given");
	return 0;
}

/* Moves what was drawn to where it belongs. */
static int keep(const char *folder, const char *directory, const char *stem, struct fs_error *error)
{
	static const char *const endings[] = {"png", "svg"};
	char from[PATH_MAX + NAME_MAX], to[PATH_MAX + NAME_MAX];
	int status = 0;
	for (int i = 0; i < 2; i++) {
		snprintf(from, sizeof from, "%s/%s.%s", folder, stem, endings[i]);
		snprintf(to, sizeof to, "%s/%s.%s", directory, stem, endings[i]);
		if (!status && !fs_picture_is_whole(from))
			status = fs_fail(
			        error, "cannot write %s: gnuplot left a part of it (is the disk full?)", to);
		if (!status && rename(from, to))
			status = fs_fail(error, "cannot write %s: %s", to, strerror(errno));
		if (status)
			unlink(from);
	}
	return status ? FS_GNUPLOT_CUT : 0;
}

int fs_gnuplot_run(const char *directory, const char *stem, struct fs_error *error)
{
	struct fs_drawing_folder folder;
	char script[NAME_MAX + 16];
	snprintf(script, sizeof script, "../%.*s.gnuplot", NAME_MAX, stem);
	if (fs_drawing_folder_take(&folder, directory, error))
		return FS_GNUPLOT_CUT;
	int status = draw(folder.path, script, error);
	if (!status)
		status = keep(folder.path, directory, stem, error);
	fs_drawing_folder_remove(&folder);
	return status;
}
