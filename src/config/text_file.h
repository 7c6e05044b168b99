#ifndef FARSCALE_CONFIG_TEXT_FILE_H
#define FARSCALE_CONFIG_TEXT_FILE_H

#include <stddef.h>

struct fs_error;

enum { FS_LARGEST_FILE = 1 << 20 }; /* bytes */

/** Reads a regular file of at most FS_LARGEST_FILE bytes. *text ends with a NUL beyond *length; the caller
 * frees it. */
int fs_text_file_read(const char *path, char **text, size_t *length, struct fs_error *error);

/** Refuses bytes that are no text: invalid UTF-8 (RFC 3629), NUL and other control characters.
 *  Errors start with path:line:column; columns count characters. */
int fs_text_check(const char *path, const char *text, size_t length, struct fs_error *error);

#endif
