#include "command/predict.h"

#include "base/error.h"
#include "engine/engine.h"
#include "engine/team.h"
#include "layout/layout.h"
#include "layout/memory.h"
#include "model/model.h"
#include "plan/estimate.h"
#include "topology/placement.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

struct known_system {
	char name[64], stack[64]; /* as cases call them */
	struct fs_system *system;
};

struct known_model {
	char name[320];
	struct fs_model model;
};

struct fs_predictor {
	const struct fs_override *overrides;
	int override_count;
	const char *stack;
	bool estimate;
	struct fs_team *team;
	int systems, models;
	struct known_system *system;
	struct known_model *model;
};

struct fs_predictor *fs_predictor_create(const struct fs_override *overrides, int override_count,
                                         const char *stack, bool estimate)
{
	struct fs_predictor *predictor = fs_allocate_zeroed(1, sizeof *predictor);
	predictor->overrides = overrides;
	predictor->override_count = override_count;
	predictor->stack = stack;
	predictor->estimate = estimate;
	predictor->team = fs_team_alone();
	return predictor;
}

void fs_predictor_destroy(struct fs_predictor *predictor)
{
	if (!predictor)
		return;
	for (int i = 0; i < predictor->systems; i++)
		fs_system_destroy(predictor->system[i].system);
	free(predictor->system);
	free(predictor->model);
	fs_team_destroy(predictor->team);
	free(predictor);
}

void fs_predictor_estimate(struct fs_predictor *predictor, bool estimate)
{
	predictor->estimate = estimate;
}

int fs_predictor_systems(const struct fs_predictor *predictor)
{
	return predictor->systems;
}

struct fs_system *fs_predictor_system(struct fs_predictor *predictor, int index)
{
	assert(index >= 0 && index < predictor->systems);
	return predictor->system[index].system;
}

/* The stack's name that a case gives, or the user; NULL: the system's own. */
static const char *stack_of(const struct fs_predictor *predictor, const struct fs_published_case *one)
{
	return predictor->stack ? predictor->stack : *one->stack ? one->stack : NULL;
}

/* NULL: failed. */
static const struct fs_system *find_system(struct fs_predictor *predictor,
                                           const struct fs_published_case *one, struct fs_error *error)
{
	for (int i = predictor->systems - 1; i >= 0; i--)
		if (strcmp(predictor->system[i].name, one->system) == 0 &&
		    strcmp(predictor->system[i].stack, one->stack) == 0)
			return predictor->system[i].system;
	struct known_system known = {.system = NULL};
	if (fs_system_load(one->system, stack_of(predictor, one), predictor->overrides,
	                   predictor->override_count, &known.system, error))
		return NULL;
	strcpy(known.name, one->system); /* as large there */
	strcpy(known.stack, one->stack);
	predictor->system = fs_reallocate(predictor->system,
	                                  ((size_t)predictor->systems + 1) * sizeof *predictor->system);
	predictor->system[predictor->systems++] = known;
	return known.system;
}

static const struct fs_model *find_model(struct fs_predictor *predictor, const struct fs_published_case *one,
                                         struct fs_error *error)
{
	for (int i = predictor->models - 1; i >= 0; i--)
		if (strcmp(predictor->model[i].name, one->model) == 0)
			return &predictor->model[i].model;
	struct known_model known;
	if (fs_model_load(one->model, &known.model, error))
		return NULL;
	strcpy(known.name, one->model);
	predictor->model =
	        fs_reallocate(predictor->model, ((size_t)predictor->models + 1) * sizeof *predictor->model);
	predictor->model[predictor->models] = known;
	return &predictor->model[predictor->models++].model;
}

/* Parts of a chip's memory. */
static double bytes_of_state(const struct fs_layout *layout, const struct fs_model *model)
{
	double sum = 0;
	for (uint32_t stage = 0; stage < layout->pp; stage++) {
		struct fs_memory memory = fs_memory_of_stage(layout, model, stage);
		sum += memory.weights + memory.gradients + memory.optimizer;
	}
	return sum / layout->pp;
}

static double bytes_of_activations(const struct fs_layout *layout, const struct fs_model *model)
{
	return fs_memory_of_stage(layout, model, 0).activations;
}

