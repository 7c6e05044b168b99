#ifndef FARSCALE_TESTS_PERMUTATION_H
#define FARSCALE_TESTS_PERMUTATION_H

/* A random permutation that both sides of a comparison can make: Fisher and Yates' shuffle, with numbers of
 * splitmix64 (as fs_mix64 makes them). */

#include <stddef.h>
#include <stdint.h>

static inline uint64_t permutation_mix(uint64_t value)
{
	value += 0x9e3779b97f4a7c15u;
	value = (value ^ value >> 30) * 0xbf58476d1ce4e5b9u;
	value = (value ^ value >> 27) * 0x94d049bb133111ebu;
	return value ^ value >> 31;
}

/** to[0 .. members-1]: 0 .. members-1 in the order of `seed`. A member may be its own. */
static inline void permutation_fill(uint64_t seed, size_t members, size_t *to)
{
	for (size_t i = 0; i < members; i++)
		to[i] = i;
	for (size_t i = members; i-- > 1;) {
		size_t j = (size_t)(permutation_mix(seed * 0x9e3779b97f4a7c15u + i) % (i + 1)), swap = to[i];
		to[i] = to[j];
		to[j] = swap;
	}
}

#endif
