#include "kernels/gemm.h"

#include <cblas.h>

void fs_gemm(enum fs_gemm_form form, int m, int n, int k, const float *a, const float *b, float beta,
             float *c)
{
	CBLAS_TRANSPOSE transpose_a = form == FS_GEMM_TN ? CblasTrans : CblasNoTrans;
	CBLAS_TRANSPOSE transpose_b = form == FS_GEMM_NT ? CblasTrans : CblasNoTrans;
	int a_stride = form == FS_GEMM_TN ? m : k;
	int b_stride = form == FS_GEMM_NT ? k : n;

	cblas_sgemm(CblasRowMajor, transpose_a, transpose_b, m, n, k, 1.0f, a, a_stride, b, b_stride, beta, c,
	            n);
}
