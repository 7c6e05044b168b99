#ifndef FARSCALE_MODEL_PARAMETERS_H
#define FARSCALE_MODEL_PARAMETERS_H

/* A model's weights, part by part: what a layer is made of, and how tensor and expert parallelism split it.
 */

#include "model/model.h"

/** Parts of a model, in the order of the forward pass. */
enum fs_part { FS_EMBEDDING, FS_DENSE_LAYER, FS_EXPERT_LAYER, FS_MTP_LAYER, FS_HEAD, FS_PARTS };

/** How a group of chips shares a weight (Megatron-LM's way: Shoeybi et al. 2019; experts: Megatron-core). */
enum fs_split {
	FS_WHOLE,         /* every chip has it */
	FS_BY_TENSOR,     /* over the tensor-parallel chips: by heads, by columns or by rows */
	FS_BY_KV,         /* the same, but never less than one key-value head to a chip */
	FS_BY_VOCABULARY, /* over the tensor-parallel chips by rows of the vocabulary */
	FS_BY_EXPERT      /* over expert-parallel chips, each expert over the tensor-parallel ones */
};

struct fs_weight {
	const char *name; /* static text */
	enum fs_split split;
	double matrix; /* parameters that activations are multiplied with */
	double table;  /* parameters that are looked up or added: embeddings, biases, norms */
	double active; /* the part of it that one token meets: top_k / experts, else 1 */
};

enum { FS_MAX_WEIGHTS = 12 };

/** The weights of one such part (of one layer). Returns how many; 0: the model has no such part, as a head
 * without a final norm that is the embedding. Multi-token prediction: one layer, a norm each for the hidden
 * state and the embedding, a projection of both (DeepSeek-V3, arXiv 2412.19437, sec. 2.2); embedding and head
 * are the model's own. */
int fs_part_weights(const struct fs_model *model, enum fs_part part, struct fs_weight weight[FS_MAX_WEIGHTS]);

/** How many of this part the model has. */
uint32_t fs_part_count(const struct fs_model *model, enum fs_part part);

/** "dense layer" */
const char *fs_part_name(enum fs_part part);

/** Parameters of one such part: all, and those that one token meets. */
double fs_part_parameters(const struct fs_model *model, enum fs_part part);
double fs_part_active(const struct fs_model *model, enum fs_part part);

/** Of the whole model without multi-token prediction, as models are named after. Active: those that one token
 * meets, embedding and head included. */
double fs_model_parameters(const struct fs_model *model);
double fs_model_active_parameters(const struct fs_model *model);
double fs_model_mtp_parameters(const struct fs_model *model);

#endif
