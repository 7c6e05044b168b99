#include "kernels/language.h"

#include "kernels/hash.h"

enum { SUCCESSORS = 3 };

static int successor(const struct fs_language *language, int symbol, uint64_t draw)
{
	static const uint64_t choice[4] = {0, 0, 1, 2};
	uint64_t word = (uint64_t)symbol * SUCCESSORS + choice[draw % 4];

	return (int)(fs_kernel_hash(language->seed, word) % (uint64_t)language->vocabulary);
}

void fs_language_write(const struct fs_language *language, uint64_t text, int *symbols, int count)
{
	uint64_t key = fs_kernel_hash(~language->seed, text);

	symbols[0] = (int)(fs_kernel_hash(key, 0) % (uint64_t)language->vocabulary);
	for (int i = 1; i < count; i++)
		symbols[i] = successor(language, symbols[i - 1], fs_kernel_hash(key, (uint64_t)i));
}
