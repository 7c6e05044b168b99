#include "record/folder.h"

#include "base/error.h"

#include <dirent.h>
#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { NAME = 40 };

static bool is_share(struct fs_share share)
{
	return 1 <= share.number && share.number <= share.of && share.of <= FS_MOST_SHARES;
}

int fs_share_parse(const char *text, struct fs_share *share, struct fs_error *error)
{
	char again[NAME];
	/* Widths keep numbers within an int; printed again, what scanf passes over shows. */
	if (sscanf(text, "%7d/%7d", &share->number, &share->of) == 2 && is_share(*share)) {
		snprintf(again, sizeof again, "%d/%d", share->number, share->of);
		if (strcmp(text, again) == 0)
			return 0;
	}
	return fs_fail(error, "'%.40s' is no share; I/N is, such as 2/4, with 1 <= I <= N <= %d", text,
	               FS_MOST_SHARES);
}

static void name_file(struct fs_share share, char name[NAME])
{
	if (share.of == 1)
		snprintf(name, NAME, "records.jsonl");
	else
		snprintf(name, NAME, "records-%d-of-%d.jsonl", share.number, share.of);
}

int fs_share_path(const char *folder, struct fs_share share, char *path, size_t size)
{
	char name[NAME];
	name_file(share, name);
	return snprintf(path, size, "%s/%s", folder, name);
}

static bool share_of_name(const char *name, struct fs_share *share)
{
	char again[NAME];
	*share = (struct fs_share){1, 1};
	if (sscanf(name, "records-%7d-of-%7d", &share->number, &share->of) == 2 &&
	    (!is_share(*share) || share->of == 1))
		return false;
	name_file(*share, again);
	return strcmp(name, again) == 0;
}

static int by_number(const void *a, const void *b)
{
	const struct fs_share *first = a, *second = b;
	return first->of != second->of ? first->of - second->of : first->number - second->number;
}

int fs_shares_find(const char *folder, struct fs_share **shares, int *count, struct fs_error *error)
{
	DIR *directory = opendir(folder);
	if (!directory)
		return fs_fail(error, "%s: %s", folder, strerror(errno));
	struct fs_share share, *found = NULL;
	*count = 0;
	for (struct dirent *entry; (entry = readdir(directory));) {
		if (!share_of_name(entry->d_name, &share))
			continue;
		found = fs_reallocate(found, (size_t)(*count + 1) * sizeof *found);
		found[(*count)++] = share;
	}
	closedir(directory);
	if (found)
		qsort(found, (size_t)*count, sizeof *found, by_number);
	*shares = found;
	return 0;
}
