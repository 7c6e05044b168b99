#include "plan/memo.h"

#include "base/error.h"

#include <stdlib.h>
#include <string.h>

struct fs_memo {
	int words;
	size_t entry; /* bytes: a word that says whether it is taken, the key, the value */
	size_t room, count;
	char *entries;
};

struct fs_memo *fs_memo_create(int key_words, size_t value_size)
{
	enum { FIRST_ROOM = 256 };
	struct fs_memo *memo = fs_allocate_zeroed(1, sizeof *memo);
	size_t head = ((size_t)key_words + 1) * sizeof(uint64_t);
	memo->words = key_words;
	memo->entry = (head + value_size + 7) / 8 * 8;
	memo->room = FIRST_ROOM;
	memo->entries = fs_allocate_zeroed(memo->room, memo->entry);
	return memo;
}

void fs_memo_destroy(struct fs_memo *memo)
{
	if (!memo)
		return;
	free(memo->entries);
	free(memo);
}

/* Multiply and fold each word, as in wyhash; the order of entries is never seen. */
static uint64_t hash(const struct fs_memo *memo, const uint64_t *key)
{
	uint64_t sum = 0x9e3779b97f4a7c15u;
	for (int i = 0; i < memo->words; i++) {
		sum = (sum ^ key[i]) * 0xd6e8feb86659fd93u;
		sum ^= sum >> 32;
	}
	return sum;
}

/* The key's entry, or the free one where it belongs. */
static uint64_t *seek(const struct fs_memo *memo, const uint64_t *key)
{
	for (size_t i = hash(memo, key) & (memo->room - 1);; i = (i + 1) & (memo->room - 1)) {
		uint64_t *entry = (uint64_t *)(void *)(memo->entries + i * memo->entry);
		if (!entry[0] || memcmp(entry + 1, key, (size_t)memo->words * sizeof *key) == 0)
			return entry;
	}
}

static void grow(struct fs_memo *memo)
{
	struct fs_memo larger = *memo;
	larger.room = 2 * memo->room;
	larger.entries = fs_allocate_zeroed(larger.room, larger.entry);
	for (size_t i = 0; i < memo->room; i++) {
		const uint64_t *old = (const uint64_t *)(const void *)(memo->entries + i * memo->entry);
		if (old[0])
			memcpy(seek(&larger, old + 1), old, memo->entry);
	}
	free(memo->entries);
	*memo = larger;
}

void *fs_memo_at(struct fs_memo *memo, const uint64_t *key, int *known)
{
	if (2 * memo->count >= memo->room)
		grow(memo);
	uint64_t *entry = seek(memo, key);
	*known = entry[0] != 0;
	if (!*known) {
		entry[0] = 1;
		memcpy(entry + 1, key, (size_t)memo->words * sizeof *key);
		memo->count++;
	}
	return entry + 1 + memo->words;
}
