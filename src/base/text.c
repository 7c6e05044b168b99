#include "base/text.h"

#include <math.h>
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
