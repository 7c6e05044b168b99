#ifndef FARSCALE_KERNELS_HASH_H
#define FARSCALE_KERNELS_HASH_H

/* Random numbers by position: the same key and index always give the same number, in any order. */

#include <stdint.h>

/** 64 random bits for (key, index): SplitMix64's output function (Steele, Lea & Flood 2014). */
static inline uint64_t fs_kernel_hash(uint64_t key, uint64_t index)
{
	uint64_t x = key + (index + 1) * 0x9e3779b97f4a7c15u;

	x = (x ^ (x >> 30)) * 0xbf58476d1ce4e5b9u;
	x = (x ^ (x >> 27)) * 0x94d049bb133111ebu;
	return x ^ (x >> 31);
}

/** Uniform in -1 .. 1, all 24-bit fractions. */
static inline float fs_kernel_uniform(uint64_t key, uint64_t index)
{
	return (float)(fs_kernel_hash(key, index) >> 40) / (float)(1 << 23) - 1.0f;
}

#endif
