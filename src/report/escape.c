#include "report/escape.h"

#include "base/text.h"

#include <stdbool.h>
#include <stdio.h>
#include <string.h>

const char *fs_escape_plain(const char *text, char *buffer, size_t size)
{
	snprintf(buffer, size, "%s", text);
	return fs_text_plain(buffer);
}

/* gnuplot 5.4 takes a '' that follows the opening quote for the whole string. So quotes that a text begins
 * with are strings of their own: "'".'rest' */
static const char *leading_quotes(const char *text, char *buffer, size_t size, size_t *used)
{
	static const char quote[] = "\"'\".";
	const size_t length = sizeof quote - 1, end = 3;
	for (*used = 0; *text == '\'' && *used + length + end <= size; text++, *used += length)
		memcpy(buffer + *used, quote, length);
	return *text == '\'' ? "" : text;
}

const char *fs_escape_gnuplot(const char *text, char *buffer, size_t size)
{
	size_t used;
	text = leading_quotes(text, buffer, size, &used);
	buffer[used++] = '\'';
	for (; *text && used + 4 <= size; text++) {
		unsigned char c = (unsigned char)*text;
		bool ends_cdata = c == '>' && used > 2 && memcmp(buffer + used - 2, "]]", 2) == 0;
		buffer[used++] = c < 0x20 || c == 0x7f || ends_cdata ? '?' : *text;
		if (c == '\'')
			buffer[used++] = '\'';
	}
	buffer[used++] = '\'';
	buffer[used] = 0;
	return buffer;
}

/* Bytes of the character of UTF-8 at `text`; 0 if it is none, or one that XML does not allow. */
static size_t xml_character(const char *text)
{
	bool control = (unsigned char)*text < 0x20 || *text == 0x7f;
	bool no_character = strncmp(text, "\xef\xbf\xbe", 3) == 0 || strncmp(text, "\xef\xbf\xbf", 3) == 0;
	return control || no_character ? 0 : fs_text_character(text, strlen(text));
}

const char *fs_escape_xml(const char *text, char *buffer, size_t size)
{
	static const char special[] = "<>&'\"";
	static const char *const entities[] = {"&lt;", "&gt;", "&amp;", "&#39;", "&quot;"};
	size_t used = 0;
	while (*text) {
		size_t bytes = xml_character(text), length = bytes ? bytes : 1;
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
