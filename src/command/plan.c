#include "command/commands.h"

#include "base/clock.h"
#include "base/error.h"
#include "base/speaker.h"
#include "base/text.h"
#include "command/bar.h"
#include "command/output.h"
#include "command/retime.h"
#include "model/flop.h"
#include "model/model.h"
#include "plan/search.h"
#include "report/csv.h"
#include "report/table.h"
#include "topology/placement.h"

#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>

struct request {
	const char *system_name, *stack, *model_name, *layout;
	struct fs_chip_list chips;
	struct fs_override_list overrides;
	uint64_t top, timed;
	int format;
	bool quiet;
	/* loaded */
	struct fs_system *system;
	struct fs_model model;
};

/* One size. */
struct plan {
	uint64_t chips;
	bool found;
	struct fs_search search;
	struct fs_error error; /* why nothing was found */
	double seconds;        /* that the search took */
	int timed;             /* by the engine */
};

static int parse(const struct fs_command *self, int argc, char **argv, struct request *request,
                 struct fs_error *error)
{
	*request = (struct request){.top = 10, .timed = FS_SEARCH_BEST};
	const struct fs_option options[] = {
	        {"model", 'm', FS_OPTION_TEXT, &request->model_name, "NAME", "what is trained"},
	        {"chips", 'n', FS_OPTION_CHIPS, &request->chips, "LIST",
	         "how many: 8, or 8,64,512, or 8..1024"},
	        {"layout", 0, FS_OPTION_TEXT, &request->layout, "KEY=VALUE,...",
	         "keys that are not searched: gbs, seq, tp, ..."},
	        {"top", 0, FS_OPTION_COUNT, &request->top, "N", "how many layouts to print (10)", .least = 1},
	        {"timed", 0, FS_OPTION_COUNT, &request->timed, "N",
	         "how many of the best estimates the engine times, at most (100)"},
	        {"stack", 0, FS_OPTION_TEXT, &request->stack, "NAME",
	         "the software of another stack instead of the system's own"},
	        {"set", 0, FS_OPTION_OVERRIDE, &request->overrides, "PATH=VALUE",
	         "change a number of the system; may be repeated"},
	        {"format", 0, FS_OPTION_CHOICE, &request->format, NULL, "of the result (table)",
	         "table|csv|json"},
	        {"quiet", 'q', FS_OPTION_FLAG, &request->quiet, NULL, "no progress on stderr"},
	        {NULL},
	};
	int count = fs_options_parse(self, options, argc, argv, &request->system_name, 1, error);
	if (count < 0)
		return count;
	if (count < 1)
		return fs_fail(error, "which system? usage: farscale %s", self->usage);
	if (!request->model_name)
		return fs_fail(error, "which model? give --model; usage: farscale %s", self->usage);
	if (!request->chips.count)
		return fs_fail(error, "how many chips? give -n; usage: farscale %s", self->usage);
	if (request->top > FS_SEARCH_BEST || request->timed > FS_SEARCH_BEST)
		return fs_fail(
		        error, "--%s: %llu is above the most, %d",
		        request->top > FS_SEARCH_BEST ? "top" : "timed",
		        (unsigned long long)(request->top > FS_SEARCH_BEST ? request->top : request->timed),
		        FS_SEARCH_BEST);
	return 0;
}

static void show_progress(double share, uint64_t layouts, void *bar)
{
	(void)layouts;
	fs_bar_show(bar, &(struct fs_progress){.share = share});
}

/* What sizes share among them, for the engine: about 20 s. */
static const double TIMED_S = 20, SEARCH_S = 2;

static double timed_s(const struct request *request)
{
	return request->timed ? TIMED_S / request->chips.count : 0;
}

static void time_best(const struct request *request, const struct fs_system *placed, struct plan *plan,
                      struct fs_bar *bar)
{
	char label[96];
	const struct fs_retiming retiming = {.system = placed,
	                                     .model = &request->model,
	                                     .chips = plan->chips,
	                                     .most = (int)request->timed,
	                                     .effort = timed_s(request) * FS_CHIP_STEPS_A_SECOND,
	                                     .progress = show_progress,
	                                     .context = bar};
	snprintf(label, sizeof label, "the best of %.40s on %llu chips, timed", request->model.name,
	         (unsigned long long)plan->chips);
	fs_bar_begin_case(bar, label, timed_s(request));
	plan->found = !fs_retime(&retiming, &plan->search, &plan->error);
	fs_bar_end_case(bar);
	while (plan->timed < plan->search.found && plan->search.best[plan->timed].timed_s > 0)
		plan->timed++;
}

