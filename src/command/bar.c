#include "command/bar.h"

#include "base/clock.h"
#include "base/speaker.h"

#include <math.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

enum { WIDTH = 28 };
static const double REDRAW_S = 0.1, LINE_S = 10;

void fs_bar_start(struct fs_bar *bar, bool silent, double total)
{
	*bar = (struct fs_bar){.silent = silent || !fs_speaks(), .total = total};
	bar->terminal = isatty(STDERR_FILENO);
	bar->started_s = bar->drawn_s = fs_clock_s();
}

static void remaining(const struct fs_bar *bar, double now_s, char *text, size_t size)
{
	double share = bar->done / bar->total, spent = now_s - bar->started_s;
	if (share > 0.02 && share < 1)
		snprintf(text, size, "%.0f s left", ceil(spent / share * (1 - share)));
	else
		snprintf(text, size, "%.0f s", spent);
}

void fs_bar_show(struct fs_bar *bar, double done, const char *label)
{
	double now_s = fs_clock_s();
	bar->done = done;
	snprintf(bar->label, sizeof bar->label, "%s", label);
	if (bar->silent || now_s - bar->drawn_s < (bar->terminal ? REDRAW_S : LINE_S))
		return;
	bar->drawn_s = now_s;
	char drawn[WIDTH + 1], left[32];
	double share = fmin(1, bar->done / bar->total);
	int filled = (int)(share * WIDTH);
	memset(drawn, '.', WIDTH);
	memset(drawn, '#', (size_t)filled);
	drawn[WIDTH] = 0;
	remaining(bar, now_s, left, sizeof left);
	fprintf(stderr, bar->terminal ? "\r\033[K[%s] %3.0f %%  %s  %s" : "[%s] %3.0f %%  %s  %s\n", drawn,
	        100 * share, left, bar->label);
	fflush(stderr);
}

void fs_bar_end(struct fs_bar *bar)
{
	if (!bar->silent && bar->terminal)
		fprintf(stderr, "\r\033[K");
	fflush(stderr);
}
