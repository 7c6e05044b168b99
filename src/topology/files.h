#ifndef FARSCALE_TOPOLOGY_FILES_H
#define FARSCALE_TOPOLOGY_FILES_H

/* Composition: a system's file, its chip's, its stack's -> one resolved system. Internal to topology/. */

#include "config/texts.h"
#include "topology/system.h"

struct fs_system_storage {
	struct fs_texts texts;
};

/** Fills a zeroed system whose storage is set. */
int fs_system_compose(const char *name, const char *stack, struct fs_system *system, struct fs_error *error);

/** Rules between the numbers of different tiers. On failure *tier is the tier at fault, *key its key. */
int fs_system_check(const struct fs_system *system, int *tier, const char **key, struct fs_error *error);

/** Applies `path=value`. */
int fs_system_override(struct fs_system *system, const char *text, struct fs_error *error);

#endif
