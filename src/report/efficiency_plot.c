#include "report/plot.h"

#include "report/escape.h"

#include <inttypes.h>
#include <math.h>
#include <string.h>

/* Okabe and Ito's colours, told apart by everyone; the weak yellow is left out. More series than colours
 * differ in their dashes. */
static const char *const colours[] = {"#0072b2", "#d55e00", "#009e73", "#cc79a7",
                                      "#e69f00", "#56b4e9", "#000000"};

enum { COLOURS = sizeof colours / sizeof *colours, HEIGHT = 900 };

static bool drawn(const struct fs_point *point)
{
	return point->first->chips > 0 && isfinite(point->efficiency.low) &&
	       isfinite(point->efficiency.median) && isfinite(point->efficiency.high);
}

static int count_points(const struct fs_series *series, bool live)
{
	int count = 0;
	for (int i = 0; i < series->points; i++)
		count += drawn(&series->point[i]) && series->point[i].live == live;
	return count;
}

/* Columns: chips, p5, median, p95 in percent. Live points of several series stand side by side, not on each
 * other. */
static void print_data(FILE *script, const struct fs_series *series, int index, int count)
{
	for (int live = 0; live < 2; live++) {
		double apart = fmin(0.09, 0.36 / count); /* octaves */
		double shift = live ? exp2(apart * (index - 0.5 * (count - 1))) : 1;
		fprintf(script, "$%s%d << EOD\n", live ? "live" : "virtual", index);
		for (int i = 0; i < series->points; i++) {
			const struct fs_point *point = &series->point[i];
			if (drawn(point) && point->live == live)
				fprintf(script, "%.6g %.4f %.4f %.4f\n", (double)point->first->chips * shift,
				        100 * point->efficiency.low, 100 * point->efficiency.median,
				        100 * point->efficiency.high);
		}
		fputs("EOD\n", script);
	}
}

static void find_range(const struct fs_series *series, int count, double *least, double *most)
{
	*least = INFINITY;
	*most = 1;
	for (int i = 0; i < count; i++)
		for (int j = 0; j < series[i].points; j++) {
			*least = fmin(*least, (double)series[i].point[j].first->chips);
			*most = fmax(*most, (double)series[i].point[j].first->chips);
		}
	*least = fmax(*least, 1);
}

static void print_tick(FILE *script, double chips, const char *next)
{
	char label[32];
	fprintf(script, "'%s' %.0f%s", fs_plot_thousands((uint64_t)chips, label, sizeof label), chips, next);
}

/* Every second power of two (2, 8, 32 ...), all of them on a short axis, and the largest number of chips. */
static void print_x_axis(FILE *script, const struct fs_series *series, int count)
{
	double least, most;
	find_range(series, count, &least, &most);
	fputs("set logscale x 2\nset xlabel 'chips' offset 0,0.3\nset xtics (", script);
	for (double tick = least; tick<most / 1.4; tick *= most / least> 256 ? 4 : 2)
		print_tick(script, tick, ", ");
	print_tick(script, most, ")\n");
	fprintf(script, "set xrange [%g:%g]\n", least / 1.3, most * 1.3);
}

static void print_axes(FILE *script, const struct fs_series *series, int count)
{
	print_x_axis(script, series, count);
	fputs("set yrange [0:104]\nset ytics 0,20,100 format '%.0f %%'\n"
	      "set lmargin at screen 0.07\nset rmargin at screen 0.975\n"
	      "set tmargin at screen 0.885\nset bmargin at screen 0.165\n"
	      "set key bottom left reverse Left samplen 2.4 spacing 1.25 font ',13' noenhanced\n",
	      script);
}

/* One line of the plot command. A curve of one point has no band, but it can have a bar. */
static void print_band(FILE *script, const struct fs_series *series, int index)
{
	const char *colour = colours[index % COLOURS];
	int points = count_points(series, false);
	if (points > 1)
		fprintf(script,
		        ", \\\n  $virtual%d using 1:2:4 with filledcurves fc rgb '%s' fs transparent solid "
		        "0.16",
		        index, colour);
	else if (points == 1)
		fprintf(script, ", \\\n  $virtual%d using 1:3:2:4 with yerrorbars pt 0 lw 2 lc rgb '%s'",
		        index, colour);
	if (points)
		fputs(" notitle", script);
}

static void print_curve(FILE *script, const struct fs_series *series, int index)
{
	const char *colour = colours[index % COLOURS];
	char title[1024];
	fs_escape_gnuplot(series->label, title, sizeof title);
	if (count_points(series, false))
		fprintf(script,
		        ", \\\n  $virtual%d using 1:3 with linespoints pt 7 ps 0.5 lw 3 dt %d lc rgb '%s' "
		        "title %s",
		        index, 1 + index / COLOURS, colour, title);
	else if (count_points(series, true))
		fprintf(script, ", \\\n  NaN with points pt 7 ps 1.6 lc rgb '%s' title %s", colour, title);
}

static void print_live(FILE *script, const struct fs_series *series, int index)
{
	if (count_points(series, true) == 0)
		return;
	fprintf(script, ", \\\n  $live%d using 1:3:2:4 with yerrorbars pt 7 ps 1.6 lw 2 lc rgb '%s' notitle",
	        index, colours[index % COLOURS]);
	fprintf(script, ", \\\n  $live%d using 1:3 with points pt 7 ps 0.8 lc rgb '#ffffff' notitle", index);
}

/* Bands lie lowest, then curves, then live points. */
static void print_plot(FILE *script, const struct fs_series *series, int count)
{
	int live = 0;
	fputs("plot NaN notitle", script);
	for (int i = 0; i < count; i++)
		print_band(script, &series[i], i);
	for (int i = 0; i < count; i++)
		print_curve(script, &series[i], i);
	for (int i = 0; i < count; i++) {
		print_live(script, &series[i], i);
		live += count_points(&series[i], true);
	}
	if (live)
		fputs(", \\\n  NaN with points pt 6 ps 1.6 lw 2 lc rgb '#444444' "
		      "title 'live: real ranks on the wall clock'",
		      script);
	fputc('\n', script);
}

static void print_how_to_read(FILE *script, const struct fs_series *series, int count)
{
	int live = 0;
	for (int i = 0; i < count; i++)
		live += count_points(&series[i], true);
	fs_plot_print_footnote(
	        script,
	        live ? "Curves: medians on the virtual clock, with bands from p5 to p95 over steps and "
	               "seeds.  Circles: ranks that really computed and sent, with bars from p5 to p95."
	             : "Curves: medians on the virtual clock, with bands from p5 to p95 over steps and "
	               "seeds.",
	        series, count, HEIGHT);
}

void fs_plot_efficiency(FILE *script, const char *stem, const struct fs_series *series, int count)
{
	fs_plot_print_header(script, stem);
	for (int i = 0; i < count; i++)
		print_data(script, &series[i], i, count);
	if (*series->first->plan)
		fs_plot_print_title(script, "Efficiency of", series->first->model,
		                    "a step in which nobody waits / the step; each size in the layout found "
		                    "fastest for it, recomputation counts as work",
		                    HEIGHT);
	else
		fs_plot_print_title(script, "Weak-scaling efficiency of", series->first->model,
		                    "a step in which nobody waits / the step of so many chips", HEIGHT);
	print_how_to_read(script, series, count);
	print_axes(script, series, count);
	for (int format = 0; format < FS_PLOT_FORMATS; format++) {
		fs_plot_print_terminal(script, stem, format, HEIGHT);
		print_plot(script, series, count);
	}
}
