/* Training steps as programs of turns: nothing is missing, nothing is received before it was sent, and the
 * virtual clock takes about as long as the closed form. */

#include "unit/plan/stopwatch.h"

#include "base/error.h"
#include "engine/engine.h"
#include "engine/team.h"
#include "layout/layout.h"
#include "layout/stages.h"
#include "model/model.h"
#include "phase/phase.h"
#include "phase/step_end.h"
#include "plan/estimate.h"
#include "topology/placement.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const struct {
	const char *system, *model;
	uint64_t chips;
	const char *layout;
	double apart; /* virtual clock and closed form, at most */
} cases[] = {
        {"dgx-h100-superpod", "llama3-8b", 64, "tp=2,pp=4,zero=1,gbs=32", 0.06},
        {"dgx-h100-superpod", "llama3-8b", 64, "tp=2,pp=4,vpp=2,gbs=256", 0.04},
        {"dgx-h100-superpod", "llama3-8b", 64, "tp=2,pp=4,schedule=zb1p,gbs=128", 0.06},
        {"dgx-h100-superpod", "llama3-8b", 16, "tp=8,gbs=16", 0.04},
        {"dgx-h100-superpod", "llama3-8b", 64, "gbs=64,zero=3", 0.04},
        {"dgx-h100-superpod", "llama3-8b", 64, "gbs=512,zero=2,mbs=1", 0.06},
        {"dgx-h100-superpod", "llama3-8b", 64, "gbs=256,zero=2,overlap_dp=0", 0.04},
        {"dgx-h100-superpod", "llama3-70b", 64, "tp=4,pp=4,gbs=64,zero=2,overlap_dp=0", 0.06},
        {"dgx-h100-superpod", "gpt-22b", 64, "tp=8,cp=2,gbs=64,overlap_dp=0,zero=1", 0.04},
        {"dgx-h100-superpod", "gpt-22b", 64, "tp=2,pp=4,order=tp-pp-cp-ep-dp,gbs=64,overlap_pp=0", 0.06},
        {"dgx-h100-superpod", "mixtral-8x7b", 64, "tp=2,pp=2,ep=8,zero=1,gbs=64", 0.08},
        {"dgx-h100-superpod", "gpt3-175b", 128, "tp=8,pp=8,gbs=128", 0.06},
        {"h800-deepseek", "deepseek-v3", 256,
         "pp=8,first_layers=8,last_layers=6,ep=32,zero=1,gbs=512,dtype=fp8", 0.1},
        /* The closed form lets all of a pair's communication disappear behind the other's kernels. */
        {"h800-deepseek", "deepseek-v3", 256,
         "pp=8,first_layers=8,last_layers=6,ep=32,zero=1,gbs=1024,dtype=fp8,schedule=dualpipe", 0.2},
        {"dgx-h100-superpod", "llama3-70b", 64, "tp=8,pp=4,gbs=64,mbs=1,schedule=dualpipe", 0.03},
};

enum { CASES = sizeof cases / sizeof *cases };

struct made {
	struct fs_system *loaded, placed;
	struct fs_model model;
	struct fs_layout layout;
	struct fs_program *program;
};

static struct made make(int i)
{
	struct made made;
	struct fs_error error;
	made.loaded = load_system(cases[i].system);
	made.placed = fs_system_place(made.loaded, cases[i].chips);
	if (fs_model_load(cases[i].model, &made.model, &error) ||
	    fs_layout_resolve(cases[i].layout, &made.model, &made.placed, cases[i].chips, &made.layout,
	                      &error))
		fail_msg("%s", error.text);
	return made;
}

static void build(struct made *made, int i)
{
	struct fs_error error;
	if (fs_program_for_model(&made->placed, &made->model, cases[i].chips, cases[i].layout, &made->program,
	                         &error))
		fail_msg("%s", error.text);
	assert_true(made->program->turns > 0);
}

static void destroy(struct made *made)
{
	fs_program_destroy(made->program);
	fs_system_destroy(made->loaded);
}

/* All messages that were sent are received in the same step, and not before. */
static void messages_arrive(void **state)
{
	(void)state;
	for (int i = 0; i < CASES; i++) {
		struct made made = make(i);
		build(&made, i);
		const struct fs_program *program = made.program;
		int *under_way = calloc(program->queues + 1, sizeof *under_way);
		for (uint32_t t = 0; t < program->turns; t++)
			for (uint32_t k = 0; k < program->turn[t].ops; k++) {
				const struct fs_op *op = &program->op[program->turn[t].first + k];
				if (op->kind == FS_OP_SEND)
					under_way[op->queue] += (int)program->turn[t].repeat;
				if (op->kind == FS_OP_RECEIVE)
					assert_true(--under_way[op->queue] >= 0);
				if (op->kind == FS_OP_SEND)
					assert_int_equal(program->turn[t].stage, op->from);
				if (op->kind == FS_OP_RECEIVE)
					assert_int_equal(program->turn[t].stage, op->to);
			}
		for (uint32_t q = 0; q < program->queues; q++)
			assert_int_equal(under_way[q], 0);
		free(under_way);
		destroy(&made);
	}
}

