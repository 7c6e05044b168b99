#include "command/commands.h"

#include "base/error.h"
#include "base/speaker.h"
#include "command/case.h"
#include "command/output.h"
#include "command/bar.h"
#include "command/session.h"
#include "command/timeline.h"
#include "command/workload.h"
#include "engine/hosts.h"
#include "engine/team.h"
#include "report/report.h"
#include "report/timeline.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>

enum { UNSET = -1 };

struct request {
	const char *system, *model, *stack, *layout;
	const char *workload, *trace, *trace_chips, *chakra;
	struct fs_chip_list chips;
	struct fs_override_list overrides;
	int clock, compute, pace, format, kernels;
	uint64_t seed, steps, chakra_chips;
	double dilation;
	bool quiet, allow_oom;
	double work_s[FS_MAX_CHIP_LIST]; /* of each case */
};

/* Options that exclude or need each other. */
static int check_together(const struct request *request, struct fs_error *error)
{
	bool timed = request->clock == FS_CLOCK_WALL || request->pace != UNSET || request->dilation > 0;
	if (request->workload && (request->model || request->layout || request->chakra))
		return fs_fail(error, "--workload comes in place of --model, --layout and --chakra");
	if (request->workload && (timed || request->compute != UNSET || request->steps))
		return fs_fail(error,
		               "a workload runs once, on the virtual clock, its kernels modelled: without "
		               "--clock wall, --compute, --pace, --dilation and --steps");
	if (!request->workload && request->kernels != UNSET)
		return fs_fail(error, "--kernels tells how a --workload's kernels are timed");
	if ((request->trace || request->chakra || request->workload) && request->chips.count > 1)
		return fs_fail(error, "--trace, --chakra and --workload take one number of chips; -n has %d",
		               request->chips.count);
	if (request->trace_chips && !request->trace)
		return fs_fail(error, "--trace-chips tells what is in a --trace; give both");
	if (request->chakra_chips && !request->chakra)
		return fs_fail(error, "--chakra-chips tells how much of --chakra is written; give both");
	return 0;
}

static int check_given(const struct fs_command *self, const struct request *request, struct fs_error *error)
{
	if (!request->model && !request->workload)
		return fs_fail(error, "which model? give --model; usage: farscale %s", self->usage);
	if (!request->chips.count && !request->workload)
		return fs_fail(error, "how many chips? give -n; usage: farscale %s", self->usage);
	if (request->steps > 100000)
		return fs_fail(error, "--steps: %llu is above the most, 100000",
		               (unsigned long long)request->steps);
	return 0;
}

static int parse(const struct fs_command *self, int argc, char **argv, struct request *request,
                 struct fs_error *error)
{
	*request = (struct request){
	        .clock = UNSET, .compute = UNSET, .pace = UNSET, .kernels = UNSET, .seed = 1, .steps = 0};
	const struct fs_option options[] = {
	        {"model", 'm', FS_OPTION_TEXT, &request->model, "NAME",
	         "what is trained (farscale show lists models)"},
	        {"chips", 'n', FS_OPTION_CHIPS, &request->chips, "LIST",
	         "8 or 8,64,512 or 8..15488 (doubling)"},
	        {"clock", 0, FS_OPTION_CHOICE, &request->clock, NULL,
	         "default: wall where a rank for each chip is at hand, else virtual", "wall|virtual"},
	        {"pace", 0, FS_OPTION_CHOICE, &request->pace, NULL,
	         "wall: pad kernels to the modelled time (default), or let host noise through", "padded|raw"},
	        {"compute", 0, FS_OPTION_CHOICE, &request->compute, NULL,
	         "default: blas on the wall clock, model on the virtual one", "blas|model"},
	        {"seed", 0, FS_OPTION_COUNT, &request->seed, "S", "of jitter and weights (1)"},
	        {"steps", 0, FS_OPTION_COUNT, &request->steps, "K",
	         "measured training steps (wall 3, virtual 10)", NULL, 1},
	        {"layout", 0, FS_OPTION_TEXT, &request->layout, "KEY=VALUE,...",
	         "tp=8,...: the rest derived (show MODEL --layout); auto,gbs=8,...: planned"},
	        {"allow-oom", 0, FS_OPTION_FLAG, &request->allow_oom, NULL,
	         "run a layout that does not fit into a chip's memory"},
	        {"stack", 0, FS_OPTION_TEXT, &request->stack, "NAME",
	         "another software stack than the system's own"},
	        {"set", 0, FS_OPTION_OVERRIDE, &request->overrides, "PATH=VALUE",
	         "change a number of the system; repeatable"},
	        {"dilation", 0, FS_OPTION_REAL, &request->dilation, "D",
	         "wall: seconds per chip second (0: the least resolved)"},
	        {"format", 0, FS_OPTION_CHOICE, &request->format, NULL, "of the result (table)",
	         "table|csv|json"},
	        {"workload", 'w', FS_OPTION_TEXT, &request->workload, "PREFIX|FILE",
	         "not a model but a trace: Chakra's PREFIX.0.et, ..., or SimAI's file"},
	        {"kernels", 0, FS_OPTION_CHOICE, &request->kernels, NULL,
	         "of a workload: from flop and bytes where known (default), or as recorded",
	         "modelled|recorded"},
	        {"trace", 0, FS_OPTION_TEXT, &request->trace, "FILE.json",
	         "timeline of the first measured step, for Perfetto or chrome://tracing"},
	        {"trace-chips", 0, FS_OPTION_TEXT, &request->trace_chips, "LIST",
	         "chips in it, from 0 on: 0,8,16 (32 evenly apart)"},
	        {"chakra", 0, FS_OPTION_TEXT, &request->chakra, "PREFIX",
	         "write the step as Chakra traces PREFIX.0.et, PREFIX.1.et, ..."},
	        {"chakra-chips", 0, FS_OPTION_COUNT, &request->chakra_chips, "K",
	         "... of the first K chips only (all)", NULL, 1},
	        {"quiet", 'q', FS_OPTION_FLAG, &request->quiet, NULL, "no progress on stderr"},
	        {NULL},
	};
	int count = fs_options_parse(self, options, argc, argv, &request->system, 1, error);
	if (count < 0)
		return count;
	if (count < 1)
		return fs_fail(error, "which system? usage: farscale %s", self->usage);
	return check_together(request, error) ? -1 : check_given(self, request, error);
}

