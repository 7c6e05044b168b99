#ifndef FARSCALE_FABRIC_RISING_H
#define FARSCALE_FABRIC_RISING_H

/*
 * A queue of things whose levels only rise, least level first: buckets of levels that are within 1/64 of each
 * other, and a heap of the lowest bucket alone. What has risen is moved only when its turn comes, so that
 * things of the same level, or that end before their turn, cost next to nothing.
 */

#include <stdbool.h>
#include <stdint.h>

struct fs_rising;

struct fs_rising *fs_rising_create(void);
void fs_rising_destroy(struct fs_rising *queue);

/** Empties the queue and puts things 0 .. things-1 in. Levels are at least 0; those that are infinite never
 * come. */
void fs_rising_fill(struct fs_rising *queue, const double *level, uint32_t things);

/** Takes out the thing with the least level if it is at most `most` (finite): true, and which. level[]: as at
 * the last call or higher. Of things of the same level, any. */
bool fs_rising_take(struct fs_rising *queue, const double *level, double most, uint32_t *thing);

#endif
