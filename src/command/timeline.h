#ifndef FARSCALE_COMMAND_TIMELINE_H
#define FARSCALE_COMMAND_TIMELINE_H

/* --trace: what engines tell of chips that are watched, as a timeline. */

#include "engine/engine.h"
#include "engine/graph.h"

struct fs_error;
struct fs_timeline;

/** The chips to watch: "0,8,16", or NULL for up to 32 evenly apart, which are some of each stage. The caller
 * frees *list. */
int fs_timeline_chips(const char *text, uint64_t chips, uint64_t **list, int *count, struct fs_error *error);

/** For the engines' observe; context is a struct fs_timeline. */
void fs_timeline_see(void *timeline, const struct fs_span *span);
void fs_timeline_see_node(void *timeline, const struct fs_graph_span *span);

#endif
