#ifndef FARSCALE_REPORT_REPORT_H
#define FARSCALE_REPORT_REPORT_H

/* Rows -> tables, CSV, plots. Nothing is computed here that an engine computes: only medians over seeds. No
 * MPI. */

#include "record/record.h"

#include <stdio.h>

struct fs_error;

/** How results are printed: --format. */
enum fs_format { FS_FORMAT_TABLE, FS_FORMAT_CSV, FS_FORMAT_JSON };

/** What fs_report_write did. */
struct fs_report_done {
	int files;
	char **file;       /* names of the files it wrote, in the directory */
	char skipped[512]; /* one line: why plots are missing; "" if none is */
};

/** Prints the table of fs_report_run_table to `table` (NULL: none) and writes into `directory` (made if it is
 * not there): records.csv, and for each model efficiency-MODEL and breakdown-MODEL as .png, .svg and the
 * .gnuplot script that draws them. Without gnuplot the scripts are written, *done says what was skipped, and
 * the result is 0. -1: something could not be written. done: pass to fs_report_done_clear after success. */
int fs_report_write(const char *directory, const struct fs_run_record *records, int count, FILE *table,
                    struct fs_report_done *done, struct fs_error *error);
void fs_report_done_clear(struct fs_report_done *done);

/** What `run`, `sweep` and `report` print: a block for each model and system, a line for each number of chips
 * and clock, over all seeds; live lines are marked. */
void fs_report_run_table(FILE *out, const struct fs_run_record *records, int count);

/** --format csv: the records' keys as a header, a line for each record. */
void fs_report_run_csv(FILE *out, const struct fs_run_record *records, int count);

/** --format json: one array of flat objects. */
void fs_report_run_json(FILE *out, const struct fs_run_record *records, int count);

#endif
