#ifndef FARSCALE_ENGINE_WATCH_H
#define FARSCALE_ENGINE_WATCH_H

/* Looks over the shoulders of a few chips on the virtual clock. Without any, nothing here does anything. */

#include "engine/engine.h"

struct fs_watch {
	const struct fs_engine_options *options;
	int count;
	uint64_t *chip, *place; /* watched ones, and where they lie in the arrays */
	double *begin_s;        /* of each, when the operation began */
	bool now;               /* is it the step that is watched? */
};

void fs_watch_create(struct fs_watch *watch, const struct fs_engine_options *options);

/** One of the observed chips lies at time[place]. */
void fs_watch_chip(struct fs_watch *watch, uint64_t chip, uint64_t place);
void fs_watch_destroy(struct fs_watch *watch);

/** Which step begins, counted with those that warm up: the first that counts is watched. */
void fs_watch_step(struct fs_watch *watch, uint32_t step);

/** An operation begins at time[place], and has ended at time[place] for those of the `count` places from `at`
 * on. What took no time is passed over. */
void fs_watch_begin(struct fs_watch *watch, const double *time);
void fs_watch_end(struct fs_watch *watch, const struct fs_op *op, uint64_t at, uint64_t count,
                  const double *time);

/** The last collective of its stream, `op`, goes on longer than it was said to. */
void fs_watch_longer(struct fs_watch *watch, const struct fs_op *op, uint64_t at, uint64_t count,
                     const double *time);

#endif
