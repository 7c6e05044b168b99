#include "report/validation.h"

#include "base/error.h"
#include "base/whole_file.h"
#include "report/escape.h"
#include "report/gnuplot.h"
#include "report/plot.h"
#include "report/validation_plot.h"

#include <limits.h>
#include <math.h>
#include <string.h>

/* Okabe and Ito's colours without their weak yellow; more sets than colours differ in their marks. */
static const char *const colours[] = {"#0072b2", "#d55e00", "#009e73", "#cc79a7",
                                      "#e69f00", "#56b4e9", "#000000"};
static const int marks[] = {7, 5, 9, 13}; /* filled circle, square, triangle, diamond */

enum {
	COLOURS = sizeof colours / sizeof *colours,
	MARKS = sizeof marks / sizeof *marks,
	HEIGHT = 1000,
	PANELS = 2,
	CROWD = 100, /* points of a set, which are drawn smaller */
	THRONG = 1000
};

static const struct {
	const char *axis;
	double unit;
	double bottom_of_two, top_of_two; /* on the page, where both are drawn */
} panels[PANELS] = {{"step or collective, s", 1, 0.41, 0.89}, {"memory, GiB", 1073741824.0, 0.1, 0.31}};

/* On the page. */
static const double LEFT = 0.085, MIDDLE = 0.38, STRIP_LEFT = 0.575, STRIP_RIGHT = 0.83, BOTTOM = 0.1,
                    TOP = 0.89;

const char *fs_validation_colour(int set)
{
	return colours[set % COLOURS];
}

int fs_validation_mark(int set)
{
	return marks[set / COLOURS % MARKS];
}

double fs_validation_size(const struct fs_validation_summary *set)
{
	return set->rows > THRONG ? 0.3 : set->rows > CROWD ? 0.5 : 1.0;
}

static int panel_of(const struct fs_validation_summary *set)
{
	return strcmp(set->quantity, "memory") == 0;
}

/* Predictions that a logarithmic axis can show. */
static int points_of(const struct fs_validation_summary *sets, int count, int panel,
                     const struct fs_validation_record *records)
{
	int points = 0;
	for (int i = 0; i < count; records += sets[i++].rows)
		for (int j = 0; panel_of(&sets[i]) == panel && j < sets[i].rows; j++)
			points += records[j].predicted > 0;
	return points;
}

static void print_data(FILE *script, const struct fs_validation_summary *sets, int index, int count,
                       const struct fs_validation_record *records)
{
	double unit = panels[panel_of(&sets[index])].unit;
	fprintf(script, "$set%d << EOD\n", index);
	for (int i = 0; i < sets[index].rows; i++)
		if (records[i].predicted > 0)
			fprintf(script, "%.6g %.6g %.5g %.4g\n", records[i].measured / unit,
			        records[i].predicted / unit, fs_strip_ratio(&records[i]),
			        fs_strip_height(index, count, i));
	fputs("EOD\n", script);
}

/* What is drawn, from the least to the largest, in the panel's unit. */
struct range {
	double least, most;
};

static struct range range_of(const struct fs_validation_summary *sets, int count, int panel,
                             const struct fs_validation_record *records)
{
	struct range range = {INFINITY, 0};
	for (int i = 0; i < count; records += sets[i++].rows)
		for (int j = 0; panel_of(&sets[i]) == panel && j < sets[i].rows; j++)
			if (records[j].predicted > 0) {
				range.least =
				        fmin(range.least, fmin(records[j].measured, records[j].predicted));
				range.most =
				        fmax(range.most, fmax(records[j].measured, records[j].predicted));
			}
	return (struct range){range.least / panels[panel].unit / 1.5, range.most / panels[panel].unit * 1.5};
}

/* Powers of ten: where there are few of them, also twice and five times each; where there are many, every
 * other. */
static void print_ticks(FILE *script, char axis, struct range range)
{
	const bool few = range.most / range.least < 1e3;
	const int apart = range.most / range.least > 1e6 ? 2 : 1;
	const char *comma = "";
	fprintf(script, "set %ctics (", axis);
	for (int power = (int)floor(log10(range.least)); power <= (int)ceil(log10(range.most)); power++)
		for (int digit = 1; digit <= (few ? 5 : 1); digit = 2 * digit + (digit == 2)) {
			if (power % apart)
				continue;
			fprintf(script, few ? "%s'%g' %g" : "%s'10^{%g}' %g", comma,
			        few ? digit * pow(10, power) : power, digit * pow(10, power));
			comma = ", ";
		}
	fputs(")\n", script);
}

static void print_axes(FILE *script, int panel, struct range range)
{
	for (const char *axis = "xy"; *axis; axis++) {
		fprintf(script, "set %crange [%g:%g]\n", *axis, range.least, range.most);
		print_ticks(script, *axis, range);
	}
	fprintf(script, "set xlabel 'measured: %s'\nset ylabel 'predicted: %s'\n", panels[panel].axis,
	        panels[panel].axis);
}

/* The next set to be drawn, those with many points first so that they do not hide the others; -1: none is
 * left. */
static int next_of(const struct fs_validation_summary *sets, int count, int panel, int last)
{
	int next = -1;
	for (int i = 0; i < count; i++) {
		bool later = last < 0 || sets[i].rows < sets[last].rows ||
		             (sets[i].rows == sets[last].rows && i > last);
		if (panel_of(&sets[i]) == panel && sets[i].predicted > 0 && later &&
		    (next < 0 || sets[i].rows > sets[next].rows))
			next = i;
	}
	return next;
}

