#ifndef FARSCALE_CONFIG_PROVENANCE_H
#define FARSCALE_CONFIG_PROVENANCE_H

/* Who says so: the trust letter and the sources that numbers inherit from the mappings around them. */

#include "config/fields.h"

/** What a mapping hands down; trust 0 or source NULL: not said yet. partial: what is missing is there
 * already, from another file. */
struct fs_origin {
	char trust;
	const char *source;
	bool partial;
};

/** Checks the file's `sources:`, id: citation. */
int fs_sources_check(const struct fs_decoder *decoder);

/** Replaces in `origin` what the mapping's `trust:` and `source:` say. */
int fs_origin_refine(const struct fs_decoder *decoder, const struct fs_yaml *mapping,
                     struct fs_origin *origin);

/** Gives the quantity its origin; fails at `node` when that is incomplete. */
int fs_origin_give(const struct fs_decoder *decoder, const struct fs_yaml *node,
                   const struct fs_origin *origin, struct fs_quantity *quantity);

/** "trust", "source": the keys that any mapping of a file with provenance may have. */
bool fs_origin_is_key(const char *key);

#endif