static enum fs_clock clock_for(const struct request *request, uint64_t chips, int ranks)
{
	if (request->clock != UNSET)
		return (enum fs_clock)request->clock;
	bool at_hand = chips > 1 && chips <= (uint64_t)ranks && request->compute != FS_COMPUTE_MODEL;
	return at_hand ? FS_CLOCK_WALL : FS_CLOCK_VIRTUAL;
}

static struct fs_case case_for(const struct request *request, uint64_t chips, int ranks)
{
	enum fs_clock clock = clock_for(request, chips, ranks);
	enum fs_compute usual = clock == FS_CLOCK_WALL ? FS_COMPUTE_BLAS : FS_COMPUTE_MODEL;
	return (struct fs_case){
	        .system = request->system,
	        .stack = request->stack,
	        .model = request->model,
	        .layout = request->layout,
	        .overrides = request->overrides.item,
	        .override_count = request->overrides.count,
	        .chips = chips,
	        .clock = clock,
	        .compute = request->compute == UNSET ? usual : (enum fs_compute)request->compute,
	        .pace = request->pace == UNSET ? FS_PACE_PADDED : (enum fs_pace)request->pace,
	        .seed = request->seed,
	        .steps = request->steps           ? request->steps
	                 : clock == FS_CLOCK_WALL ? 3
	                                          : 10,
	        .dilation = request->dilation,
	        .allow_oom = request->allow_oom,
	        .chakra = request->chakra,
	        .chakra_chips = request->chakra_chips,
	};
}

/* Everything that can be refused is refused before anything runs. */
static int check(struct request *request, int ranks, bool *real, struct fs_error *error)
{
	uint64_t most = 0;
	*real = false;
	for (int i = 0; i < request->chips.count; i++) {
		struct fs_case one = case_for(request, request->chips.chips[i], ranks);
		most = one.chips > most ? one.chips : most;
		*real = *real || one.clock == FS_CLOCK_WALL || one.compute == FS_COMPUTE_BLAS;
		if (one.clock == FS_CLOCK_WALL && one.chips > (uint64_t)ranks)
			return fs_fail(error,
			               "the wall clock needs a rank for each of %llu chips and there %s %d: "
			               "mpirun -n %llu",
			               (unsigned long long)one.chips, ranks == 1 ? "is" : "are", ranks,
			               (unsigned long long)one.chips);
		struct fs_run_record described = {0};
		if (fs_case_check(&one, &described, &request->work_s[i], error))
			return -1;
	}
	if (request->trace && (ranks > 1 || clock_for(request, most, ranks) == FS_CLOCK_WALL))
		return fs_fail(error,
		               "--trace is of the virtual clock on one rank, which says the same as many: "
		               "start without mpirun and --clock wall");
	if ((uint64_t)ranks > most)
		return fs_fail(error, "%d ranks for %llu chip%s; a rank stands in for at least one chip",
		               ranks, (unsigned long long)most, most == 1 ? "" : "s");
	return 0;
}

/* Says so when an option of the wall clock has nothing to act on. */
static void warn_if_unused(const struct request *request, int ranks)
{
	bool wall = false;
	for (int i = 0; i < request->chips.count; i++)
		wall = wall || clock_for(request, request->chips.chips[i], ranks) == FS_CLOCK_WALL;
	if (!wall && (request->pace != UNSET || request->dilation > 0) && fs_speaks())
		fprintf(stderr,
		        "farscale run: warning: --pace and --dilation change nothing on the virtual clock\n");
}

struct results {
	int count;
	struct fs_run_record *record;
};

/* Chips whose timeline is kept. */
struct watched {
	struct fs_timeline *timeline; /* NULL: nobody's */
	uint64_t *chip;
	int count;
};

