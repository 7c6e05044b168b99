#ifndef FARSCALE_COMMAND_BAR_H
#define FARSCALE_COMMAND_BAR_H

/* A progress bar on stderr: redrawn in place on a terminal, a line every few seconds elsewhere. */

#include <stdbool.h>
#include <stdint.h>

struct fs_bar {
	bool silent, terminal;
	double total, done; /* in whatever measures the work */
	double started_s, drawn_s;
	char label[96];
};

void fs_bar_start(struct fs_bar *bar, bool silent, double total);

/** `done` so far, of which the current piece is called `label`. */
void fs_bar_show(struct fs_bar *bar, double done, const char *label);

/** Removes the bar. */
void fs_bar_end(struct fs_bar *bar);

#endif