static const struct {
	const char *name;
	double (*bytes)(const struct fs_layout *layout, const struct fs_model *model);
} memory_parts[] = {
        {"state", bytes_of_state}, {"activations", bytes_of_activations}, {"total", fs_memory_peak}};
enum { MEMORY_PARTS = sizeof memory_parts / sizeof *memory_parts };

/* Kinds of turns that each counts, in all; "bubble" is what is left. */
static const struct {
	const char *name;
	bool turn[FS_TURN_KINDS];
} phases[] = {{"1F", {[FS_TURN_FORWARD] = true}},
              {"1B", {[FS_TURN_BACKWARD] = true, [FS_TURN_BACKWARD_INPUT] = true}},
              {"1W", {[FS_TURN_BACKWARD_WEIGHT] = true}},
              {"1F1B", {[FS_TURN_PAIR] = true}},
              {"optimizer", {[FS_TURN_END] = true}},
              {"bubble", {false}}};
enum { PHASES = sizeof phases / sizeof *phases, BUBBLE = PHASES - 1 };

static int find_memory_part(const char *name, struct fs_error *error)
{
	for (int i = 0; i < MEMORY_PARTS; i++)
		if (strcmp(memory_parts[i].name, name) == 0)
			return i;
	return fs_fail(error, "part: state, activations or total is needed, not '%s'", name);
}

static int find_phase(const char *name, struct fs_error *error)
{
	for (int i = 0; i < PHASES; i++)
		if (strcmp(phases[i].name, name) == 0)
			return i;
	return fs_fail(error, "part: 1F, 1B, 1W, 1F1B, bubble or optimizer is needed, not '%s'", name);
}

/* What a training step's cases are about: model and layout, on a system or (NULL) anywhere. */
static int resolve(struct fs_predictor *predictor, const struct fs_published_case *one,
                   const struct fs_system *system, const struct fs_model **model, struct fs_layout *layout,
                   struct fs_error *error)
{
	*model = find_model(predictor, one, error);
	return *model ? fs_layout_resolve(one->layout, *model, system, one->chips, layout, error) : -1;
}

static int check(struct fs_predictor *predictor, const struct fs_published_case *one, struct fs_error *error)
{
	const struct fs_system *system = find_system(predictor, one, error);
	const struct fs_model *model;
	struct fs_layout layout;
	enum fs_collective collective;
	if (!system)
		return -1;
	struct fs_system placed = fs_system_place(system, one->chips);
	if (one->measure == FS_MEASURE_COLLECTIVE)
		return fs_collective_parse(one->collective, &collective, error);
	if (resolve(predictor, one, &placed, &model, &layout, error) ||
	    (one->measure == FS_MEASURE_MEMORY && find_memory_part(one->part, error) < 0) ||
	    (one->measure == FS_MEASURE_PHASE && find_phase(one->part, error) < 0))
		return -1;
	return 0;
}

int fs_predict_check(struct fs_predictor *predictor, const struct fs_published_case *one,
                     struct fs_error *error)
{
	if (check(predictor, one, error))
		return fs_fail_in(error, "%s:%d", one->file, one->line);
	return 0;
}

/* What a prediction says of a step. */
struct times {
	double step_s, turn_s[FS_TURN_KINDS]; /* engine.h */
};

/* One step of the program on the virtual clock, without jitter. Takes the program. */
static int time_of(const struct fs_predictor *predictor, const struct fs_system *placed,
                   struct fs_program *program, uint32_t warmup, struct times *times, struct fs_error *error)
{
	const struct fs_engine_options options = {
	        .compute = FS_COMPUTE_MODEL, .seed = 1, .warmup = warmup, .steps = 1};
	struct fs_outcome outcome;
	int result = fs_virtual_run(predictor->team, placed, program, &options, &outcome, error);
	fs_program_destroy(program);
	if (result)
		return -1;
	times->step_s = outcome.step_s[0];
	memcpy(times->turn_s, outcome.turn_s, sizeof times->turn_s);
	fs_outcome_clear(&outcome);
	return 0;
}

