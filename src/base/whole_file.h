#ifndef FARSCALE_BASE_WHOLE_FILE_H
#define FARSCALE_BASE_WHOLE_FILE_H

/* A file that is there whole, or as it was before: written as PATH.part beside it, closed, renamed. What a
 * writer that was killed left as PATH.part the next one writes over. What is no regular file (a pipe,
 * /dev/stdout) is written as it is. */

#include <limits.h>
#include <stdio.h>

struct fs_error;

struct fs_whole_file {
	FILE *out;                                             /* write here */
	char path[PATH_MAX], target[PATH_MAX], part[PATH_MAX]; /* part: empty if `path` itself is written */
	int lock;                                              /* keeps others from writing the part */
};

/** Begins `path`. -1 with "cannot write PATH: why"; also where another process is writing it. */
int fs_whole_file_begin(struct fs_whole_file *file, const char *path, struct fs_error *error);

/** Ends it. -1 with "cannot write PATH: why" if anything since the beginning failed (a full disk); then the
 * old file, if there was one, is still there, and no part of the new one. */
int fs_whole_file_end(struct fs_whole_file *file, struct fs_error *error);

/** Ends it without the new file. */
void fs_whole_file_drop(struct fs_whole_file *file);

#endif
