#include "report/fit.h"

#include "base/error.h"
#include "report/csv.h"
#include "report/table.h"

#include <math.h>
#include <stdlib.h>

/* Nothing where there is no value, so that a column without values vanishes. */
static void percent_cell(struct fs_table *table, const char *format, double share)
{
	if (isnan(share))
		fs_table_cell(table, "%s", "");
	else
		fs_table_cell(table, format, 100 * share);
}

static void number_cells(struct fs_table *table, const struct fs_fit_number *number)
{
	bool at_bound = number->fitted <= number->low || number->fitted >= number->high;
	fs_table_cell(table, "%s", number->number);
	fs_table_cell(table, "%.4g", number->in_file);
	fs_table_cell(table, "%.4g", number->fitted);
	fs_table_cell(table, "%g..%g", number->low, number->high);
	if (isnan(number->least))
		fs_table_cell(table, "%s", "");
	else
		fs_table_cell(table, "%.4g..%.4g", number->least, number->most);
	percent_cell(table, "%+.2f", number->less);
	percent_cell(table, "%+.2f", number->more);
	fs_table_cell(table, "%s", at_bound ? "at a bound" : number->settled ? "" : "not settled");
}

static void print_numbers(FILE *out, const struct fs_fit_number *numbers, int count)
{
	static const struct fs_column columns[] = {
	        {"number", true},        {"in the file", false}, {"fitted", false},    {"bounds", true},
	        {"leave-one-out", true}, {"10 % less", false},   {"10 % more", false}, {"", true}};
	struct fs_table *table = fs_table_create(columns, 8);
	for (int i = 0; i < count; i++)
		number_cells(table, &numbers[i]);
	fs_table_print(table, "", out);
	fs_table_destroy(table);
}

static void set_line(struct fs_table *table, const struct fs_fit_set *set, bool engine)
{
	const struct fs_fit_errors *errors = engine ? &set->engine : &set->estimate;
	if (isnan(errors->after))
		return;
	fs_table_cell(table, "%s", engine ? "" : set->set);
	fs_table_cell(table, engine ? "" : "%d", set->rows);
	fs_table_cell(table, engine ? "" : "%d", set->groups);
	fs_table_cell(table, "%s", engine ? "engine" : "arithmetic");
	percent_cell(table, "%.2f %%", errors->before);
	percent_cell(table, "%.2f %%", errors->after);
	percent_cell(table, "%.2f %%", errors->held_out);
}

static void print_sets(FILE *out, const struct fs_fit_set *sets, int count)
{
	static const struct fs_column columns[] = {
	        {"set", true},     {"rows", false},  {"groups", false},       {"by", true},
	        {"before", false}, {"after", false}, {"leave-one-out", false}};
	struct fs_table *table = fs_table_create(columns, 7);
	for (int i = 0; i < count; i++) {
		set_line(table, &sets[i], false);
		set_line(table, &sets[i], true);
	}
	fs_table_print(table, "", out);
	fs_table_destroy(table);
}

void fs_report_fit(FILE *out, const struct fs_fit_number *numbers, int count, const struct fs_fit_set *sets,
                   int set_count)
{
	print_numbers(out, numbers, count);
	fputs("10 % less, more: by how many points the mean error then grows; leave-one-out: what fits make "
	      "of "
	      "it that do not know one group.\n\n",
	      out);
	print_sets(out, sets, set_count);
	fputs("Mean absolute errors; leave-one-out: of each group by the fit that does not know it.\n", out);
}

static json_t **objects_of(const struct fs_fit_number *numbers, int count, const struct fs_fit_set *sets,
                           int set_count)
{
	json_t **objects = fs_allocate(((size_t)count + (size_t)set_count) * sizeof *objects);
	for (int i = 0; i < count; i++)
		objects[i] = fs_fit_number_to_json(&numbers[i]);
	for (int i = 0; i < set_count; i++)
		objects[count + i] = fs_fit_set_to_json(&sets[i]);
	return objects;
}

static void release(json_t **objects, int count)
{
	for (int i = 0; i < count; i++)
		json_decref(objects[i]);
	free(objects);
}

void fs_report_fit_csv(FILE *out, const struct fs_fit_number *numbers, int count,
                       const struct fs_fit_set *sets, int set_count)
{
	json_t **objects = objects_of(numbers, count, sets, set_count);
	fs_csv_print_objects(out, objects, count + set_count);
	release(objects, count + set_count);
}

void fs_report_fit_json(FILE *out, const struct fs_fit_number *numbers, int count,
                        const struct fs_fit_set *sets, int set_count)
{
	json_t **objects = objects_of(numbers, count, sets, set_count);
	for (int i = 0; i < count + set_count; i++) {
		json_dumpf(objects[i], out, JSON_PRESERVE_ORDER | JSON_REAL_PRECISION(17));
		putc('\n', out);
	}
	release(objects, count + set_count);
}
