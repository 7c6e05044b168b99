#ifndef FARSCALE_WORKLOAD_CHAKRA_FILE_H
#define FARSCALE_WORKLOAD_CHAKRA_FILE_H

/* A file of messages, each after its length as a varint. */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

struct fs_error;

struct fs_chakra_file {
	const char *path; /* borrowed */
	size_t size, at;
	uint8_t *bytes;
};

/** All of the file in memory. */
int fs_chakra_open(const char *path, struct fs_chakra_file *file, struct fs_error *error);
void fs_chakra_close(struct fs_chakra_file *file);

/** The next message; false at the end. -1: cut off, with an error. */
int fs_chakra_next(struct fs_chakra_file *file, const uint8_t **message, size_t *length, bool *more,
                   struct fs_error *error);

/** Writes a message and its length. The stream remembers errors. */
void fs_chakra_put(FILE *out, const uint8_t *message, size_t length);

#endif
