#define _GNU_SOURCE /* realpath */
#include "base/whole_file.h"

#include "base/error.h"

#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

static int fail(const char *path, const char *why, struct fs_error *error)
{
	return fs_fail(error, "cannot write %s: %s", path, why);
}

/* Others hold what is open there, and would not see another file under its name. */
static bool written_as_it_is(const char *path)
{
	struct stat status;
	return strncmp(path, "/dev/fd/", 8) == 0 || strncmp(path, "/dev/std", 8) == 0 ||
	       strncmp(path, "/proc/", 6) == 0 || (stat(path, &status) == 0 && !S_ISREG(status.st_mode));
}

/* A link's end is replaced, not the link. */
static int name_part(struct fs_whole_file *file, struct fs_error *error)
{
	if (!realpath(file->path, file->target))
		strcpy(file->target, file->path);
	if (written_as_it_is(file->path))
		return 0;
	if (snprintf(file->part, sizeof file->part, "%s.part", file->target) >= (int)sizeof file->part)
		return fail(file->path, strerror(ENAMETOOLONG), error);
	return 0;
}

/* Whether the descriptor is (still) of the file with this name: whoever held its lock has perhaps renamed it.
 */
static bool is_named(int descriptor, const char *name)
{
	struct stat open_one, named_one;
	return fstat(descriptor, &open_one) == 0 && stat(name, &named_one) == 0 &&
	       open_one.st_dev == named_one.st_dev && open_one.st_ino == named_one.st_ino;
}

/* The part's descriptor, empty and locked until it is closed; -1 with errno. */
static int open_part(const struct fs_whole_file *file)
{
	for (;;) {
		int descriptor = open(file->part, O_WRONLY | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0666);
		if (descriptor < 0)
			return -1;
		bool taken = flock(descriptor, LOCK_EX | LOCK_NB) && errno == EWOULDBLOCK;
		bool ours = !taken && is_named(descriptor, file->part);
		if (ours && ftruncate(descriptor, 0) == 0)
			return descriptor;
		int reason = taken ? EBUSY : errno;
		close(descriptor);
		errno = reason;
		if (taken || ours)
			return -1;
	}
}

/* errno stays. */
static void clear(struct fs_whole_file *file)
{
	int reason = errno;
	if (*file->part)
		unlink(file->part);
	if (file->out)
		fclose(file->out);
	if (file->lock >= 0)
		close(file->lock);
	file->out = NULL;
	errno = reason;
}

int fs_whole_file_begin(struct fs_whole_file *file, const char *path, struct fs_error *error)
{
	*file = (struct fs_whole_file){0};
	if (snprintf(file->path, sizeof file->path, "%s", path) >= (int)sizeof file->path)
		return fail(path, strerror(ENAMETOOLONG), error);
	if (name_part(file, error))
		return -1;
	int descriptor = *file->part ? open_part(file)
	                             : open(file->path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0666);
	if (descriptor < 0)
		return fail(path, errno == EBUSY ? "another process is writing it" : strerror(errno), error);
	struct stat old;
	if (*file->part && stat(file->target, &old) == 0 && fchmod(descriptor, old.st_mode & 07777))
		errno = 0; /* some file systems have no modes */
	file->lock = fcntl(descriptor, F_DUPFD_CLOEXEC, 0);
	file->out = file->lock < 0 ? NULL : fdopen(descriptor, "w");
	if (file->out)
		return 0;
	fail(path, strerror(errno), error);
	close(descriptor);
	clear(file);
	return -1;
}

void fs_whole_file_drop(struct fs_whole_file *file)
{
	clear(file);
}

/* A full disk may show only when the file is closed. */
static bool close_out(struct fs_whole_file *file)
{
	errno = 0;
	bool broken = ferror(file->out);
	FILE *out = file->out;
	file->out = NULL;
	return fclose(out) == 0 && !broken;
}

int fs_whole_file_end(struct fs_whole_file *file, struct fs_error *error)
{
	if (close_out(file) && (!*file->part || rename(file->part, file->target) == 0)) {
		close(file->lock);
		return 0;
	}
	clear(file);
	/* An earlier write's errno is not kept. Nearly always it was this. */
	return fail(file->path, strerror(errno ? errno : ENOSPC), error);
}