static int predict_collective(struct fs_predictor *predictor, const struct fs_published_case *one,
                              const struct fs_system *placed, double *value, struct fs_error *error)
{
	enum fs_collective collective;
	struct fs_program *program;
	if (fs_collective_parse(one->collective, &collective, error) ||
	    fs_program_for_collective(placed, collective, one->chips, one->bytes, NULL, &program, error))
		return -1;
	struct times times;
	if (time_of(predictor, placed, program, 0, &times, error))
		return -1;
	*value = times.step_s;
	return 0;
}

static int estimate_step(const struct fs_published_case *one, const struct fs_system *placed,
                         const struct fs_model *model, struct times *times, struct fs_error *error)
{
	struct fs_layout layout;
	struct fs_estimate estimate;
	if (fs_layout_resolve(one->layout, model, placed, one->chips, &layout, error))
		return -1;
	struct fs_estimator *estimator = fs_estimator_create(placed, model, one->chips, error);
	if (!estimator)
		return -1;
	fs_estimate(estimator, &layout, &estimate);
	fs_estimator_destroy(estimator);
	times->step_s = estimate.step_s;
	memcpy(times->turn_s, estimate.turn_s, sizeof times->turn_s);
	return 0;
}

/* The second step counts: chips begin it as the first one left them, as in a long run. */
static int time_step(struct fs_predictor *predictor, const struct fs_published_case *one,
                     const struct fs_system *placed, struct times *times, struct fs_error *error)
{
	const struct fs_model *model = find_model(predictor, one, error);
	struct fs_program *program;
	if (model && predictor->estimate)
		return estimate_step(one, placed, model, times, error);
	if (!model || fs_program_for_model(placed, model, one->chips, one->layout, &program, error))
		return -1;
	return time_of(predictor, placed, program, 1, times, error);
}

static int predict_step(struct fs_predictor *predictor, const struct fs_published_case *one,
                        const struct fs_system *placed, double *value, struct fs_error *error)
{
	struct times times;
	if (time_step(predictor, one, placed, &times, error))
		return -1;
	*value = times.step_s;
	return 0;
}

static int predict_memory(struct fs_predictor *predictor, const struct fs_published_case *one,
                          const struct fs_system *placed, double *value, struct fs_error *error)
{
	const struct fs_model *model;
	struct fs_layout layout;
	int part = find_memory_part(one->part, error);
	if (part < 0 || resolve(predictor, one, placed, &model, &layout, error))
		return -1;
	*value = memory_parts[part].bytes(&layout, model);
	return 0;
}

/* Phases add up to the step. */
static int predict_phase(struct fs_predictor *predictor, const struct fs_published_case *one,
                         const struct fs_system *placed, double *value, struct fs_error *error)
{
	struct times times;
	int phase = find_phase(one->part, error);
	if (phase < 0 || time_step(predictor, one, placed, &times, error))
		return -1;
	double counted = 0, all = 0;
	for (int kind = 0; kind < FS_TURN_KINDS; kind++) {
		counted += phases[phase].turn[kind] ? times.turn_s[kind] : 0;
		all += times.turn_s[kind];
	}
	*value = phase == BUBBLE ? times.step_s - all : counted;
	return 0;
}

int fs_predict(struct fs_predictor *predictor, const struct fs_published_case *one, double *value,
               struct fs_error *error)
{
	static int (*const predict[])(struct fs_predictor * predictor, const struct fs_published_case *one,
	                              const struct fs_system *placed, double *value,
	                              struct fs_error *error) = {
	        [FS_MEASURE_STEP] = predict_step,
	        [FS_MEASURE_MEMORY] = predict_memory,
	        [FS_MEASURE_COLLECTIVE] = predict_collective,
	        [FS_MEASURE_PHASE] = predict_phase,
	};
	const struct fs_system *system = find_system(predictor, one, error);
	if (!system)
		return -1;
	struct fs_system placed = fs_system_place(system, one->chips);
	return predict[one->measure](predictor, one, &placed, value, error);
}

const char *fs_predict_stack(struct fs_predictor *predictor, const struct fs_published_case *one)
{
	struct fs_error error;
	const struct fs_system *system = find_system(predictor, one, &error);
	assert(system);
	return system->stack.name;
}
