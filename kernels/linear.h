#ifndef FARSCALE_KERNELS_LINEAR_H
#define FARSCALE_KERNELS_LINEAR_H

/* A linear layer y = x W without bias: x is rows x in, W in x out, y rows x out. */

struct fs_linear {
	int rows, in, out;
};

/** Overwrites y. */
void fs_linear_forward(struct fs_linear shape, const float *x, const float *weight, float *y);

/** Adds to y, as a residual branch does. */
void fs_linear_forward_add(struct fs_linear shape, const float *x, const float *weight, float *y);

/** From the gradient of y to those of W and x, which are overwritten. */
void fs_linear_backward(struct fs_linear shape, const float *x, const float *weight, const float *y_gradient,
                        float *weight_gradient, float *x_gradient);

/** The same for `groups` layers at once; their matrices lie one after the other. */
void fs_linear_grouped_forward(int groups, struct fs_linear shape, const float *x, const float *weight,
                               float *y);
void fs_linear_grouped_backward(int groups, struct fs_linear shape, const float *x, const float *weight,
                                const float *y_gradient, float *weight_gradient, float *x_gradient);

#endif
