#ifndef FARSCALE_BASE_TEXT_H
#define FARSCALE_BASE_TEXT_H

#include <stddef.h>

/** Edit distance (insert, delete, replace, swap of neighbours) of two short words; at most `limit` + 1. */
int fs_text_distance(const char *a, const char *b, int limit);

/** The word of `words` (ended by NULL) that `text` most likely means, or NULL if none is near. */
const char *fs_text_nearest(const char *text, const char *const *words);

/** Appends ", word" ("word" first) to a buffer; cuts with "..." when full. */
void fs_text_join(char *buffer, size_t size, const char *word);

/** "1.5 us", "3.20 ms", "12.3 s" into a buffer; returns it. */
const char *fs_text_seconds(double seconds, char *buffer, size_t size);

#endif
