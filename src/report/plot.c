#include "report/plot.h"

#include "report/escape.h"

#include <inttypes.h>
#include <limits.h>
#include <math.h>
#include <string.h>

void fs_plot_print_header(FILE *script, const char *stem)
{
	char plain[NAME_MAX + 1];
	fs_escape_plain(stem, plain, sizeof plain);
	fprintf(script, "# Draws %s.png and %s.svg: gnuplot %s.gnuplot\n\nset encoding utf8\n", plain, plain,
	        plain);
	fprintf(script,
	        "unset key\nset border 3 lc rgb '#888888'\nset tics nomirror out textcolor rgb '#444444'\n"
	        "set grid ytics lc rgb '#e4e4e4' lt 1\n\n");
}

void fs_plot_print_terminal(FILE *script, const char *stem, enum fs_plot_format format, int height)
{
	static const char *const terminal[] = {
	        [FS_PLOT_PNG] = "pngcairo size 1400,%d background '#ffffff' font 'Sans,15'",
	        [FS_PLOT_SVG] = "svg size 1400,%d dynamic background '#ffffff' font 'Sans,15' fontscale 1.33",
	};
	static const char *const ending[] = {[FS_PLOT_PNG] = "png", [FS_PLOT_SVG] = "svg"};
	char name[NAME_MAX + 8], quoted[2 * NAME_MAX + 24];
	/* For gnuplot what begins with a | is a command. */
	snprintf(name, sizeof name, "%s%s.%s", *stem == '|' ? "./" : "", stem, ending[format]);
	fputs("\nset terminal ", script);
	fprintf(script, terminal[format], height);
	fprintf(script, "\nset output %s\n", fs_escape_gnuplot(name, quoted, sizeof quoted));
}

void fs_plot_print_title(FILE *script, const char *what, const char *model, const char *subtitle, int height)
{
	char title[256], quoted[512];
	snprintf(title, sizeof title, "%s %s", what, model);
	fprintf(script, "set label 1 %s at screen 0.07,%g left font 'Sans Bold,20' noenhanced\n",
	        fs_escape_gnuplot(title, quoted, sizeof quoted), 1 - 40.0 / height);
	fprintf(script, "set label 2 '%s' at screen 0.07,%g left font ',13' textcolor rgb '#555555'\n",
	        subtitle, 1 - 76.0 / height);
}

const char *fs_plot_thousands(uint64_t number, char *buffer, size_t size)
{
	char digits[24];
	size_t used = 0;
	int length = snprintf(digits, sizeof digits, "%" PRIu64, number);
	for (int i = 0; i < length && used + 2 < size; i++) {
		if (i > 0 && (length - i) % 3 == 0)
			buffer[used++] = ',';
		buffer[used++] = digits[i];
	}
	buffer[used] = 0;
	return buffer;
}

struct facts {
	int records;                    /* of one point, at most */
	uint64_t live_least, live_most; /* live points: from, to chips; 0: none */
	uint64_t modelled_most;
	double worst_difference; /* of live points from their virtual twins */
	char trust;
};

static void gather_facts(const struct fs_point *point, struct facts *facts)
{
	const struct fs_run_record *first = point->first;
	facts->records = point->records > facts->records ? point->records : facts->records;
	facts->trust = fs_trust_weaker(facts->trust, first->trust[0]);
	if (first->modelled_chips > facts->modelled_most)
		facts->modelled_most = first->modelled_chips;
	if (!point->live)
		return;
	if (facts->live_least == 0 || first->chips < facts->live_least)
		facts->live_least = first->chips;
	if (first->chips > facts->live_most)
		facts->live_most = first->chips;
	facts->worst_difference = fmax(facts->worst_difference, fabs(point->difference));
}

static void print_facts(FILE *out, const struct facts *facts)
{
	char number[32];
	if (facts->records > 1)
		fprintf(out, "Up to %d records (seeds) a point.  ", facts->records);
	if (facts->live_most) {
		fprintf(out, "Live: %s", fs_plot_thousands(facts->live_least, number, sizeof number));
		fprintf(out, " to %s chips", fs_plot_thousands(facts->live_most, number, sizeof number));
		if (!isnan(facts->worst_difference))
			fprintf(out, ", at most %.1f %% from virtual", 100 * facts->worst_difference);
		fputs(".  ", out);
	}
	fprintf(out, "Modelled: up to %s chips.  Weakest number used: %s.",
	        fs_plot_thousands(facts->modelled_most, number, sizeof number), fs_trust_text(facts->trust));
}

static void print_small_print(FILE *script, int tag, double at, const char *text)
{
	char quoted[1024];
	fprintf(script,
	        "set label %d %s at screen 0.07,%g left font ',11' textcolor rgb '#555555' noenhanced\n", tag,
	        fs_escape_gnuplot(text, quoted, sizeof quoted), at);
}

void fs_plot_print_footnote(FILE *script, const char *how_to_read, const struct fs_series *series, int count,
                            int height)
{
	struct facts facts = {.trust = 'R', .worst_difference = NAN};
	for (int i = 0; i < count; i++)
		for (int j = 0; j < series[i].points; j++)
			gather_facts(&series[i].point[j], &facts);
	char text[512] = "";
	FILE *line = fmemopen(text, sizeof text, "w");
	print_facts(line, &facts);
	fclose(line);
	print_small_print(script, 3, 47.0 / height, how_to_read);
	print_small_print(script, 4, 22.0 / height, text);
}
