#include "command/retime.h"

#include "engine/engine.h"
#include "engine/team.h"
#include "plan/program.h"

const double FS_CHIP_STEPS_A_SECOND = 1e9;

/* What an operation takes over however few chips. */
static const double OPERATION = 200;

struct stopwatch {
	const struct fs_retiming *retiming;
	const struct fs_search *search;
	struct fs_team *team;
	int timed;
	double spent; /* chip-steps */
};

/* A step leaves what the next one begins with. */
static const struct fs_engine_options options = {
        .compute = FS_COMPUTE_MODEL, .seed = 1, .warmup = 1, .steps = 1};

static double effort_of(const struct fs_program *program)
{
	double effort = fs_virtual_effort(program, &options);
	for (uint32_t i = 0; i < fs_program_turns(program); i++) {
		struct fs_turn turn = fs_program_turn(program, i);
		effort += (double)(options.warmup + options.steps) * OPERATION * turn.ops * turn.repeat;
	}
	return effort;
}

static bool enough(const struct stopwatch *watch, double effort)
{
	double next = watch->spent + (watch->timed ? effort : 2 * effort);
	return watch->timed == watch->retiming->most || next > watch->retiming->effort;
}

static double step_s(struct stopwatch *watch, const struct fs_program *program, struct fs_error *error)
{
	struct fs_outcome outcome;
	double effort = effort_of(program);
	if (enough(watch, effort))
		return 0;
	watch->spent += effort;
	watch->timed++;
	if (fs_virtual_run(watch->team, watch->retiming->system, program, &options, &outcome, error))
		return -1;
	double seconds = outcome.step_s[0];
	fs_outcome_clear(&outcome);
	return seconds;
}

static void tell(const struct stopwatch *watch)
{
	const struct fs_retiming *retiming = watch->retiming;
	int most = watch->search->found < retiming->most ? watch->search->found : retiming->most;
	double layouts = (double)watch->timed / most, effort = watch->spent / retiming->effort;
	if (retiming->progress)
		retiming->progress(layouts > effort ? layouts : effort, (uint64_t)watch->timed,
		                   retiming->context);
}

static double time_layout(const struct fs_layout *layout, void *context, struct fs_error *error)
{
	struct stopwatch *watch = context;
	const struct fs_retiming *retiming = watch->retiming;
	struct fs_program *program;
	char text[FS_LAYOUT_TEXT];
	tell(watch);
	fs_layout_text(layout, retiming->model, text, sizeof text);
	if (watch->timed == retiming->most)
		return 0;
	if (fs_program_for_model(retiming->system, retiming->model, retiming->chips, text, &program, error))
		return -1;
	double seconds = step_s(watch, program, error);
	fs_program_destroy(program);
	return seconds;
}

int fs_retime(const struct fs_retiming *retiming, struct fs_search *search, struct fs_error *error)
{
	struct stopwatch watch = {.retiming = retiming, .search = search, .team = fs_team_alone()};
	int result = fs_search_time_again(search, time_layout, &watch, error);
	fs_team_destroy(watch.team);
	return result;
}