static void search_one(const struct request *request, struct plan *plan, struct fs_bar *bar)
{
	double begin_s = fs_clock_s();
	struct fs_system placed = fs_system_place(request->system, plan->chips);
	char label[96];
	snprintf(label, sizeof label, "layouts of %.40s on %llu chips", request->model.name,
	         (unsigned long long)plan->chips);
	fs_bar_begin_case(bar, label, SEARCH_S);
	plan->found = !fs_search_layouts(&placed, &request->model, plan->chips, request->layout,
	                                 show_progress, bar, &plan->search, &plan->error);
	fs_bar_end_case(bar);
	plan->seconds = fs_clock_s() - begin_s;
	if (plan->found && request->timed)
		time_best(request, &placed, plan, bar);
}

/* By the engine, if it was timed. */
static double step_s(const struct fs_candidate *candidate)
{
	return candidate->timed_s > 0 ? candidate->timed_s : candidate->estimate.step_s;
}

/* Of a chip's peak; all pairs of tokens count, as MFU is mostly quoted. */
static double flop_utilisation(const struct request *request, const struct plan *plan,
                               const struct fs_candidate *candidate)
{
	const struct fs_layout *layout = &candidate->layout;
	double flop = (double)layout->gbs * layout->seq *
	              fs_model_flop_per_token(&request->model, layout->seq, FS_MASK_NONE);
	double peak = request->system->chip.peak_bf16_TFLOPS.value * 1e12 * (double)plan->chips;
	return flop / (peak * step_s(candidate));
}

static double tokens_per_s(const struct fs_candidate *candidate)
{
	return (double)candidate->layout.gbs * candidate->layout.seq / step_s(candidate);
}

/* What a step is made of. */
enum { PARTS = 7 };
static const char *const part_names[PARTS] = {"kernels",  "tensor", "context",  "expert",
                                              "pipeline", "data",   "optimizer"};

static void list_parts(const struct fs_estimate *estimate, double seconds[PARTS])
{
	const double list[PARTS] = {estimate->kernels_s,  estimate->tensor_s,   estimate->context_s,
	                            estimate->expert_s,   estimate->pipeline_s, estimate->data_s,
	                            estimate->optimizer_s};
	for (int i = 0; i < PARTS; i++)
		seconds[i] = list[i];
}

static int printed(const struct request *request, const struct plan *plan)
{
	return plan->search.found < (int)request->top ? plan->search.found : (int)request->top;
}

/* Nothing where there is no such part: the column goes where no row has it. */
static void put_share(struct fs_table *table, double part, double all)
{
	if (part > 0)
		fs_table_cell(table, "%.1f", 100 * part / all);
	else
		fs_table_cell(table, "%s", "");
}

/* Nothing where it was not timed. */
static void put_seconds(struct fs_table *table, double seconds)
{
	fs_table_cell(table, "%s", seconds > 0 ? fs_text_seconds(seconds, (char[16]){0}, 16) : "");
}

static void print_rows(const struct request *request, const struct plan *plan)
{
	static const struct fs_column columns[] = {
	        {"step", false},      {"estimate", false}, {"tokens/s", false},  {"MFU %", false},
	        {"kernels %", false}, {"tensor", false},   {"context", false},   {"expert", false},
	        {"pipeline", false},  {"data", false},     {"optimizer", false}, {"GB", false},
	        {"layout", true}};
	struct fs_table *table = fs_table_create(columns, 6 + PARTS);
	for (int i = 0; i < printed(request, plan); i++) {
		const struct fs_candidate *candidate = &plan->search.best[i];
		char text[FS_LAYOUT_TEXT];
		double seconds[PARTS];
		list_parts(&candidate->estimate, seconds);
		fs_layout_text(&candidate->layout, &request->model, text, sizeof text);
		put_seconds(table, candidate->timed_s);
		put_seconds(table, candidate->estimate.step_s);
		fs_table_cell(table, "%s", fs_text_count(tokens_per_s(candidate), (char[16]){0}, 16));
		fs_table_cell(table, "%.1f", 100 * flop_utilisation(request, plan, candidate));
		for (int k = 0; k < PARTS; k++)
			put_share(table, seconds[k], candidate->estimate.step_s);
		fs_table_cell(table, "%.1f", candidate->memory_bytes / 1e9);
		fs_table_cell(table, "%s", text);
	}
	fs_table_print(table, "  ", stdout);
	fs_table_destroy(table);
}

