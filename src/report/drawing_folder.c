#define _GNU_SOURCE /* O_DIRECTORY */
#include "report/drawing_folder.h"

#include "base/clock.h"
#include "base/error.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

static const double PATIENCE_S = 10, NAP_S = 0.05;

static void empty(const char *path)
{
	DIR *entries = opendir(path);
	for (struct dirent *entry; entries && (entry = readdir(entries));)
		unlinkat(dirfd(entries), entry->d_name, 0); /* "." and ".." stay */
	if (entries)
		closedir(entries);
}

/* Whoever held the lock has perhaps removed the folder. */
static bool is_there(const struct fs_drawing_folder *folder)
{
	struct stat held, named;
	return fstat(folder->lock, &held) == 0 && stat(folder->path, &named) == 0 &&
	       held.st_ino == named.st_ino;
}

/* Whether it is ours now. -1: it cannot be. Where there are no locks it is everybody's. */
static int take(struct fs_drawing_folder *folder, struct fs_error *error)
{
	if (mkdir(folder->path, 0777) && errno != EEXIST)
		return fs_fail(error, "cannot make the directory %s: %s", folder->path, strerror(errno));
	folder->lock = open(folder->path, O_RDONLY | O_DIRECTORY | O_CLOEXEC | O_NOFOLLOW);
	if (folder->lock < 0 && errno != ENOENT)
		return fs_fail(error, "cannot open %s: %s", folder->path, strerror(errno));
	bool taken = folder->lock >= 0 && flock(folder->lock, LOCK_EX | LOCK_NB) && errno == EWOULDBLOCK;
	if (folder->lock >= 0 && !taken && is_there(folder))
		return 1;
	if (folder->lock >= 0)
		close(folder->lock);
	return 0;
}

int fs_drawing_folder_take(struct fs_drawing_folder *folder, const char *directory, struct fs_error *error)
{
	if (snprintf(folder->path, sizeof folder->path, "%s/.drawing.part", directory) >= PATH_MAX)
		return fs_fail(error, "the path %.100s... is too long", directory);
	int taken;
	for (double start_s = fs_clock_s(); !(taken = take(folder, error));
	     fs_clock_sleep_until(fs_clock_s() + NAP_S))
		if (fs_clock_s() > start_s + PATIENCE_S)
			return fs_fail(error, "another process is drawing in %s", folder->path);
	if (taken < 0)
		return -1;
	empty(folder->path);
	return 0;
}

void fs_drawing_folder_remove(struct fs_drawing_folder *folder)
{
	empty(folder->path);
	rmdir(folder->path);
	close(folder->lock);
}
