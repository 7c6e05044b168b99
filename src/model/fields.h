#ifndef FARSCALE_MODEL_FIELDS_H
#define FARSCALE_MODEL_FIELDS_H

/* The keys of a model's file, for model.c and custom.c. */

#include "config/fields.h"
#include "model/model.h"

/** A model and the words of its file. Every key's place is in here; `model` comes first. */
struct fs_model_file {
	struct fs_model model;
	char trust[2], feed_forward[8], embeddings[8], positions[8], norm[8], biases[8], dropout[8];
};

extern const struct fs_field fs_model_fields[];

/** Turns words into what they mean and fills in what follows from the rest (head_dim, kv_heads, ...). Checks
 * what one key alone cannot show; fails at the key's place. */
int fs_model_finish(const struct fs_yaml_file *file, struct fs_model_file *from, struct fs_error *error);

/** Reads the text behind "custom:". */
int fs_model_read_custom(const char *text, struct fs_model *model, struct fs_error *error);

#endif
