#ifndef FARSCALE_ENGINE_POST_BOX_H
#define FARSCALE_ENGINE_POST_BOX_H

/* Letters for rank 0, which takes them when it has time: for ranks whose own disk is no good. All of one
 * size. MPI moves messages only while it is called, so all call now and then: a letter that is not taken is
 * lost when the job is killed. Rank 0 knows all senders, from the beginning on. */

#include "engine/team.h"

struct fs_post_box;

/** size: of a letter, in bytes; sends: whether this rank will send any, which rank 0 must not. Senders and
 * rank 0 are joined when it returns. The team is lent. Collective. */
struct fs_post_box *fs_post_box_create(struct fs_team *team, size_t size, bool sends);

/** How many ranks send. Local. */
uint64_t fs_post_box_senders(const struct fs_post_box *box);

/** Returns at once; keeps a copy until it is gone. Local. */
void fs_post_box_send(struct fs_post_box *box, const void *letter);

/** A sender's letters that are not gone move on. Local. */
void fs_post_box_push(struct fs_post_box *box);

/** Rank 0: takes a letter that is there. Returns whether there was one. Local. */
bool fs_post_box_take(struct fs_post_box *box, void *letter);

/** No rank sends any more after it has come here. Rank 0 waits for all that will come, and meanwhile calls
 * take(letter, context) for each letter at once. Collective. */
void fs_post_box_empty(struct fs_post_box *box, void (*take)(const void *letter, void *context),
                       void *context);

/** After fs_post_box_empty, or if nothing was ever sent. NULL is fine. Local. */
void fs_post_box_destroy(struct fs_post_box *box);

#endif
