#ifndef FARSCALE_KERNELS_WORK_H
#define FARSCALE_KERNELS_WORK_H

/* The pieces of a training step that a live chip really executes, by name. Plans refer to them,
 * kernels/train.c carries them out. */

#include <stdbool.h>

enum fs_kernel_kind {
	FS_KERNEL_GEMM,
	FS_KERNEL_GROUPED_GEMM, /* the experts of one chip */
	FS_KERNEL_ATTENTION,    /* batched gemms and a softmax */
	FS_KERNEL_STREAM,       /* memory-bound: norms, embeddings, optimizer */
	FS_KERNEL_REDUCE,       /* a += b, as collectives do */
	FS_KERNELS
};

enum fs_work_part {
	FS_WORK_NONE,
	FS_WORK_EMBED, /* tokens -> activations; backward: embedding gradients */
	FS_WORK_QKV,   /* layer norm, projections */
	FS_WORK_ATTENTION,
	FS_WORK_PROJECTION, /* output projection, residual */
	FS_WORK_FFN_UP,     /* dense: layer norm, first matrix, GELU */
	FS_WORK_FFN_DOWN,   /* dense: second matrix, residual */
	FS_WORK_ROUTER,     /* MoE: layer norm, router, tokens packed into the dispatch buffer */
	FS_WORK_EXPERTS,    /* MoE: both matrices of the chip's experts, dispatch buffer -> combine buffer */
	FS_WORK_COMBINE,    /* MoE: what came back is weighted and added to the residual */
	FS_WORK_HEAD,       /* final norm, logits, loss; backward: their gradients */
	FS_WORK_OPTIMIZER   /* weights -= rate * mean gradient; forward only */
};

struct fs_work {
	enum fs_work_part part;
	bool backward;
	int layer;
};

/** Which buffer of a live chip a collective works on. */
enum fs_buffer_kind {
	FS_BUFFER_NONE,     /* bare collective: the engine brings its own */
	FS_BUFFER_GRADIENT, /* dense gradients of layer `index`; the one after the last layer: final norm and
	                       head; then: embedding */
	FS_BUFFER_EXPERT_GRADIENT, /* gradients of the chip's experts of layer `index` */
	FS_BUFFER_DISPATCH, /* forward: tokens to experts; backward: their gradients come back through it */
	FS_BUFFER_COMBINE /* forward: expert outputs come back; backward: their gradients go to the experts */
};

struct fs_buffer {
	enum fs_buffer_kind kind;
	int index;
	bool backward;
	int layers; /* FS_BUFFER_GRADIENT: one bucket of this many layers from `index` on; 0: of one */
};

#endif
