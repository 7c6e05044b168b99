#ifndef FARSCALE_LAYOUT_LAYOUT_KEYS_H
#define FARSCALE_LAYOUT_LAYOUT_KEYS_H

/* The parts of a layout's resolution: layout_text.c reads and prints, layout.c derives, layout_check.c
 * refuses. */

#include "layout/layout.h"

enum { FS_UNSET = UINT32_MAX };

/** Reads the text; what it does not give is FS_UNSET; of an order that is not given, its first member. */
int fs_layout_read(const char *text, struct fs_layout *layout, struct fs_error *error);

/** Gives everything that is FS_UNSET, but for tp, cp, pp, dp and ep, its usual value. */
void fs_layout_set_usual(struct fs_layout *layout, const struct fs_model *model);

/** Is it possible with this model? */
int fs_layout_check(const struct fs_layout *layout, const struct fs_model *model, struct fs_error *error);

#endif
