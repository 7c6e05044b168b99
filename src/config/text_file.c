#include "config/text_file.h"

#include "base/error.h"

#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdint.h>
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

static bool continues(const unsigned char *byte, size_t left, size_t count)
{
	if (left < count)
		return false;
	for (size_t i = 1; i < count; i++)
		if ((byte[i] & 0xC0) != 0x80)
			return false;
	return true;
}

/* Bytes of the character at `byte`, or 0 if it is not valid UTF-8. */
static size_t character_bytes(const unsigned char *byte, size_t left)
{
	if (byte[0] < 0x80)
		return 1;
	if (byte[0] >= 0xC2 && byte[0] < 0xE0 && continues(byte, left, 2))
		return 2;
	if (byte[0] >= 0xE0 && byte[0] < 0xF0 && continues(byte, left, 3)) {
		uint32_t code = (byte[0] & 0x0Fu) << 12 | (byte[1] & 0x3Fu) << 6 | (byte[2] & 0x3Fu);
		bool surrogate = code >= 0xD800 && code < 0xE000;
		return code >= 0x800 && !surrogate ? 3 : 0;
	}
	if (byte[0] >= 0xF0 && byte[0] < 0xF5 && continues(byte, left, 4)) {
		uint32_t code = (byte[0] & 0x07u) << 18 | (byte[1] & 0x3Fu) << 12;
		return code >= 0x10000 && code < 0x110000 ? 4 : 0;
	}
	return 0;
}

static bool is_control(unsigned char byte)
{
	return (byte < 0x20 && byte != '\t' && byte != '\n' && byte != '\r') || byte == 0x7F;
}

int fs_text_check(const char *path, const char *text, size_t length, struct fs_error *error)
{
	const unsigned char *byte = (const unsigned char *)text, *end = byte + length;
	int line = 1, column = 1;
	while (byte < end) {
		size_t size = character_bytes(byte, (size_t)(end - byte));
		if (size == 0)
			return fs_fail(error, "%s:%d:%d: not valid UTF-8 (byte 0x%02X)", path, line, column,
			               *byte);
		if (is_control(*byte))
			return fs_fail(error, "%s:%d:%d: control character 0x%02X; only text is allowed",
			               path, line, column, *byte);
		column++;
		if (*byte == '\n') {
			line++;
			column = 1;
		}
		byte += size;
	}
	return 0;
}
