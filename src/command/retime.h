#ifndef FARSCALE_COMMAND_RETIME_H
#define FARSCALE_COMMAND_RETIME_H

/* The best of the layouts that a search has found, timed by the engine. */

#include "plan/search.h"

struct fs_error;
struct fs_model;
struct fs_system;

/** Chip-steps (fs_virtual_effort) that take about a second on one core, building programs included. */
extern const double FS_CHIP_STEPS_A_SECOND;

struct fs_retiming {
	const struct fs_system *system; /* placed for the chips */
	const struct fs_model *model;
	uint64_t chips;
	int most;      /* layouts */
	double effort; /* chip-steps in all: counted and not clocked, so that every machine times the same */
	/** Called before each; may be NULL. */
	void (*progress)(double share, uint64_t layouts, void *context);
	void *context;
};

/** Times the second step of each on the virtual clock, without jitter, best estimate first, until one would
 * go beyond `most` or `effort`; none, if two do not fit. Sorts by that (fs_search_time_again). Local. */
int fs_retime(const struct fs_retiming *retiming, struct fs_search *search, struct fs_error *error);

#endif
