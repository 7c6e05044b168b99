#include "workload/chakra_file.h"

#include "base/error.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

int fs_chakra_open(const char *path, struct fs_chakra_file *file, struct fs_error *error)
{
	*file = (struct fs_chakra_file){.path = path};
	FILE *in = fopen(path, "rb");
	if (!in)
		return fs_fail(error, "%s: %s", path, strerror(errno));
	size_t room = 1 << 16, got;
	file->bytes = fs_allocate(room);
	while ((got = fread(file->bytes + file->size, 1, room - file->size, in)) > 0) {
		file->size += got;
		if (file->size == room)
			file->bytes = fs_reallocate(file->bytes, room *= 2);
	}
	bool failed = ferror(in);
	int why = errno;
	fclose(in);
	if (!failed)
		return 0;
	fs_chakra_close(file);
	return fs_fail(error, "%s: %s", path, strerror(why));
}

void fs_chakra_close(struct fs_chakra_file *file)
{
	free(file->bytes);
	file->bytes = NULL;
}

int fs_chakra_next(struct fs_chakra_file *file, const uint8_t **message, size_t *length, bool *more,
                   struct fs_error *error)
{
	size_t begin = file->at;
	uint64_t value = 0;
	*more = begin < file->size;
	if (!*more)
		return 0;
	for (unsigned shift = 0;; shift += 7) {
		if (file->at == file->size || shift > 63)
			return fs_fail(error,
			               "%s: no length of a message at byte %zu: cut off, or no Chakra trace",
			               file->path, begin);
		uint8_t byte = file->bytes[file->at++];
		value |= (uint64_t)(byte & 0x7f) << shift;
		if (!(byte & 0x80))
			break;
	}
	if (value > file->size - file->at)
		return fs_fail(
		        error,
		        "%s: the message at byte %zu goes on beyond the end: cut off, or no Chakra trace",
		        file->path, begin);
	*message = file->bytes + file->at;
	*length = (size_t)value;
	file->at += *length;
	return 0;
}

void fs_chakra_put(FILE *out, const uint8_t *message, size_t length)
{
	size_t left = length;
	for (; left >= 0x80; left >>= 7)
		fputc((int)(left & 0x7f) | 0x80, out);
	fputc((int)left, out);
	fwrite(message, 1, length, out);
}
