#define _GNU_SOURCE /* memrchr */
#include "record/record.h"

#include "base/clock.h"
#include "base/error.h"
#include "base/patience.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* Whole lines only. Writers and readers hold a lock on the file, so that nobody takes a line in progress for
 * a torn one; a writer that was killed has lost its lock with its life, and what it left behind the last
 * newline is torn indeed. */

static int held_too_long(const char *path, pid_t holder, double waited_s, struct fs_error *error)
{
	char who[48] = "another host's process"; /* whose number would say nothing here */
	if (holder > 0)
		snprintf(who, sizeof who, "process %d", (int)holder);
	return fs_fail(error, "cannot lock %s: %s has held it for %.0f s", path, who, waited_s);
}

/* Who holds the lock, and what came of that: while either changes, others are at work. */
struct sight {
	pid_t holder;
	off_t size;
};

static struct sight look(int fd, struct flock asked)
{
	struct stat status = {0};
	bool held = fcntl(fd, F_GETLK, &asked) == 0 && asked.l_type != F_UNLCK;
	fstat(fd, &status);
	return (struct sight){held ? asked.l_pid : 0, status.st_size};
}

/* Others hold the lock for a moment, unless they are stopped; time in which this process is stopped itself
 * does not count. Closing the file gives it back. */
static int lock(const char *path, int fd, short type, struct fs_error *error)
{
	static const double SHORTEST_NAP_S = 100e-6, LONGEST_NAP_S = 10e-3;
	struct flock whole_file = {.l_type = type, .l_whence = SEEK_SET};
	struct sight seen = {0};
	double waited_s = 0, nap_s = SHORTEST_NAP_S;
	while (fcntl(fd, F_SETLK, &whole_file)) {
		if (errno != EAGAIN && errno != EACCES && errno != EINTR)
			return fs_fail(error, "cannot lock %s: %s", path, strerror(errno));
		struct sight now = look(fd, whole_file);
		if (now.holder != seen.holder || now.size != seen.size)
			waited_s = 0;
		seen = now;
		if (waited_s > fs_patience_s())
			return held_too_long(path, seen.holder, waited_s, error);
		double asleep_s = fs_clock_s();
		fs_clock_sleep_until(asleep_s + nap_s);
		waited_s += fmin(fs_clock_s() - asleep_s, 2 * nap_s);
		nap_s = fmin(2 * nap_s, LONGEST_NAP_S);
	}
	return 0;
}

static int read_at(const char *path, int fd, off_t begin, char *buffer, size_t size, struct fs_error *error)
{
	for (size_t got = 0; got < size;) {
		ssize_t more = pread(fd, buffer + got, size - got, begin + (off_t)got);
		if (more < 0 && errno == EINTR)
			continue;
		if (more <= 0)
			return fs_fail(error, "cannot read %s: %s", path,
			               more ? strerror(errno) : "it shrank");
		got += (size_t)more;
	}
	return 0;
}

/* Where the bytes behind the last newline begin; the file's size if there are none. */
static int find_tail(const char *path, int fd, off_t size, off_t *tail, struct fs_error *error)
{
	char block[4096];
	for (off_t end = size; end > 0;) {
		off_t begin = end > (off_t)sizeof block ? end - (off_t)sizeof block : 0;
		if (read_at(path, fd, begin, block, (size_t)(end - begin), error))
			return -1;
		const char *newline = memrchr(block, '\n', (size_t)(end - begin));
		if (newline) {
			*tail = begin + (newline - block) + 1;
			return 0;
		}
		end = begin;
	}
	*tail = 0;
	return 0;
}

/* One write, synced. What was written in part is cut off again: the file ends up at `size` or with the whole
 * line. */
static int write_line(const char *path, int fd, off_t size, const char *line, size_t length,
                      struct fs_error *error)
{
	ssize_t written;
	do
		written = write(fd, line, length);
	while (written < 0 && errno == EINTR);
	if (written == (ssize_t)length && (fsync(fd) == 0 || errno == EINVAL /* not a disk */))
		return 0;
	const char *reason =
	        written >= 0 && written < (ssize_t)length ? "no space for a whole line" : strerror(errno);
	int kept = ftruncate(fd, size);
	return fs_fail(error, "cannot write %s: %s%s", path, reason,
	               kept && written > 0 ? ", and part of the line stays" : "");
}

/* Adds the torn part, with a newline, to PATH.torn. */
static int set_aside(const char *path, const char *part, size_t length, struct fs_error *error)
{
	char torn_path[PATH_MAX];
	if (snprintf(torn_path, sizeof torn_path, "%s.torn", path) >= (int)sizeof torn_path)
		return fs_fail(error, "the path %.100s... is too long", path);
	int fd = open(torn_path, O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC, 0666);
	if (fd < 0)
		return fs_fail(error, "cannot open %s: %s", torn_path, strerror(errno));
	char *line = fs_allocate(length + 1);
	memcpy(line, part, length);
	line[length] = '\n';
	int result = write_line(torn_path, fd, lseek(fd, 0, SEEK_END), line, length + 1, error);
	free(line);
	close(fd);
	return result;
}

