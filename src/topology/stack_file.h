#ifndef FARSCALE_TOPOLOGY_STACK_FILE_H
#define FARSCALE_TOPOLOGY_STACK_FILE_H

/*
 * Stacks: from a file of their own, or described in a system's. `extends: NAME` takes everything from another
 * stack first; then only what differs is said, key by key, also for the chips of `kernels`. What was taken
 * keeps its own sources. Internal to topology/.
 */

#include "config/fields.h"
#include "topology/tables.h"

/** The files that extend each other, the innermost last. */
struct fs_stack_chain {
	const char *path;
	const struct fs_stack_chain *outer;
};

/** If `node`, a stack in the decoder's file, extends another: fills `stack` with that one, before `node` is
 * decoded into it. chain: the files that led here, or NULL. */
int fs_stack_prepare(const struct fs_decoder *decoder, const struct fs_yaml *node,
                     const struct fs_stack_chain *chain, struct fs_stack_file *stack);

/** Reads the stack of this name from a file, for the system's chip, which is known already. */
int fs_stack_load(const char *path, const char *name, struct fs_system *system, struct fs_error *error);

/** The same for a decoded stack; `node` of `file` holds it. */
int fs_stack_adopt(const struct fs_yaml_file *file, const struct fs_yaml *node,
                   const struct fs_stack_file *stack, struct fs_system *system, struct fs_error *error);

#endif
