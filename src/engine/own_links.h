#ifndef FARSCALE_ENGINE_OWN_LINKS_H
#define FARSCALE_ENGINE_OWN_LINKS_H

/* What one chip's messages get in one iteration of a step, when all chips send at once: what links.h tells of
 * a whole block. */

#include <stdint.h>

struct fs_contention;
struct fs_iteration;
struct fs_system;

struct fs_own_links {
	double alpha_in, beta_in; /* s, s/byte, of the message that comes; 0 if none does */
	double beta_out;          /* s/byte of the message that goes; 0 if none does */
};

/** contention: NULL where nothing blocks. */
struct fs_own_links fs_own_links_of(const struct fs_system *system, struct fs_contention *contention,
                                    const struct fs_iteration *iteration, uint64_t chip);

#endif
