#ifndef FARSCALE_ENGINE_JITTER_H
#define FARSCALE_ENGINE_JITTER_H

#include <stdint.h>

struct fs_jitter;

/** By how much one kernel on one chip takes longer than the model says: exp(core_sigma * N(0,1)), and with
 *  tail_probability an exponential tail of mean tail_mean on top. Depends on its coordinates alone. */
double fs_jitter_factor(const struct fs_jitter *jitter, uint64_t seed, uint64_t chip, uint32_t step,
                        uint32_t op);

/** factor[i]: that of chip `first_chip` + i, the same bits, in a fraction of the time. */
void fs_jitter_factors(const struct fs_jitter *jitter, uint64_t seed, uint64_t first_chip, uint64_t count,
                       uint32_t step, uint32_t op, double *factor);

#endif