/* A schedule stands for its messages' links, so that operations of different groups have one each. */
static void no_two_groups_share_a_schedule(void **state)
{
	(void)state;
	static const char *const layouts[] = {"tp=4,cp=2,pp=2,gbs=64",
	                                      "cp=2,pp=2,gbs=64,order=pp-cp-tp-ep-dp",
	                                      "tp=4,cp=4,pp=4,gbs=64,schedule=zb1p"};
	struct fs_error error;
	struct fs_model model;
	struct fs_system *loaded = load_system("dgx-h100-superpod");
	struct fs_system placed = fs_system_place(loaded, 64);
	assert_int_equal(fs_model_load("llama3-70b", &model, &error), 0);
	for (size_t i = 0; i < sizeof layouts / sizeof *layouts; i++) {
		struct fs_program *program;
		if (fs_program_for_model(&placed, &model, 64, layouts[i], &program, &error))
			fail_msg("%s", error.text);
		for (int a = 0; a < program->ops; a++)
			for (int b = 0; b < a; b++) {
				const struct fs_op *one = &program->op[a], *other = &program->op[b];
				if (!one->schedule || one->schedule != other->schedule)
					continue;
				assert_int_equal(one->group.size, other->group.size);
				assert_int_equal(one->group.stride, other->group.stride);
			}
		fs_program_destroy(program);
	}
	fs_system_destroy(loaded);
}

static double flop_of(const struct made *made, enum fs_part part, enum fs_pass pass)
{
	struct fs_phase phase = {0};
	fs_phase_of_part(&made->model, &made->layout, part, pass, &phase);
	double flop = fs_phase_flop(&phase);
	fs_phase_release(&phase);
	return flop;
}

/* On one chip of each stage together: every part of the model, forward and backward, for every micro-batch.
 * With dualpipe two stages hold each part, for half of the micro-batches. */
static void all_parts_are_passed(void **state)
{
	(void)state;
	for (int i = 0; i < CASES; i++) {
		struct made made = make(i);
		build(&made, i);
		const struct fs_program *program = made.program;
		double expected = 0, found = 0;
		bool torn = made.layout.schedule == FS_ZB1P;
		for (enum fs_part part = 0; part < FS_PARTS; part++) {
			uint32_t count = part == FS_EMBEDDING || part == FS_HEAD
			                         ? 1
			                         : fs_part_count(&made.model, part);
			double one = flop_of(&made, part, FS_PASS_FORWARD);
			one += torn ? flop_of(&made, part, FS_PASS_BACKWARD_INPUT) +
			                       flop_of(&made, part, FS_PASS_BACKWARD_WEIGHT)
			            : flop_of(&made, part, FS_PASS_BACKWARD);
			expected += count * one * made.layout.microbatches;
		}
		for (uint32_t t = 0; t < program->turns; t++)
			for (uint32_t k = 0; k < program->turn[t].ops; k++)
				found += program->op[program->turn[t].first + k].flop *
				         program->turn[t].repeat;
		if (fabs(found / expected - 1) > 1e-9)
			fail_msg("%s, %s: %.6g of %.6g flop", cases[i].model, cases[i].layout, found,
			         expected);
		destroy(&made);
	}
}

/* Bytes of gradients that chips of all stages hand over to be summed. */
static double gradient_bytes(const char *layout)
{
	struct fs_error error;
	struct fs_model model;
	struct fs_program *program;
	struct fs_system *loaded = load_system("dgx-h100-superpod");
	struct fs_system placed = fs_system_place(loaded, 64);
	double bytes = 0;
	if (fs_model_load("llama3-8b", &model, &error) ||
	    fs_program_for_model(&placed, &model, 64, layout, &program, &error))
		fail_msg("%s", error.text);
	for (uint32_t t = 0; t < program->turns; t++)
		for (uint32_t k = 0; k < program->turn[t].ops; k++) {
			const struct fs_op *op = &program->op[program->turn[t].first + k];
			if (op->kind == FS_OP_COLLECTIVE && strcmp(op->label, "gradients") == 0)
				bytes += op->size_bytes * program->turn[t].repeat;
		}
	fs_program_destroy(program);
	fs_system_destroy(loaded);
	return bytes;
}

/* zero=1 sums gradients over replicas once a step; zero=2, which keeps no sums of whole ones, those of every
 * micro-batch. DualPipe's two directions have half of the micro-batches each. */
