#include "kernels/stream.h"

#include "kernels/exponential.h"
#include "kernels/hot.h"

FS_HOT void fs_stream_sgd(struct fs_sgd sgd, float *restrict weight, float *restrict velocity,
                          const float *restrict gradient, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		velocity[i] = sgd.momentum * velocity[i] + sgd.scale * gradient[i];
		weight[i] -= sgd.rate * velocity[i];
	}
}

/* GELU(x) = x / 2 * (1 + tanh(u)) = x * s with s = 1 / (1 + e^-2u) and 2u = x * (linear + cubic * x^2). */
static const float linear = 1.5957691216f; /* 2 sqrt(2 / pi) */
static const float cubic = 0.044715f * 1.5957691216f;

static inline float gelu_gate(float x)
{
	return 1.0f / (1.0f + fs_expf(-x * (linear + cubic * x * x)));
}

FS_HOT void fs_stream_gelu(const float *restrict in, float *restrict out, size_t count)
{
	for (size_t i = 0; i < count; i++)
		out[i] = in[i] * gelu_gate(in[i]);
}

FS_HOT void fs_stream_gelu_backward(const float *restrict in, float *restrict gradient, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		float x = in[i], gate = gelu_gate(x);
		float slope = linear + 3.0f * cubic * x * x;

		gradient[i] *= gate + x * gate * (1.0f - gate) * slope;
	}
}
