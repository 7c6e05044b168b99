#ifndef FARSCALE_TOPOLOGY_FREE_NUMBER_H
#define FARSCALE_TOPOLOGY_FREE_NUMBER_H

/*
 * Numbers of systems that a fit may choose, each within bounds: "stack.kernel.memory_efficiency=0.5..1".
 * Several systems may be fitted at once. A number is that of all of them, which then must agree about it, or,
 * with the name of a system, chip or stack before it ("a100:stack.kernel.memory_efficiency=0.5..1"), of those
 * alone.
 */

#include "topology/system.h"

#include <stddef.h>

enum { FS_MOST_FREE = 16 };

struct fs_free_number {
	char where[FS_NAME]; /* "": everywhere */
	char path[128];      /* as --set takes it */
	double low, high;    /* in the unit of its key */
};

struct fs_free_numbers {
	int count;
	struct fs_free_number item[FS_MOST_FREE];
};

/** Adds those of a text, [WHERE:]PATH=LOW..HIGH[,...]. No number twice. On failure it may have added some. */
int fs_free_numbers_parse(const char *text, struct fs_free_numbers *numbers, struct fs_error *error);

/** Adds those of `more` that are not there yet; of others the bounds are widened. */
int fs_free_numbers_join(struct fs_free_numbers *numbers, const struct fs_free_numbers *more,
                         struct fs_error *error);

/** "a100:stack.kernel.memory_efficiency"; returns the buffer. */
const char *fs_free_number_name(const struct fs_free_number *number, char *buffer, size_t size);

/** Is it one of this system's? */
bool fs_free_number_concerns(const struct fs_free_number *number, const struct fs_system *system);

/** The number's value in a system that it concerns. -1: the system has no such path, it is no single number
 * that can be any real one, or it cannot be what the bounds allow. */
int fs_free_number_read(const struct fs_free_number *number, const struct fs_system *system, double *value,
                        struct fs_error *error);

/** Gives the number, which has been read, another value, in the bounds or not. False: it cannot be that, and
 * nothing has changed. Rules between numbers are not looked at: fs_system_is_sound. */
bool fs_free_number_write(const struct fs_free_number *number, struct fs_system *system, double value);

/** Do its numbers still fit each other? */
bool fs_system_is_sound(const struct fs_system *system);

#endif
