#include "report/validation.h"

#include "base/error.h"
#include "report/csv.h"
#include "report/escape.h"
#include "report/table.h"

#include <math.h>
#include <stdlib.h>

static void percent_cell(struct fs_table *table, const char *format, double share)
{
	if (isnan(share))
		fs_table_cell(table, "-");
	else
		fs_table_cell(table, format, 100 * share);
}

static void value_cell(struct fs_table *table, const struct fs_validation_summary *set, double value)
{
	if (isnan(value))
		fs_table_cell(table, "-");
	else
		fs_table_cell(table, "%#.4g", value / set->unit_value);
}

static void print_title(FILE *out, const struct fs_validation_summary *set)
{
	char label[160];
	fprintf(out, "%s: %s, %s in %s\n\n", set->set, fs_escape_plain(set->label, label, sizeof label),
	        set->quantity, set->unit);
}

void fs_report_validation_rows(FILE *out, const struct fs_validation_summary *set,
                               const struct fs_validation_record *records)
{
	/* Columns without a text vanish. */
	static const struct fs_column columns[] = {{"row", true},
	                                           {"measured", false},
	                                           {"predicted", false},
	                                           {"error", false},
	                                           {"not predicted", true}};
	struct fs_table *table = fs_table_create(columns, 5);
	for (int i = 0; i < set->rows; i++) {
		fs_table_cell(table, "%s", records[i].row);
		value_cell(table, set, records[i].measured);
		value_cell(table, set, records[i].predicted);
		percent_cell(table, "%+.1f %%", fs_validation_error(&records[i]));
		fs_table_cell(table, "%s", records[i].reason);
	}
	print_title(out, set);
	fs_table_print(table, "  ", out);
	putc('\n', out);
	fs_table_destroy(table);
}

/* "mean 5, worst 10 %" */
static void bar_cell(struct fs_table *table, const struct fs_validation_summary *set)
{
	const struct {
		const char *name;
		double bar;
	} bars[] = {{"mean", set->bar_mean}, {"median", set->bar_median}, {"worst", set->bar_worst}};
	char text[96] = "";
	int used = 0;
	for (int i = 0; i < 3; i++)
		if (bars[i].bar > 0)
			used += snprintf(text + used, sizeof text - (size_t)used, "%s%s %g", used ? ", " : "",
			                 bars[i].name, 100 * bars[i].bar);
	fs_table_cell(table, "%s%s", text, used ? " %" : "");
}

void fs_report_validation_list(FILE *out, const struct fs_validation_summary *sets, int count,
                               const char *const *source)
{
	static const struct fs_column columns[] = {{"set", true},       {"quantity", true}, {"rows", false},
	                                           {"left out", false}, {"bar", true},      {"what", true},
	                                           {"source", true}};
	struct fs_table *table = fs_table_create(columns, 7);
	for (int i = 0; i < count; i++) {
		fs_table_cell(table, "%s", sets[i].set);
		fs_table_cell(table, "%s", sets[i].quantity);
		fs_table_cell(table, "%d", sets[i].rows);
		fs_table_cell(table, sets[i].left_out ? "%d" : "", sets[i].left_out);
		bar_cell(table, &sets[i]);
		fs_table_cell(table, "%s", sets[i].label);
		fs_table_cell(table, "%s", source[i]);
	}
	fs_table_print(table, "", out);
	fs_table_destroy(table);
}

static void set_cells(struct fs_table *table, const struct fs_validation_summary *set)
{
	fs_table_cell(table, "%s", set->set);
	fs_table_cell(table, "%d", set->rows);
	fs_table_cell(table, set->left_out ? "%d" : "", set->left_out);
	percent_cell(table, "%.1f %%", set->mean);
	if (isnan(set->held_out))
		fs_table_cell(table, "%s", "");
	else
		percent_cell(table, "%.1f %%", set->held_out);
	percent_cell(table, "%.1f %%", set->median);
	percent_cell(table, "%+.1f %%", set->bias);
	percent_cell(table, "%+.1f %%", set->worst);
	fs_table_cell(table, "%s", set->worst_row);
	fs_table_cell(table, isnan(set->rank) ? "" : "%.3f", set->rank);
	bar_cell(table, set);
	fs_table_cell(table, "%s", set->met ? "met" : "not met");
}

/* Rows of a set that have no prediction: how many, and why the first has none. */
static void print_gap(FILE *out, const struct fs_validation_summary *set,
                      const struct fs_validation_record *records)
{
	int first = 0;
	char reason[256], row[128];
	if (set->predicted == set->rows)
		return;
	while (!isnan(records[first].predicted))
		first++;
	fprintf(out, "%s: %d of %d not predicted; %s: %s\n", set->set, set->rows - set->predicted, set->rows,
	        fs_escape_plain(records[first].row, row, sizeof row),
	        fs_escape_plain(records[first].reason, reason, sizeof reason));
}

void fs_report_validation_sets(FILE *out, const struct fs_validation_summary *sets, int count,
                               const struct fs_validation_record *records)
{
	static const struct fs_column columns[] = {{"set", true},
	                                           {"rows", false},
	                                           {"left out", false},
	                                           {"mean", false},
	                                           {"leave-one-out", false},
	                                           {"median", false},
	                                           {"bias", false},
	                                           {"worst", false},
	                                           {"worst row", true},
	                                           {"rank order", false},
	                                           {"bar", true},
	                                           {"", true}};
	struct fs_table *table = fs_table_create(columns, 12);
	for (int i = 0; i < count; i++)
		set_cells(table, &sets[i]);
	fs_table_print(table, "", out);
	fs_table_destroy(table);
	for (int i = 0; i < count; i++) {
		print_gap(out, &sets[i], records);
		records += sets[i].rows;
	}
}

void fs_report_validation_csv(FILE *out, const struct fs_validation_record *records, int count)
{
	json_t **objects = fs_allocate(((size_t)count + 1) * sizeof *objects);
	for (int i = 0; i < count; i++)
		objects[i] = fs_validation_record_to_json(&records[i]);
	fs_csv_print_objects(out, objects, count);
	for (int i = 0; i < count; i++)
		json_decref(objects[i]);
	free(objects);
}

void fs_report_validation_json(FILE *out, const struct fs_validation_record *records, int count)
{
	for (int i = 0; i < count; i++) {
		json_t *object = fs_validation_record_to_json(&records[i]);
		json_dumpf(object, out, JSON_PRESERVE_ORDER | JSON_REAL_PRECISION(17));
		putc('\n', out);
		json_decref(object);
	}
}
