#include "kernels/grouped_gemm.h"

#include <stddef.h>

void fs_grouped_gemm(enum fs_gemm_form form, int groups, int m, int n, int k, const float *a, const float *b,
                     float beta, float *c)
{
	size_t a_size = (size_t)m * (size_t)k;
	size_t b_size = (size_t)k * (size_t)n;
	size_t c_size = (size_t)m * (size_t)n;

	for (int g = 0; g < groups; g++) {
		size_t at = (size_t)g;

		fs_gemm(form, m, n, k, a + at * a_size, b + at * b_size, beta, c + at * c_size);
	}
}
