#include "command/validate.h"

#include "base/error.h"
#include "command/bar.h"
#include "command/fit.h"
#include "command/output.h"
#include "report/fit.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* What the bar takes each for: a search, one without a group, and a run of all rows by the engine. */
static const double SEARCH = 2, SHORT_SEARCH = 1, RUN = 1;
enum { ROUNDS = 2 };
/* By how much numbers are moved to see what depends on them. */
static const double MOVED = 0.1;

/* A fit to some of the sets, and its fits without a group. */
struct search {
	struct fs_fit *fit;
	struct fs_bar bar;
	const struct fs_free_numbers *numbers;
	int sets, rows, groups;
	const struct fs_published_set *set[FS_VALIDATE_SETS];
	struct fs_fit_point best, *without; /* by group; NULL: there is but one group */
};

static void show(void *context, int evaluations, int most)
{
	fs_bar_show(context, &(struct fs_progress){.share = fmin(1, (double)evaluations / most)});
}

static struct fs_fit_point find(struct search *search, int without)
{
	char label[96] = "fit";
	if (without >= 0)
		snprintf(label, sizeof label, "without %s", fs_fit_group(search->fit, without));
	fs_bar_begin_case(&search->bar, label, without < 0 ? SEARCH : SHORT_SEARCH);
	struct fs_fit_point found = fs_fit_find(search->fit, without);
	fs_bar_end_case(&search->bar);
	return found;
}

static int search_begin(struct search *search, struct fs_predictor *predictor, struct fs_error *error)
{
	search->fit = fs_fit_create(predictor, search->set, search->sets, search->numbers, error);
	if (!search->fit)
		return -1;
	search->groups = fs_fit_groups(search->fit);
	for (int i = 0; i < search->sets; i++)
		search->rows += search->set[i]->table.rows;
	return 0;
}

static void search_run(struct search *search)
{
	fs_fit_watch(search->fit, show, &search->bar);
	search->best = find(search, -1);
	if (search->groups < 2)
		return;
	search->without = fs_allocate((unsigned long)search->groups * sizeof *search->without);
	for (int group = 0; group < search->groups; group++)
		search->without[group] = find(search, group);
	/* Each search may have come by a place that others passed over. */
	for (int round = 0; round < ROUNDS; round++)
		for (int group = -1; group < search->groups; group++) {
			struct fs_fit_point *point = group < 0 ? &search->best : &search->without[group];
			if (fs_fit_knows_better(search->fit, group, point))
				*point = find(search, group);
		}
}

static void search_end(struct search *search)
{
	fs_fit_destroy(search->fit);
	free(search->without);
}

/* Errors of all rows, each by the fit that does not know its group. */
static void predict_held_out(struct search *search, bool estimate, double *error)
{
	for (int group = 0; group < search->groups; group++)
		fs_fit_predict(search->fit, search->without[group].value, group, estimate, error);
}

/* NAN: nothing was predicted. */
static double mean_of(const double *error, int count)
{
	double sum = 0;
	int predicted = 0;
	for (int i = 0; i < count; i++) {
		if (isnan(error[i]))
			continue;
		sum += fabs(error[i]);
		predicted++;
	}
	return predicted ? sum / predicted : NAN;
}

/* Which of a set's three errors: before, after, held_out. */
enum stage { BEFORE, AFTER, HELD_OUT, STAGES };

static void run_stage(struct search *search, enum stage stage, bool estimate, double *error,
                      struct fs_fit_set *sets)
{
	if (stage == HELD_OUT)
		predict_held_out(search, estimate, error);
	else
		fs_fit_predict(search->fit, stage == BEFORE ? fs_fit_origin(search->fit) : search->best.value,
		               -1, estimate, error);
	for (int i = 0; i < search->sets; error += search->set[i++]->table.rows) {
		struct fs_fit_errors *errors = estimate ? &sets[i].estimate : &sets[i].engine;
		double mean = mean_of(error, search->set[i]->table.rows);
		*(stage == BEFORE  ? &errors->before
		  : stage == AFTER ? &errors->after
		                   : &errors->held_out) = mean;
	}
}

static void judge_sets(struct search *search, bool estimate, struct fs_fit_set *sets)
{
	double *error = fs_allocate((unsigned long)search->rows * sizeof *error);
	const struct fs_fit_errors none = {NAN, NAN, NAN};
	for (int i = 0; i < search->sets; i++) {
		sets[i] = (struct fs_fit_set){.rows = fs_fit_rows(search->fit, i),
		                              .groups = fs_fit_groups_of(search->fit, i),
		                              .estimate = none,
		                              .engine = none};
		snprintf(sets[i].set, sizeof sets[i].set, "%s", search->set[i]->name);
	}
	for (enum stage stage = BEFORE; stage < (search->without ? STAGES : HELD_OUT); stage++) {
		run_stage(search, stage, true, error, sets);
		if (estimate)
			continue;
		fs_bar_begin_case(&search->bar, "engine", RUN);
		run_stage(search, stage, false, error, sets);
		fs_bar_end_case(&search->bar);
	}
	free(error);
}

/* By how much the error grows if number i is `times` what it is; NAN: it cannot be that. */
static double growth(struct search *search, int i, double times)
{
	double value[FS_MOST_FREE];
	memcpy(value, search->best.value, sizeof value);
	value[i] *= times;
	double error = fs_fit_error(search->fit, value);
	return isinf(error) ? NAN : error - search->best.error;
}

