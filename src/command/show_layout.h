#ifndef FARSCALE_COMMAND_SHOW_LAYOUT_H
#define FARSCALE_COMMAND_SHOW_LAYOUT_H

/* A model in a layout: the resolved layout, its groups of chips, the memory that each stage's chips need. */

#include "layout/layout.h"
#include "model/model.h"

#include <stdio.h>

#include <jansson.h>

struct fs_chip;

struct fs_layout_view {
	const struct fs_model *model;
	struct fs_layout layout;
	const struct fs_chip *chip; /* whose memory it must fit into; NULL: none */
};

void fs_show_layout_table(const struct fs_layout_view *view, FILE *out);

/** Adds `layout`, `groups`, `memory` and `peak_bytes` to a model's object; with a chip `chip` and `fits`. */
void fs_show_layout_json(const struct fs_layout_view *view, json_t *root);

#endif
