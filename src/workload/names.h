#ifndef FARSCALE_WORKLOAD_NAMES_H
#define FARSCALE_WORKLOAD_NAMES_H

/* Texts, each kept once: traces have many nodes and few names. */

struct fs_names;

struct fs_names *fs_names_create(void);
void fs_names_destroy(struct fs_names *names);

/** The kept copy of the text. */
const char *fs_names_keep(struct fs_names *names, const char *text);

#endif
