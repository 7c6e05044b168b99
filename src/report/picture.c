#include "report/picture.h"

#include <stdio.h>
#include <string.h>

enum { MOST_END = 16 };

/* The last bytes of a file; how many, at most MOST_END. */
static size_t read_end(const char *path, char *end)
{
	FILE *in = fopen(path, "rb");
	if (!in)
		return 0;
	if (fseek(in, -MOST_END, SEEK_END))
		rewind(in); /* it is shorter */
	size_t count = fread(end, 1, MOST_END, in);
	fclose(in);
	return count;
}

bool fs_picture_is_whole(const char *path)
{
	static const char iend[] = "\0\0\0\0IEND\xae\x42\x60\x82", element[] = "</svg>";
	char end[MOST_END];
	size_t count = read_end(path, end), length = strlen(path);
	if (length > 4 && strcmp(path + length - 4, ".svg") == 0) {
		while (count && strchr(" \r\n", end[count - 1]))
			count--;
		return count >= sizeof element - 1 &&
		       memcmp(end + count - (sizeof element - 1), element, sizeof element - 1) == 0;
	}
	return count >= sizeof iend - 1 &&
	       memcmp(end + count - (sizeof iend - 1), iend, sizeof iend - 1) == 0;
}
