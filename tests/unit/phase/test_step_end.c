/* The end of a step: who sums what over whom, and what an update reads and writes. */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/error.h"
#include "layout/memory.h"
#include "model/model.h"
#include "phase/step_end.h"
#include "unit/given.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

/* A collective as it should be: kind, group, bytes. */
struct expected {
	enum fs_collective collective;
	uint32_t size, stride;
	double bytes;
};

static void expect(const struct fs_phase *phase, const struct expected *expected, int count)
{
	int found = 0;
	for (int i = 0; i < phase->actions; i++) {
		const struct fs_action *action = &phase->action[i];
		if (action->kind != FS_ACTION_COLLECTIVE)
			continue;
		assert_true(found < count);
		assert_int_equal(action->collective, expected[found].collective);
		assert_int_equal(action->group.size, expected[found].size);
		assert_int_equal(action->group.stride, expected[found].stride);
		assert_true(fabs(action->bytes - expected[found].bytes) < 1e-6);
		found++;
	}
	assert_int_equal(found, count);
}

/* 1000 dense parameters and 600 of experts, gradients of 4 bytes, on 64 chips: tp 2, cp 2, ep 4, dp 4. Dense
 * ones have 32 replicas, 2 chips apart. Those with the same experts are 2 (cp) times 4 (dp) chips, with other
 * experts in between: two collectives. */
static void test_replicas_of_dense_weights_and_of_experts(void **state)
{
	static const struct {
		const char *layout;
		struct expected expected[3];
	} cases[] = {
	        {"tp=2,cp=2,ep=4,dp=4",
	         {{FS_ALLREDUCE, 32, 2, 4000}, {FS_ALLREDUCE, 2, 2, 2400}, {FS_ALLREDUCE, 4, 16, 2400}}},
	        {"tp=2,cp=2,ep=4,dp=4,zero=1",
	         {{FS_REDUCE_SCATTER, 32, 2, 4000},
	          {FS_REDUCE_SCATTER, 2, 2, 2400},
	          {FS_REDUCE_SCATTER, 4, 16, 1200}}},
	        {"tp=2,cp=2,ep=4,dp=4,dtype=fp16",
	         {{FS_ALLREDUCE, 32, 2, 2000}, {FS_ALLREDUCE, 2, 2, 1200}, {FS_ALLREDUCE, 4, 16, 1200}}},
	};
	(void)state;
	struct fs_model model = given_model("mixtral-8x7b");
	struct fs_phase phase = {0};
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		struct fs_layout layout = given_layout(&model, cases[i].layout, 64);
		fs_phase_of_gradients(&model, &layout, &(struct fs_held){1000, 600}, &phase);
		expect(&phase, cases[i].expected, 3);
	}
	struct fs_layout layout = given_layout(&model, "tp=2,cp=2,ep=4,dp=4,zero=1", 64);
	const struct expected back[] = {
	        {FS_ALLGATHER, 32, 2, 2000}, {FS_ALLGATHER, 4, 16, 600}, {FS_ALLGATHER, 2, 2, 1200}};
	fs_phase_of_weights(&model, &layout, &(struct fs_held){1000, 600}, &phase);
	expect(&phase, back, 3);
	fs_phase_release(&phase);
}

/* GPT 175B, 8 stages of 8 chips: the table of 51200 rows / 8 is on the first stage and on the last. */
static void test_a_tied_embedding_is_summed_over_both_ends(void **state)
{
	(void)state;
	struct fs_model model = given_model("gpt3-175b");
	struct fs_phase phase = {0};
	struct fs_layout layout = given_layout(&model, "tp=8,pp=8,sp=0", 64);
	double table = 4 * 6400.0 * 12288;
	const struct expected ends[] = {
	        {FS_ALLREDUCE, 2, 56, table}, {FS_ALLREDUCE, 8, 1, 4}, {FS_ALLREDUCE, 8, 8, 4}};
	for (uint32_t stage = 0; stage < 8; stage++) {
		bool end = stage == 0 || stage == 7;
		fs_phase_of_step_end(&model, &layout, stage, &phase);
		expect(&phase, ends + !end, 2 + end);
	}
	fs_phase_release(&phase);
}

static double bytes_of(const struct fs_phase *phase, const char *label)
{
	for (int i = 0; i < phase->actions; i++)
		if (phase->action[i].kind == FS_ACTION_KERNEL && strcmp(phase->action[i].label, label) == 0)
			return phase->action[i].kernel.bytes;
	return 0;
}

/* Adam: 4 of a gradient, 3 times 4 read and 3 times 4 written, of what the chip owns. */
static void test_the_optimizer_works_on_its_part(void **state)
{
	(void)state;
	struct fs_model model = given_model("llama3-8b");
	struct fs_phase phase = {0};
	for (int zero = 0; zero <= 3; zero++) {
		char text[32];
		snprintf(text, sizeof text, "dp=8,zero=%d", zero);
		struct fs_layout layout = given_layout(&model, text, 8);
		double all = fs_model_parameters(&model), part = zero ? all / 8 : all;
		fs_phase_of_step_end(&model, &layout, 0, &phase);
		assert_true(fabs(bytes_of(&phase, "optimizer") / ((zero == 3 ? 26 : 28) * part) - 1) < 1e-12);
	}
	fs_phase_release(&phase);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	        cmocka_unit_test(test_replicas_of_dense_weights_and_of_experts),
	        cmocka_unit_test(test_a_tied_embedding_is_summed_over_both_ends),
	        cmocka_unit_test(test_the_optimizer_works_on_its_part),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
