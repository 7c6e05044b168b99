#ifndef FARSCALE_KERNELS_STREAM_H
#define FARSCALE_KERNELS_STREAM_H

/* Memory-bound kernels: a few operations on each element that passes by. */

#include <stddef.h>

/** SGD with momentum (Polyak 1964): velocity = momentum * velocity + scale * gradient; weight -= rate *
 * velocity. */
struct fs_sgd {
	float rate, momentum, scale;
};
void fs_stream_sgd(struct fs_sgd sgd, float *weight, float *velocity, const float *gradient, size_t count);

/** out = GELU(in) in the tanh form (Hendrycks & Gimpel 2016). */
void fs_stream_gelu(const float *in, float *out, size_t count);

/** Gradient through GELU, in place: gradient holds d(out) on entry, d(in) on return. */
void fs_stream_gelu_backward(const float *in, float *gradient, size_t count);

#endif
