#include "report/validation_plot.h"

#include "report/escape.h"

#include <math.h>

/* Ratios that are drawn; others stand at the ends. */
static const double END = 2;
enum { LINES = 10 /* at least */ };
/* The part of a set's line that its points, and the bar behind them, take. */
static const double SPREAD = 0.6, THICK = 0.4;

double fs_strip_ratio(const struct fs_validation_record *record)
{
	return fmin(END, fmax(1 / END, record->predicted / record->measured));
}

double fs_strip_height(int set, int count, int row)
{
	static const double golden = 0.6180339887498949; /* multiples of it are spread evenly */
	return count - set + SPREAD * (fmod(row * golden + 0.5, 1) - 0.5);
}

/* What a set is judged by. */
struct judged {
	const char *name;
	double error, bar; /* 0: none */
};

static struct judged judge(const struct fs_validation_summary *set)
{
	if (set->bar_mean <= 0 && set->bar_median > 0)
		return (struct judged){"median", set->median, set->bar_median};
	return (struct judged){"mean", set->mean, set->bar_mean};
}

/* Behind the points, as long as the error either way; in front the bar that it should keep to. */
static void print_bar(FILE *script, const struct fs_validation_summary *set, int index, double y)
{
	struct judged judged = judge(set);
	if (!(judged.error >= 0))
		return;
	double error = fmin(END, 1 + judged.error), bar = 1 + judged.bar;
	fprintf(script,
	        "set object %d rectangle from %g,%g to %g,%g behind fc rgb '#d9d9d9' fs solid noborder\n",
	        index + 1, 1 / error, y - THICK, error, y + THICK);
	for (int side = 0; side < 2 && judged.bar > 0 && bar < END; side++) {
		double x = side ? bar : 1 / bar;
		fprintf(script, "set arrow %d from %g,%g to %g,%g nohead front lw 2 lc rgb '#333333'\n",
		        10 + 2 * index + side, x, y - THICK, x, y + THICK);
	}
}

static void print_texts(FILE *script, const struct fs_validation_summary *set, int index, double y)
{
	char name[128], quoted[256], figures[96];
	struct judged judged = judge(set);
	snprintf(name, sizeof name, "%s  (%d)", set->set, set->rows);
	fprintf(script,
	        "set label %d %s at graph -0.03,first %g right noenhanced font ',13' textcolor rgb '%s'\n",
	        100 + 2 * index, fs_escape_gnuplot(name, quoted, sizeof quoted), y,
	        fs_validation_colour(index));
	if (!(judged.error >= 0))
		snprintf(figures, sizeof figures, "not predicted");
	else if (judged.bar > 0)
		snprintf(figures, sizeof figures, "%s %.1f %%, bar %g", judged.name, 100 * judged.error,
		         100 * judged.bar);
	else
		snprintf(figures, sizeof figures, "%s %.1f %%", judged.name, 100 * judged.error);
	fprintf(script, "set label %d '%s' at graph 1.03,first %g left font ',13' textcolor rgb '%s'\n",
	        101 + 2 * index, figures, y, set->met ? "#333333" : "#b00020");
}

/* A few sets do not fill the page. */
static void print_axes(FILE *script, int count)
{
	static const struct {
		const char *label;
		double ratio;
	} ticks[] = {{"-50", 0.5}, {"-30", 0.7}, {"-20", 0.8}, {"", 0.9},  {"0", 1},
	             {"", 1.1},    {"+20", 1.2}, {"+50", 1.5}, {"+100", 2}};
	fprintf(script,
	        "set logscale x\nunset logscale y\nset xrange [%g:%g]\nset yrange [%g:%g]\nunset ytics\n"
	        "unset ylabel\nset xlabel 'predicted / measured - 1, %%'\nset grid xtics\nset border 1\n"
	        "set xtics font ',11' (",
	        1 / END, END, fmin(0.4, count - LINES + 0.4), count + 0.6);
	for (size_t i = 0; i < sizeof ticks / sizeof *ticks; i++)
		fprintf(script, "%s'%s' %g", i ? ", " : "", ticks[i].label, ticks[i].ratio);
	fputs(")\n", script);
}

void fs_strip_print(FILE *script, const struct fs_validation_summary *sets, int count, double left,
                    double right)
{
	fprintf(script, "set lmargin at screen %g\nset rmargin at screen %g\n", left, right);
	print_axes(script, count);
	for (int i = 0; i < count; i++) {
		print_bar(script, &sets[i], i, count - i);
		print_texts(script, &sets[i], i, count - i);
	}
	fputs("set arrow 9 from 1,graph 0 to 1,graph 1 nohead back lw 1 lc rgb '#888888'\nplot NaN notitle",
	      script);
	for (int i = 0; i < count; i++)
		if (sets[i].predicted > 0)
			fprintf(script,
			        ", \\\n  $set%d using 3:4 with points pt %d ps %g lc rgb '%s' notitle", i,
			        fs_validation_mark(i), 0.8 * fs_validation_size(&sets[i]),
			        fs_validation_colour(i));
	fputs("\nunset label\nunset arrow\nunset object\n", script);
}
