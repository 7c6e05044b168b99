#ifndef FARSCALE_CALIBRATE_CACHE_H
#define FARSCALE_CALIBRATE_CACHE_H

/* Where calibrations are kept: one JSON file per kind of host, and a lock beside each. */

#include "calibrate/calibration.h"

#include <limits.h>
#include <stdint.h>
#include <time.h>

struct fs_cache {
	char file[PATH_MAX], lock[PATH_MAX];
};

/* Tells a stored file from those before and after it by what they are, not by whether its time is later than
 * another: a home on a server has the server's clock, a clock may be set, and some kernels' file times run
 * up to a tick ahead of the clock that programs are told. */
struct fs_cache_version {
	uint64_t inode;
	int64_t bytes;
	struct timespec modified;
};

/** Finds and makes ${XDG_CACHE_HOME:-$HOME/.cache}/farscale (a relative XDG_CACHE_HOME is ignored, as its
 *  specification asks). Fails without a home, or where nothing can be written. */
int fs_cache_open(const char *key, struct fs_cache *cache, struct fs_error *error);

/** Keeps other processes of this user from measuring; waits at most `patience_s` for those that do, asleep.
 *  Returns a descriptor for fs_cache_unlock, or -1. Ends with the process, however that ends. */
int fs_cache_lock(const struct fs_cache *cache, double patience_s, struct fs_error *error);
void fs_cache_unlock(int lock);

/** The version that is stored now; all zero if there is none. */
struct fs_cache_version fs_cache_version(const struct fs_cache *cache);

/** Reads the stored calibration if its file is whole, of the host with this key and, unless `not_this` is
 *  NULL, another version than that. */
int fs_cache_load(const struct fs_cache *cache, const char *key, const struct fs_cache_version *not_this,
                  struct fs_calibration *calibration, struct fs_error *error);

/** Stores it so that a reader sees the old file or the new one, whole, whenever this process dies. */
int fs_cache_store(const struct fs_cache *cache, const struct fs_calibration *calibration,
                   struct fs_error *error);

#endif