static void begin_case(struct fs_bar *bar, const struct fs_case *one, double work_s)
{
	char label[96];
	snprintf(label, sizeof label, "%.40s, %llu chips, %s clock", one->system,
	         (unsigned long long)one->chips, one->clock == FS_CLOCK_WALL ? "wall" : "virtual");
	fs_bar_begin_case(bar, label, work_s);
}

static double work_of_all(const struct request *request)
{
	double sum = 0;
	for (int i = 0; i < request->chips.count; i++)
		sum += request->work_s[i];
	return sum;
}

/* Sizes that the model does not fit into are told and left out, unless there is nothing else. */
static int leave_out(const struct fs_command *self, const struct fs_error *errors, int left_out, int count,
                     struct fs_error *error)
{
	*error = errors[0];
	if (left_out == count)
		return FS_BAD_INPUT;
	for (int i = 0; i < left_out; i++)
		fs_command_refuse(self, &errors[i]);
	return FS_DONE;
}

static int run_cases(const struct fs_command *self, const struct request *request, struct fs_session *session,
                     const struct watched *watched, struct results *results, struct fs_error *error)
{
	struct fs_bar bar;
	struct fs_error *too_large =
	        fs_allocate_zeroed((unsigned long)request->chips.count, sizeof *too_large);
	int status = FS_DONE, ranks = fs_team_ranks(session->team), left_out = 0;
	fs_bar_start(&bar, "run", request->quiet, request->chips.count, work_of_all(request));
	for (int i = 0; i < request->chips.count && status == FS_DONE; i++) {
		struct fs_case one = case_for(request, request->chips.chips[i], ranks);
		one.timeline = watched->timeline;
		one.traced = watched->chip;
		one.traced_count = watched->count;
		begin_case(&bar, &one, request->work_s[i]);
		status = fs_case_run(session->team, &one, fs_session_calibration(session), fs_bar_show, &bar,
		                     &results->record[results->count], error);
		fs_bar_end_case(&bar);
		results->record[results->count].rank_memory_MB = fs_team_memory_MB(session->team);
		if (status == FS_FITS_NOWHERE) {
			too_large[left_out++] = *error;
			status = FS_DONE;
		} else if (!status) {
			results->count++;
		}
	}
	fs_bar_end(&bar);
	if (!status && left_out)
		status = leave_out(self, too_large, left_out, request->chips.count, error);
	free(too_large);
	return status;
}

static int run_models(const struct fs_command *self, const struct request *request,
                      struct fs_session *session, struct fs_timeline *timeline, struct results *results,
                      struct fs_error *error)
{
	struct watched watched = {.timeline = timeline};
	if (timeline && fs_timeline_chips(request->trace_chips, request->chips.chips[0], &watched.chip,
	                                  &watched.count, error))
		return FS_BAD_INPUT;
	int status = run_cases(self, request, session, &watched, results, error);
	free(watched.chip);
	return status;
}

static int run_workload(const struct request *request, struct fs_timeline *timeline, struct results *results,
                        struct fs_error *error)
{
	const struct fs_workload_case one = {
	        .system = request->system,
	        .stack = request->stack,
	        .path = request->workload,
	        .overrides = request->overrides.item,
	        .override_count = request->overrides.count,
	        .chips = request->chips.count ? request->chips.chips[0] : 0,
	        .recorded = request->kernels == 1,
	        .timeline = timeline,
	        .traced = request->trace_chips,
	};
	results->count = 1;
	return fs_workload_case_run(&one, results->record, error);
}

/* Runs everything and writes the timeline, if there is to be one. */
static int run_all(const struct fs_command *self, const struct request *request, struct fs_session *session,
                   struct results *results, struct fs_error *error)
{
	struct fs_timeline *timeline = request->trace ? fs_timeline_create() : NULL;
	int status = request->workload ? run_workload(request, timeline, results, error)
	                               : run_models(self, request, session, timeline, results, error);
	if (!timeline)
		return status;
	if (!status && fs_speaks() && fs_timeline_write(timeline, request->trace, error))
		status = FS_BAD_INPUT;
	fs_timeline_destroy(timeline);
	return status;
}

int fs_run_command(const struct fs_command *self, int argc, char **argv)
{
	struct request request;
	struct fs_error error;
	struct fs_session session;
	bool real = false;
	int parsed = parse(self, argc, argv, &request, &error);
	if (parsed == FS_HELP_PRINTED)
		return FS_DONE;
	if (parsed || (!request.workload && check(&request, fs_team_expected_ranks(), &real, &error)) ||
	    fs_session_start(&session, real, request.quiet, &error))
		return fs_command_refuse(self, &error);
	warn_if_unused(&request, fs_team_ranks(session.team));
	int count = request.workload ? 1 : request.chips.count;
	struct results results = {.record = fs_allocate_zeroed((unsigned long)count, sizeof *results.record)};
	int status = run_all(self, &request, &session, &results, &error);
	if (status)
		fs_command_refuse(self, &error);
	else if (fs_speaks())
		status = fs_output_runs(self, request.format, results.record, results.count);
	free(results.record);
	fs_session_finish(&session);
	return status;
}
