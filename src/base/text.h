#ifndef FARSCALE_BASE_TEXT_H
#define FARSCALE_BASE_TEXT_H

#include <stdbool.h>
#include <stddef.h>

/** Edit distance (insert, delete, replace, swap of neighbours) of two short words; at most `limit` + 1. */
int fs_text_distance(const char *a, const char *b, int limit);

/** The word of `words` (ended by NULL) that `text` most likely means, or NULL if none is near. */
const char *fs_text_nearest(const char *text, const char *const *words);

/** Appends ", word" ("word" first) to a buffer; cuts with "..." when full. */
void fs_text_join(char *buffer, size_t size, const char *word);

/** Bytes of the character of UTF-8 (RFC 3629) that the `left` bytes at `text` begin with; 0: they begin with
 * none. */
size_t fs_text_character(const char *text, size_t left);

/** Does it, valid UTF-8, begin with a control character (C0, NUL among them, DEL, C1)? */
bool fs_text_controls(const char *text);

/** Makes `text` one line that a terminal shows as it is: control characters and bytes that are no UTF-8
 * become
 * '?'. In place; returns it. */
char *fs_text_plain(char *text);

/** "1.5 us", "3.20 ms", "12.3 s" into a buffer; returns it. */
const char *fs_text_seconds(double seconds, char *buffer, size_t size);

/** How long a person has to wait: "42 s", "9 min", "4.5 h", "12 days"; returns the buffer. */
const char *fs_text_duration(double seconds, char *buffer, size_t size);

/** A large count, to three digits: "950", "15.5 k", "1.9 G", "1.1 T"; returns the buffer. */
const char *fs_text_count(double count, char *buffer, size_t size);

#endif
