#include "command/case.h"

#include "command/case_layout.h"
#include "command/case_memory.h"
#include "command/retime.h"

#include "base/error.h"
#include "calibrate/statistics.h"
#include "command/relay.h"
#include "command/timeline.h"
#include "engine/dilation.h"
#include "engine/hosts.h"
#include "engine/team.h"
#include "model/model.h"
#include "topology/placement.h"
#include "workload/chakra.h"

#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* A wall run whose steps mostly end later than this share of a step shows this host's noise, not the system.
 */
static const double LATE_SHARE = 0.05;

/* Of a case's progress, planning its layout. */
static const double PLANNING_SHARE = 0.5;

/* What is loaded and built for a case. */
struct prepared {
	struct fs_system *loaded;
	struct fs_system system; /* the loaded one as this job sees it */
	struct fs_model model;
	char plan[FS_LAYOUT_TEXT], found[FS_LAYOUT_TEXT]; /* by what the layout was planned, "": it was not */
	const char *layout;                               /* to be resolved; NULL for the default */
	struct fs_program *program;                       /* NULL: the layout is still to be planned */
};

/* Nobody knows what a plan will say: a search of some 100,000 layouts, and then as many chip-steps of each
 * chip as pipelines of large models have. */
static const double PLANNING_S = 2, PLANNED_CHIP_STEPS = 3000;

static double work_of(const struct fs_case *one, const struct fs_program *program)
{
	const struct fs_engine_options options = {.jitter = true, .warmup = 2, .steps = (uint32_t)one->steps};
	double chip_steps = PLANNED_CHIP_STEPS * (double)one->chips * (double)(one->steps + 2);
	if (one->clock == FS_CLOCK_WALL)
		return 2 * (double)(one->steps + 1);
	if (!program)
		return PLANNING_S + chip_steps / FS_CHIP_STEPS_A_SECOND;
	return 0.05 + fs_virtual_effort(program, &options) / FS_CHIP_STEPS_A_SECOND;
}

static void clear(struct prepared *prepared)
{
	fs_system_destroy(prepared->loaded);
	fs_program_destroy(prepared->program);
}

static int refuse_wall(const struct fs_case *one, const char *layout, struct fs_error *error)
{
	return fs_fail(
	        error,
	        "the wall clock trains plain slices such as dp-gpt and dp-moe, with dp, ep and bucket_MB; "
	        "for %s in %s take --clock virtual",
	        one->model, layout);
}

/* What live chips train can be run as it is; other programs have to fit, and have a clock of their own. */
static int check_case(const struct fs_case *one, const struct prepared *prepared, struct fs_error *error)
{
	const struct fs_program *program = prepared->program;
	if (program->turns == 0)
		return 0;
	if (!one->allow_oom &&
	    fs_case_fits(prepared->layout, one->chips, &prepared->system, &prepared->model, error))
		return -1;
	return one->clock == FS_CLOCK_WALL ? refuse_wall(one, program->layout, error) : 0;
}

static int build(const struct fs_case *one, struct prepared *prepared, struct fs_error *error)
{
	if (fs_program_for_model(&prepared->system, &prepared->model, one->chips, prepared->layout,
	                         &prepared->program, error))
		return -1;
	return check_case(one, prepared, error);
}

static int load(const struct fs_case *one, struct prepared *prepared, struct fs_error *error)
{
	if (fs_system_load(one->system, one->stack, one->overrides, one->override_count, &prepared->loaded,
	                   error))
		return -1;
	prepared->system = fs_system_place(prepared->loaded, one->chips);
	prepared->layout = one->layout;
	if (fs_model_load(one->model, &prepared->model, error) ||
	    fs_case_plan(one->layout, &prepared->model, prepared->plan, error))
		return -1;
	if (*prepared->plan && one->chips > FS_MAX_GROUP)
		return fs_fail(error, "%llu chips; at most %d", (unsigned long long)one->chips, FS_MAX_GROUP);
	if (*prepared->plan && one->clock == FS_CLOCK_WALL)
		return refuse_wall(one, "a layout that is planned", error);
	return 0;
}

