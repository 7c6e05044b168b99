#ifndef FARSCALE_LAYOUT_ACTIVATIONS_H
#define FARSCALE_LAYOUT_ACTIVATIONS_H

/*
 * What the backward pass needs of the forward pass: bytes on one chip, for one micro-batch.
 *
 * Tensor by tensor as in Korthikanti et al. 2022 (arXiv 2205.05198, eq. 1 to 6), which for a GPT are, in
 * units of s b h: attention 11 + 5 a s / h, feed-forward 19, norms 4; of these 24 + 5 a s / h are split over
 * tp, the other 10 over tp with sequence parallelism alone. Said for any transformer:
 * - keys and values have kv_heads heads, at least one a chip; latent attention keeps what is compressed, too;
 * - a gated block keeps gate, up and their product (6 ffn) instead of input and output of GeLU (4 ffn);
 * - without dropout no masks, and of the scores the softmax's output alone (2 a s / h);
 * - with flash attention no scores but a sum per row, in 4 bytes;
 * - a norm that is not there keeps nothing; a third and fourth norm keep their input as well;
 * - experts keep, for each of top_k copies, input and inner values (routing weights are applied to these, as
 * in Megatron-core, so outputs are not needed); tokens are spread evenly; with tp > 1 the tp chips that share
 * an expert gather each other's tokens, so that inputs are not split;
 * - recompute=cheap keeps what goes into a norm, not what comes out; what goes into an activation function,
 * not what comes out; of latent attention what is compressed, not the heads;
 * - with fp8 the inputs of matrix products are kept in 1 byte (Micikevicius et al. 2022, arXiv 2209.05433),
 * the rest in 2;
 * - context parallelism: a chip has seq / cp of the tokens.
 */

#include "layout/layout.h"
#include "model/parameters.h"

/** Kept by one layer of this kind. FS_EMBEDDING: a dropout mask; FS_HEAD: the final norm's and the product's
 * input and the logits in 4 bytes, once more for each mtp layer (sec. 4.3). */
double fs_activation_bytes(const struct fs_model *model, const struct fs_layout *layout, enum fs_part part);

/** What a layer has besides while it is recomputed. */
double fs_activation_recomputed_bytes(const struct fs_model *model, const struct fs_layout *layout,
                                      enum fs_part part);

/** A micro-batch between two stages, or two layers. */
double fs_activation_boundary_bytes(const struct fs_model *model, const struct fs_layout *layout);

/** What a chip sends of it to the next stage: tensor-parallel neighbours, who have the same, a part each,
 * which is gathered there (Narayanan et al. 2021, arXiv 2104.04473, sec. 4.1; DeepSpeed's partitioned pipe).
 */
double fs_activation_sent_bytes(const struct fs_model *model, const struct fs_layout *layout);

#endif
