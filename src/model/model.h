#ifndef FARSCALE_MODEL_MODEL_H
#define FARSCALE_MODEL_MODEL_H

/* What is trained: a transformer's dimensions, from kernels/models/<name>.yaml. */

#include <stdint.h>

struct fs_error;

struct fs_model {
	char name[48], label[128], file[512];
	uint32_t layers, hidden, heads;
	uint32_t ffn;                  /* inner size of the feed-forward block, of one expert if MoE */
	uint32_t vocabulary;           /* rows of the embedding and of the output head (untied) */
	uint32_t sequence, microbatch; /* tokens per sequence; sequences per chip and step */
	uint32_t experts, top_k;       /* 0 experts: dense */
	uint32_t bytes_per_element;    /* of weights, gradients and activations on the wire: 2 = bf16 */
};

/** Loads a model by name (or path); errors as fs_system_load. Local. */
int fs_model_load(const char *name, struct fs_model *model, struct fs_error *error);

/** Training flop (forward + backward, no recompute) of one chip in one step: 6 per weight and token plus
 *  attention scores, 12 * layers * hidden * sequence per token (Korthikanti et al. 2022, eq. 7). The weights
 * a token meets: 4 hidden^2 of attention, 2 hidden * ffn of one or top_k feed-forward blocks, and the router,
 * in each layer; and the output head, hidden * vocabulary. The embedding is looked up, not multiplied. */
double fs_model_step_flop(const struct fs_model *model);
double fs_model_tokens(const struct fs_model *model); /* per chip and step */

/** Calls visit for every dimension, by the key of its file. */
void fs_model_each_dimension(const struct fs_model *model,
                             void (*visit)(const char *key, uint32_t value, void *context), void *context);

#endif
