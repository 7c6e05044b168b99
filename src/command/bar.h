#ifndef FARSCALE_COMMAND_BAR_H
#define FARSCALE_COMMAND_BAR_H

/* A progress bar on stderr over a command's cases and the share done of the current one: redrawn in place on
 * a terminal, a line every few seconds elsewhere. A case that will take longer than a minute says so, in a
 * line of its own, about a second after it began, by the pace that it has then, or before, where that is
 * known. */

#include "engine/engine.h"

#include <stdbool.h>

struct fs_bar {
	bool silent, terminal;
	const char *command; /* whose: "bench" */
	int cases, ended;
	double total, done; /* work of all cases, in any measure; of those that have ended */
	double work;        /* of the current one, in the same measure */
	char label[96];     /* its name */
	struct fs_progress progress;
	bool announced; /* that it takes long */
	double started_s, case_started_s, drawn_s;
};

/** silent: nothing is ever written. Ranks that do not speak are silent anyway. */
void fs_bar_start(struct fs_bar *bar, const char *command, bool silent, int cases, double total);

/** Begins a case (again, where it is tried again). */
void fs_bar_begin_case(struct fs_bar *bar, const char *label, double work);

/** The current case's progress. `bar` is a struct fs_bar: fits fs_engine_options.progress. */
void fs_bar_show(void *bar, const struct fs_progress *progress);

void fs_bar_end_case(struct fs_bar *bar);

/** Takes the bar off the terminal, for something else to be printed; the next progress brings it back. */
void fs_bar_hide(const struct fs_bar *bar);

/** Removes the bar. */
void fs_bar_end(struct fs_bar *bar);

#endif
