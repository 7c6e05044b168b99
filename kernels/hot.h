#ifndef FARSCALE_KERNELS_HOT_H
#define FARSCALE_KERNELS_HOT_H

/* FS_HOT before a function: compiled for plain x86-64, AVX2 and AVX-512, the best one chosen when the program
 * is loaded. The choice goes through ifunc, which needs gcc and glibc and does not mix with sanitizers;
 * elsewhere FS_HOT means nothing. Results are the same bits in all versions: contraction is off and sums are
 * not reordered. */

#include <stdint.h> /* defines __GLIBC__ where there is one */

#if defined(__x86_64__) && defined(__GLIBC__) && defined(__GNUC__) && !defined(__clang__) &&                 \
        !defined(FARSCALE_SANITIZE)
#define FS_HOT __attribute__((target_clones("default", "arch=x86-64-v3", "arch=x86-64-v4")))
#else
#define FS_HOT
#endif

#endif
