#ifndef FARSCALE_CONFIG_HOME_H
#define FARSCALE_CONFIG_HOME_H

/* Where the files that names stand for are found. */

#include "config/quantity.h"

#include <stdbool.h>
#include <stddef.h>

struct fs_error;

/** The folder that holds topologies/, kernels/ and tests/validation/: $FARSCALE_HOME, or the tree that
 * farscale was built from.
 */
const char *fs_home(void);

/** A kind of thing that files describe: what it is called, and where in the home its files are. */
struct fs_shelf {
	const char *what;   /* "system" */
	const char *folder; /* in the home: "topologies" */
	const char *beside; /* where it is looked for first, from the file that names it: "chips"; NULL:
	                       nowhere */
};

extern const struct fs_shelf fs_shelf_systems, fs_shelf_chips, fs_shelf_stacks, fs_shelf_models,
        fs_shelf_published;

/** Is it a path (it holds a '/' or ends in .yaml) and not a name? */
bool fs_is_path(const char *name);

/** The file of `name`. user NULL: a user gives it, and it may be a path. Else the file that names it; names
 * are looked up beside that file first. An unknown name is an error that lists the known ones and the
 * nearest. */
int fs_shelf_find(const struct fs_shelf *shelf, const char *name, const char *user, char *path, size_t size,
                  struct fs_error *error);

/** Is `name` the name or path of something that exists on this shelf? */
bool fs_shelf_has(const struct fs_shelf *shelf, const char *name);

/** Names in the home, sorted. Free with fs_names_clear. A missing folder: none. */
struct fs_names {
	int count;
	char **name; /* ends with NULL */
};
void fs_shelf_list(const struct fs_shelf *shelf, struct fs_names *names);
void fs_names_clear(struct fs_names *names);

/** What a file says about itself; "" for what it does not say. */
struct fs_peek {
	char schema[FS_NAME], label[128];
};
int fs_file_peek(const char *path, struct fs_peek *peek, struct fs_error *error);

#endif
