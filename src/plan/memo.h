#ifndef FARSCALE_PLAN_MEMO_H
#define FARSCALE_PLAN_MEMO_H

/* Remembers values by keys of a few words; a hash table that only grows. */

#include <stddef.h>
#include <stdint.h>

struct fs_memo;

/** Keys of so many words, values of so many bytes. */
struct fs_memo *fs_memo_create(int key_words, size_t value_size);
void fs_memo_destroy(struct fs_memo *memo);

/** Where the value of this key lies, zeroed and *known = 0 if it is new. Valid until the next call. */
void *fs_memo_at(struct fs_memo *memo, const uint64_t *key, int *known);

#endif
