#include "kernels/attention.h"

#include "kernels/softmax.h"

#include <cblas.h>
#include <math.h>
#include <stddef.h>
#include <string.h>

/* c (m x n) = op(a) op(b), where the operands may be one head's columns of a wider matrix. */
struct operand {
	const float *at;
	int stride;
	CBLAS_TRANSPOSE transpose;
};

static void multiply(int m, int n, int k, struct operand a, struct operand b, float *c, int c_stride)
{
	cblas_sgemm(CblasRowMajor, a.transpose, b.transpose, m, n, k, 1.0f, a.at, a.stride, b.at, b.stride,
	            0.0f, c, c_stride);
}

static struct operand plain(const float *at, int stride)
{
	return (struct operand){at, stride, CblasNoTrans};
}

static struct operand transposed(const float *at, int stride)
{
	return (struct operand){at, stride, CblasTrans};
}

static float score_scale(int head_size)
{
	return 1.0f / sqrtf((float)head_size);
}

/* Row t sees columns 0 .. t. */
static void causal_softmax(float *scores, int tokens, float scale)
{
	size_t width = (size_t)tokens;

	for (size_t t = 0; t < width; t++) {
		float *row = scores + t * width;

		fs_softmax(row, t + 1, scale);
		memset(row + t + 1, 0, (width - t - 1) * sizeof *row);
	}
}

static void causal_softmax_backward(const float *probabilities, float *gradient, int tokens, float scale)
{
	size_t width = (size_t)tokens;

	for (size_t t = 0; t < width; t++) {
		float *row = gradient + t * width;

		fs_softmax_backward(probabilities + t * width, row, t + 1, scale);
		memset(row + t + 1, 0, (width - t - 1) * sizeof *row);
	}
}

void fs_attention_forward(const struct fs_attention_shape *shape, const float *qkv, float *probabilities,
                          float *out)
{
	int tokens = shape->tokens, hidden = shape->hidden, size = hidden / shape->heads, wide = 3 * hidden;

	for (int head = 0; head < shape->heads; head++) {
		const float *q = qkv + head * size;
		const float *k = q + hidden;
		const float *v = k + hidden;
		float *p = probabilities + (size_t)head * (size_t)tokens * (size_t)tokens;

		multiply(tokens, tokens, size, plain(q, wide), transposed(k, wide), p, tokens);
		causal_softmax(p, tokens, score_scale(size));
		multiply(tokens, size, tokens, plain(p, tokens), plain(v, wide), out + head * size, hidden);
	}
}

void fs_attention_backward(const struct fs_attention_shape *shape, const float *qkv,
                           const float *probabilities, const float *out_gradient, float *qkv_gradient,
                           float *scratch)
{
	int tokens = shape->tokens, hidden = shape->hidden, size = hidden / shape->heads, wide = 3 * hidden;

	for (int head = 0; head < shape->heads; head++) {
		const float *q = qkv + head * size;
		const float *k = q + hidden;
		const float *v = k + hidden;
		const float *p = probabilities + (size_t)head * (size_t)tokens * (size_t)tokens;
		const float *d_out = out_gradient + head * size;
		float *d_q = qkv_gradient + head * size;
		float *d_k = d_q + hidden;
		float *d_v = d_k + hidden;
		float *d_scores = scratch;

		multiply(tokens, size, tokens, transposed(p, tokens), plain(d_out, hidden), d_v, wide);
		multiply(tokens, tokens, size, plain(d_out, hidden), transposed(v, wide), d_scores, tokens);
		causal_softmax_backward(p, d_scores, tokens, score_scale(size));
		multiply(tokens, size, tokens, plain(d_scores, tokens), plain(k, wide), d_q, wide);
		multiply(tokens, size, tokens, transposed(d_scores, tokens), plain(q, wide), d_k, wide);
	}
}