static void judge_number(struct search *search, int i, struct fs_fit_number *number)
{
	const struct fs_free_number *free_number = &search->numbers->item[i];
	*number = (struct fs_fit_number){.in_file = fs_fit_origin(search->fit)[i],
	                                 .fitted = search->best.value[i],
	                                 .low = free_number->low,
	                                 .high = free_number->high,
	                                 .least = NAN,
	                                 .most = NAN,
	                                 .less = growth(search, i, 1 - MOVED),
	                                 .more = growth(search, i, 1 + MOVED),
	                                 .settled = search->best.settled};
	fs_free_number_name(free_number, number->number, sizeof number->number);
	for (int group = 0; search->without && group < search->groups; group++) {
		number->least = fmin(number->least, search->without[group].value[i]); /* ignores NAN */
		number->most = fmax(number->most, search->without[group].value[i]);
	}
}

static int print(const struct fs_command *self, int format, const struct search *search,
                 const struct fs_fit_number *numbers, const struct fs_fit_set *sets)
{
	static void (*const print_as[])(FILE * out, const struct fs_fit_number *numbers, int count,
	                                const struct fs_fit_set *sets, int set_count) = {
	        [FS_FORMAT_TABLE] = fs_report_fit,
	        [FS_FORMAT_CSV] = fs_report_fit_csv,
	        [FS_FORMAT_JSON] = fs_report_fit_json,
	};
	print_as[format](stdout, numbers, search->numbers->count, sets, search->sets);
	return fs_output_finish(self);
}

/* Starts a bar over a search and `runs` runs of all rows, and searches. */
static void search_with_bar(struct search *search, const struct fs_validate_request *request, int runs)
{
	int short_searches = search->groups > 1 ? search->groups : 0;
	fs_bar_start(&search->bar, "validate", request->quiet, 1 + short_searches + runs,
	             SEARCH + SHORT_SEARCH * short_searches + RUN * runs);
	search_run(search);
}

static int fit_and_print(const struct fs_command *self, const struct fs_validate_request *request,
                         struct search *search)
{
	struct fs_fit_number numbers[FS_MOST_FREE];
	struct fs_fit_set sets[FS_VALIDATE_SETS];
	search_with_bar(search, request, request->estimate ? 0 : search->groups > 1 ? STAGES : HELD_OUT);
	for (int i = 0; i < search->numbers->count; i++)
		judge_number(search, i, &numbers[i]);
	judge_sets(search, request->estimate, sets);
	fs_bar_end(&search->bar);
	return print(self, request->format, search, numbers, sets);
}

/* Sets and numbers: all sets where numbers are given, else those that name some, and these. */
static int choose(const struct fs_validate_request *request, const struct fs_validate_work *work,
                  struct search *search, struct fs_free_numbers *numbers, struct fs_error *error)
{
	*numbers = request->free;
	for (int i = 0; i < work->sets; i++) {
		if (request->free.count == 0 && work->set[i].fits.count == 0)
			continue;
		if (request->free.count == 0 && fs_free_numbers_join(numbers, &work->set[i].fits, error))
			return -1;
		search->set[search->sets++] = &work->set[i];
	}
	search->numbers = numbers;
	if (search->sets == 0)
		return fs_fail(error,
		               "--fit: no set names numbers to fit (fits:); --free PATH=LOW..HIGH does");
	return 0;
}

int fs_validate_fit(const struct fs_command *self, const struct fs_validate_request *request,
                    struct fs_validate_work *work)
{
	struct search search = {.sets = 0};
	struct fs_free_numbers numbers;
	struct fs_error error;
	if (choose(request, work, &search, &numbers, &error) ||
	    search_begin(&search, work->predictor, &error))
		return fs_command_refuse(self, &error);
	int status = fit_and_print(self, request, &search);
	search_end(&search);
	return status;
}

/* A predictor that knows the set's systems alone: what others say of a number does not matter to its fit. */
static struct fs_predictor *predictor_of(const struct fs_validate_request *request,
                                         const struct fs_published_set *set)
{
	struct fs_predictor *predictor = fs_predictor_create(
	        request->overrides.item, request->overrides.count, request->stack, request->estimate);
	struct fs_published_case one;
	struct fs_error never; /* all rows were checked before */
	for (int row = 0; row < set->table.rows; row++)
		if (fs_published_case_of(set, row, &one, &never) == 0)
			fs_predict_check(predictor, &one, &never);
	return predictor;
}

/* One set alone. */
static int hold_out(const struct fs_validate_request *request, const struct fs_published_set *set,
                    struct fs_validation_record *records, struct fs_validation_summary *summary,
                    struct fs_error *error)
{
	struct search search = {.numbers = &set->fits, .sets = 1, .set = {set}};
	struct fs_predictor *predictor = predictor_of(request, set);
	if (search_begin(&search, predictor, error)) {
		fs_predictor_destroy(predictor);
		return fs_fail_in(error, "%s: fits", set->name);
	}
	search_with_bar(&search, request, 0);
	fs_bar_end(&search.bar);
	if (search.without) {
		double *errors = fs_allocate((unsigned long)search.rows * sizeof *errors);
		predict_held_out(&search, request->estimate, errors);
		for (int i = 0; i < search.rows; i++)
			records[i].held_out = errors[i];
		summary->held_out = mean_of(errors, search.rows);
		free(errors);
	}
	search_end(&search);
	fs_predictor_destroy(predictor);
	return 0;
}

int fs_validate_hold_out(const struct fs_validate_request *request, struct fs_validate_work *work,
                         struct fs_error *error)
{
	struct fs_validation_record *records = work->record;
	int fitted = 0;
	for (int i = 0; i < work->sets; records += work->set[i++].table.rows) {
		if (work->set[i].fits.count == 0)
			continue;
		fitted++;
		if (hold_out(request, &work->set[i], records, &work->summary[i], error))
			return -1;
	}
	return fitted ? 0
	              : fs_fail(error,
	                        "--leave-one-out: no set names the numbers that were fitted to it (fits:)");
}
