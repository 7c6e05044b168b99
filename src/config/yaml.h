#ifndef FARSCALE_CONFIG_YAML_H
#define FARSCALE_CONFIG_YAML_H

/*
 * A YAML file as a tree that remembers where everything stood. Only what configuration needs, and nothing
 * that hostile files can make large: one document; no aliases, anchors or tags; bounded size, depth and
 * number of nodes; no key twice. Errors are one line, `path:line:column: message`.
 */

#include <stdbool.h>
#include <stddef.h>

struct fs_error;

enum { FS_YAML_DEPTH = 12, FS_YAML_NODES = 10000 };

enum fs_yaml_kind { FS_YAML_TEXT, FS_YAML_LIST, FS_YAML_MAPPING };

struct fs_yaml {
	enum fs_yaml_kind kind;
	int line, column; /* from 1; columns count characters */
	char *key;        /* of an entry of a mapping, else NULL */
	int key_line, key_column;
	char *text; /* FS_YAML_TEXT; "" for nothing */
	bool quoted;
	int count; /* FS_YAML_LIST: items; FS_YAML_MAPPING: entries */
	struct fs_yaml *child;
};

struct fs_yaml_file {
	char *path;
	struct fs_yaml root; /* a mapping */
};

/** Reads and parses a file. Destroy the result. */
int fs_yaml_read(const char *path, struct fs_yaml_file **file, struct fs_error *error);

/** The same for text that is already there; `path` stands in errors. */
int fs_yaml_parse(const char *path, const char *text, size_t length, struct fs_yaml_file **file,
                  struct fs_error *error);

void fs_yaml_destroy(struct fs_yaml_file *file);

/** The entry of a mapping, or NULL. */
const struct fs_yaml *fs_yaml_get(const struct fs_yaml *mapping, const char *key);

/** Fails with `path:line:column: ...` of the node. Returns -1. */
__attribute__((format(printf, 4, 5))) int fs_yaml_fail(const struct fs_yaml_file *file,
                                                       const struct fs_yaml *node, struct fs_error *error,
                                                       const char *format, ...);
/** The same, at the node's key. */
__attribute__((format(printf, 4, 5))) int fs_yaml_fail_key(const struct fs_yaml_file *file,
                                                           const struct fs_yaml *node, struct fs_error *error,
                                                           const char *format, ...);

/** What a node is, for "... is needed, not %s": "'abc'", "a list", "nothing". Returns the buffer. */
const char *fs_yaml_describe(const struct fs_yaml *node, char *buffer, size_t size);

/** A text in quotes, cut after some 40 bytes and without control characters, for use in messages. */
const char *fs_text_quote(const char *text, char *buffer, size_t size);

#endif
