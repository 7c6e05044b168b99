#ifndef FARSCALE_KERNELS_GROUPED_GEMM_H
#define FARSCALE_KERNELS_GROUPED_GEMM_H

/* The experts of one chip: one product per expert, all of one shape because every expert has the same number
 * of token places (GShard's capacity, Lepikhin et al. 2020). */

#include "kernels/gemm.h"

/** `groups` independent products as fs_gemm does them; the matrices of one operand lie one after the other.
 */
void fs_grouped_gemm(enum fs_gemm_form form, int groups, int m, int n, int k, const float *a, const float *b,
                     float beta, float *c);

#endif
