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

/* Bytes of the character of UTF-8 at `text`; 0 if it is none, or one that XML does not allow. */
static size_t xml_character(const unsigned char *text)
{
	static const struct {
		unsigned char least, most; /* of the first byte */
		unsigned char second_least, second_most;
		size_t bytes;
	} rows[] = {{0x20, 0x7e, 0, 0xff, 1},    {0xc2, 0xdf, 0x80, 0xbf, 2}, {0xe0, 0xe0, 0xa0, 0xbf, 3},
	            {0xe1, 0xec, 0x80, 0xbf, 3}, {0xed, 0xed, 0x80, 0x9f, 3}, {0xee, 0xef, 0x80, 0xbf, 3},
	            {0xf0, 0xf0, 0x90, 0xbf, 4}, {0xf1, 0xf3, 0x80, 0xbf, 4}, {0xf4, 0xf4, 0x80, 0x8f, 4}};
	if (strncmp((const char *)text, "\xef\xbf\xbe", 3) == 0 ||
	    strncmp((const char *)text, "\xef\xbf\xbf", 3) == 0)
		return 0;
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		if (text[0] < rows[i].least || text[0] > rows[i].most)
			continue;
		if (rows[i].bytes > 1 && (text[1] < rows[i].second_least || text[1] > rows[i].second_most))
			return 0;
		for (size_t k = 2; k < rows[i].bytes; k++)
			if ((text[k] & 0xc0) != 0x80)
				return 0;
		return rows[i].bytes;
	}
	return 0;
}

const char *fs_escape_xml(const char *text, char *buffer, size_t size)
{
	static const char special[] = "<>&'\"";
	static const char *const entities[] = {"&lt;", "&gt;", "&amp;", "&#39;", "&quot;"};
	size_t used = 0;
	while (*text) {
		size_t bytes = xml_character((const unsigned char *)text), length = bytes ? bytes : 1;
		const char *place = strchr(special, *text);
		const char *written = place ? entities[place - special] : bytes ? text : "?";
		if (place)
			length = strlen(written);
		if (used + length >= size)
			break;
		memcpy(buffer + used, written, length);
		used += length;
		text += bytes ? bytes : 1;
	}
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