static void zero_2_sums_every_micro_batch(void **state)
{
	(void)state;
	static const struct {
		const char *layout;
		double times;
	} rows[] = {
	        {"mbs=1,gbs=512", 8},
	        {"mbs=1,gbs=512,overlap_dp=0", 8},
	        {"tp=2,pp=4,gbs=64", 8},
	        {"tp=2,pp=4,gbs=64,vpp=2,overlap_dp=0", 8},
	        {"tp=2,pp=4,gbs=64,schedule=zb1p", 8},
	        {"tp=2,pp=4,gbs=128,schedule=dualpipe", 8},
	        {"tp=2,pp=4,gbs=128,schedule=dualpipe,overlap_dp=0", 8},
	};
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		char once[128], always[128];
		snprintf(once, sizeof once, "%s,zero=1", rows[i].layout);
		snprintf(always, sizeof always, "%s,zero=2", rows[i].layout);
		double ratio = gradient_bytes(always) / gradient_bytes(once);
		if (fabs(ratio - rows[i].times) > 1e-9)
			fail_msg("%s: %.6g times the bytes of zero=1", always, ratio);
	}
}

/* With zero=1 every stage gathers its first weights while the pipeline fills, not once the first activations
 * have come: nothing of what comes before its first receive is waited for. */
static void weights_are_on_their_way_before_activations(void **state)
{
	(void)state;
	struct fs_error error;
	struct fs_model model;
	struct fs_program *program;
	struct fs_system *loaded = load_system("dgx-h100-superpod");
	struct fs_system placed = fs_system_place(loaded, 64);
	bool gathers[4] = {0}, received[4] = {0};
	if (fs_model_load("llama3-8b", &model, &error) ||
	    fs_program_for_model(&placed, &model, 64, "tp=2,pp=4,vpp=2,gbs=64,zero=1", &program, &error))
		fail_msg("%s", error.text);
	for (uint32_t t = 0; t < program->turns; t++)
		for (uint32_t k = 0; k < program->turn[t].ops; k++) {
			const struct fs_op *op = &program->op[program->turn[t].first + k];
			int32_t stage = program->turn[t].stage;
			if (op->kind == FS_OP_COLLECTIVE && op->stream == FS_STREAM_WEIGHTS)
				gathers[stage] = true;
			if (op->kind == FS_OP_RECEIVE && !received[stage]) {
				received[stage] = true;
				assert_true(gathers[stage]);
			}
		}
	for (int stage = 0; stage < 4; stage++)
		assert_true(received[stage] && gathers[stage]);
	fs_program_destroy(program);
	fs_system_destroy(loaded);
}

static void clock_and_closed_form_agree(void **state)
{
	(void)state;
	struct fs_team *team = fs_team_alone();
	const struct fs_engine_options plain = {.compute = FS_COMPUTE_MODEL, .warmup = 1, .steps = 1};
	for (int i = 0; i < CASES; i++) {
		struct fs_error error;
		struct fs_outcome outcome;
		struct fs_estimate estimate;
		struct made made = make(i);
		build(&made, i);
		struct fs_estimator *estimator =
		        fs_estimator_create(&made.placed, &made.model, cases[i].chips, &error);
		assert_non_null(estimator);
		fs_estimate(estimator, &made.layout, &estimate);
		assert_int_equal(fs_virtual_run(team, &made.placed, made.program, &plain, &outcome, &error),
		                 0);
		if (fabs(estimate.step_s / outcome.step_s[0] - 1) > cases[i].apart)
			fail_msg("%s, %s: %.5g s on the virtual clock, %.5g s in closed form", cases[i].model,
			         cases[i].layout, outcome.step_s[0], estimate.step_s);
		fs_outcome_clear(&outcome);
		fs_estimator_destroy(estimator);
		destroy(&made);
	}
	fs_team_destroy(team);
}

/* 64 stages and 512 micro-batches, on few chips: turns are many, operations few. */
static void large_programs_stay_small(void **state)
{
	(void)state;
	struct fs_error error;
	struct fs_model model;
	struct fs_program *program;
	struct fs_system *loaded = load_system("dgx-h100-superpod");
	struct fs_system placed = fs_system_place(loaded, 512);
	assert_int_equal(fs_model_load("llama3-405b", &model, &error), 0);
	if (fs_program_for_model(&placed, &model, 512, "tp=8,pp=64,gbs=512", &program, &error))
		fail_msg("%s", error.text);
	double bytes =
	        (double)program->turns * sizeof *program->turn + (double)program->ops * sizeof *program->op;
	assert_in_range(program->turns, 64 * 512 * 2, 64 * 512 * 8);
	assert_true(bytes < 10e6);
	fs_program_destroy(program);
	fs_system_destroy(loaded);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	        cmocka_unit_test(messages_arrive),
	        cmocka_unit_test(no_two_groups_share_a_schedule),
	        cmocka_unit_test(all_parts_are_passed),
	        cmocka_unit_test(zero_2_sums_every_micro_batch),
	        cmocka_unit_test(weights_are_on_their_way_before_activations),
	        cmocka_unit_test(clock_and_closed_form_agree),
	        cmocka_unit_test(large_programs_stay_small),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
