#ifndef FARSCALE_PHASE_PHASE_H
#define FARSCALE_PHASE_PHASE_H

/*
 * What one chip does for one micro-batch in one part of a model: a list of actions, in the order of issue.
 *
 * A phase knows the model and the layout, not the system: kernels by their shapes, communication by its group
 * and bytes. How long either takes is asked of the stack and of the engine (or of plan/estimate.h).
 * A collective goes on beside what follows until its stream is joined; one that blocks is joined at once.
 *
 * A kernel is what frameworks launch as one. flash=1: as Megatron-core with Transformer Engine does since
 * 2023; flash=0: as Megatron-LM did in 2021 (Narayanan et al., arXiv 2104.04473, sec. 4.2: bias with GeLU,
 * bias with dropout and addition, and scale, mask and softmax are one kernel each; products of scores and
 * values, dropout of scores, sums of biases' gradients are their own). A backward product is two: gradients
 * of the input, and of the weights, which are added to those of other micro-batches in gradient_bits (written
 * once with zero=3). dtype=fp8: matrix products of layers, routers excepted; attention
 * stays in 16 bits; norms write what products read in 8 bits, other operands are cast, as are gradients.
 *
 * Tensor parallelism (Shoeybi et al. 2019; Korthikanti et al. 2022, sec. 4.2): without sp an allreduce for
 * each pair of products forward and backward; with sp allgather and reduce_scatter in place of each, and what
 * was gathered is gathered again for the gradients of weights. overlap_tp=1: each beside the product it
 * belongs to, piece by piece (Transformer Engine's userbuffers; without sp in the backward pass alone);
 * overlap_tp=2: as Megatron-LM does of itself since the end of 2021: backward, what is gathered again beside
 * the gradient of the input, and the sum of that beside the gradient of the weights; the rest blocks.
 * Context parallelism: keys and values go around a ring beside attention of what is there; every chip has a
 * piece from the start and one from the end of a sequence, so that all rounds are alike (Liu et al. 2023,
 * arXiv 2310.01889; Brandon et al. 2023, arXiv 2311.09431).
 * Experts: loaded evenly, but for the layout's imbalance: every chip is as the fullest. Their all-to-alls are
 * joined at once, but where there are shared experts, which work beside them. zero=3: a part begins by
 * joining FS_STREAM_WEIGHTS and then issues the gathering of as many weights as it has itself, for the part
 * that follows. Backward the same, and at the end its gradients, laid side by side, widened to gradient_bits
 * and divided (PyTorch's FSDP, Zhao et al. 2023, arXiv 2304.11277), go out on FS_STREAM_DATA.
 */

#include "kernels/work.h"
#include "layout/layout.h"
#include "model/parameters.h"
#include "phase/stream.h"
#include "schedule/schedule.h"
#include "stack/kernel_time.h"

enum fs_pass {
	FS_PASS_FORWARD,
	FS_PASS_BACKWARD,       /* gradients of inputs and of weights, what was recomputed included */
	FS_PASS_BACKWARD_INPUT, /* the two halves of it, for schedules that tear them apart (Qi et al. 2023)
	                         */
	FS_PASS_BACKWARD_WEIGHT,
	FS_PASSES
};

enum fs_action_kind {
	FS_ACTION_KERNEL,
	FS_ACTION_COLLECTIVE, /* issued on its stream */
	FS_ACTION_JOIN        /* wait for all that was issued on the stream */
};

struct fs_action {
	enum fs_action_kind kind;
	const char *label;       /* static text: "qkv", "dispatch", ... */
	struct fs_kernel kernel; /* FS_ACTION_KERNEL */
	enum fs_stream stream;   /* of a collective or a join */
	enum fs_collective collective;
	struct fs_group group;
	double bytes;              /* per chip, as nccl-tests counts them */
	struct fs_buffer exchange; /* of an all-to-all: FS_BUFFER_DISPATCH or _COMBINE, and which way */
	double copies,
	        reach; /* the same: of a token, in `bytes`; the part of the chips that they all go to */
};

/** {0} is an empty one. */
struct fs_phase {
	int actions, room;
	struct fs_action *action; /* owned */
};

/** One pass of one micro-batch through one layer, the embedding or the head (of what one chip holds of it),
 * in place of what the phase had. The head is passed once more for each mtp layer.
 * The two halves of a backward pass have the same products as the whole, but what goes on beside a product of
 * the other half there is joined at once. Pure. */
void fs_phase_of_part(const struct fs_model *model, const struct fs_layout *layout, enum fs_part part,
                      enum fs_pass pass, struct fs_phase *phase);

/** Sum of its kernels' floating point operations. */
double fs_phase_flop(const struct fs_phase *phase);

/** Frees what it owns and empties it. */
void fs_phase_release(struct fs_phase *phase);

#endif
