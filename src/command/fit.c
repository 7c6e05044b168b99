#include "command/fit.h"

#include "base/error.h"
#include "base/minimise.h"
#include "command/fit_numbers.h"

#include <assert.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static_assert((int)FS_MOST_FREE <= (int)FS_MOST_UNKNOWNS, "all free numbers can be unknowns");

enum { AROUND = 16 /* points for each number, before the first search */ };

struct row {
	struct fs_published_case one;
	int set, group;
	bool counts;
};

/* What is known of a point: sum[set * groups + group] of absolute errors. */
struct tried {
	double value[FS_MOST_FREE];
	bool allowed;
	double *sum;
};

struct fs_fit {
	struct fs_predictor *predictor;
	const struct fs_free_numbers *numbers;
	int sets, rows, groups, points;
	struct row *row;
	int *counted; /* rows, by set and group */
	double origin[FS_MOST_FREE];
	struct tried *point;
	void (*progress)(void *context, int evaluations, int most);
	void *context;
	/* The search that is under way. */
	int without, evaluations, most;
};

static int group_of(struct fs_fit *fit, const char *name)
{
	int group = fit->groups;
	for (int i = 0; i < fit->rows; i++)
		if (strcmp(fit->row[i].one.group, name) == 0)
			return fit->row[i].group;
	return group;
}

static int add_rows(struct fs_fit *fit, const struct fs_published_set *set, int index, struct fs_error *error)
{
	fit->row = fs_reallocate(fit->row, (size_t)(fit->rows + set->table.rows) * sizeof *fit->row);
	for (int i = 0; i < set->table.rows; i++) {
		struct row *row = &fit->row[fit->rows];
		*row = (struct row){.set = index};
		if (fs_published_case_of(set, i, &row->one, error))
			return -1;
		row->group = group_of(fit, row->one.group);
		fit->groups += row->group == fit->groups;
		fit->rows++;
	}
	return 0;
}

/* Numbers as in the files, and the rows that can be predicted with them. */
static int begin(struct fs_fit *fit, struct fs_error *error)
{
	struct fs_error reason = {""}, first = {""};
	int counted = 0;
	if (fs_fit_numbers_read(fit->predictor, fit->numbers, fit->origin, error))
		return -1;
	fit->counted = fs_allocate_zeroed((unsigned long)fit->sets * (unsigned long)fit->groups,
	                                  sizeof *fit->counted);
	fs_predictor_estimate(fit->predictor, true);
	for (int i = 0; i < fit->rows; i++) {
		struct row *row = &fit->row[i];
		double predicted;
		row->counts = fs_predict(fit->predictor, &row->one, &predicted, &reason) == 0;
		if (!row->counts && !*first.text)
			first = reason;
		fit->counted[row->set * fit->groups + row->group] += row->counts;
		counted += row->counts;
	}
	return counted ? 0 : fs_fail(error, "not one row can be predicted: %s", first.text);
}

struct fs_fit *fs_fit_create(struct fs_predictor *predictor, const struct fs_published_set *const *sets,
                             int count, const struct fs_free_numbers *numbers, struct fs_error *error)
{
	struct fs_fit *fit = fs_allocate_zeroed(1, sizeof *fit);
	*fit = (struct fs_fit){.predictor = predictor, .numbers = numbers, .sets = count};
	int result = 0;
	for (int i = 0; i < count && result == 0; i++)
		result = add_rows(fit, sets[i], i, error);
	if (result == 0 && begin(fit, error) == 0)
		return fit;
	fs_fit_destroy(fit);
	return NULL;
}

void fs_fit_destroy(struct fs_fit *fit)
{
	if (!fit)
		return;
	if (fit->counted) /* origin is known */
		fs_fit_numbers_write(fit->predictor, fit->numbers, fit->origin);
	for (int i = 0; i < fit->points; i++)
		free(fit->point[i].sum);
	free(fit->point);
	free(fit->counted);
	free(fit->row);
	free(fit);
}

void fs_fit_watch(struct fs_fit *fit, void (*progress)(void *context, int evaluations, int most),
                  void *context)
{
	fit->progress = progress;
	fit->context = context;
}

int fs_fit_groups(const struct fs_fit *fit)
{
	return fit->groups;
}

const char *fs_fit_group(const struct fs_fit *fit, int group)
{
	for (int i = 0; i < fit->rows; i++)
		if (fit->row[i].group == group)
			return fit->row[i].one.group;
	return "";
}

int fs_fit_rows(const struct fs_fit *fit, int set)
{
	int rows = 0;
	for (int group = 0; group < fit->groups; group++)
		rows += fit->counted[set * fit->groups + group];
	return rows;
}

int fs_fit_groups_of(const struct fs_fit *fit, int set)
{
	int groups = 0;
	for (int group = 0; group < fit->groups; group++)
		groups += fit->counted[set * fit->groups + group] > 0;
	return groups;
}

const double *fs_fit_origin(const struct fs_fit *fit)
{
	return fit->origin;
}

/* NAN: not predicted. */
static double error_of(struct fs_fit *fit, const struct row *row)
{
	struct fs_error error;
	double predicted;
	if (!row->counts || fs_predict(fit->predictor, &row->one, &predicted, &error))
		return NAN;
	return predicted / row->one.measured - 1;
}

