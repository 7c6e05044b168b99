#ifndef FARSCALE_PHASE_PHASE_WRITE_H
#define FARSCALE_PHASE_PHASE_WRITE_H

/* For the files that put phases together (phase*.c): the sizes that all need, and one action after another.
 */

#include "layout/replicas.h"
#include "phase/phase.h"

struct fs_writer {
	const struct fs_model *model;
	const struct fs_layout *layout;
	struct fs_phase *phase;
	bool inputs, weights; /* which gradients the pass is for */
	double tp;
	double tokens; /* of the chip's micro-batch, between the two products of a pair */
	double outer;  /* of these, the ones that norms, dropout and residuals see: split over tp with sp */
	double hidden;
	double element;  /* bytes of an operand of a layer's products */
	double gradient; /* bytes of a weight's gradient, as it is summed */
	bool issued[FS_STREAMS];
};

struct fs_writer fs_writer(const struct fs_model *model, const struct fs_layout *layout, enum fs_pass pass,
                           struct fs_phase *phase);

/** Appends a memory-bound kernel; none if it has no bytes. */
void fs_write_stream(struct fs_writer *writer, const char *label, double bytes);

void fs_write_kernel(struct fs_writer *writer, const struct fs_kernel *kernel);

/** Issues a collective; a group of one, or no bytes: nothing. */
void fs_write_collective(struct fs_writer *writer, const char *label, enum fs_stream stream,
                         enum fs_collective collective, struct fs_group group, double bytes);

/** The same on the tensor-parallel chips' stream. */
void fs_write_tensor(struct fs_writer *writer, const char *label, enum fs_collective collective,
                     double bytes);

/** An expert exchange, kind FS_BUFFER_DISPATCH or FS_BUFFER_COMBINE. */
void fs_write_exchange(struct fs_writer *writer, enum fs_buffer_kind kind, bool backward, double bytes);

/** Joins a stream on which something was issued since it was last joined. */
void fs_write_join(struct fs_writer *writer, enum fs_stream stream);

/** Issues an allreduce, reduce_scatter or allgather of so many bytes over the replicas of both kinds. Two
 * groups: one after the other, a reduce_scatter's second, and an allgather's first, with what the other group
 * leaves of the bytes. */
void fs_write_replicas(struct fs_writer *writer, const char *label, enum fs_stream stream,
                       enum fs_collective collective, const struct fs_held *bytes);

/* Linear layers: phase_linear.c. */

enum fs_linear_split {
	FS_LINEAR_WHOLE,  /* all of it on every chip */
	FS_LINEAR_COLUMN, /* outputs are split over tp; its input is whole (with sp: gathered) */
	FS_LINEAR_ROW     /* inputs are split over tp; its output is summed (with sp: and scattered) */
};

struct fs_linear {
	const char *label;
	enum fs_linear_split split;
	double outputs, inputs; /* on this chip */
	bool biased;
	bool cast; /* fp8: its input does not come out of a norm */
	bool bf16; /* never fp8 */
};

void fs_write_linear_forward(struct fs_writer *writer, const struct fs_linear *linear);
void fs_write_linear_backward(struct fs_writer *writer, const struct fs_linear *linear);

/** Without communication, for `tokens` tokens; grouped: by `experts` experts, each with its part of them. */
void fs_write_product_forward(struct fs_writer *writer, const struct fs_linear *linear, double tokens,
                              double experts);
void fs_write_product_input_gradient(struct fs_writer *writer, const struct fs_linear *linear, double tokens,
                                     double experts);
void fs_write_product_weight_gradient(struct fs_writer *writer, const struct fs_linear *linear, double tokens,
                                      double experts);
/** What comes from above is cast (fp8), its sum is the bias's gradient. */
void fs_write_product_output_gradient(struct fs_writer *writer, const struct fs_linear *linear,
                                      double tokens);

/* Element-wise work: phase_elements.c. `tokens` of `width` elements. */

void fs_write_norm_forward(struct fs_writer *writer, double tokens, double width);
void fs_write_norm_backward(struct fs_writer *writer, double tokens, double width);
void fs_write_activation_forward(struct fs_writer *writer, double tokens, double width);
void fs_write_activation_backward(struct fs_writer *writer, double tokens, double width);
void fs_write_residual_forward(struct fs_writer *writer); /* bias, dropout, addition */
void fs_write_residual_backward(struct fs_writer *writer);
void fs_write_gradient_sum(struct fs_writer *writer); /* where a residual branched off */

/* Blocks of a layer: what lies between norm and residual. phase_attention.c, phase_latent.c, phase_block.c,
 * phase_experts.c. */

void fs_write_attention_forward(struct fs_writer *writer);
void fs_write_attention_backward(struct fs_writer *writer);
void fs_write_latent_forward(struct fs_writer *writer);
void fs_write_latent_backward(struct fs_writer *writer);
/** Heads meet each other: phase_scores.c. */
void fs_write_scores_forward(struct fs_writer *writer);
void fs_write_scores_backward(struct fs_writer *writer);
void fs_write_block_forward(struct fs_writer *writer, double inner);
void fs_write_block_backward(struct fs_writer *writer, double inner);
void fs_write_experts_forward(struct fs_writer *writer);
void fs_write_experts_backward(struct fs_writer *writer);

/* Embedding and head: phase_ends.c. */

void fs_write_embedding_forward(struct fs_writer *writer);
void fs_write_embedding_backward(struct fs_writer *writer);
void fs_write_head_forward(struct fs_writer *writer);
void fs_write_head_backward(struct fs_writer *writer);

/** Elements of keys, or values, on a chip for one token. */
double fs_kv_heads_of_chip(const struct fs_writer *writer);

#endif
