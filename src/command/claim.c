#include "command/claim.h"

#include "base/clock.h"
#include "base/error.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

/* What byte of the lock file stands for what; the file itself stays empty. A share in progress holds the byte
 * of its number of shares, together with all others of so many, and its own alone. Locks of fcntl, not flock:
 * network file systems know them, between hosts, too (NFS has flock for files open for writing alone, Lustre
 * by option). */
enum { GATE, SHARES, NUMBERS = SHARES + FS_MOST_SHARES + 2 };

static int set(int fd, short type, off_t byte)
{
	struct flock one = {.l_type = type, .l_whence = SEEK_SET, .l_start = byte, .l_len = 1};
	return fcntl(fd, F_SETLK, &one);
}

/* Whether another process holds one of the bytes from begin up to end, at least one. */
static bool others_hold(int fd, off_t begin, off_t end)
{
	struct flock range = {
	        .l_type = F_WRLCK, .l_whence = SEEK_SET, .l_start = begin, .l_len = end - begin};
	return fcntl(fd, F_GETLK, &range) == 0 && range.l_type != F_UNLCK;
}

/* Behind the gate nobody else comes or looks. -1 with errno. */
static int try(int fd, struct fs_share share)
{
	if (set(fd, F_WRLCK, GATE))
		return -1;
	int reason = EAGAIN;
	off_t cut = SHARES + share.of;
	if (!others_hold(fd, SHARES, cut) && !others_hold(fd, cut + 1, NUMBERS) && !set(fd, F_RDLCK, cut)) {
		reason = set(fd, F_WRLCK, NUMBERS + share.number) ? errno : 0;
		if (reason)
			set(fd, F_UNLCK, cut);
	}
	set(fd, F_UNLCK, GATE);
	errno = reason;
	return reason ? -1 : 0;
}

/* Never where stdout or stderr was closed: what is printed would go into it. */
static int open_lock(const char *path)
{
	int fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0666);
	if (fd < 0 || fd > STDERR_FILENO)
		return fd;
	int above = fcntl(fd, F_DUPFD_CLOEXEC, STDERR_FILENO + 1);
	close(fd);
	return above;
}

int fs_claim(const char *folder, struct fs_share share, double patience_s, struct fs_error *error)
{
	char path[PATH_MAX];
	if (snprintf(path, sizeof path, "%s/.lock", folder) >= (int)sizeof path)
		return fs_fail(error, "the path %.100s... is too long", folder);
	int fd = open_lock(path);
	if (fd < 0)
		return fs_fail(error, "cannot write %s: %s", path, strerror(errno));
	/* Kept open: closing it would give the locks back. */
	for (double end_s = fs_clock_s() + patience_s; try(fd, share);
	     fs_clock_sleep_until(fs_clock_s() + 0.1)) {
		bool taken = errno == EAGAIN || errno == EACCES;
		if (taken && fs_clock_s() < end_s)
			continue;
		if (taken)
			fs_fail(error,
			        "%s: another sweep is at work there; wait for it, or give another --output",
			        folder);
		else
			fs_fail(error, "cannot lock %s: %s", path, strerror(errno));
		close(fd);
		return -1;
	}
	return 0;
}
