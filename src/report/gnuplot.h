#ifndef FARSCALE_REPORT_GNUPLOT_H
#define FARSCALE_REPORT_GNUPLOT_H

struct fs_error;

/** Runs gnuplot on `directory`/`stem`.gnuplot, which draws `stem`.png and `stem`.svg, with the user's own
 * gnuplot settings left out. No shell is involved. The pictures appear in `directory` whole or not at all. -1
 * with one line: gnuplot is not installed, or what it complained about; FS_GNUPLOT_CUT: it drew, but the
 * pictures cannot be kept (a full disk, of which gnuplot itself says nothing). */
enum { FS_GNUPLOT_CUT = -2 };
int fs_gnuplot_run(const char *directory, const char *stem, struct fs_error *error);

#endif
