#ifndef FARSCALE_KERNELS_GEMM_H
#define FARSCALE_KERNELS_GEMM_H

/* Dense matrix product on CBLAS, float32, row-major, without gaps between rows. */

/** Which operand is read transposed. The three that a linear layer y = x W needs: */
enum fs_gemm_form {
	FS_GEMM_NN, /* forward: y = x W */
	FS_GEMM_NT, /* backward: dx = dy W^T */
	FS_GEMM_TN  /* backward: dW = x^T dy */
};

/** c (m x n) = op(a) (m x k) * op(b) (k x n) + beta * c. With beta 0, c need not be initialised. */
void fs_gemm(enum fs_gemm_form form, int m, int n, int k, const float *a, const float *b, float beta,
             float *c);

#endif
