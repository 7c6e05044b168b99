#ifndef FARSCALE_COMMAND_SWEEP_RECORDS_H
#define FARSCALE_COMMAND_SWEEP_RECORDS_H

/* Where a sweep keeps what it has found: a folder with a file of records for each share that ran there
 * (record/folder.h). It tells which cases are done, and takes the records of more. */

#include "command/sweep_file.h"
#include "record/folder.h"

#include <jansson.h>
#include <limits.h>

struct fs_team;
struct fs_post_box;

struct fs_sweep_records {
	const json_t *index; /* of the sweep's cases (sweep_index.h) */
	int cases;
	struct fs_share share; /* whose records are kept here */
	char folder[PATH_MAX - 64], path[PATH_MAX];
	struct fs_team *team;
	bool *done; /* of each case: its record is there */
	bool far;   /* this host does not see rank 0's folder: records go there by post */
	struct fs_post_box *box;
	int lost; /* letters that could not be written */
};

/** Names the folder (`output`, else results/runs/ and the sweep's name) and the share's file. Local. */
int fs_sweep_records_name(struct fs_sweep_records *records, const struct fs_sweep *sweep, const json_t *index,
                          const char *output, struct fs_error *error);

/** Makes and claims the folder (claim.h) and finds out what is done. Collective over the team, which is lent
 * until close; ranks other than the one that speaks may fail without a text. */
int fs_sweep_records_open(struct fs_sweep_records *records, struct fs_team *team, struct fs_error *error);

/** How many ranks' hosts do not see the folder, so that their records come by post. Between open and close.
 * Local. */
uint64_t fs_sweep_records_far(const struct fs_sweep_records *records);

/** Keeps a record for good: synced before it returns, or on its way to rank 0, which keeps it when it next
 * moves the post. Local. */
int fs_sweep_records_keep(struct fs_sweep_records *records, const struct fs_run_record *record,
                          struct fs_error *error);

/** Rank 0 writes what has come by post, others move on what is under way. To be called often: until rank 0
 * has done so, a record is lost if the job is ended. Local. */
void fs_sweep_records_move_post(struct fs_sweep_records *records);

/** The end of keeping: all letters are taken. Returns whether anything was lost on this rank. Collective. */
int fs_sweep_records_close(struct fs_sweep_records *records);

/** The records of those cases of which `ours` says so, in the order of the cases, whichever share ran them:
 * *found (free it) gets *count of them. Local. */
int fs_sweep_records_collect(struct fs_sweep_records *records, const bool *ours, struct fs_run_record **found,
                             int *count, struct fs_error *error);

#endif
