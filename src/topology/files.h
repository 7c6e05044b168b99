#ifndef FARSCALE_TOPOLOGY_FILES_H
#define FARSCALE_TOPOLOGY_FILES_H

/* Composition: a system's file, its chip's, its stack's -> one resolved system. Internal to topology/. */

#include "config/fields.h"
#include "config/home.h"
#include "config/texts.h"
#include "config/yaml.h"
#include "topology/system.h"

struct fs_system_storage {
	struct fs_texts texts;
};

/** A thing found by its name must call itself so: records and overrides use the name inside the file. */
int fs_check_name(const struct fs_yaml_file *file, const char *given, const char *inside,
                  struct fs_error *error);

/** The file of what `node` of `file` names. */
int fs_find_named(const struct fs_yaml_file *file, const struct fs_yaml *node, const struct fs_shelf *shelf,
                  char *path, size_t size, struct fs_error *error);

/** Fills a zeroed system whose storage is set. */
int fs_system_compose(const char *name, const char *stack, struct fs_system *system, struct fs_error *error);

/** Rules between the numbers of a system. On failure *tier is the tier at fault, or -1: the system itself,
 * and *key its key ("group", "fabric.radix"). */
int fs_system_check(const struct fs_system *system, int *tier, const char **key, struct fs_error *error);

/** The rules of tier k's fabric. *key as above. */
int fs_fabric_check(const struct fs_system *system, int k, const char **key, struct fs_error *error);

/** After overrides: where a user chose another kind or routing, what the file says for the former one alone
 * gets its default back. */
void fs_fabric_adapt(struct fs_fabric *fabric);

/** The row of the table that a path means, and the struct that the row describes. -1: there is none; which
 * may be meant. */
int fs_system_find(struct fs_system *system, const char *path, const struct fs_field **field, void **base,
                   struct fs_error *error);

/** Applies `path=value`. */
int fs_system_override(struct fs_system *system, const char *text, struct fs_error *error);

#endif