/* False: a row that counts cannot be predicted here. */
static bool add_up(struct fs_fit *fit, double *sum)
{
	for (int i = 0; i < fit->rows; i++) {
		const struct row *row = &fit->row[i];
		double error = error_of(fit, row);
		if (row->counts && isnan(error))
			return false;
		if (row->counts)
			sum[row->set * fit->groups + row->group] += fabs(error);
	}
	return true;
}

/* What comes of the values; looked up, where they were tried before. */
static const struct tried *try(struct fs_fit *fit, const double *value)
{
	size_t bytes = (size_t)fit->numbers->count * sizeof *value;
	for (int i = 0; i < fit->points; i++)
		if (memcmp(fit->point[i].value, value, bytes) == 0)
			return &fit->point[i];
	fit->point = fs_reallocate(fit->point, ((size_t)fit->points + 1) * sizeof *fit->point);
	struct tried *tried = &fit->point[fit->points++];
	*tried = (struct tried){.allowed = false};
	memcpy(tried->value, value, bytes);
	tried->sum =
	        fs_allocate_zeroed((unsigned long)fit->sets * (unsigned long)fit->groups, sizeof *tried->sum);
	fs_predictor_estimate(fit->predictor, true);
	tried->allowed = fs_fit_numbers_write(fit->predictor, fit->numbers, value) && add_up(fit, tried->sum);
	return tried;
}

static double mean_without(const struct fs_fit *fit, const struct tried *tried, int without)
{
	double means = 0;
	int sets = 0;
	if (!tried->allowed)
		return INFINITY;
	for (int set = 0; set < fit->sets; set++) {
		double sum = 0;
		int rows = 0;
		for (int group = 0; group < fit->groups; group++) {
			int counted = fit->counted[set * fit->groups + group];
			if (group == without || counted == 0)
				continue;
			sum += tried->sum[set * fit->groups + group];
			rows += counted;
		}
		means += rows ? sum / rows : 0;
		sets += rows > 0;
	}
	return sets ? means / sets : INFINITY;
}

static double objective(const double *value, void *context)
{
	struct fs_fit *fit = context;
	double mean = mean_without(fit, try(fit, value), fit->without);
	fit->evaluations++;
	if (fit->progress)
		fit->progress(fit->context, fit->evaluations, fit->most);
	return mean;
}

double fs_fit_error(struct fs_fit *fit, const double *value)
{
	return mean_without(fit, try(fit, value), -1);
}

static bool is_within(const struct fs_fit *fit, const double *value)
{
	for (int i = 0; i < fit->numbers->count; i++)
		if (value[i] < fit->numbers->item[i].low || value[i] > fit->numbers->item[i].high)
			return false;
	return true;
}

/* The best point so far, or where the files are. */
static void choose_start(const struct fs_fit *fit, int without, double *value)
{
	double least = INFINITY;
	memcpy(value, fit->origin, sizeof fit->origin);
	for (int i = 0; i < fit->points; i++) {
		double mean = mean_without(fit, &fit->point[i], without);
		if (mean < least && is_within(fit, fit->point[i].value)) {
			least = mean;
			memcpy(value, fit->point[i].value, sizeof fit->point[i].value);
		}
	}
}

bool fs_fit_knows_better(const struct fs_fit *fit, int without, const struct fs_fit_point *point)
{
	for (int i = 0; i < fit->points; i++)
		if (is_within(fit, fit->point[i].value) &&
		    mean_without(fit, &fit->point[i], without) < point->error)
			return true;
	return false;
}

struct fs_fit_point fs_fit_find(struct fs_fit *fit, int without)
{
	/* The first search looks around; fits without a group begin near their end. */
	const int around = fit->points ? 0 : AROUND * fit->numbers->count;
	const struct fs_minimise_options options = {.evaluations = around + (without < 0 ? 100 : 50) *
	                                                                            (1 + fit->numbers->count),
	                                            .around = around,
	                                            .restarts = without < 0 ? 3 : 1,
	                                            .side = without < 0 ? 0.2 : 0.05,
	                                            .place = 5e-4,
	                                            .value = 1e-5};
	struct fs_fit_point found = {.error = 0};
	struct fs_range range[FS_MOST_FREE];
	for (int i = 0; i < fit->numbers->count; i++)
		range[i] = (struct fs_range){fit->numbers->item[i].low, fit->numbers->item[i].high};
	fit->without = without;
	fit->evaluations = 0;
	fit->most = options.evaluations;
	choose_start(fit, without, found.value);
	struct fs_minimum least =
	        fs_minimise(fit->numbers->count, range, found.value, objective, fit, &options);
	found.error = least.value;
	found.settled = least.settled;
	return found;
}

void fs_fit_predict(struct fs_fit *fit, const double *value, int group, bool estimate, double *error)
{
	bool allowed = fs_fit_numbers_write(fit->predictor, fit->numbers, value);
	fs_predictor_estimate(fit->predictor, estimate);
	for (int i = 0; i < fit->rows; i++)
		if (group < 0 || fit->row[i].group == group)
			error[i] = allowed ? error_of(fit, &fit->row[i]) : NAN;
}
