#ifndef FARSCALE_KERNELS_TRAIN_STATE_H
#define FARSCALE_KERNELS_TRAIN_STATE_H

/* Inside the trainer: what its files share. Matrices are row-major; [tokens x hidden] is a shape. */

#include "kernels/norm.h"
#include "kernels/train.h"

enum { FS_FORWARD, FS_BACKWARD, FS_DIRECTIONS };

/* Parameters by name: views into a block of weights or, alike, of gradients. */
struct fs_layer_parameters {
	float *norm1_gain, *norm1_bias, *qkv, *projection; /* qkv: [hidden x 3 hidden] */
	float *norm2_gain, *norm2_bias;
	float *up, *down; /* dense: [hidden x ffn], [ffn x hidden] */
	float *router;    /* MoE: [hidden x experts] */
};

struct fs_outer_parameters {
	float *embedding, *position; /* [vocabulary x hidden], [tokens x hidden] */
	float *norm_gain, *norm_bias;
	float *head; /* [hidden x vocabulary] */
};

struct fs_expert_parameters {
	float *up, *down; /* one matrix per expert of this chip */
};

/* All parameters of one kind, block after block. */
struct fs_parameters {
	size_t floats;
	float *weight, *gradient, *velocity;
};

/* What the forward pass of a layer keeps for the backward pass. "row": a token place of the experts; the rows
 * of a buffer go by (slot, expert of that chip, place), those inside by (expert, slot, place). */
struct fs_layer_kept {
	struct fs_norm_kept norm1, norm2;
	float *normed1, *normed2; /* [tokens x hidden] */
	float *qkv;               /* [tokens x 3 hidden] */
	float *probabilities;     /* [heads x tokens x tokens] */
	float *attended;          /* [tokens x hidden] */
	float *up, *gelu;         /* dense [tokens x ffn], MoE [rows x ffn] */

	float *gate;      /* [tokens x experts], router probabilities */
	float *favour;    /* [experts], added to the gate for choosing only */
	int *demand;      /* [experts], how many of this chip's tokens chose it */
	int *chosen;      /* [tokens x top_k], experts */
	int *row;         /* [tokens x top_k], where in the dispatch buffer; FS_DROPPED: nowhere */
	float *expert_in; /* [rows x hidden] */
	float *dispatch[FS_DIRECTIONS], *combine[FS_DIRECTIONS]; /* [rows x hidden] */
};

enum { FS_DROPPED = -1 };

struct fs_trainer {
	struct fs_trainer_shape shape;
	int local_experts; /* experts of this chip */
	int capacity;      /* token places per source chip and expert */
	int rows;          /* token places of one buffer: experts * capacity */

	size_t layer_floats, head_floats, embedding_floats, expert_floats; /* parameters of one block */
	struct fs_parameters dense; /* layers, then final norm and head, then embedding */
	struct fs_parameters experts;
	struct fs_layer_kept *layer;

	int *symbols; /* tokens + 1: inputs are the first, targets the last */
	uint64_t batches;
	float *residual, *residual_gradient; /* [tokens x hidden] */
	struct fs_norm_kept norm;
	float *normed;        /* [tokens x hidden] */
	float *probabilities; /* [tokens x vocabulary]; backward: gradient of the logits */
	double loss;
	uint64_t dropped;

	/* Gradients on their way from one piece to the next. */
	float *normed_gradient, *attended_gradient; /* [tokens x hidden] */
	float *qkv_gradient;                        /* [tokens x 3 hidden] */
	float *up_gradient;                         /* as up of a layer */
	float *score_gradient;                      /* [tokens x tokens] */
	float *gate_gradient;                       /* [tokens x experts] */

	float *expert_rows; /* [rows x hidden], for the length of one piece */

	void *memory; /* what all of the above point into */
};

/* train_weights.c */

/** Sizes of the blocks, from the shape. */
void fs_train_size_blocks(struct fs_trainer *trainer);

/** The parameters of block `index` of dense.weight, dense.gradient ... */
struct fs_layer_parameters fs_train_layer(const struct fs_trainer *trainer, float *dense, int layer);
struct fs_outer_parameters fs_train_outer(const struct fs_trainer *trainer, float *dense);
struct fs_expert_parameters fs_train_experts(const struct fs_trainer *trainer, float *experts, int layer);

/** First weights: gains 1, biases 0; uniform around 0 with variance 1 / inputs in matrices, 1 in the
 * embedding. */
void fs_train_initialise(struct fs_trainer *trainer);

/* Pieces of a step. train_dense.c: */
void fs_train_embed(struct fs_trainer *trainer, int layer);
void fs_train_embed_backward(struct fs_trainer *trainer, int layer);
void fs_train_qkv(struct fs_trainer *trainer, int layer);
void fs_train_qkv_backward(struct fs_trainer *trainer, int layer);
void fs_train_attention(struct fs_trainer *trainer, int layer);
void fs_train_attention_backward(struct fs_trainer *trainer, int layer);
void fs_train_projection(struct fs_trainer *trainer, int layer);
void fs_train_projection_backward(struct fs_trainer *trainer, int layer);
void fs_train_ffn_up(struct fs_trainer *trainer, int layer);
void fs_train_ffn_up_backward(struct fs_trainer *trainer, int layer);
void fs_train_ffn_down(struct fs_trainer *trainer, int layer);
void fs_train_ffn_down_backward(struct fs_trainer *trainer, int layer);
void fs_train_head(struct fs_trainer *trainer, int layer);
void fs_train_head_backward(struct fs_trainer *trainer, int layer);

/* train_moe.c: */
void fs_train_router(struct fs_trainer *trainer, int layer);
void fs_train_router_backward(struct fs_trainer *trainer, int layer);
void fs_train_run_experts(struct fs_trainer *trainer, int layer);
void fs_train_run_experts_backward(struct fs_trainer *trainer, int layer);
void fs_train_combine(struct fs_trainer *trainer, int layer);
void fs_train_combine_backward(struct fs_trainer *trainer, int layer);

/** Part of the optimizer: experts with few tokens become more likely to be chosen, popular ones less. */
void fs_train_balance(struct fs_trainer *trainer, int layer);

#endif
