#include "base/error.h"

#include "base/text.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

int fs_fail(struct fs_error *error, const char *format, ...)
{
	va_list arguments;
	va_start(arguments, format);
	vsnprintf(error->text, sizeof error->text, format, arguments);
	va_end(arguments);
	fs_text_plain(error->text);
	return -1;
}

int fs_fail_in(struct fs_error *error, const char *format, ...)
{
	struct fs_error inner = *error;
	va_list arguments;
	va_start(arguments, format);
	int used = vsnprintf(error->text, sizeof error->text, format, arguments);
	va_end(arguments);
	if (used >= 0 && (size_t)used < sizeof error->text)
		snprintf(error->text + used, sizeof error->text - (size_t)used, ": %.900s", inner.text);
	fs_text_plain(error->text);
	return -1;
}

void fs_complain(const char *format, ...)
{
	char line[8192]; /* with a path in it, or two */
	va_list arguments;
	va_start(arguments, format);
	vsnprintf(line, sizeof line, format, arguments);
	va_end(arguments);
	fprintf(stderr, "%s\n", fs_text_plain(line));
}

static void *checked(void *memory, unsigned long bytes)
{
	if (memory || bytes == 0)
		return memory;
	fprintf(stderr, "farscale: out of memory (%lu bytes more)\n", bytes);
	exit(1);
}

void *fs_allocate(unsigned long bytes)
{
	return checked(malloc(bytes), bytes);
}

void *fs_allocate_zeroed(unsigned long count, unsigned long size)
{
	return checked(calloc(count, size), count * size);
}

void *fs_reallocate(void *old, unsigned long bytes)
{
	return checked(realloc(old, bytes), bytes);
}

char *fs_duplicate_text(const char *text)
{
	size_t length = strlen(text) + 1;
	return memcpy(fs_allocate(length), text, length);
}
