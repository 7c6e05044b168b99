#ifndef FARSCALE_CALIBRATE_CACHE_H
#define FARSCALE_CALIBRATE_CACHE_H

/* Where calibrations are kept: one JSON file per kind of host, and a lock beside each. */

#include "calibrate/calibration.h"

#include <limits.h>
#include <time.h>

struct fs_cache {
	char file[PATH_MAX], lock[PATH_MAX];
};

/** Finds and makes ${XDG_CACHE_HOME:-$HOME/.cache}/farscale (a relative XDG_CACHE_HOME is ignored, as its
 *  specification asks). Fails without a home, or where nothing can be written. */
int fs_cache_open(const char *key, struct fs_cache *cache, struct fs_error *error);

/** Keeps other processes of this user from measuring; waits at most `patience_s` for those that do, asleep.
 *  Returns a descriptor for fs_cache_unlock, or -1. Ends with the process, however that ends. */
int fs_cache_lock(const struct fs_cache *cache, double patience_s, struct fs_error *error);
void fs_cache_unlock(int lock);

/** Reads the stored calibration if its file is whole, of the host with this key, not older than `since`. */
int fs_cache_load(const struct fs_cache *cache, const char *key, struct timespec since,
                  struct fs_calibration *calibration, struct fs_error *error);

/** Stores it so that a reader sees the old file or the new one, whole, whenever this process dies. */
int fs_cache_store(const struct fs_cache *cache, const struct fs_calibration *calibration,
                   struct fs_error *error);

#endif
