#ifndef FARSCALE_MODEL_MODEL_H
#define FARSCALE_MODEL_MODEL_H

/*
 * What is trained: a transformer's dimensions, from kernels/models/<name>.yaml or from the command line.
 * What its weights are: parameters.h. What training them takes: flop.h.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct fs_error;

enum fs_norm {
	FS_NORM_NONE,
	FS_NORM_RMS,  /* a weight for each element */
	FS_NORM_LAYER /* a weight and a bias */
};

enum fs_biases {
	FS_BIASES_NONE,
	FS_BIASES_QKV, /* of queries, keys and values */
	FS_BIASES_ALL  /* of all products of a layer, but not of experts and routers */
};

struct fs_model {
	char name[48], label[128], file[512];
	char trust; /* of the dimensions: R, D, M or E; 0: the file does not say */
	char source[512];
	uint32_t layers, hidden;
	uint32_t heads, kv_heads; /* kv_heads < heads: grouped queries (GQA); 1: one for all (MQA) */
	uint32_t head_dim;        /* of queries, keys and values */
	/* Multi-head latent attention (DeepSeek-V2, arXiv 2405.04434, sec. 2.1) if kv_lora > 0: queries and
	 * keys have nope_dim + rope_dim elements a head, values v_dim. q_lora 0: queries are not compressed.
	 */
	uint32_t q_lora, kv_lora, rope_dim, nope_dim, v_dim;
	uint32_t ffn; /* inner size of a dense layer's feed-forward block */
	bool gated;   /* three matrices (SwiGLU, GEGLU) rather than two */
	/* 0 experts: dense. The first first_dense_layers are dense, after them every expert_interval-th
	 * layer has experts, the first one at once. */
	uint32_t experts, top_k, expert_ffn, first_dense_layers, expert_interval;
	uint32_t shared_experts;            /* of expert_ffn each, which every token meets */
	uint32_t expert_groups, top_groups; /* neighbouring experts are a group; a token's are all of
	                                     * top_groups groups (DeepSeek-V3, sec. 2.1.2) */
	uint32_t vocabulary;    /* rows of the embedding and of the output head, padding included */
	bool tied;              /* the head is the embedding */
	bool learned_positions; /* a table of `sequence` rows */
	enum fs_norm norm;
	uint32_t norms_per_layer; /* 2, or 4 where a block's output is normed as well (sandwich) */
	enum fs_biases biases;
	bool dropout;        /* after embedding, attention and blocks: its masks are activations */
	uint32_t mtp_layers; /* multi-token prediction: layers of the last kind behind the last layer */
	uint32_t sequence;   /* tokens of one sequence */
	uint32_t microbatch; /* sequences per chip at once, where a layout does not say */
	uint32_t bytes_per_element; /* of weights, gradients and activations on the wire: 2 = bf16 */
};

/** Loads a model by name or path, or from all its dimensions, "custom:layers=2,hidden=128,...": keys and
 * checks are those of a file, without `schema`; name and label may be missing.
 * "custom:like=llama3-70b,layers=12" takes what it does not say from that model. Errors as fs_system_load.
 * Local. */
int fs_model_load(const char *name, struct fs_model *model, struct fs_error *error);

/** Does the name start with "custom:"? */
bool fs_model_is_custom(const char *name);

/** Has layer 0 .. layers - 1 (or an mtp layer: from `layers` on) experts? */
bool fs_model_layer_has_experts(const struct fs_model *model, uint32_t layer);
uint32_t fs_model_expert_layers(const struct fs_model *model); /* how many of `layers` have */

/** Elements of a head: of queries and keys, of values. */
uint32_t fs_model_key_dim(const struct fs_model *model);
uint32_t fs_model_value_dim(const struct fs_model *model);

double fs_model_tokens(const struct fs_model *model); /* sequence * microbatch */

/** Calls visit for every dimension, by the key of its file: a number, or a word (then value is 0). Those that
 * say nothing of this model (0, or no key of the file and not derived) are left out. */
void fs_model_each_dimension(const struct fs_model *model,
                             void (*visit)(const char *key, uint32_t value, const char *word, void *context),
                             void *context);

#endif