/* Everything but what is planned. */
static int prepare(const struct fs_case *one, struct prepared *prepared, struct fs_error *error)
{
	*prepared = (struct prepared){0};
	if (load(one, prepared, error) || (!*prepared->plan && build(one, prepared, error))) {
		clear(prepared);
		return -1;
	}
	return 0;
}

struct planning {
	void (*progress)(void *context, const struct fs_progress *progress);
	void *context;
};

static void show_planning(double share, uint64_t layouts, void *context)
{
	const struct planning *planning = context;
	(void)layouts;
	planning->progress(planning->context, &(struct fs_progress){.share = PLANNING_SHARE * share});
}

static int plan(const struct fs_case *one, struct prepared *prepared, struct planning *planning,
                struct fs_error *error)
{
	enum fs_planned planned = fs_case_find_layout(prepared->plan, &prepared->system, &prepared->model,
	                                              one->chips, planning->progress ? show_planning : NULL,
	                                              planning, prepared->found, error);
	prepared->layout = prepared->found;
	if (planned != FS_PLANNED)
		return planned == FS_PLAN_FITS_NOWHERE ? FS_FITS_NOWHERE : FS_BAD_INPUT;
	return build(one, prepared, error) ? FS_BAD_INPUT : FS_DONE;
}

static void put_text(char *to, size_t size, const char *from)
{
	snprintf(to, size, "%s", from);
}

/* Returns the length that they would have in a buffer with room for all. */
static size_t join_overrides(const struct fs_case *one, char *text, size_t size)
{
	size_t used = 0;
	for (int i = 0; i < one->override_count; i++)
		used += (size_t)snprintf(used < size ? text + used : NULL, used < size ? size - used : 0,
		                         "%s%s", i ? ";" : "", one->overrides[i].text);
	return used;
}

static void describe(const struct fs_case *one, const struct prepared *prepared, struct fs_run_record *record)
{
	put_text(record->system, sizeof record->system, prepared->system.name);
	put_text(record->stack, sizeof record->stack, prepared->system.stack.name);
	put_text(record->model, sizeof record->model, prepared->model.name);
	put_text(record->plan, sizeof record->plan, prepared->plan);
	if (prepared->program)
		put_text(record->layout, sizeof record->layout, prepared->program->layout);
	record->rank_memory_MB = NAN; /* of the process, not of the case: who starts it knows */
	record->trust[0] = fs_system_trust(&prepared->system);
	record->chips = one->chips;
	record->seed = one->seed;
	record->steps = one->steps;
	put_text(record->clock, sizeof record->clock, one->clock == FS_CLOCK_WALL ? "wall" : "virtual");
	put_text(record->compute, sizeof record->compute, one->compute == FS_COMPUTE_BLAS ? "blas" : "model");
	if (one->clock == FS_CLOCK_WALL)
		put_text(record->pace, sizeof record->pace, one->pace == FS_PACE_RAW ? "raw" : "padded");
	join_overrides(one, record->overrides, sizeof record->overrides);
}

int fs_case_check(const struct fs_case *one, struct fs_run_record *record, double *work_s,
                  struct fs_error *error)
{
	struct prepared prepared;
	const size_t room = sizeof record->overrides;
	/* Cut short, it would no longer tell two cases apart. */
	if (join_overrides(one, record->overrides, room) >= room)
		return fs_fail(error, "the --set values are longer than the %zu letters that a record holds",
		               room - 1);
	if (prepare(one, &prepared, error))
		return -1;
	describe(one, &prepared, record);
	*work_s = work_of(one, prepared.program);
	clear(&prepared);
	return 0;
}

