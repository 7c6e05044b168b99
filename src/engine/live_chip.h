#ifndef FARSCALE_ENGINE_LIVE_CHIP_H
#define FARSCALE_ENGINE_LIVE_CHIP_H

/* The real data of a live chip: the small model it trains, or a bare buffer, and the evidence by which its
 * collectives are checked. */

#include "plan/program.h"

#include <stddef.h>

struct fs_error;
struct fs_live_chip;
struct fs_model;
struct fs_team;

/** model NULL: a bare collective on a buffer of at most payload_bytes. NULL with an error for a model that is
 * too large. */
struct fs_live_chip *fs_live_chip_create(const struct fs_program *program, const struct fs_model *model,
                                         uint64_t seed, int chip, uint64_t payload_bytes,
                                         struct fs_error *error);
void fs_live_chip_destroy(struct fs_live_chip *chip);

/** Begins a step: the next batch, or the buffer filled anew. */
void fs_live_chip_next(struct fs_live_chip *chip);

/** Carries out a piece of the training step; nothing for a bare collective. */
void fs_live_chip_work(struct fs_live_chip *chip, struct fs_work work);

/** The buffer that collective `index` of the program works on; keeps a copy of it when evidence is wanted. */
float *fs_live_chip_issue(struct fs_live_chip *chip, const struct fs_op *op, int index, size_t *floats);

/** All collectives on `stream` have ended: keeps copies of their results when evidence is wanted. */
void fs_live_chip_waited(struct fs_live_chip *chip, enum fs_stream stream);

void fs_live_chip_keep_evidence(struct fs_live_chip *chip, bool keep);

/** Elements that collectives got wrong since evidence was kept, on all chips. Collective over the team. */
uint64_t fs_live_chip_wrong(struct fs_live_chip *chip, struct fs_team *team);

/** Chips whose weights differ from chip 0's, as every chip's would if gradients were lost; or, for a bare
 *  collective, the wrong elements of its last result, on all chips. Collective over the team. */
uint64_t fs_live_chip_disagreement(struct fs_live_chip *chip, struct fs_team *team);

/** Loss of this chip's last forward pass; NAN for a bare collective. */
double fs_live_chip_loss(const struct fs_live_chip *chip);

#endif
