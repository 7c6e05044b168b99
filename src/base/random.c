#include "base/random.h"

#include "base/random_inline.h"

struct fs_uniform_pair fs_random_pair(uint64_t seed, uint64_t chip, uint32_t step, uint32_t draw)
{
	return fs_random_pair_inline(seed, chip, step, draw);
}

double fs_log(double x)
{
	return fs_log_inline(x);
}

double fs_exp(double x)
{
	return fs_exp_inline(x);
}

double fs_normal_quantile(double p)
{
	if (fs_normal_is_central(p))
		return fs_normal_centre_inline(p);
	double r = sqrt(-fs_log_inline(p < 0.5 ? p : 1 - p));
	double z = r <= 5 ? fs_normal_tail_inline(r) : fs_ratio_inline(1, FS_QUANTILE_FAR_TAIL, r - 5);
	return p < 0.5 ? -z : z;
}

uint64_t fs_mix64(uint64_t value)
{
	value += 0x9E3779B97F4A7C15ull;
	value = (value ^ value >> 30) * 0xBF58476D1CE4E5B9ull;
	value = (value ^ value >> 27) * 0x94D049BB133111EBull;
	return value ^ value >> 31;
}
