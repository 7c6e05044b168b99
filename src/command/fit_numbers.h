#ifndef FARSCALE_COMMAND_FIT_NUMBERS_H
#define FARSCALE_COMMAND_FIT_NUMBERS_H

/* Free numbers in all systems of a predictor at once. */

#include "command/predict.h"
#include "topology/free_number.h"

/** Their values, value[0 .. count - 1]. -1: a number is none of any system, or not the same in all that it
 * concerns, or a number of a system is meant twice. */
int fs_fit_numbers_read(struct fs_predictor *predictor, const struct fs_free_numbers *numbers, double *value,
                        struct fs_error *error);

/** Gives them values. False: they cannot all be so, and systems may be anything until the next call. They
 * have been read. */
bool fs_fit_numbers_write(struct fs_predictor *predictor, const struct fs_free_numbers *numbers,
                          const double *value);

#endif