/* Moves what stands behind the last newline to PATH.torn. *size: of the file before and after. */
static int heal(const char *path, int fd, off_t *size, bool *torn, struct fs_error *error)
{
	off_t tail;
	if (find_tail(path, fd, *size, &tail, error))
		return -1;
	*torn = tail < *size;
	if (!*torn)
		return 0;
	size_t length = (size_t)(*size - tail);
	char *part = fs_allocate(length);
	int result =
	        read_at(path, fd, tail, part, length, error) || set_aside(path, part, length, error) ? -1 : 0;
	free(part);
	if (result == 0 && ftruncate(fd, tail))
		result = fs_fail(error, "cannot cut the torn last line off %s: %s", path, strerror(errno));
	if (result == 0)
		*size = tail;
	return result;
}

static int append_line(const char *path, int fd, const char *line, size_t length, struct fs_error *error)
{
	struct stat status;
	bool torn;
	if (lock(path, fd, F_WRLCK, error))
		return -1;
	if (fstat(fd, &status))
		return fs_fail(error, "cannot read %s: %s", path, strerror(errno));
	if (S_ISREG(status.st_mode) && heal(path, fd, &status.st_size, &torn, error))
		return -1;
	return write_line(path, fd, status.st_size, line, length, error);
}

int fs_records_append(const char *path, const json_t *object, struct fs_error *error)
{
	int fd = open(path, O_RDWR | O_APPEND | O_CREAT | O_CLOEXEC, 0666);
	if (fd < 0)
		return fs_fail(error, "cannot open %s for writing: %s", path, strerror(errno));
	char *text = json_dumps(object, JSON_PRESERVE_ORDER | JSON_REAL_PRECISION(17));
	size_t length = strlen(text);
	text = fs_reallocate(text, length + 2);
	text[length] = '\n';
	int result = append_line(path, fd, text, length + 1, error);
	free(text);
	close(fd);
	return result;
}

static int parse_lines(const char *path, const char *text, size_t length, json_t *objects,
                       struct fs_error *error)
{
	for (int number = 1; length > 0; number++) {
		json_error_t reason;
		size_t line = (size_t)((const char *)memchr(text, '\n', length) - text);
		json_t *object = json_loadb(text, line, JSON_REJECT_DUPLICATES, &reason);
		if (!json_is_object(object)) {
			fs_fail(error, "%s:%d: %s", path, number, object ? "not a JSON object" : reason.text);
			json_decref(object);
			return -1;
		}
		json_array_append_new(objects, object);
		text += line + 1;
		length -= line + 1;
	}
	return 0;
}

static int read_locked(const char *path, int fd, bool writable, json_t *objects, bool *torn,
                       struct fs_error *error)
{
	struct stat status;
	if (lock(path, fd, writable ? F_WRLCK : F_RDLCK, error))
		return -1;
	if (fstat(fd, &status) || !S_ISREG(status.st_mode))
		return fs_fail(error, "%s is not a file of records", path);
	/* A torn line that cannot be moved (read-only, disk full) stays where it is and is passed over. */
	off_t end;
	if (writable && heal(path, fd, &status.st_size, torn, error))
		*torn = true;
	if (find_tail(path, fd, status.st_size, &end, error))
		return -1;
	*torn = *torn || end < status.st_size;
	char *text = fs_allocate((size_t)end + 1);
	int result = read_at(path, fd, 0, text, (size_t)end, error) ||
	                             parse_lines(path, text, (size_t)end, objects, error)
	                     ? -1
	                     : 0;
	free(text);
	return result;
}

int fs_records_read(const char *path, json_t **objects, bool *torn, struct fs_error *error)
{
	*torn = false;
	bool writable = true;
	int fd = open(path, O_RDWR | O_CLOEXEC);
	if (fd < 0 && (errno == EACCES || errno == EROFS || errno == EPERM)) {
		writable = false;
		fd = open(path, O_RDONLY | O_CLOEXEC);
	}
	if (fd < 0 && errno != ENOENT)
		return fs_fail(error, "cannot read %s: %s", path, strerror(errno));
	json_t *read = json_array();
	if (fd >= 0 && read_locked(path, fd, writable, read, torn, error)) {
		json_decref(read);
		close(fd);
		return -1;
	}
	if (fd >= 0)
		close(fd);
	*objects = read;
	return 0;
}

int fs_run_records_read(const char *path, struct fs_run_record **records, int *count, bool *torn,
                        struct fs_error *error)
{
	json_t *objects, *object;
	size_t i;
	if (fs_records_read(path, &objects, torn, error))
		return -1;
	struct fs_run_record *read = fs_allocate((json_array_size(objects) + 1) * sizeof *read);
	json_array_foreach(objects, i, object) if (fs_run_record_from_json(object, &read[i], error))
	{
		fs_fail_in(error, "%s:%zu", path, i + 1);
		free(read);
		json_decref(objects);
		return -1;
	}
	*count = (int)json_array_size(objects);
	*records = read;
	json_decref(objects);
	return 0;
}
