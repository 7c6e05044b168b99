#ifndef FARSCALE_KERNELS_NORM_H
#define FARSCALE_KERNELS_NORM_H

/* Layer normalisation (Ba, Kiros & Hinton 2016) of `rows` rows of `width` floats. */

/** What the backward pass needs: rows x width normalised values, and 1 / standard deviation of each row. */
struct fs_norm_kept {
	float *normal, *inverse_deviation;
};

/** out = gain * (in - mean) / deviation + bias. Fills kept. */
void fs_norm_forward(int rows, int width, const float *in, const float *gain, const float *bias,
                     const struct fs_norm_kept *kept, float *out);

/** Adds the gradient of the input to in_gradient; overwrites those of gain and bias. */
void fs_norm_backward(int rows, int width, const struct fs_norm_kept *kept, const float *gain,
                      const float *out_gradient, float *in_gradient, float *gain_gradient,
                      float *bias_gradient);

#endif