static void put_outcome(const struct prepared *prepared, const struct fs_outcome *outcome,
                        struct fs_run_record *record)
{
	double sorted[outcome->steps];
	memcpy(sorted, outcome->step_s, sizeof sorted);
	struct fs_spread spread = fs_spread_of(sorted, outcome->steps);
	record->step_s = spread.median;
	record->step_p5_s = spread.p5;
	record->step_p95_s = spread.p95;
	record->compute_s = outcome->compute_s;
	record->live_chips = outcome->live_chips;
	record->modelled_chips = outcome->modelled_chips;
	record->dilation = outcome->dilation;
	record->resolution_s = outcome->resolution_s;
	record->clock_offset_s = outcome->clocks.offset_s;
	record->clock_bound_s = outcome->clocks.bound_s;
	record->clock_drift = outcome->clocks.drift;
	record->wrong = outcome->wrong;
	record->loss_first = outcome->loss_first;
	record->loss_last = outcome->loss_last;
	record->efficiency = fs_program_kernels_s(prepared->program) / spread.median;
	record->mfu = prepared->program->model_flop /
	              (prepared->system.chip.peak_bf16_TFLOPS.value * 1e12 * spread.median);
	record->tokens_per_s = prepared->program->tokens * (double)prepared->program->chips / spread.median;
	snprintf(record->fingerprint, sizeof record->fingerprint, "%016" PRIx64, outcome->fingerprint);
}

/* A run without jitter, whose steps are all alike, tells how long chips wait for the collectives themselves.
 */
static int put_shares(struct fs_team *team, const struct prepared *prepared,
                      const struct fs_engine_options *plain, struct fs_run_record *record,
                      struct fs_error *error)
{
	struct fs_outcome outcome;
	if (fs_virtual_run(team, &prepared->system, prepared->program, plain, &outcome, error))
		return -1;
	record->exposed_comm_s = outcome.wait_s;
	record->bubble_s = outcome.bubble_s;
	record->straggler_s =
	        fmax(0, record->step_s - record->compute_s - record->exposed_comm_s - record->bubble_s);
	fs_outcome_clear(&outcome);
	return 0;
}

/* The same program, the same draws, on the virtual clock. */
static int put_virtual(struct fs_team *team, const struct prepared *prepared,
                       const struct fs_engine_options *wall, struct fs_run_record *record,
                       struct fs_error *error)
{
	struct fs_engine_options options = *wall;
	options.compute = FS_COMPUTE_MODEL;
	options.progress = NULL;
	struct fs_outcome outcome;
	if (fs_virtual_run(team, &prepared->system, prepared->program, &options, &outcome, error))
		return -1;
	record->virtual_step_s = fs_spread_of(outcome.step_s, outcome.steps).median;
	record->difference = record->step_s / record->virtual_step_s - 1;
	fs_outcome_clear(&outcome);
	return 0;
}

static int check_wall(const struct fs_outcome *outcome, const struct fs_run_record *record, enum fs_pace pace,
                      struct fs_error *error)
{
	if (outcome->wrong) {
		fs_fail(error, "%" PRIu64 " elements came out of collectives wrong", outcome->wrong);
		return FS_CHECK_FAILED;
	}
	if (fs_dilation_check_clocks(outcome, error))
		return FS_CHECK_FAILED;
	if (outcome->standstill_s > 0) {
		fs_fail(error,
		        "a rank stood still for %.1f s while steps ran: the job was stopped, or this host "
		        "was too "
		        "busy; try again",
		        outcome->standstill_s);
		return FS_CHECK_FAILED;
	}
	double late = outcome->late_s / record->step_s;
	if (pace == FS_PACE_PADDED && late > LATE_SHARE) {
		fs_fail(error,
		        "a rank woke %.1f %% of a step late (limit %.0f %%): this host was too busy; try "
		        "again, or "
		        "with --dilation %.4g",
		        100 * late, 100 * LATE_SHARE, 2 * outcome->dilation);
		return FS_CHECK_FAILED;
	}
	return FS_DONE;
}

