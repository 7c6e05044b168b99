#include "report/report.h"

#include "base/text.h"
#include "report/escape.h"
#include "report/summary.h"
#include "report/table.h"

#include <inttypes.h>
#include <math.h>

/* Columns without a text vanish: a table without live rows has no differences, one seed needs no count,
 * given layouts are known. */
static const struct fs_column columns[] = {
        {.title = "chips"},        {.title = "clock", .left = true},
        {.title = "step"},         {.title = "p5 .. p95"},
        {.title = "efficiency"},   {.title = "MFU"},
        {.title = "exposed comm"}, {.title = "bubble"},
        {.title = "stragglers"},   {.title = "live / modelled"},
        {.title = "vs virtual"},   {.title = "#wrong"},
        {.title = "records"},      {.title = "planned layout", .left = true},
};

static void percent_cell(struct fs_table *table, const char *format, double share)
{
	if (isnan(share))
		fs_table_cell(table, "-");
	else
		fs_table_cell(table, format, 100 * share);
}

/* One unit, that of the median, and four digits, so that a row can be compared at a glance. */
static void time_cells(struct fs_table *table, const struct fs_spread *step_s)
{
	static const struct {
		const char *name;
		double size_s;
	} units[] = {{"s", 1}, {"ms", 1e-3}, {"us", 1e-6}};
	int unit = step_s->median >= 1 ? 0 : step_s->median >= 1e-3 ? 1 : 2;
	double scale = 1 / units[unit].size_s;
	double value = step_s->median * scale;
	int digits = value < 10 ? 3 : value < 100 ? 2 : value < 1000 ? 1 : 0;
	fs_table_cell(table, "%.*f %s", digits, value, units[unit].name);
	fs_table_cell(table, "%.*f .. %.*f", digits, step_s->low * scale, digits, step_s->high * scale);
}

/* What only live rows have. */
static void live_cells(struct fs_table *table, const struct fs_point *point)
{
	if (!point->live) {
		fs_table_cell(table, "%s", "");
		fs_table_cell(table, "%s", "");
		return;
	}
	percent_cell(table, "%+.2f %%", point->difference);
	fs_table_cell(table, "%" PRIu64, point->wrong);
}

static void add_row(struct fs_table *table, const struct fs_point *point)
{
	const struct fs_run_record *first = point->first;
	double mean_step_s = point->compute_s + point->exposed_comm_s + point->bubble_s + point->straggler_s;
	fs_table_cell(table, "%" PRIu64, first->chips);
	fs_table_cell(table, "%s", point->live ? "wall *" : first->clock);
	time_cells(table, &point->step_s);
	percent_cell(table, "%.1f %%", point->efficiency.median);
	percent_cell(table, "%.1f %%", point->mfu);
	percent_cell(table, "%.1f %%", point->exposed_comm_s / mean_step_s);
	if (point->bubble_s > 0)
		percent_cell(table, "%.1f %%", point->bubble_s / mean_step_s);
	else
		fs_table_cell(table, "%s", "");
	percent_cell(table, "%.1f %%", point->straggler_s / mean_step_s);
	fs_table_cell(table, "%" PRIu64 " / %" PRIu64, first->live_chips, first->modelled_chips);
	live_cells(table, point);
	if (point->records > 1)
		fs_table_cell(table, "%d", point->records);
	else
		fs_table_cell(table, "%s", "");
	fs_table_cell(table, "%s", *first->plan ? first->layout : "");
}

/* What makes the live rows of a series worth their star. */
static void print_live_note(const struct fs_series *series, FILE *out)
{
	double dilation = 0, resolution_s = 0, bound_s = 0;
	uint64_t hosts = 1;
	char resolution[32], bound[32];
	for (int i = 0; i < series->points; i++) {
		if (!series->point[i].live)
			continue;
		dilation = fmax(dilation, series->point[i].first->dilation);
		resolution_s = fmax(resolution_s, series->point[i].first->resolution_s);
		bound_s = fmax(bound_s, series->point[i].first->clock_bound_s);
		if (hosts < series->point[i].first->hosts)
			hosts = series->point[i].first->hosts;
	}
	if (dilation <= 0)
		return;
	fprintf(out, "  * live: ranks really computed and sent, time dilated up to %.*f times, %s resolved",
	        dilation < 100 ? 1 : 0, dilation,
	        fs_text_seconds(resolution_s, resolution, sizeof resolution));
	if (hosts > 1)
		fprintf(out, "; %" PRIu64 " hosts, whose clocks are known to %s", hosts,
		        fs_text_seconds(bound_s, bound, sizeof bound));
	fputc('\n', out);
}

/* Where many share the work, what each of them needs decides how many a host holds. */
static void print_memory(const struct fs_run_record *records, int count, FILE *out)
{
	double most_MB = 0;
	for (int i = 0; i < count; i++)
		if (records[i].ranks > 1)
			most_MB = fmax(most_MB, records[i].rank_memory_MB);
	if (most_MB > 0)
		fprintf(out, "Memory of a rank: %.0f MB at most.\n", most_MB);
}

static void print_series(const struct fs_series *series, FILE *out)
{
	const struct fs_run_record *first = series->first;
	char title[512], plain[512];
	snprintf(title, sizeof title, "%s on %s (stack %s%s%s)", first->model, first->system, first->stack,
	         *first->overrides ? "; " : "", first->overrides);
	fprintf(out, "%s\n", fs_escape_plain(title, plain, sizeof plain));
	struct fs_table *table = fs_table_create(columns, sizeof columns / sizeof *columns);
	for (int i = 0; i < series->points; i++)
		add_row(table, &series->point[i]);
	fs_table_print(table, "  ", out);
	fs_table_destroy(table);
	print_live_note(series, out);
	fputc('\n', out);
}

void fs_report_run_table(FILE *out, const struct fs_run_record *records, int count)
{
	struct fs_summary *summary = fs_summary_create(records, count);
	for (int i = 0; i < summary->count; i++)
		print_series(&summary->series[i], out);
	if (count > 0)
		fprintf(out, "Weakest number behind these: %s.\n", fs_trust_text(summary->trust));
	print_memory(records, count, out);
	fs_summary_destroy(summary);
}
