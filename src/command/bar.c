#include "command/bar.h"

#include "base/clock.h"
#include "base/speaker.h"
#include "base/text.h"

#include <math.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

enum { WIDTH = 20, USUAL_COLUMNS = 80, MOST_COLUMNS = 200 };
static const double REDRAW_S = 0.1, LINE_S = 10;

/* A case is judged after PROBE_S, and LONG_S more is long. */
static const double PROBE_S = 1, LONG_S = 60;

void fs_bar_start(struct fs_bar *bar, const char *command, bool silent, int cases, double total)
{
	*bar = (struct fs_bar){
	        .silent = silent || !fs_speaks(), .command = command, .cases = cases, .total = total};
	bar->terminal = isatty(STDERR_FILENO);
	bar->started_s = bar->case_started_s = bar->drawn_s = fs_clock_s();
}

/* Seconds that are still to come at the pace so far. */
static double left_s(double share, double spent_s)
{
	return share > 0 ? spent_s / share * (1 - share) : INFINITY;
}

/* "  1.9 G chip-steps/s", or nothing where there is no telling. */
static void write_rate(const struct fs_bar *bar, double now_s, char *text, size_t size)
{
	char rate[16];
	double spent_s = now_s - bar->case_started_s;
	*text = 0;
	if (bar->progress.chip_steps > 0 && spent_s > REDRAW_S)
		snprintf(text, size, "  %s chip-steps/s",
		         fs_text_count(bar->progress.chip_steps / spent_s, rate, sizeof rate));
}

/* "  case 3 of 12  4 min left  1.9 G chip-steps/s  LABEL" */
static void write_state(const struct fs_bar *bar, double share, double now_s, char *text, size_t size)
{
	char number[40] = "", rate[40], time[16];
	double spent_s = now_s - bar->started_s;
	bool foreseen = share < 1 && spent_s >= PROBE_S && share > 0;
	if (bar->cases > 1)
		snprintf(number, sizeof number, "  case %d of %d",
		         bar->ended < bar->cases ? bar->ended + 1 : bar->cases, bar->cases);
	write_rate(bar, now_s, rate, sizeof rate);
	fs_text_duration(foreseen ? left_s(share, spent_s) : spent_s, time, sizeof time);
	snprintf(text, size, "%s  %s%s%s  %s", number, time, foreseen ? " left" : "", rate, bar->label);
}

static int columns(void)
{
	struct winsize window;
	if (ioctl(STDERR_FILENO, TIOCGWINSZ, &window) || !window.ws_col)
		return USUAL_COLUMNS;
	return window.ws_col < MOST_COLUMNS ? window.ws_col : MOST_COLUMNS;
}

static void draw(struct fs_bar *bar)
{
	double now_s = fs_clock_s();
	if (bar->silent || now_s - bar->drawn_s < (bar->terminal ? REDRAW_S : LINE_S))
		return;
	bar->drawn_s = now_s;
	double share = fmin(1, (bar->done + bar->work * bar->progress.share) / bar->total);
	char filled[WIDTH + 1] = "####################", state[160], line[MOST_COLUMNS];
	memset(filled + (int)(share * WIDTH), '.', (size_t)(WIDTH - (int)(share * WIDTH)));
	write_state(bar, share, now_s, state, sizeof state);
	int room = bar->terminal ? columns() : MOST_COLUMNS; /* a line that wraps could not be redrawn */
	snprintf(line, (size_t)room, "[%s] %3.0f %%%s", filled, 100 * share, state);
	fprintf(stderr, bar->terminal ? "\r\033[K%s" : "%s\n", line);
	fflush(stderr);
}

/* "farscale run: ...: this will take 3 h or more", before the first step of a wall run. */
static void announce_if_known(struct fs_bar *bar)
{
	char time[16];
	if (bar->announced || bar->progress.least_s <= LONG_S)
		return;
	bar->announced = true;
	fprintf(stderr, "%sfarscale %s: %s: this will take %s or more\n", bar->terminal ? "\r\033[K" : "",
	        bar->command, bar->label, fs_text_duration(bar->progress.least_s, time, sizeof time));
	fflush(stderr);
}

/* "farscale bench: alltoall, ...: takes about 9 min: 1.1 T chip-steps, at 1.9 G chip-steps/s" */
static void announce_if_long(struct fs_bar *bar)
{
	double now_s = fs_clock_s(), spent_s = now_s - bar->case_started_s,
	       left = left_s(bar->progress.share, spent_s);
	char time[16], steps[16], rate[40], amount[96] = "";
	if (bar->announced || spent_s < PROBE_S || left <= LONG_S)
		return;
	bar->announced = true;
	write_rate(bar, now_s, rate, sizeof rate);
	if (*rate)
		snprintf(amount, sizeof amount, " for %s chip-steps, so far at%s",
		         fs_text_count(bar->progress.of_chip_steps, steps, sizeof steps), rate + 1);
	fprintf(stderr, "%sfarscale %s: %s: this will take about %s%s\n", bar->terminal ? "\r\033[K" : "",
	        bar->command, bar->label, fs_text_duration(spent_s + left, time, sizeof time), amount);
	fflush(stderr);
}

void fs_bar_begin_case(struct fs_bar *bar, const char *label, double work)
{
	snprintf(bar->label, sizeof bar->label, "%s", label);
	fs_text_plain(bar->label);
	bar->work = work;
	bar->progress = (struct fs_progress){0};
	bar->announced = false;
	bar->case_started_s = fs_clock_s();
}

void fs_bar_show(void *context, const struct fs_progress *progress)
{
	struct fs_bar *bar = context;
	bar->progress = *progress;
	if (!bar->silent) {
		announce_if_known(bar);
		announce_if_long(bar);
	}
	draw(bar);
}

void fs_bar_end_case(struct fs_bar *bar)
{
	bar->done += bar->work;
	bar->ended++;
	bar->work = 0;
	bar->progress = (struct fs_progress){0};
	draw(bar);
}

void fs_bar_hide(const struct fs_bar *bar)
{
	if (!bar->silent && bar->terminal)
		fprintf(stderr, "\r\033[K");
	fflush(stderr);
}

void fs_bar_end(struct fs_bar *bar)
{
	fs_bar_hide(bar);
}