static int run_on(struct fs_team *team, const struct fs_case *one, const struct prepared *prepared,
                  struct fs_engine_options *options, struct fs_run_record *record, struct fs_error *error)
{
	struct fs_outcome outcome;
	bool wall = one->clock == FS_CLOCK_WALL;
	struct fs_engine_options plain = {.compute = FS_COMPUTE_MODEL, .warmup = 1, .steps = 1};
	struct fs_relay relay[2];
	if (wall)
		options->model = &prepared->model;
	else
		fs_relay_both(prepared->program, options, &plain, relay);
	int status =
	        wall ? fs_wall_run(team, &prepared->system, prepared->program, options, &outcome, error)
	             : fs_virtual_run(team, &prepared->system, prepared->program, options, &outcome, error);
	if (status)
		return FS_BAD_INPUT;
	record->ranks = (uint64_t)fs_team_ranks(team);
	record->hosts = (uint64_t)fs_team_hosts(team);
	put_outcome(prepared, &outcome, record);
	record->virtual_step_s = record->difference = NAN;
	if (put_shares(team, prepared, &plain, record, error) ||
	    (wall && put_virtual(team, prepared, options, record, error)))
		status = FS_BAD_INPUT;
	if (wall && !status)
		status = check_wall(&outcome, record, one->pace, error);
	fs_outcome_clear(&outcome);
	return status;
}

/* The first rank writes; all know whether it could. */
static int write_chakra(struct fs_team *team, const struct fs_case *one, const struct prepared *prepared,
                        struct fs_error *error)
{
	struct {
		int status;
		struct fs_error error;
	} written = {0};
	if (fs_team_rank(team) == 0) {
		struct fs_workload *workload = fs_workload_of(prepared->program, prepared->model.name);
		written.status = fs_chakra_write(workload, one->chakra, one->chakra_chips, &written.error);
		fs_workload_destroy(workload);
	}
	fs_team_broadcast(team, &written, sizeof written, 0);
	if (written.status)
		*error = written.error;
	return written.status;
}

/* What the first ranks found, for those that slept. */
struct finding {
	int status;
	struct fs_run_record record;
	struct fs_error error;
};

int fs_case_run(struct fs_team *team, const struct fs_case *one, const struct fs_calibration *calibration,
                void (*progress)(void *context, const struct fs_progress *progress), void *context,
                struct fs_run_record *record, struct fs_error *error)
{
	struct prepared prepared;
	struct planning planning = {progress, context};
	struct fs_relay after = {progress, context, {PLANNING_SHARE, 0, 0}, 1 - PLANNING_SHARE};
	if (prepare(one, &prepared, error))
		return FS_BAD_INPUT;
	int status = *prepared.plan ? plan(one, &prepared, &planning, error) : FS_DONE;
	if (!status && one->chakra && write_chakra(team, one, &prepared, error))
		status = FS_BAD_INPUT;
	if (status) {
		clear(&prepared);
		return status;
	}
	struct fs_engine_options options = {
	        .compute = one->compute,
	        .pace = one->pace,
	        .jitter = true,
	        .seed = one->seed,
	        .warmup = 1,
	        .steps = (uint32_t)one->steps,
	        .dilation = one->dilation,
	        .calibration = calibration,
	        .progress = progress,
	        .progress_context = context,
	};
	if (*prepared.plan && progress)
		fs_relay_on(&after, &options);
	struct finding *finding = fs_allocate_zeroed(1, sizeof *finding);
	describe(one, &prepared, &finding->record);
	if (one->timeline) {
		options.observe = fs_timeline_see;
		options.observe_context = one->timeline;
		options.observed = one->traced;
		options.observed_count = one->traced_count;
	}
	int ranks = fs_team_ranks(team);
	bool too_many = one->chips < (uint64_t)ranks;
	struct fs_team *part = too_many ? fs_team_first(team, (int)one->chips) : team;
	if (part)
		finding->status = run_on(part, one, &prepared, &options, &finding->record, &finding->error);
	if (too_many) {
		fs_team_broadcast(team, finding, sizeof *finding, 0);
		fs_team_destroy(part);
	}
	*record = finding->record;
	*error = finding->error;
	status = finding->status;
	free(finding);
	clear(&prepared);
	return status;
}
