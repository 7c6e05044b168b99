#include "engine/jitter.h"

#include "base/random.h"
#include "topology/system.h"

double fs_jitter_factor(const struct fs_jitter *jitter, uint64_t seed, uint64_t chip, uint32_t step,
                        uint32_t op)
{
	struct fs_uniform_pair uniform = fs_random_pair(seed, chip, step, op);
	double factor = fs_exp(jitter->core_sigma.value * fs_normal_quantile(uniform.first));
	double p = jitter->tail_probability.value;
	if (uniform.second < p)
		factor -= jitter->tail_mean.value * fs_log(uniform.second / p);
	return factor;
}
