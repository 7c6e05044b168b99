#include "command/validate.h"

#include "base/error.h"
#include "base/speaker.h"
#include "command/bar.h"
#include "command/output.h"
#include "command/validation_summary.h"
#include "config/home.h"
#include "report/validation.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static int parse(const struct fs_command *self, int argc, char **argv, struct fs_validate_request *request,
                 struct fs_error *error)
{
	*request = (struct fs_validate_request){.count = 0};
	const struct fs_option options[] = {
	        {"list", 0, FS_OPTION_FLAG, &request->list, NULL,
	         "what sets there are and where they come from; predicts nothing"},
	        {"estimate", 0, FS_OPTION_FLAG, &request->estimate, NULL,
	         "steps by arithmetic, as plan tries layouts, not by the engine"},
	        {"rows", 0, FS_OPTION_FLAG, &request->rows, NULL, "table: also each row of each set"},
	        {"plot", 0, FS_OPTION_TEXT, &request->plot, "FILE",
	         "predicted against measured: FILE.png, .svg and .gnuplot"},
	        {"stack", 0, FS_OPTION_TEXT, &request->stack, "NAME",
	         "one software stack for all sets, instead of their own"},
	        {"fit", 0, FS_OPTION_FLAG, &request->fit, NULL,
	         "fit the numbers that the sets name (fits:) to their rows"},
	        {"free", 0, FS_OPTION_FREE, &request->free, "PATH=LOW..HIGH",
	         "fit this number; repeatable; CHIP:PATH: of a chip (system, stack) alone"},
	        {"leave-one-out", 0, FS_OPTION_FLAG, &request->hold_out, NULL,
	         "also each row's error by a fit to all other models' rows (fits:)"},
	        {"set", 0, FS_OPTION_OVERRIDE, &request->overrides, "PATH=VALUE",
	         "change a number of all systems; repeatable"},
	        {"format", 0, FS_OPTION_CHOICE, &request->format, NULL,
	         "table of sets; csv and json (an object a line): of rows", "table|csv|json"},
	        {"quiet", 'q', FS_OPTION_FLAG, &request->quiet, NULL, "no progress on stderr"},
	        {NULL},
	};
	request->count = fs_options_parse(self, options, argc, argv, request->names, FS_VALIDATE_SETS, error);
	if (request->count < 0)
		return request->count;
	request->fit |= request->free.count > 0;
	if (request->fit && (request->list || request->rows || request->plot || request->hold_out))
		return fs_fail(error, "--fit prints what it found, leave-one-out included; leave out --%s",
		               request->list   ? "list"
		               : request->rows ? "rows"
		               : request->plot ? "plot"
		                               : "leave-one-out");
	if (request->count)
		return 0;
	fs_shelf_list(&fs_shelf_published, &request->all);
	if (request->all.count == 0)
		return fs_fail(error, "no sets of measurements in %s/%s", fs_home(),
		               fs_shelf_published.folder);
	if (request->all.count > FS_VALIDATE_SETS)
		return fs_fail(error, "more than %d sets of measurements", FS_VALIDATE_SETS);
	for (; request->count < request->all.count; request->count++)
		request->names[request->count] = request->all.name[request->count];
	return 0;
}

static void put_text(char *to, size_t size, const char *from)
{
	snprintf(to, size, "%s", from);
}

static void describe_set(const struct fs_published_set *set, struct fs_validation_summary *summary)
{
	*summary = (struct fs_validation_summary){
	        .unit_value = set->unit_value,
	        .held_out = NAN,
	        .left_out = set->left_out,
	        .bar_mean = set->bar.mean,
	        .bar_median = set->bar.median,
	        .bar_worst = set->bar.worst,
	};
	put_text(summary->set, sizeof summary->set, set->name);
	put_text(summary->label, sizeof summary->label, set->label);
	put_text(summary->quantity, sizeof summary->quantity, fs_measure_name(set->measure));
	put_text(summary->unit, sizeof summary->unit, set->unit);
}

static void describe(const struct fs_published_set *set, const struct fs_published_case *one,
                     struct fs_predictor *predictor, struct fs_validation_record *record)
{
	*record = (struct fs_validation_record){.chips = one->chips,
	                                        .bytes = one->bytes,
	                                        .measured = one->measured,
	                                        .predicted = NAN,
	                                        .held_out = NAN,
	                                        .line = one->line};
	put_text(record->set, sizeof record->set, set->name);
	put_text(record->row, sizeof record->row, one->row);
	put_text(record->quantity, sizeof record->quantity, fs_measure_name(one->measure));
	put_text(record->system, sizeof record->system, one->system);
	put_text(record->stack, sizeof record->stack, fs_predict_stack(predictor, one));
	put_text(record->model, sizeof record->model, one->model);
	put_text(record->layout, sizeof record->layout, one->layout);
	put_text(record->collective, sizeof record->collective, one->collective);
	put_text(record->part, sizeof record->part, one->part);
	put_text(record->layouts_of, sizeof record->layouts_of, one->layouts_of);
	put_text(record->file, sizeof record->file, one->file);
}

