#ifndef FARSCALE_BASE_RANDOM_INLINE_H
#define FARSCALE_BASE_RANDOM_INLINE_H

/*
 * The arithmetic of random.h, for loops over many numbers that a compiler can do several at a time: without
 * branches or calls, and without conversions that only the newest instructions have. Same operations in the
 * same order, so the same bits.
 */

#include "base/random.h"

#include <math.h>
#include <string.h>

/* 52 bits and a half, so that neither 0 nor 1 occurs. As the fraction of a double they make 2^52 more. */
static inline double fs_uniform_inline(uint64_t bits52)
{
	uint64_t bits = bits52 | 0x4330000000000000ull;
	double more;
	memcpy(&more, &bits, sizeof more);
	return ((more - 0x1p52) + 0.5) * 0x1p-52;
}

static inline struct fs_uniform_pair fs_random_pair_inline(uint64_t seed, uint64_t chip, uint32_t step,
                                                           uint32_t draw)
{
	uint32_t c0 = (uint32_t)chip, c1 = (uint32_t)(chip >> 32), c2 = step, c3 = draw;
	uint32_t k0 = (uint32_t)seed, k1 = (uint32_t)(seed >> 32);
	for (int round = 0; round < 10; round++) {
		uint64_t p0 = (uint64_t)0xD2511F53u * c0, p1 = (uint64_t)0xCD9E8D57u * c2;
		uint32_t n0 = (uint32_t)(p1 >> 32) ^ c1 ^ k0, n2 = (uint32_t)(p0 >> 32) ^ c3 ^ k1;
		c0 = n0, c1 = (uint32_t)p1, c2 = n2, c3 = (uint32_t)p0;
		k0 += 0x9E3779B9u, k1 += 0xBB67AE85u;
	}
	uint64_t a = ((uint64_t)c1 << 32 | c0) >> 12, b = ((uint64_t)c3 << 32 | c2) >> 12;
	return (struct fs_uniform_pair){fs_uniform_inline(a), fs_uniform_inline(b)};
}

static const double FS_LN2_HIGH = 0x1.62e42fefa38p-1; /* 44 bits, so that k * FS_LN2_HIGH is exact */
static const double FS_LN2_LOW = 0x1.ef35793c7673p-45;

/* x = 2^k * m with m in [sqrt(1/2), sqrt(2)); log m = 2 atanh(f), f = (m - 1) / (m + 1), |f| < 0.1716. */
static inline double fs_log_inline(double x)
{
	uint64_t bits;
	memcpy(&bits, &x, sizeof bits);
	int k = (int)(bits >> 52) - 1023;
	bits = (bits & 0xFFFFFFFFFFFFFull) | 0x3FF0000000000000ull;
	double m;
	memcpy(&m, &bits, sizeof m);
	if (m > 1.4142135623730951)
		m *= 0.5, k++;
	double f = (m - 1) / (m + 1), f2 = f * f, series = 0;
	for (int odd = 21; odd >= 3; odd -= 2)
		series = (series + 1.0 / odd) * f2;
	return k * FS_LN2_HIGH + (2 * f + (2 * f * series + k * FS_LN2_LOW));
}

/* Added to a number below 2^51, it leaves no room for a fraction, and the whole number lies in the last bits.
 */
static const double FS_WHOLE = 0x1.8p52;

static inline double fs_floor_inline(double x)
{
	double nearest = (x + FS_WHOLE) - FS_WHOLE;
	return nearest > x ? nearest - 1 : nearest;
}

/* x = k ln 2 + r with |r| <= ln 2 / 2; Taylor's series of e^r to the 13th power. */
static inline double fs_exp_inline(double x)
{
	double k = fs_floor_inline(x * 1.4426950408889634 + 0.5);
	double r = (x - k * FS_LN2_HIGH) - k * FS_LN2_LOW, series = 1;
	for (int n = 13; n >= 1; n--)
		series = 1 + series * r / n;
	double whole = k + FS_WHOLE, power;
	uint64_t bits;
	memcpy(&bits, &whole, sizeof bits);
	bits = (bits + 1023) << 52;
	memcpy(&power, &bits, sizeof power);
	return series * power;
}

/* Coefficients of the rational approximations of AS 241, from degree 0 on: numerator and denominator. */
static const double FS_QUANTILE_CENTRE[2][8] = {
        {3.3871328727963666080e0, 1.3314166789178437745e2, 1.9715909503065514427e3, 1.3731693765509461125e4,
         4.5921953931549871457e4, 6.7265770927008700853e4, 3.3430575583588128105e4, 2.5090809287301226727e3},
        {1.0, 4.2313330701600911252e1, 6.8718700749205790830e2, 5.3941960214247511077e3,
         2.1213794301586595867e4, 3.9307895800092710610e4, 2.8729085735721942674e4,
         5.2264952788528545610e3}}; /* |p - 1/2| <= 0.425 */
static const double FS_QUANTILE_TAIL[2][8] = {
        {1.42343711074968357734e0, 4.63033784615654529590e0, 5.76949722146069140550e0,
         3.64784832476320460504e0, 1.27045825245236838258e0, 2.41780725177450611770e-1,
         2.27238449892691845833e-2, 7.74545014278341407640e-4},
        {1.0, 2.05319162663775882187e0, 1.67638483018380384940e0, 6.89767334985100004550e-1,
         1.48103976427480074590e-1, 1.51986665636164571966e-2, 5.47593808499534494600e-4,
         1.05075007164441684324e-9}}; /* r <= 5 */
static const double FS_QUANTILE_FAR_TAIL[2][8] = {
        {6.65790464350110377720e0, 5.46378491116411436990e0, 1.78482653991729133580e0,
         2.96560571828504891230e-1, 2.65321895265761230930e-2, 1.24266094738807843860e-3,
         2.71155556874348757815e-5, 2.01033439929228813265e-7},
        {1.0, 5.99832206555887937690e-1, 1.36929880922735805310e-1, 1.48753612908506148525e-2,
         7.86869131145613259100e-4, 1.84631831751005468180e-5, 1.42151175831644588870e-7,
         2.04426310338993978564e-15}}; /* beyond */

/** scale * numerator / denominator, from left to right. */
static inline double fs_ratio_inline(double scale, const double coefficient[2][8], double x)
{
	double above = coefficient[0][7], below = coefficient[1][7];
	for (int degree = 6; degree >= 0; degree--) {
		above = above * x + coefficient[0][degree];
		below = below * x + coefficient[1][degree];
	}
	return scale * above / below;
}

/** Where fs_normal_centre_inline holds. */
static inline int fs_normal_is_central(double p)
{
	return fabs(p - 0.5) <= 0.425;
}

/** The size of the quantile in a tail, from root = sqrt(-log(distance from the nearer end)), at most 5; and
 * whether root may be above. */
static inline double fs_normal_tail_inline(double root)
{
	return fs_ratio_inline(1, FS_QUANTILE_TAIL, root - 1.6);
}

static inline int fs_normal_is_far(double p)
{
	return (p < 0.5 ? p : 1 - p) < 1.4e-11; /* exp(-25) = 1.39e-11 */
}

static inline double fs_normal_centre_inline(double p)
{
	double q = p - 0.5;
	return fs_ratio_inline(q, FS_QUANTILE_CENTRE, 0.180625 - q * q);
}

#endif
