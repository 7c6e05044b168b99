#include "unit/plan/stopwatch.h"

#include "engine/dilation.h"
#include "engine/engine.h"
#include "unit/given.h"

/* 20 wake-ups of 65 us for each rank that shares a core, and 20 times what clocks may be wrong. */
static void the_shortest_message_lasts_20_times_what_is_uncertain(void **state)
{
	(void)state;
	static const struct {
		double sharing, bound_s, resolved_s;
	} rows[] = {{1, 0, 1.3e-3}, {4, 0, 5.2e-3}, {1, 50e-6, 2.3e-3}, {2, 1e-3, 22.6e-3}};
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
		assert_true(fabs(fs_dilation_resolved_s(rows[i].sharing, rows[i].bound_s) -
		                 rows[i].resolved_s) < 1e-12);
}

struct message_row {
	const char *algorithm;
	uint32_t chips;
	double messages; /* of this length one after the other make the collective */
};

/* Of 8 chips in one node all messages are alike: 14 in a ring's way, two through the switch that reduces. */
static const struct message_row messages[] = {{"ring", 2, 2}, {"ring", 8, 14}, {"in_network", 8, 2}};

static void it_follows_from_the_shortest_message(void **state)
{
	(void)state;
	struct fs_system *system = load_system("dgx-h100-superpod");
	for (size_t i = 0; i < sizeof messages / sizeof *messages; i++) {
		const struct message_row *row = &messages[i];
		struct fs_program *program =
		        collective_program(system, FS_ALLREDUCE, row->chips, 64e6, row->algorithm);
		double message_s = (step_s(system, program) - program->op[0].base_s) / row->messages;
		double least = fs_dilation_least(system, program, 1000 * message_s, 0);
		if (fabs(least - 1000) > 1e-6)
			fail_msg("%s of %d chips: %.9g times", row->algorithm, (int)row->chips, least);
		assert_true(fs_dilation_least(system, program, message_s / 2, 0) == 1); /* never faster */
		fs_program_destroy(program);
	}
	fs_system_destroy(system);
}

/* 7 s of real work in a step with 1 ms of kernels, of which 70 % may be used: 10,000 times. */
static void it_follows_from_the_chips_own_work(void **state)
{
	(void)state;
	struct fs_system *system = load_system("dgx-h100-superpod");
	struct fs_model model = given_model("dp-gpt");
	struct fs_program *program;
	struct fs_error error;
	assert_int_equal(fs_program_for_model(system, &model, 1, NULL, &program, &error), 0);
	double kernels_s = fs_program_kernels_s(program);
	assert_true(fabs(fs_dilation_least(system, program, 0, 7e3 * kernels_s) - 1e4) < 1e-6);
	fs_program_destroy(program);
	fs_system_destroy(system);
}

struct choice_row {
	double asked, chosen; /* 0: refused */
};

static void what_is_asked_for_may_be_more_but_not_less(void **state)
{
	(void)state;
	static const struct choice_row rows[] = {{0, 40}, {40, 40}, {100, 100}, {39.9, 0}};
	const struct fs_host_clocks one = {.hosts = 1}, two = {.hosts = 2, .bound_s = 25e-6};
	struct fs_error error;
	double chosen;
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		int status = fs_dilation_choose(rows[i].asked, 40, 8, &one, &chosen, &error);
		assert_int_equal(status, rows[i].chosen > 0 ? 0 : -1);
		assert_true(status || chosen == rows[i].chosen);
	}
	assert_string_equal(error.text,
	                    "a dilation of 39.9 is below what this host resolves with 8 ranks; 40 or "
	                    "more would do");
	assert_int_equal(fs_dilation_choose(1, 40, 8, &two, &chosen, &error), -1);
	assert_string_equal(error.text,
	                    "a dilation of 1 is below what 2 hosts, whose clocks are known to 25 us, "
	                    "resolve with 8 ranks; 40 or more would do");
}

/* Messages of 20 ms of wall time: 2 ms are their tenth, and would be a 20th at twice the dilation. */
static void clocks_may_come_a_tenth_of_a_message_apart(void **state)
{
	(void)state;
	struct fs_outcome outcome = {
	        .dilation = 2000, .message_wall_s = 20e-3, .clocks = {.hosts = 3, .bound_s = 1.9e-3}};
	struct fs_error error;
	assert_int_equal(fs_dilation_check_clocks(&outcome, &error), 0);
	outcome.clocks.bound_s = 2.1e-3;
	assert_int_equal(fs_dilation_check_clocks(&outcome, &error), -1);
	assert_non_null(strstr(error.text, "the clocks of 3 hosts came up to 2.1 ms apart during the run"));
	assert_non_null(strstr(error.text, "--dilation 4000"));
	outcome.message_wall_s *= 2;
	assert_int_equal(fs_dilation_check_clocks(&outcome, &error), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	        cmocka_unit_test(the_shortest_message_lasts_20_times_what_is_uncertain),
	        cmocka_unit_test(it_follows_from_the_shortest_message),
	        cmocka_unit_test(it_follows_from_the_chips_own_work),
	        cmocka_unit_test(what_is_asked_for_may_be_more_but_not_less),
	        cmocka_unit_test(clocks_may_come_a_tenth_of_a_message_apart),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
