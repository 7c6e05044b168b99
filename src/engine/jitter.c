#include "engine/jitter.h"

#include "base/random.h"
#include "base/random_inline.h"
#include "kernels/hot.h"
#include "topology/system.h"

enum { BLOCK = 512 }; /* chips whose numbers stay in the first cache */

static double with_tail(const struct fs_jitter *jitter, double core, double uniform)
{
	double p = jitter->tail_probability.value;
	return uniform < p ? core - jitter->tail_mean.value * fs_log(uniform / p) : core;
}

double fs_jitter_factor(const struct fs_jitter *jitter, uint64_t seed, uint64_t chip, uint32_t step,
                        uint32_t op)
{
	struct fs_uniform_pair uniform = fs_random_pair(seed, chip, step, op);
	double core = fs_exp(jitter->core_sigma.value * fs_normal_quantile(uniform.first));
	return with_tail(jitter, core, uniform.second);
}

FS_HOT static void draw(uint64_t seed, uint64_t first_chip, uint32_t count, uint32_t step, uint32_t op,
                        double *restrict first, double *restrict second)
{
	for (uint32_t i = 0; i < count; i++) {
		struct fs_uniform_pair uniform = fs_random_pair_inline(seed, first_chip + i, step, op);
		first[i] = uniform.first;
		second[i] = uniform.second;
	}
}

FS_HOT static void quantiles_of_centre(uint32_t count, const double *restrict p, double *restrict z)
{
	for (uint32_t i = 0; i < count; i++)
		z[i] = fs_normal_centre_inline(p[i]);
}

FS_HOT static void exponentials(uint32_t count, double scale, const double *restrict z,
                                double *restrict factor)
{
	for (uint32_t i = 0; i < count; i++)
		factor[i] = fs_exp_inline(scale * z[i]);
}

FS_HOT static void logarithms_of_tails(uint32_t count, const double *restrict p, double *restrict logarithm)
{
	for (uint32_t i = 0; i < count; i++)
		logarithm[i] = -fs_log_inline(p[i] < 0.5 ? p[i] : 1 - p[i]);
}

FS_HOT static void tails_from_roots(uint32_t count, const double *restrict p, const double *restrict root,
                                    double *restrict z)
{
	for (uint32_t i = 0; i < count; i++) {
		double size = fs_normal_tail_inline(root[i]);
		z[i] = p[i] < 0.5 ? -size : size;
	}
}

/* Of numbers that lie not in the centre, nor far out, as fs_normal_quantile. */
static void quantiles_of_tails(uint32_t count, const double *p, double *z)
{
	double root[BLOCK];
	logarithms_of_tails(count, p, root);
	for (uint32_t i = 0; i < count; i++)
		root[i] = sqrt(root[i]);
	tails_from_roots(count, p, root, z);
}

/* A seventh of all: put side by side, so that they, too, go several at a time. */
static void replace_tails(uint32_t count, const double *p, double *z)
{
	double tail_p[BLOCK], tail_z[BLOCK];
	uint32_t place[BLOCK], tails = 0;
	for (uint32_t i = 0; i < count; i++) {
		tail_p[tails] = p[i];
		place[tails] = i;
		tails += !fs_normal_is_central(p[i]);
	}
	quantiles_of_tails(tails, tail_p, tail_z);
	for (uint32_t k = 0; k < tails; k++)
		z[place[k]] = fs_normal_is_far(tail_p[k]) ? fs_normal_quantile(tail_p[k]) : tail_z[k];
}

static void draw_block(const struct fs_jitter *jitter, uint64_t seed, uint64_t first_chip, uint32_t count,
                       uint32_t step, uint32_t op, double *factor)
{
	double first[BLOCK], second[BLOCK], z[BLOCK];
	draw(seed, first_chip, count, step, op, first, second);
	quantiles_of_centre(count, first, z);
	replace_tails(count, first, z);
	exponentials(count, jitter->core_sigma.value, z, factor);
	for (uint32_t i = 0; i < count; i++)
		factor[i] = with_tail(jitter, factor[i], second[i]);
}

void fs_jitter_factors(const struct fs_jitter *jitter, uint64_t seed, uint64_t first_chip, uint64_t count,
                       uint32_t step, uint32_t op, double *factor)
{
	for (uint64_t done = 0; done < count; done += BLOCK) {
		uint64_t left = count - done;
		draw_block(jitter, seed, first_chip + done, left < BLOCK ? (uint32_t)left : BLOCK, step, op,
		           factor + done);
	}
}
