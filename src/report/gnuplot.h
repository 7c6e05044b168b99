#ifndef FARSCALE_REPORT_GNUPLOT_H
#define FARSCALE_REPORT_GNUPLOT_H

struct fs_error;

/** Runs gnuplot on `directory`/`script`, with `directory` as its working directory and the user's own gnuplot
 * settings left out. No shell is involved. -1 with one line: it is not installed, or what it complained
 * about. */
int fs_gnuplot_run(const char *directory, const char *script, struct fs_error *error);

#endif
