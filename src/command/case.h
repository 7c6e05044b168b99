#ifndef FARSCALE_COMMAND_CASE_H
#define FARSCALE_COMMAND_CASE_H

/* One case, from names to a record: config -> topology, model -> plan -> engine -> record. What `run` does
 * for each number of chips and `sweep` for each point of its axes. */

#include "command/options.h"
#include "engine/engine.h"
#include "record/record.h"

struct fs_calibration;
struct fs_team;
struct fs_timeline;

struct fs_case {
	const char *system, *stack, *model, *layout; /* stack, layout: NULL for the default (case_layout.h) */
	const struct fs_override *overrides;
	int override_count;
	uint64_t chips;
	enum fs_clock clock;
	enum fs_compute compute;
	enum fs_pace pace;
	uint64_t seed, steps;
	double dilation; /* 0: chosen */
	bool allow_oom;  /* run a layout that does not fit into the chips' memory */
	/* virtual, with one rank */
	struct fs_timeline
	        *timeline; /* gets what the traced chips do in the first counted step; NULL: nobody */
	const uint64_t *traced;
	int traced_count;
	/* where a Chakra trace of the first chakra_chips chips goes, 0: of all; NULL: none is written */
	const char *chakra;
	uint64_t chakra_chips;
};

/** Beside exit statuses: the layout was to be planned, and none fits into the chips' memory. */
enum { FS_FITS_NOWHERE = 3 };

/** Runs the case on the first ranks of the team that it needs (all, on the virtual clock, if there are chips
 * for all); ranks that are not needed sleep. The record is on every rank of `team`. Returns an exit status
 * or FS_FITS_NOWHERE; when it is not FS_DONE the error says why. Collective. calibration: needed for the wall
 * clock and for compute blas. progress: as the engine's, of the whole case; may be NULL. */
int fs_case_run(struct fs_team *team, const struct fs_case *one, const struct fs_calibration *calibration,
                void (*progress)(void *context, const struct fs_progress *progress), void *context,
                struct fs_run_record *record, struct fs_error *error);

/** Checks names, layout and overrides without running anything, with a message as fs_case_run would give.
 * Puts into a zeroed record what it will say of its case: resolved names and layout (where it is to be
 * planned, only by what), overrides, chips, seed, ... work_s: rough seconds that it will take, to weigh cases
 * against each other. Local. */
int fs_case_check(const struct fs_case *one, struct fs_run_record *record, double *work_s,
                  struct fs_error *error);

#endif
