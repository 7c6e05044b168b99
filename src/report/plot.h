#ifndef FARSCALE_REPORT_PLOT_H
#define FARSCALE_REPORT_PLOT_H

/* gnuplot scripts, one file each, data inside: drawn once by us, and again by anyone who wants other colours.
 * A script writes STEM.png and STEM.svg, 1400 pixels wide, into the directory it is run in. */

#include "report/summary.h"

#include <stdio.h>

/** Prints a script for `count` series of one model. */
typedef void fs_plot(FILE *script, const char *stem, const struct fs_series *series, int count);

/** Weak-scaling efficiency against chips: a curve for each series with its p5-p95 band, live points on top.
 */
fs_plot fs_plot_efficiency;

/** Where the step goes: computing, exposed communication, stragglers; a panel for each series. */
fs_plot fs_plot_breakdown;

/** Pieces that both are made of; height: of the page, in pixels. */
enum fs_plot_format { FS_PLOT_PNG, FS_PLOT_SVG, FS_PLOT_FORMATS };
void fs_plot_print_header(FILE *script, const char *stem);
void fs_plot_print_terminal(FILE *script, const char *stem, enum fs_plot_format format, int height);
void fs_plot_print_title(FILE *script, const char *what, const char *model, const char *subtitle, int height);
void fs_plot_print_footnote(FILE *script, const char *how_to_read, const struct fs_series *series, int count,
                            int height);

/** 15488 -> "15,488" */
const char *fs_plot_thousands(uint64_t number, char *buffer, size_t size);

#endif
