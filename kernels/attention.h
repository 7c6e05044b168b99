#ifndef FARSCALE_KERNELS_ATTENTION_H
#define FARSCALE_KERNELS_ATTENTION_H

/* Causal multi-head attention over one sequence (Vaswani et al. 2017), as batched gemms and a softmax.
 *
 * qkv:           tokens x 3 hidden: each row holds queries, keys and values of all heads
 * probabilities: heads x tokens x tokens, kept for the backward pass; zero above the diagonal
 * out:           tokens x hidden
 */

struct fs_attention_shape {
	int tokens, hidden, heads; /* heads divides hidden */
};

/** Overwrites probabilities and out. */
void fs_attention_forward(const struct fs_attention_shape *shape, const float *qkv, float *probabilities,
                          float *out);

/** From the gradient of out to the gradient of qkv, which is overwritten. scratch: tokens x tokens floats. */
void fs_attention_backward(const struct fs_attention_shape *shape, const float *qkv,
                           const float *probabilities, const float *out_gradient, float *qkv_gradient,
                           float *scratch);

#endif
