#include "report/plot.h"

#include "report/escape.h"

#include <inttypes.h>
#include <math.h>

/* Shares of the mean step, stacked from below. */
static const struct {
	const char *title, *colour;
} parts[] = {
        {"computing", "#7fb3d5"},
        {"exposed communication", "#e69f00"},
        {"pipeline bubble", "#009e73"},
        {"stragglers and skew", "#d55e00"},
};

enum { PARTS = sizeof parts / sizeof *parts };

/* Columns: label, then for each part the share of it and all below it, in percent. */
static void print_data(FILE *script, const struct fs_series *series, int index)
{
	fprintf(script, "$shares%d << EOD\n", index);
	for (int i = 0; i < series->points; i++) {
		const struct fs_point *point = &series->point[i];
		char chips[32];
		double share[PARTS] = {point->compute_s, point->exposed_comm_s, point->bubble_s,
		                       point->straggler_s};
		double whole = 0, below = 0;
		for (int part = 0; part < PARTS; part++)
			whole += share[part];
		if (!isfinite(whole) || whole <= 0)
			continue;
		fprintf(script, "%s%s", fs_plot_thousands(point->first->chips, chips, sizeof chips),
		        point->live ? "*" : "");
		for (int part = 0; part < PARTS; part++) {
			below += share[part];
			fprintf(script, " %.4f", 100 * below / whole);
		}
		fputc('\n', script);
	}
	fputs("EOD\n", script);
}

/* Panels, three a row (four: two), between the title and the small print; in pixels. A single row fills the
 * page. */
enum { HEAD = 144, BELOW_PANEL = 126, FOOT = 70, LONE_PANEL = 560, PANEL = 340 };

static int across(int count)
{
	return count == 4 ? 2 : count < 3 ? count : 3;
}

static int rows_of(int count)
{
	return (count + across(count) - 1) / across(count);
}

static int panel_height(int count)
{
	return rows_of(count) == 1 ? LONE_PANEL : PANEL;
}

static int page_height(int count)
{
	return HEAD + rows_of(count) * (panel_height(count) + BELOW_PANEL) + FOOT;
}

static void print_panel_frame(FILE *script, const struct fs_series *series, int index, int count)
{
	int columns = across(count);
	double page = page_height(count);
	double left = 0.07 + index % columns * 0.925 / columns, right = left + 0.925 / columns - 0.02;
	double top = 1 - (HEAD + index / columns * (panel_height(count) + BELOW_PANEL)) / page;
	double bottom = top - panel_height(count) / page;
	char label[1024];
	fprintf(script, "set lmargin at screen %g\nset rmargin at screen %g\n", left, right);
	fprintf(script, "set tmargin at screen %g\nset bmargin at screen %g\n", top, bottom);
	fprintf(script, "set title %s offset 0,-0.4 noenhanced\n",
	        fs_escape_gnuplot(series->label, label, sizeof label));
	fprintf(script, "set xrange [-0.8:%g]\n", series->points - 0.2);
	fprintf(script, "set format y '%s'\n", index % columns == 0 ? "%.0f %%" : "");
	if (index + columns >= count)
		fprintf(script, "set label 5 'chips' at screen %g,%g center\n", 0.5 * (left + right),
		        bottom - 108 / page);
}

static void print_panel(FILE *script, const struct fs_series *series, int index, int count)
{
	print_panel_frame(script, series, index, count);
	fputs("plot NaN notitle", script);
	for (int part = 0; part < PARTS; part++)
		fprintf(script, ", \\\n  NaN with boxes fc rgb '%s' title '%s'", parts[part].colour,
		        parts[part].title);
	for (int part = PARTS - 1; part >= 0; part--)
		fprintf(script, ", \\\n  $shares%d using 0:%d:xtic(1) with boxes fc rgb '%s' notitle", index,
		        part + 2, parts[part].colour);
	fputs("\nunset key\nunset label\n", script);
}

void fs_plot_breakdown(FILE *script, const char *stem, const struct fs_series *series, int count)
{
	int height = page_height(count);
	fs_plot_print_header(script, stem);
	for (int i = 0; i < count; i++)
		print_data(script, &series[i], i);
	fputs("set style fill solid 1 border rgb '#ffffff'\nset boxwidth 0.86\n"
	      "set yrange [0:100]\nset ytics 0,20,100\nset xtics rotate by 90 right scale 0 font ',12'\n",
	      script);
	for (int format = 0; format < FS_PLOT_FORMATS; format++) {
		fs_plot_print_terminal(script, stem, format, height);
		fs_plot_print_title(script, "Where the step goes:", series->first->model, "", height);
		fs_plot_print_footnote(
		        script, "Shares of the mean step.  * live: ranks that really computed and sent.",
		        series, count, height);
		fprintf(script,
		        "set key at screen 0.06,%g left top font ',13' maxrows 1 Left reverse samplen 1\n",
		        1 - 63.0 / height);
		fputs("set multiplot\n", script);
		for (int i = 0; i < count; i++)
			print_panel(script, &series[i], i, count);
		fputs("unset multiplot\n", script);
	}
}
