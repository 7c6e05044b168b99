#ifndef FARSCALE_KERNELS_TRAIN_H
#define FARSCALE_KERNELS_TRAIN_H

/*
 * A small transformer that a live chip really trains: forward, loss, backward, SGD, all on CBLAS, float32.
 * It has the structure of the modelled one and smaller dimensions. The engine calls its pieces in the order
 * of the program and runs the collectives between them on its buffers; with one chip (or after an allreduce
 * over all) this is plain data-parallel training and the loss falls.
 *
 * Model: learned token and position embeddings, pre-norm layers {attention, GELU block or mixture of
 * experts}, final norm, untied head; no biases but those of the norms. One sequence of `tokens` tokens per
 * chip and step.
 *
 * Data: a synthetic language that can be learned (seeded Markov chain over the vocabulary); every chip and
 * step draws other sequences. Weights: the same seed on every chip, so all chips start equal; chip e of an
 * expert group holds experts e * experts/group ... of every layer.
 *
 * Gradients: every chip's loss is the mean over its own tokens. Dense gradients are summed over the
 * data_group chips by an allreduce. An expert's gradient has contributions from all chips of its expert group
 * as it is, and is summed over the data_group / expert_group chips that hold the same expert. Either way it
 * is then the sum over all data_group chips, and the optimizer divides it by data_group.
 *
 * The same shape and the same collectives give the same bits on one machine.
 */

#include "kernels/work.h"

#include <stddef.h>
#include <stdint.h>

struct fs_trainer;

enum { FS_EXPERT_LEVELS = 4 };

struct fs_trainer_shape {
	int layers, hidden, heads, ffn, tokens, vocabulary;
	int experts, top_k;     /* 0: dense. experts: of the whole expert group */
	int expert_group;       /* chips that share the experts (1: none); divides experts */
	int expert_index;       /* this chip's place among them */
	int data_group;         /* chips whose gradients are summed; a multiple of expert_group */
	uint64_t seed;          /* weights and language */
	uint64_t chip;          /* data */
	double capacity_factor; /* token places over those needed if experts were equally busy; 0: 2 */
	/* Digits of a place in the expert group, innermost first, where the all-to-all counts distances digit
	 * by digit (hierarchical ones do); expert_levels 0: one digit. */
	int expert_levels, expert_level_size[FS_EXPERT_LEVELS];
};

/** Allocates weights, activations and buffers. NULL for shapes that cannot be (heads do not divide hidden, a
 * size below 1 or above 16384 ...) and when memory runs out. */
struct fs_trainer *fs_trainer_create(const struct fs_trainer_shape *shape);
void fs_trainer_destroy(struct fs_trainer *trainer);

/** Draws the next batch of this chip. Call before a step's FS_WORK_EMBED. */
void fs_trainer_next_batch(struct fs_trainer *trainer);

/** Carries out one piece. Backward pieces come in reverse order of the forward ones and read what those kept;
 * each overwrites the gradients of its weights. FS_WORK_EMBED, HEAD and OPTIMIZER are about the whole model,
 * their layer is ignored; FS_WORK_NONE does nothing. */
void fs_trainer_work(struct fs_trainer *trainer, struct fs_work work);

/** The buffer a collective works on, and its number of floats.
 *
 * Gradients: contiguous, ready once the layer's backward pieces are done; an allreduce leaves the sum over
 * the group. The dense gradients of layers i, i + 1, ... lie one after the other, so a bucket of several
 * layers is contiguous.
 *
 * Dispatch / combine: expert_group equal slots, slot j for the member at distance j: (index + j) mod group,
 * as the all-to-all schedules move it; afterwards slot j holds what came from (index - j) mod group.
 * FS_WORK_ROUTER fills the dispatch buffer, FS_WORK_EXPERTS reads it and fills the combine buffer so that its
 * all-to-all brings every token back; backward the other way round, in buffers of their own. In a group of
 * one a buffer already holds what an all-to-all would leave. Every expert has a fixed number of token places
 * for each chip (GShard's capacity); tokens above it are dropped and counted. */
float *fs_trainer_buffer(struct fs_trainer *trainer, struct fs_buffer which, size_t *floats);

/** The weights that a gradient buffer (FS_BUFFER_GRADIENT, FS_BUFFER_EXPERT_GRADIENT) is for, in the same
 * order. */
float *fs_trainer_weights(struct fs_trainer *trainer, struct fs_buffer which, size_t *floats);

/** Mean cross-entropy of the last forward pass, in nats. */
double fs_trainer_loss(const struct fs_trainer *trainer);

/** Choices of an expert that found no place, since the trainer was created. */
uint64_t fs_trainer_dropped(const struct fs_trainer *trainer);

/** A checksum of the bits of all dense weights: equal on all chips as long as every allreduce was right. */
uint64_t fs_trainer_checksum(const struct fs_trainer *trainer);

#endif
