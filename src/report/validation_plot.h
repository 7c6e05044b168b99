#ifndef FARSCALE_REPORT_VALIDATION_PLOT_H
#define FARSCALE_REPORT_VALIDATION_PLOT_H

/* Pieces of the drawing of `validate`: internal to it. A set has one colour and one mark in all panels; its
 * points are the data block $set<index>, columns: measured, predicted (of the panel's unit), their ratio
 * within the strip, height in the strip. */

#include "record/validation.h"

#include <stdio.h>

/** How a set's points look. */
const char *fs_validation_colour(int set);
int fs_validation_mark(int set);
double fs_validation_size(const struct fs_validation_summary *set);

/** Where a point stands in the strip: its ratio, cut at the ends, and the height of row `row` of set `set` of
 * `count`: rows spread over the set's line. */
double fs_strip_ratio(const struct fs_validation_record *record);
double fs_strip_height(int set, int count, int row);

/** The panel of errors, a line for each set: its name, its points, its mean absolute error and bar. left ..
 * right: of the page, names and figures not counted. */
void fs_strip_print(FILE *script, const struct fs_validation_summary *sets, int count, double left,
                    double right);

#endif
