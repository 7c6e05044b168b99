#ifndef FARSCALE_COMMAND_SHOW_MODEL_H
#define FARSCALE_COMMAND_SHOW_MODEL_H

/* A model: its dimensions, its parameters and flop by part. */

#include <stdio.h>

#include <jansson.h>

struct fs_model;

void fs_show_model_table(const struct fs_model *model, FILE *out);

/** A new object: the dimensions by key, `parameters`, `flop_per_token`, and a list `parts`. */
json_t *fs_show_model_json(const struct fs_model *model);

#endif
