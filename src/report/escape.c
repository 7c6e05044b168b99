#include "report/escape.h"

#include <stdio.h>
#include <string.h>

const char *fs_escape_plain(const char *text, char *buffer, size_t size)
{
	snprintf(buffer, size, "%s", text);
	for (unsigned char *c = (unsigned char *)buffer; *c; c++)
		if (*c < 0x20 || *c == 0x7f)
			*c = '?';
	return buffer;
}

const char *fs_escape_gnuplot(const char *text, char *buffer, size_t size)
{
	size_t used = 0;
	buffer[used++] = '\'';
	for (; *text && used + 4 <= size; text++) {
		unsigned char c = (unsigned char)*text;
		buffer[used++] = c < 0x20 || c == 0x7f ? '?' : *text;
		if (c == '\'')
			buffer[used++] = '\'';
	}
	buffer[used++] = '\'';
	buffer[used] = 0;
	return buffer;
}

const char *fs_escape_file_name(const char *text, char *buffer, size_t size)
{
	static const char allowed[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789._-";
	snprintf(buffer, size, "%s", *text ? text : "_");
	for (char *c = buffer; *c; c++)
		if (!strchr(allowed, *c))
			*c = '_';
	if (*buffer == '.' || *buffer == '-')
		*buffer = '_';
	return buffer;
}
