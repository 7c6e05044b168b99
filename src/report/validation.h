#ifndef FARSCALE_REPORT_VALIDATION_H
#define FARSCALE_REPORT_VALIDATION_H

/* What `validate` prints and draws. */

#include "record/validation.h"

#include <stdio.h>

struct fs_error;

/** What sets there are: rows, bar, label, source (source[i] is that of sets[i]). Nothing was predicted yet.
 */
void fs_report_validation_list(FILE *out, const struct fs_validation_summary *sets, int count,
                               const char *const *source);

/** A set's rows: measured, predicted, error; in the unit of its source. */
void fs_report_validation_rows(FILE *out, const struct fs_validation_summary *set,
                               const struct fs_validation_record *records);

/** A line for each set: errors, bar, met or not. Below: why rows were not predicted. `records` has the rows
 * of all sets, one set after the other. */
void fs_report_validation_sets(FILE *out, const struct fs_validation_summary *sets, int count,
                               const struct fs_validation_record *records);

/** --format csv and json: a line for each row; json: an object a line. */
void fs_report_validation_csv(FILE *out, const struct fs_validation_record *records, int count);
void fs_report_validation_json(FILE *out, const struct fs_validation_record *records, int count);

/** Prints a gnuplot script that writes STEM.png and STEM.svg. Left: predicted against measured, both axes
 * logarithmic, the diagonal and a band of 10 % around it; a panel for times and one for memory. Right: each
 * set's errors, how large they are in the mean, and its bar. A colour for each set. */
void fs_plot_validation(FILE *script, const char *stem, const struct fs_validation_summary *sets, int count,
                        const struct fs_validation_record *records);

/** Draws it: writes PATH with .png, .svg and .gnuplot in place of its ending. -1: could not be written or
 * gnuplot cannot be run. */
int fs_report_validation_plot(const char *path, const struct fs_validation_summary *sets, int count,
                              const struct fs_validation_record *records, struct fs_error *error);

#endif
