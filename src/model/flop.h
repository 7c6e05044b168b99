#ifndef FARSCALE_MODEL_FLOP_H
#define FARSCALE_MODEL_FLOP_H

/*
 * Floating point operations that training takes: forward and backward, nothing recomputed.
 *
 * Korthikanti et al. 2022 (arXiv 2205.05198, eq. 7): 72 B L s h^2 (1 + s / 6h + V / 12Lh) for a GPT, that is
 * 6 for each weight and token plus 12 L h s for attention scores. Said for any transformer: 6 for each weight
 * of a matrix that a token meets (of the experts top_k, and the shared ones; of the embedding, which is
 * looked up, none; of the head all, tied or not), and 6 * heads * (elements of a key + of a value) for each
 * pair of a token with one that it looks at: scores and their use, three times. Multi-token prediction is not
 * counted, nor are norms, softmax and activation functions.
 */

#include "model/parameters.h"

/** Which pairs of tokens count: all s^2, as MFU is mostly quoted, or the half that a causal mask leaves. */
enum fs_mask { FS_MASK_NONE, FS_MASK_CAUSAL };

/** For one token of a sequence of `sequence` tokens. */
double fs_part_flop_per_token(const struct fs_model *model, enum fs_part part, uint32_t sequence,
                              enum fs_mask mask);
double fs_model_flop_per_token(const struct fs_model *model, uint32_t sequence, enum fs_mask mask);

/** For fs_model_tokens: one chip's step, where every chip has its own sequences. */
double fs_model_step_flop(const struct fs_model *model);

#endif
