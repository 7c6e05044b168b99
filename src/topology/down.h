#ifndef FARSCALE_TOPOLOGY_DOWN_H
#define FARSCALE_TOPOLOGY_DOWN_H

/*
 * Cables that are down, as `fabric.down` names them: "tier:cable" or "tier/group:cable", with commas between
 * them. group: which of the groups that the tier joins, from 0; not given: the first. What cables a network
 * has, fabric/ knows (fs_network_each_link).
 */

#include "topology/system.h"

struct fs_error;

struct fs_down {
	int tier;
	uint64_t group;
	char cable[64]; /* may hold a ':' */
};

/** Reads the entry that *rest (at first system->down) starts with, and moves *rest behind it. Returns 1; 0 if
 * none is left; -1 if it is none, or names no tier. */
int fs_down_next(const struct fs_system *system, const char **rest, struct fs_down *down,
                 struct fs_error *error);

/** Reads all of `text` and appends to system->down what is not there yet. Returns how many; -1: failed. */
int fs_down_add(struct fs_system *system, const char *text, struct fs_error *error);

/** Are all entries of system->down in groups that there are? */
int fs_down_check(const struct fs_system *system, struct fs_error *error);

#endif