static void print_panel(FILE *script, const struct fs_validation_summary *sets, int count, int panel,
                        const struct fs_validation_record *records)
{
	print_axes(script, panel, range_of(sets, count, panel, records));
	fputs("plot '+' using 1:($1*0.9):($1*1.1) with filledcurves fc rgb '#dddddd' notitle, \\\n"
	      "  x with lines lc rgb '#888888' notitle",
	      script);
	for (int i = -1; (i = next_of(sets, count, panel, i)) >= 0;)
		fprintf(script, ", \\\n  $set%d using 1:2 with points pt %d ps %g lc rgb '%s' notitle", i,
		        fs_validation_mark(i), fs_validation_size(&sets[i]), fs_validation_colour(i));
	fputc('\n', script);
}

static void print_page(FILE *script, const struct fs_validation_summary *sets, int count,
                       const struct fs_validation_record *records)
{
	bool both = points_of(sets, count, 0, records) && points_of(sets, count, 1, records);
	fprintf(script,
	        "set multiplot\n"
	        "set label 1 'Predicted, measured' at screen %g,0.955 left font 'Sans Bold,20'\n"
	        "set label 2 'band: 10 %%' at screen %g,0.915 left font ',13' textcolor rgb '#555555'\n"
	        "set label 3 'Errors by set (rows)' at screen %g,0.955 left font 'Sans Bold,20'\n"
	        "set label 4 'grey: mean (median) absolute error; lines: its bar; points at the ends: "
	        "beyond' "
	        "at screen %g,0.915 left font ',13' textcolor rgb '#555555'\n"
	        "set logscale xy\nset border 3\nset lmargin at screen %g\nset rmargin at screen %g\n",
	        LEFT, LEFT, MIDDLE + 0.05, MIDDLE + 0.05, LEFT, MIDDLE);
	for (int panel = 0; panel < PANELS; panel++) {
		if (!points_of(sets, count, panel, records))
			continue;
		fprintf(script, "set bmargin at screen %g\nset tmargin at screen %g\n",
		        both ? panels[panel].bottom_of_two : BOTTOM, both ? panels[panel].top_of_two : TOP);
		print_panel(script, sets, count, panel, records);
		fputs("unset label\n", script);
	}
	fprintf(script, "set bmargin at screen %g\nset tmargin at screen %g\n", BOTTOM, TOP);
	fs_strip_print(script, sets, count, STRIP_LEFT, STRIP_RIGHT);
	fputs("unset multiplot\n", script);
}

void fs_plot_validation(FILE *script, const char *stem, const struct fs_validation_summary *sets, int count,
                        const struct fs_validation_record *records)
{
	const struct fs_validation_record *of_set = records;
	fs_plot_print_header(script, stem);
	for (int i = 0; i < count; of_set += sets[i++].rows)
		print_data(script, sets, i, count, of_set);
	fputs("set samples 200\n", script);
	for (int format = 0; format < FS_PLOT_FORMATS; format++) {
		fs_plot_print_terminal(script, stem, format, HEIGHT);
		print_page(script, sets, count, records);
	}
}

/* "a/b.png" -> "a" and "b". */
static int split(const char *path, char directory[PATH_MAX], char stem[NAME_MAX], struct fs_error *error)
{
	const char *slash = strrchr(path, '/'), *name = slash ? slash + 1 : path;
	static const char *const endings[] = {".png", ".svg", ".gnuplot"};
	char plain[NAME_MAX + 1];
	bool fits = *name && strlen(name) + 10 <= NAME_MAX && strlen(path) < PATH_MAX;
	/* What a script would say otherwise. */
	if (!fits || strstr(name, "]]>") || strcmp(fs_escape_plain(name, plain, sizeof plain), name) != 0)
		return fs_fail(error, "'%.100s' is no name of a file", path);
	snprintf(directory, PATH_MAX, "%.*s", slash ? (int)(slash - path) + (slash == path) : 1,
	         slash ? path : ".");
	snprintf(stem, NAME_MAX, "%s", name);
	for (int i = 0; i < 3; i++) {
		size_t length = strlen(stem), ending = strlen(endings[i]);
		if (length > ending && strcmp(stem + length - ending, endings[i]) == 0)
			stem[length - ending] = 0;
	}
	return 0;
}

int fs_report_validation_plot(const char *path, const struct fs_validation_summary *sets, int count,
                              const struct fs_validation_record *records, struct fs_error *error)
{
	char directory[PATH_MAX], stem[NAME_MAX], full[PATH_MAX + NAME_MAX + 16];
	struct fs_whole_file script;
	if (points_of(sets, count, 0, records) + points_of(sets, count, 1, records) == 0)
		return fs_fail(error, "no prediction is above 0, so there is nothing to plot");
	if (split(path, directory, stem, error))
		return -1;
	snprintf(full, sizeof full, "%s/%s.gnuplot", directory, stem);
	if (fs_whole_file_begin(&script, full, error))
		return -1;
	fs_plot_validation(script.out, stem, sets, count, records);
	if (fs_whole_file_end(&script, error))
		return -1;
	return fs_gnuplot_run(directory, stem, error) ? -1 : 0;
}
