#include "kernels/norm.h"

#include "kernels/hot.h"

#include <math.h>
#include <stddef.h>
#include <string.h>

static const float epsilon = 1e-5f; /* keeps a constant row finite */

FS_HOT static float normalise_row(size_t width, const float *restrict in, float *restrict normal)
{
	float sum = 0.0f, squares = 0.0f;

	for (size_t i = 0; i < width; i++)
		sum += in[i];
	float mean = sum / (float)width;
	for (size_t i = 0; i < width; i++)
		squares += (in[i] - mean) * (in[i] - mean);
	float inverse_deviation = 1.0f / sqrtf(squares / (float)width + epsilon);
	for (size_t i = 0; i < width; i++)
		normal[i] = (in[i] - mean) * inverse_deviation;
	return inverse_deviation;
}

void fs_norm_forward(int rows, int width, const float *in, const float *gain, const float *bias,
                     const struct fs_norm_kept *kept, float *out)
{
	size_t columns = (size_t)width;

	for (size_t row = 0; row < (size_t)rows; row++) {
		float *normal = kept->normal + row * columns;

		kept->inverse_deviation[row] = normalise_row(columns, in + row * columns, normal);
		for (size_t i = 0; i < columns; i++)
			out[row * columns + i] = gain[i] * normal[i] + bias[i];
	}
}

/* With n = normal and g = gain * out_gradient: in_gradient = (g - mean(g) - n * mean(g * n)) / deviation. */
FS_HOT static void row_backward(size_t width, const float *restrict normal, float inverse_deviation,
                                const float *restrict gain, const float *restrict out_gradient,
                                float *restrict in_gradient)
{
	float sum = 0.0f, product = 0.0f;

	for (size_t i = 0; i < width; i++) {
		float g = gain[i] * out_gradient[i];

		sum += g;
		product += g * normal[i];
	}
	float mean = sum / (float)width, slope = product / (float)width;
	for (size_t i = 0; i < width; i++)
		in_gradient[i] += inverse_deviation * (gain[i] * out_gradient[i] - mean - normal[i] * slope);
}

void fs_norm_backward(int rows, int width, const struct fs_norm_kept *kept, const float *gain,
                      const float *out_gradient, float *in_gradient, float *gain_gradient,
                      float *bias_gradient)
{
	size_t columns = (size_t)width;

	memset(gain_gradient, 0, columns * sizeof *gain_gradient);
	memset(bias_gradient, 0, columns * sizeof *bias_gradient);
	for (size_t row = 0; row < (size_t)rows; row++) {
		const float *normal = kept->normal + row * columns;
		const float *gradient = out_gradient + row * columns;

		for (size_t i = 0; i < columns; i++) {
			gain_gradient[i] += gradient[i] * normal[i];
			bias_gradient[i] += gradient[i];
		}
		row_backward(columns, normal, kept->inverse_deviation[row], gain, gradient,
		             in_gradient + row * columns);
	}
}
