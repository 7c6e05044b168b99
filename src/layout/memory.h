#ifndef FARSCALE_LAYOUT_MEMORY_H
#define FARSCALE_LAYOUT_MEMORY_H

/*
 * Bytes on a chip of each pipeline stage while a model trains in a layout.
 *
 * Adam in mixed precision as in Megatron-LM (docs: "Distributed Optimizer", bf16 or fp16 weights, 32-bit
 * gradients: 18 bytes a parameter, or 6 + 12 / d): weights 2, gradients 4, optimizer 12 (32-bit weights and
 * two moments). fp8: two copies of 1 byte, the second transposed (Transformer Engine on Hopper). Each
 * parameter is on the chips that fs_split says. ZeRO divides the parts over the replicas of a weight: cp * ep
 * * dp of a dense one, cp * dp of an expert's.
 *
 * Not counted: what the runtime and communication libraries keep for themselves, fragmentation, and experts
 * that get more tokens than others.
 */

#include "layout/layout.h"
#include "layout/replicas.h"

struct fs_memory {
	double weights, gradients, optimizer;
	double activations; /* of all micro-batches under way, at the most */
	double working;     /* while a layer is recomputed; two layers' weights that zero=3 has gathered;
	                       micro-batches     on their way between stages */
};

struct fs_chip;

/** What a chip has. Memory is made in powers of two: what is sold as 80 GB is 80 * 2^30 bytes. */
double fs_memory_of_chip(const struct fs_chip *chip);

/** Stage 0 .. pp - 1. */
struct fs_memory fs_memory_of_stage(const struct fs_layout *layout, const struct fs_model *model,
                                    uint32_t stage);

double fs_memory_total(const struct fs_memory *memory);

/** Of the stage that needs most. */
double fs_memory_peak(const struct fs_layout *layout, const struct fs_model *model);

/** Parameters on a chip of the stage, copied tables included. */
struct fs_held fs_memory_held(const struct fs_layout *layout, const struct fs_model *model, uint32_t stage);
double fs_memory_parameters(const struct fs_layout *layout, const struct fs_model *model, uint32_t stage);

/** Of these, the stage's copy of the embedding, which lies on another stage: its head is tied to it, or it
 * has layers of multi-token prediction, which start from it. */
double fs_memory_copied_table(const struct fs_layout *layout, const struct fs_model *model, uint32_t stage);

/** Of these, parameters of layers and head that every tensor-parallel chip has. */
double fs_memory_whole_parameters(const struct fs_layout *layout, const struct fs_model *model,
                                  uint32_t stage);

#endif
