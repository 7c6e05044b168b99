#ifndef FARSCALE_KERNELS_LANGUAGE_H
#define FARSCALE_KERNELS_LANGUAGE_H

/* A language that a small model can learn: a Markov chain in which every symbol has three likely successors,
 * chosen by the seed, with probabilities 1/2, 1/4 and 1/4. A perfect model's cross-entropy is 1.5 bits, 1.04
 * nats. */

#include <stdint.h>

struct fs_language {
	uint64_t seed;
	int vocabulary;
};

/** Writes a text of `count` symbols in 0 .. vocabulary-1; equal (language, text) give equal symbols. */
void fs_language_write(const struct fs_language *language, uint64_t text, int *symbols, int count);

#endif
