#ifndef FARSCALE_COMMAND_OUTPUT_H
#define FARSCALE_COMMAND_OUTPUT_H

/* Results on stdout in the format that --format chose (table, csv, json). Returns an exit status: writing can
 * fail. */

#include "command/options.h"
#include "record/record.h"
#include "report/report.h"

/** Whether all of stdout got out; FS_CHECK_FAILED with a line on stderr if not (a full disk). */
int fs_output_finish(const struct fs_command *self);

int fs_output_runs(const struct fs_command *self, int format, const struct fs_run_record *records, int count);

#endif
