#ifndef FARSCALE_ENGINE_POST_BOX_H
#define FARSCALE_ENGINE_POST_BOX_H

/* Letters for rank 0, which takes them when it has time: for ranks whose own disk is no good. All of one
 * size. */

#include "engine/team.h"

struct fs_post_box;

/** size: of a letter, in bytes. The team is lent. Local. */
struct fs_post_box *fs_post_box_create(struct fs_team *team, size_t size);

/** Returns at once; keeps a copy until it is gone. Local. Not on rank 0. */
void fs_post_box_send(struct fs_post_box *box, const void *letter);

/** Rank 0: takes a letter that is there. Returns whether there was one. Local. */
bool fs_post_box_take(struct fs_post_box *box, void *letter);

/** Rank 0: calls take(letter, context) for all that has been sent and not taken. No rank sends any more.
 * Collective. */
void fs_post_box_empty(struct fs_post_box *box, void (*take)(const void *letter, void *context),
                       void *context);

/** After fs_post_box_empty, or if nothing was ever sent. NULL is fine. Local. */
void fs_post_box_destroy(struct fs_post_box *box);

#endif
