#include "config/text_file.h"

#include "base/error.h"
#include "base/text.h"

#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static int read_all(int descriptor, size_t expected, char **text, size_t *length)
{
	char *bytes = fs_allocate(expected + 1);
	size_t got = 0;
	while (got < expected) {
		ssize_t more = read(descriptor, bytes + got, expected - got);
		if (more < 0 && errno == EINTR)
			continue;
		if (more < 0) {
			free(bytes);
			return -1;
		}
		if (more == 0)
			break;
		got += (size_t)more;
	}
	bytes[got] = 0;
	*text = bytes;
	*length = got;
	return 0;
}

static int read_descriptor(const char *path, int descriptor, char **text, size_t *length,
                           struct fs_error *error)
{
	struct stat status;
	if (fstat(descriptor, &status))
		return fs_fail(error, "%s: %s", path, strerror(errno));
	if (S_ISDIR(status.st_mode))
		return fs_fail(error, "%s: is a directory; a YAML file is needed", path);
	if (!S_ISREG(status.st_mode))
		return fs_fail(error, "%s: is not a regular file", path);
	if (status.st_size > FS_LARGEST_FILE)
		return fs_fail(error, "%s: has %lld bytes; at most %d are read", path,
		               (long long)status.st_size, FS_LARGEST_FILE);
	if (read_all(descriptor, (size_t)status.st_size, text, length))
		return fs_fail(error, "%s: %s", path, strerror(errno));
	return 0;
}

int fs_text_file_read(const char *path, char **text, size_t *length, struct fs_error *error)
{
	/* O_NONBLOCK: a named pipe is refused below and must not block here. */
	int descriptor = open(path, O_RDONLY | O_NONBLOCK | O_CLOEXEC);
	if (descriptor < 0)
		return fs_fail(error, "%s: %s", path, strerror(errno));
	int result = read_descriptor(path, descriptor, text, length, error);
	close(descriptor);
	return result;
}

/* What stands between lines and words is none. */
static bool is_control(const char *text)
{
	return fs_text_controls(text) && *text != '\t' && *text != '\n' && *text != '\r';
}

int fs_text_check(const char *path, const char *text, size_t length, struct fs_error *error)
{
	const char *at = text, *end = text + length;
	int line = 1, column = 1;
	while (at < end) {
		size_t size = fs_text_character(at, (size_t)(end - at));
		if (size == 0)
			return fs_fail(error, "%s:%d:%d: not valid UTF-8 (byte 0x%02X)", path, line, column,
			               (unsigned char)*at);
		if (is_control(at))
			return fs_fail(error, "%s:%d:%d: control character 0x%02X; only text is allowed",
			               path, line, column, (unsigned char)at[size - 1]);
		column++;
		if (*at == '\n') {
			line++;
			column = 1;
		}
		at += size;
	}
	return 0;
}