static void print_table(const struct request *request, const struct plan *plan)
{
	char legal[16], fit[16], rate[16];
	printf("%s on %llu chips of %s: %s layouts, %s fit, %s/s; %d timed by the engine\n",
	       request->model.name, (unsigned long long)plan->chips, request->system->name,
	       fs_text_count((double)plan->search.legal, legal, sizeof legal),
	       fs_text_count((double)plan->search.fit, fit, sizeof fit),
	       fs_text_count((double)plan->search.legal / plan->seconds, rate, sizeof rate), plan->timed);
	print_rows(request, plan);
}

static json_t *row_json(const struct request *request, const struct plan *plan, int place)
{
	const struct fs_candidate *candidate = &plan->search.best[place];
	char text[FS_LAYOUT_TEXT], key[32];
	double seconds[PARTS];
	fs_layout_text(&candidate->layout, &request->model, text, sizeof text);
	json_t *row = json_pack(
	        "{s:s, s:s, s:I, s:I, s:I, s:I, s:s, s:f, s:f, s:f, s:f, s:f}", "system",
	        request->system->name, "model", request->model.name, "chips", (json_int_t)plan->chips,
	        "legal", (json_int_t)plan->search.legal, "fit", (json_int_t)plan->search.fit, "place",
	        (json_int_t)place + 1, "layout", text, "step_s", step_s(candidate), "estimate_s",
	        candidate->estimate.step_s, "tokens_per_s", tokens_per_s(candidate), "mfu",
	        flop_utilisation(request, plan, candidate), "memory_bytes", candidate->memory_bytes);
	json_object_set_new(row, "engine_s",
	                    candidate->timed_s > 0 ? json_real(candidate->timed_s) : json_null());
	list_parts(&candidate->estimate, seconds);
	for (int i = 0; i < PARTS; i++) {
		snprintf(key, sizeof key, "%s_s", part_names[i]);
		json_object_set_new(row, key, json_real(seconds[i]));
	}
	return row;
}

static void print_objects(const struct request *request, const struct plan *plans)
{
	json_t *rows = json_array();
	for (int i = 0; i < request->chips.count; i++)
		for (int k = 0; plans[i].found && k < printed(request, &plans[i]); k++)
			json_array_append_new(rows, row_json(request, &plans[i], k));
	size_t count = json_array_size(rows);
	json_t **list = fs_allocate(count * sizeof *list);
	for (size_t i = 0; i < count; i++)
		list[i] = json_array_get(rows, i);
	if (request->format == FS_FORMAT_CSV)
		fs_csv_print_objects(stdout, list, (int)count);
	else
		fs_record_print_array(stdout, list, (int)count);
	free(list);
	json_decref(rows);
}

/* What was found on stdout, where nothing was, why, on stderr; if nothing was at all, the first reason. */
static int print_all(const struct fs_command *self, const struct request *request, const struct plan *plans)
{
	int found = 0;
	for (int i = 0; i < request->chips.count; i++)
		found += plans[i].found;
	if (!found)
		return fs_command_refuse(self, &plans[0].error);
	for (int i = 0; i < request->chips.count; i++) {
		if (!plans[i].found)
			fs_command_refuse(self, &plans[i].error);
		else if (request->format == FS_FORMAT_TABLE)
			print_table(request, &plans[i]);
	}
	if (request->format != FS_FORMAT_TABLE)
		print_objects(request, plans);
	return fs_output_finish(self);
}

static int plan_all(const struct fs_command *self, const struct request *request)
{
	int count = request->chips.count;
	struct plan *plans = fs_allocate_zeroed((unsigned long)count, sizeof *plans);
	struct fs_bar bar;
	fs_bar_start(&bar, "plan", request->quiet, request->timed ? 2 * count : count,
	             count * (SEARCH_S + timed_s(request)));
	for (int i = 0; i < count; i++) {
		plans[i].chips = request->chips.chips[i];
		search_one(request, &plans[i], &bar);
	}
	fs_bar_end(&bar);
	int status = print_all(self, request, plans);
	free(plans);
	return status;
}

int fs_plan_command(const struct fs_command *self, int argc, char **argv)
{
	struct request request;
	struct fs_error error;
	if (!fs_speaks())
		return FS_DONE; /* one rank is enough */
	int parsed = parse(self, argc, argv, &request, &error);
	if (parsed == FS_HELP_PRINTED)
		return FS_DONE;
	if (parsed || fs_model_load(request.model_name, &request.model, &error) ||
	    fs_system_load(request.system_name, request.stack, request.overrides.item,
	                   request.overrides.count, &request.system, &error))
		return fs_command_refuse(self, &error);
	int status = plan_all(self, &request);
	fs_system_destroy(request.system);
	return status;
}
