#ifndef FARSCALE_KERNELS_EXPONENTIAL_H
#define FARSCALE_KERNELS_EXPONENTIAL_H

/* e^x without branches or calls, so that loops over it vectorise, and with the same bits on every machine. */

#include <stdint.h>
#include <string.h>

/** e^x to about 2e-7 relative for x in -87 .. 88; x outside is taken as the nearer end. Range reduction by
 * powers of two and the minimax polynomial of the Cephes library (expf.c, Moshier 1989). */
static inline float fs_expf(float x)
{
	const float log2_e = 1.44269504088896341f;
	const float ln2_high = 0.693359375f, ln2_low = -2.12194440e-4f;
	const float rounder = 12582912.0f; /* 1.5 * 2^23: adding it rounds to an integer */

	x = x < -87.0f ? -87.0f : x;
	x = x > 88.0f ? 88.0f : x;

	float n = (x * log2_e + rounder) - rounder;
	float r = (x - n * ln2_high) - n * ln2_low;
	float p = 1.9875691500e-4f;
	p = p * r + 1.3981999507e-3f;
	p = p * r + 8.3334519073e-3f;
	p = p * r + 4.1665795894e-2f;
	p = p * r + 1.6666665459e-1f;
	p = p * r + 5.0000001201e-1f;
	p = p * r * r + r + 1.0f;

	int32_t bits = ((int32_t)n + 127) * (1 << 23);
	float power;
	memcpy(&power, &bits, sizeof power);
	return p * power;
}

#endif
