#ifndef FARSCALE_LAYOUT_LAYOUT_H
#define FARSCALE_LAYOUT_LAYOUT_H

/*
 * How a model is spread over chips, and how a step goes through it.
 *
 * A chip's number is a number of five digits, one for each dimension, innermost first as `order` says; chips
 * that differ in one digit alone are that dimension's group. tp * cp * ep * dp * pp = chips. Every chip of
 * the cp * ep * dp that differ in these digits holds the same dense weights; ep * dp of them have sequences
 * of their own. (Megatron-LM's data-parallel size is ep * dp here.)
 */

#include "schedule/group.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct fs_error;
struct fs_model;
struct fs_system;

enum fs_dimension {
	FS_TENSOR,   /* tp: each layer's matrices (Shoeybi et al. 2019, arXiv 1909.08053) */
	FS_CONTEXT,  /* cp: each sequence */
	FS_EXPERT,   /* ep: each layer's experts */
	FS_DATA,     /* dp: the batch */
	FS_PIPELINE, /* pp: the layers */
	FS_DIMENSIONS
};

enum fs_dtype { FS_BF16, FS_FP16, FS_FP8 };

enum fs_recompute {
	FS_RECOMPUTE_NONE,
	FS_RECOMPUTE_SELECTIVE, /* attention scores (Korthikanti et al. 2022, sec. 5) */
	FS_RECOMPUTE_CHEAP,     /* and norms, activation functions, latent attention's way up from what is
	                         * compressed     (DeepSeek-V3, arXiv 2412.19437, sec. 3.2.3) */
	FS_RECOMPUTE_FULL       /* all but each layer's input */
};

enum fs_pipelining {
	FS_1F1B,        /* PipeDream-flush: Narayanan et al. 2021, arXiv 2104.04473, sec. 2.2.1 */
	FS_INTERLEAVED, /* vpp stages a chip: the same, sec. 2.2.2 */
	FS_DUALPIPE,    /* from both ends at once: DeepSeek-V3, arXiv 2412.19437, sec. 3.2.1 */
	FS_ZB1P         /* zero bubble, ZB-H1: Qi et al. 2023, arXiv 2401.10241 */
};

struct fs_layout {
	uint32_t tp, cp, pp, vpp; /* vpp: pieces of the model that a chip holds, not next to each other */
	uint32_t dp, ep;
	uint32_t mbs, gbs;                  /* sequences of a micro-batch; of a step on all chips */
	uint32_t seq;                       /* tokens of a sequence */
	uint32_t first_layers, last_layers; /* of the first and the last stage; 0: as stages.h says */
	enum fs_dtype dtype;
	enum fs_recompute recompute;
	uint32_t fused_loss; /* 0/1: one kernel makes the loss of 16-bit logits, and one their gradients in
	                      * their place */
	uint32_t flash;      /* 0/1: attention never writes its scores (Dao et al. 2022) */
	uint32_t sp; /* 0/1: norms and dropout are split over tp, too (Korthikanti et al. 2022, sec. 4.2.2) */
	uint32_t zero; /* replicas share 1: optimizer, 2: and gradients, 3: and weights (Rajbhandari et al.
	                  2019) */
	uint32_t overlap_dp, overlap_tp,
	        overlap_pp; /* 0/1: communication of this kind goes on beside compute; tp also 2: in the
	                     * backward pass alone, as Megatron-LM does of itself (phase/phase.h) */
	enum fs_pipelining schedule;
	uint32_t imbalance; /* tokens that the fullest chip's experts get, in percent of the mean: all wait
	                       for it */
	uint32_t gradient_bits; /* 16 or 32: of a weight's gradient, as it is summed over micro-batches and
	                         * replicas */
	uint32_t bucket_MB; /* gradients of neighbouring layers go together until there are this many bytes */
	enum fs_dimension order[FS_DIMENSIONS]; /* innermost first */
	uint32_t microbatches;                  /* derived: each chip's in a step, gbs / (mbs * ep * dp) */
};

/** Reads "tp=8,pp=4,recompute=full,..." (or NULL); derives what is not given; checks that it is possible with
 * this model. One number per key, in the names of struct fs_layout; order=tp-cp-ep-dp-pp.
 * Not given: ep = the largest number that divides both the chips that are left and the experts, and stays,
 * with tp and cp, within the innermost scale-up tier of more than two chips (system NULL: any); dp = what is
 * left; mbs, seq: the model's; gbs: one micro-batch for each replica, with pp > 1 4 pp; sp: if tp > 1;
 * schedule: interleaved if vpp > 1, else 1f1b; flash and overlaps: 1; bucket_MB: 256; imbalance: 100;
 * gradient_bits: 32, with dtype=fp16 or zero=3 16; the rest: 1, 0, none, bf16. Changes nothing when it fails.
 */
int fs_layout_resolve(const char *text, const struct fs_model *model, const struct fs_system *system,
                      uint64_t chips, struct fs_layout *layout, struct fs_error *error);

enum { FS_LAYOUT_TEXT = 384 };

/** "dp=16,bucket_MB=256", "tp=8,pp=16,vpp=8,dp=2,gbs=256,bucket_MB=256": dp, bucket_MB, for models with
 * experts ep, and all that differs from what would be derived. Resolved again it gives the same layout. */
void fs_layout_text(const struct fs_layout *layout, const struct fs_model *model, char *text, size_t size);

/** Calls visit for every key, in the order of the text, with its value as the text has it. */
void fs_layout_each(const struct fs_layout *layout,
                    void (*visit)(const char *key, const char *value, void *context), void *context);

/** The first key, other than dp, ep and bucket_MB, that differs from what would be derived; NULL: none. */
const char *fs_layout_unusual(const struct fs_layout *layout, const struct fs_model *model);

/** Chips of the innermost tier of more than two, which tensor and expert parallelism stay within unless told
 * otherwise. */
uint64_t fs_layout_scale_up(const struct fs_system *system);

/** gradient_bits, if not given, by dtype and zero. */
uint32_t fs_layout_gradient_bits(const struct fs_layout *layout);

uint32_t fs_layout_size(const struct fs_layout *layout, enum fs_dimension dimension);

/** The chips that differ in this dimension alone. */
struct fs_group fs_layout_group(const struct fs_layout *layout, enum fs_dimension dimension);

/** The chips that differ in these dimensions alone. False: their distances are not even, because a dimension
 * of more than one chip lies in between. */
bool fs_layout_joint_group(const struct fs_layout *layout, const enum fs_dimension *dimension, int count,
                           struct fs_group *group);

#endif
