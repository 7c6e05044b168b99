#include "kernels/linear.h"

#include "kernels/gemm.h"
#include "kernels/grouped_gemm.h"

void fs_linear_forward(struct fs_linear shape, const float *x, const float *weight, float *y)
{
	fs_gemm(FS_GEMM_NN, shape.rows, shape.out, shape.in, x, weight, 0.0f, y);
}

void fs_linear_forward_add(struct fs_linear shape, const float *x, const float *weight, float *y)
{
	fs_gemm(FS_GEMM_NN, shape.rows, shape.out, shape.in, x, weight, 1.0f, y);
}

void fs_linear_backward(struct fs_linear shape, const float *x, const float *weight, const float *y_gradient,
                        float *weight_gradient, float *x_gradient)
{
	fs_linear_grouped_backward(1, shape, x, weight, y_gradient, weight_gradient, x_gradient);
}

void fs_linear_grouped_forward(int groups, struct fs_linear shape, const float *x, const float *weight,
                               float *y)
{
	fs_grouped_gemm(FS_GEMM_NN, groups, shape.rows, shape.out, shape.in, x, weight, 0.0f, y);
}

void fs_linear_grouped_backward(int groups, struct fs_linear shape, const float *x, const float *weight,
                                const float *y_gradient, float *weight_gradient, float *x_gradient)
{
	fs_grouped_gemm(FS_GEMM_TN, groups, shape.in, shape.out, shape.rows, x, y_gradient, 0.0f,
	                weight_gradient);
	fs_grouped_gemm(FS_GEMM_NT, groups, shape.rows, shape.in, shape.out, y_gradient, weight, 0.0f,
	                x_gradient);
}