/* Reads all sets and checks all rows before anything runs. */
static int prepare(const struct fs_validate_request *request, struct fs_validate_work *work,
                   struct fs_error *error)
{
	for (int i = 0; i < request->count; i++) {
		struct fs_published_set *set = &work->set[work->sets];
		if (fs_published_read(request->names[i], set, error))
			return -1;
		describe_set(set, &work->summary[work->sets++]);
		for (int row = 0; row < set->table.rows; row++) {
			struct fs_published_case one;
			if (fs_published_case_of(set, row, &one, error) ||
			    fs_predict_check(work->predictor, &one, error))
				return -1;
		}
		work->rows += work->summary[i].rows = set->table.rows;
	}
	return 0;
}

static void predict_row(struct fs_validate_work *work, const struct fs_published_set *set, int row,
                        struct fs_validation_record *record)
{
	struct fs_published_case one;
	struct fs_error error;
	if (fs_published_case_of(set, row, &one, &error))
		return; /* it was checked */
	describe(set, &one, work->predictor, record);
	if (fs_predict(work->predictor, &one, &record->predicted, &error)) {
		record->predicted = NAN;
		put_text(record->reason, sizeof record->reason, error.text);
	}
}

static void predict_all(const struct fs_validate_request *request, struct fs_validate_work *work)
{
	struct fs_bar bar;
	struct fs_validation_record *record = work->record;
	fs_bar_start(&bar, "validate", request->quiet, work->rows, work->rows);
	for (int i = 0; i < work->sets; i++) {
		for (int row = 0; row < work->set[i].table.rows; row++) {
			fs_bar_begin_case(&bar, work->set[i].name, 1);
			predict_row(work, &work->set[i], row, record + row);
			fs_bar_end_case(&bar);
		}
		fs_validation_summarize(record, work->set[i].table.rows, &work->summary[i]);
		record += work->set[i].table.rows;
	}
	fs_bar_end(&bar);
}

static int print(const struct fs_command *self, const struct fs_validate_request *request,
                 const struct fs_validate_work *work)
{
	const struct fs_validation_record *record = work->record;
	if (request->format == FS_FORMAT_JSON)
		fs_report_validation_json(stdout, record, work->rows);
	else if (request->format == FS_FORMAT_CSV)
		fs_report_validation_csv(stdout, record, work->rows);
	else {
		for (int i = 0; i < work->sets && request->rows; record += work->summary[i++].rows)
			fs_report_validation_rows(stdout, &work->summary[i], record);
		fs_report_validation_sets(stdout, work->summary, work->sets, work->record);
	}
	return fs_output_finish(self);
}

static int list(const struct fs_command *self, const struct fs_validate_work *work)
{
	const char *sources[FS_VALIDATE_SETS];
	for (int i = 0; i < work->sets; i++)
		sources[i] = work->set[i].source;
	fs_report_validation_list(stdout, work->summary, work->sets, sources);
	return fs_output_finish(self);
}

static int judge(const struct fs_command *self, const struct fs_validate_work *work)
{
	int over = 0;
	struct fs_error error;
	for (int i = 0; i < work->sets; i++)
		over += !work->summary[i].met;
	if (!over)
		return FS_DONE;
	fs_fail(&error, "%d of %d set%s not met", over, work->sets, work->sets == 1 ? "" : "s");
	fs_command_refuse(self, &error);
	return FS_CHECK_FAILED;
}

static int run(const struct fs_command *self, const struct fs_validate_request *request,
               struct fs_validate_work *work)
{
	struct fs_error error;
	if (request->list)
		return list(self, work);
	if (request->fit)
		return fs_validate_fit(self, request, work);
	work->record = fs_allocate_zeroed((unsigned long)work->rows + 1, sizeof *work->record);
	predict_all(request, work);
	if (request->hold_out && fs_validate_hold_out(request, work, &error))
		return fs_command_refuse(self, &error);
	if (print(self, request, work))
		return FS_CHECK_FAILED;
	if (request->plot &&
	    fs_report_validation_plot(request->plot, work->summary, work->sets, work->record, &error)) {
		fs_command_refuse(self, &error);
		return FS_CHECK_FAILED;
	}
	return judge(self, work);
}

static void finish(struct fs_validate_request *request, struct fs_validate_work *work)
{
	for (int i = 0; i < work->sets; i++)
		fs_published_destroy(&work->set[i]);
	fs_predictor_destroy(work->predictor);
	free(work->record);
	free(work);
	fs_names_clear(&request->all);
}

int fs_validate_command(const struct fs_command *self, int argc, char **argv)
{
	struct fs_validate_request request;
	struct fs_error error = {""};
	int parsed = parse(self, argc, argv, &request, &error), status;
	if (parsed == FS_HELP_PRINTED)
		return FS_DONE;
	if (parsed) {
		fs_names_clear(&request.all);
		return fs_command_refuse(self, &error);
	}
	struct fs_validate_work *work = fs_allocate_zeroed(1, sizeof *work);
	work->predictor = fs_predictor_create(request.overrides.item, request.overrides.count, request.stack,
	                                      request.estimate);
	if (prepare(&request, work, &error))
		status = fs_command_refuse(self, &error);
	else
		status = fs_speaks() ? run(self, &request, work) : FS_DONE; /* of several ranks one does it */
	finish(&request, work);
	return status;
}
