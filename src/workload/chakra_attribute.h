#ifndef FARSCALE_WORKLOAD_CHAKRA_ATTRIBUTE_H
#define FARSCALE_WORKLOAD_CHAKRA_ATTRIBUTE_H

/* Attributes by name, whichever of protobuf's many kinds of numbers a writer took. */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <chakra.pb-c.h>

struct fs_error;

struct fs_attributes {
	size_t count;
	FsChakra__Attribute *const *attribute;
};

/** A number of at least 0 and at most `most`; `value` stays as it is where there is no such attribute. */
int fs_attribute_number(const struct fs_attributes *attributes, const char *name, double most, double *value,
                        struct fs_error *error);

/** The text, NULL where there is none. Numbers that are taken for names are none. */
const char *fs_attribute_text(const struct fs_attributes *attributes, const char *name);

/** A list of booleans without a false in it, or none at all. */
bool fs_attribute_all_true(const struct fs_attributes *attributes, const char *name);

#endif
