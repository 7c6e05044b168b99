#include "base/text.h"

#include <math.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

enum { LONGEST = 63 };

static int least(int a, int b)
{
	return a < b ? a : b;
}

/* Damerau's distance (optimal string alignment), three rows at a time. */
int fs_text_distance(const char *a, const char *b, int limit)
{
	size_t n = strlen(a), m = strlen(b);
	if (n > LONGEST || m > LONGEST)
		return limit + 1;
	int rows[3][LONGEST + 1];
	for (size_t j = 0; j <= m; j++)
		rows[0][j] = (int)j;
	for (size_t i = 1; i <= n; i++) {
		int *row = rows[i % 3], *above = rows[(i + 2) % 3], *two_above = rows[(i + 1) % 3];
		row[0] = (int)i;
		for (size_t j = 1; j <= m; j++) {
			row[j] =
			        least(least(above[j], row[j - 1]) + 1, above[j - 1] + (a[i - 1] != b[j - 1]));
			if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1])
				row[j] = least(row[j], two_above[j - 2] + 1);
		}
	}
	return least(rows[n % 3][m], limit + 1);
}

const char *fs_text_nearest(const char *text, const char *const *words)
{
	const char *nearest = NULL;
	int best = 1 + (int)strlen(text) / 3;
	for (; *words; words++) {
		int distance = fs_text_distance(text, *words, best);
		if (distance <= best && (!nearest || distance < best)) {
			best = distance;
			nearest = *words;
		}
	}
	return nearest;
}

void fs_text_join(char *buffer, size_t size, const char *word)
{
	size_t used = strlen(buffer);
	if (used + strlen(word) + 6 < size)
		snprintf(buffer + used, size - used, "%s%s", used ? ", " : "", word);
	else if (used + 4 < size && strcmp(buffer + used - 3, "...") != 0)
		snprintf(buffer + used, size - used, "...");
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

size_t fs_text_character(const char *text, size_t left)
{
	const unsigned char *byte = (const unsigned char *)text;
	if (left == 0)
		return 0;
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

/* C1's are two bytes, of which the second tells. */
bool fs_text_controls(const char *text)
{
	const unsigned char *byte = (const unsigned char *)text;
	return *byte < 0x20 || *byte == 0x7F || (*byte == 0xC2 && byte[1] < 0xA0);
}

char *fs_text_plain(char *text)
{
	char *to = text;
	for (const char *from = text, *end = text + strlen(text); from < end;) {
		size_t bytes = fs_text_character(from, (size_t)(end - from));
		bool plain = bytes && !fs_text_controls(from);
		size_t kept = plain ? bytes : 1;
		if (plain)
			memmove(to, from, kept);
		else
			*to = '?';
		to += kept;
		from += bytes ? bytes : 1;
	}
	*to = 0;
	return text;
}

const char *fs_text_seconds(double seconds, char *buffer, size_t size)
{
	double size_of = fabs(seconds);
	if (size_of >= 1 || size_of == 0)
		snprintf(buffer, size, "%.4g s", seconds);
	else if (size_of >= 1e-3)
		snprintf(buffer, size, "%.4g ms", seconds * 1e3);
	else
		snprintf(buffer, size, "%.4g us", seconds * 1e6);
	return buffer;
}

const char *fs_text_duration(double seconds, char *buffer, size_t size)
{
	static const struct {
		double up_to, unit_s;
		const char *format;
	} row[] = {
	        {99.5, 1, "%.0f s"},
	        {99.5 * 60, 60, "%.0f min"},
	        {48 * 3600, 3600, "%.1f h"},
	        {INFINITY, 24 * 3600, "%.0f days"},
	};
	int i = 0;
	while (seconds >= row[i].up_to && i < 3)
		i++;
	snprintf(buffer, size, row[i].format, seconds / row[i].unit_s);
	return buffer;
}

const char *fs_text_count(double count, char *buffer, size_t size)
{
	static const char *const prefix[] = {"", " k", " M", " G", " T", " P", " E"};
	int i = 0;
	while (count >= 999.5 && i < 6)
		count /= 1000, i++;
	snprintf(buffer, size, "%.3g%s", count, prefix[i]);
	return buffer;
}
