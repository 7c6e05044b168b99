#ifndef FARSCALE_RECORD_FOLDER_H
#define FARSCALE_RECORD_FOLDER_H

/* The files of records in a sweep's folder. A whole sweep writes records.jsonl; a sweep that several jobs
 * share writes a file a share, records-I-of-N.jsonl, so that no two ever write to the same one. */

#include <stddef.h>

struct fs_error;

enum { FS_MOST_SHARES = 10000 };

/** The number-th (from 1) of so many shares. 1 of 1 is everything. */
struct fs_share {
	int number, of;
};

/** "2/4"; -1 unless 1 <= 2 <= 4 <= FS_MOST_SHARES. */
int fs_share_parse(const char *text, struct fs_share *share, struct fs_error *error);

/** The path of a share's records in `folder`; what snprintf returns. */
int fs_share_path(const char *folder, struct fs_share share, char *path, size_t size);

/** Whose records lie in `folder`, the whole first, then by number of shares and share: *shares (free it) gets
 * *count of them, which may be 0. Other names than fs_share_path's are passed over. */
int fs_shares_find(const char *folder, struct fs_share **shares, int *count, struct fs_error *error);

#endif
