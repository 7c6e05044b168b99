#ifndef FARSCALE_WORKLOAD_PROCESS_GROUPS_H
#define FARSCALE_WORKLOAD_PROCESS_GROUPS_H

/* Groups by name, as a trace's metadata tells them. Members of a group must lie as those of a layout do:
 * evenly apart, and chips that differ in one digit only (schedule/group.h's fs_group). */

#include "schedule/schedule.h"
#include "schedule/group.h"

struct fs_process_groups;

struct fs_process_groups *fs_process_groups_create(void);
void fs_process_groups_destroy(struct fs_process_groups *groups);

/** Adds what is said in a text like [{"pg_name": "1", "ranks": [0, 4]}, ...], with whatever around it; a text
 * that says nothing of the kind is fine. */
int fs_process_groups_add(struct fs_process_groups *groups, const char *text, struct fs_error *error);

/** The group of this name as one of `chips` chips, `chip` in it. */
int fs_process_groups_find(const struct fs_process_groups *groups, const char *name, uint64_t chips,
                           uint64_t chip, struct fs_group *group, struct fs_error *error);

/** The text for one group of `chip`. The caller frees it. */
char *fs_process_groups_text(const char *name, struct fs_group group, uint64_t chip);

#endif
