#include "report/validation.h"

#include "base/error.h"
#include "report/escape.h"
#include "report/gnuplot.h"
#include "report/plot.h"

#include <errno.h>
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
	PANELS = 2
};

static const struct {
	const char *axis;
	double unit;
} panels[PANELS] = {{"step or collective, s", 1}, {"memory, GiB", 1073741824.0}};

static int panel_of(const struct fs_validation_summary *set)
{
	return strcmp(set->quantity, "memory") == 0;
}

static int sets_of(const struct fs_validation_summary *sets, int count, int panel)
{
	int drawn = 0;
	for (int i = 0; i < count; i++)
		drawn += panel_of(&sets[i]) == panel && sets[i].predicted > 0;
	return drawn;
}

/* Columns: measured, predicted. */
static void print_data(FILE *script, const struct fs_validation_summary *set, int index,
                       const struct fs_validation_record *records)
{
	double unit = panels[panel_of(set)].unit;
	fprintf(script, "$set%d << EOD\n", index);
	for (int i = 0; i < set->rows; i++)
		if (records[i].predicted > 0)
			fprintf(script, "%.6g %.6g\n", records[i].measured / unit,
			        records[i].predicted / unit);
	fputs("EOD\n", script);
}

/* From somewhat below the least value to somewhat above the largest. */
static void print_range(FILE *script, const struct fs_validation_summary *sets, int count, int panel,
                        const struct fs_validation_record *records)
{
	double least = INFINITY, most = 0;
	for (int i = 0; i < count; records += sets[i++].rows)
		for (int j = 0; panel_of(&sets[i]) == panel && j < sets[i].rows; j++)
			if (records[j].predicted > 0) {
				least = fmin(least, fmin(records[j].measured, records[j].predicted));
				most = fmax(most, fmax(records[j].measured, records[j].predicted));
			}
	double unit = panels[panel].unit;
	fprintf(script, "set xrange [%g:%g]\nset yrange [%g:%g]\n", least / unit / 1.5, 1.5 * most / unit,
	        least / unit / 1.5, 1.5 * most / unit);
}

static void print_panel(FILE *script, const struct fs_validation_summary *sets, int count, int panel,
                        const struct fs_validation_record *records)
{
	print_range(script, sets, count, panel, records);
	fprintf(script, "set xlabel 'measured: %s'\nset ylabel 'predicted: %s'\n", panels[panel].axis,
	        panels[panel].axis);
	fputs("plot '+' using 1:($1*0.9):($1*1.1) with filledcurves fc rgb '#dddddd' title '10 %%', \\\n"
	      "  x with lines lc rgb '#888888' notitle",
	      script);
	for (int i = 0; i < count; i++) {
		char title[256];
		if (panel_of(&sets[i]) != panel || sets[i].predicted == 0)
			continue;
		fprintf(script, ", \\\n  $set%d using 1:2 with points pt %d ps 0.9 lc rgb '%s' title %s", i,
		        marks[i / COLOURS % MARKS], colours[i % COLOURS],
		        fs_escape_gnuplot(sets[i].set, title, sizeof title));
	}
	fputc('\n', script);
}

static void print_page(FILE *script, const struct fs_validation_summary *sets, int count,
                       const struct fs_validation_record *records)
{
	bool both = sets_of(sets, count, 0) && sets_of(sets, count, 1);
	fprintf(script, "set multiplot layout 1,%d margins 0.07,0.98,0.10,0.90 spacing 0.08\n", both ? 2 : 1);
	for (int panel = 0; panel < PANELS; panel++)
		if (sets_of(sets, count, panel))
			print_panel(script, sets, count, panel, records);
	fputs("unset multiplot\n", script);
}

void fs_plot_validation(FILE *script, const char *stem, const struct fs_validation_summary *sets, int count,
                        const struct fs_validation_record *records)
{
	const struct fs_validation_record *of_set = records;
	fs_plot_print_header(script, stem);
	for (int i = 0; i < count; of_set += sets[i++].rows)
		print_data(script, &sets[i], i, of_set);
	fputs("set logscale xy\nset format xy '10^{%L}'\nset samples 200\n"
	      "set key top left reverse Left samplen 1 font ',11' noenhanced\n"
	      "set label 1 'Predicted against measured' at screen 0.07,0.96 left font 'Sans Bold,20'\n",
	      script);
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
	if (!*name || strlen(name) + 10 > NAME_MAX || strlen(path) >= PATH_MAX)
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
	char directory[PATH_MAX], stem[NAME_MAX], name[NAME_MAX + 10], full[PATH_MAX + NAME_MAX + 16];
	if (sets_of(sets, count, 0) + sets_of(sets, count, 1) == 0)
		return fs_fail(error, "nothing was predicted, so there is nothing to plot");
	if (split(path, directory, stem, error))
		return -1;
	snprintf(name, sizeof name, "%s.gnuplot", stem);
	snprintf(full, sizeof full, "%s/%s", directory, name);
	FILE *script = fopen(full, "w");
	if (!script)
		return fs_fail(error, "cannot write %s: %s", full, strerror(errno));
	fs_plot_validation(script, stem, sets, count, records);
	int broken = ferror(script);
	if (fclose(script) || broken)
		return fs_fail(error, "cannot write %s: %s", full, strerror(errno));
	return fs_gnuplot_run(directory, name, error);
}
