/* Phases walked through by hand. */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/error.h"
#include "plan/phase_cost.h"
#include "topology/placement.h"
#include "unit/plan/toy_system.h"

#include <math.h>
#include <stdio.h>

/* 1 us reads 1 MB. */
static struct fs_action kernel(double us)
{
	return (struct fs_action){.kind = FS_ACTION_KERNEL,
	                          .kernel = {.kind = FS_KERNEL_STREAM, .bytes = us * 1e6}};
}

/* To the next chip: 1 us, and 1 us for each KB. */
static struct fs_action send(enum fs_stream stream, double us)
{
	return (struct fs_action){.kind = FS_ACTION_COLLECTIVE,
	                          .stream = stream,
	                          .collective = FS_SENDRECV,
	                          .group = {2, 1},
	                          .bytes = (us - 1) * 1000};
}

static struct fs_action join(enum fs_stream stream)
{
	return (struct fs_action){.kind = FS_ACTION_JOIN, .stream = stream};
}

static void expect(double seconds, double us)
{
	if (fabs(seconds * 1e6 - us) > 1e-9 * us + 1e-9)
		fail_msg("%g us, not %g", seconds * 1e6, us);
}

static struct fs_phase_cost walk(const struct fs_system *system, struct fs_action *action, int actions)
{
	struct fs_error error;
	struct fs_pricer *pricer = fs_pricer_create(system, 2, &error);
	struct fs_phase_cost cost =
	        fs_pricer_phase(pricer, &(struct fs_phase){.actions = actions, .action = action});
	fs_pricer_destroy(pricer);
	return cost;
}

/* Kernel until 10; a message of 5 starts 2 after it is issued, until 17; a kernel of 2 beside it takes 3,
 * until 13; the join waits 4; a kernel of 1 until 18. */
static void test_a_kernel_beside_a_message(void **state)
{
	(void)state;
	struct fs_system *system = toy_system(2, 0.5);
	struct fs_action action[] = {kernel(10), send(FS_STREAM_TENSOR, 5), kernel(2), join(FS_STREAM_TENSOR),
	                             kernel(1)};
	struct fs_phase_cost cost = walk(system, action, 5);
	expect(cost.seconds, 18);
	expect(cost.kernels, 14);
	expect(cost.waited[FS_STREAM_TENSOR], 4);
	fs_system_destroy(system);
}

/* A message of 6 from 0 on; a kernel of 10 beside it: 4 of it until 6, the other 6 alone until 12. */
static void test_a_kernel_longer_than_the_message(void **state)
{
	(void)state;
	struct fs_system *system = toy_system(0, 0.5);
	struct fs_action action[] = {send(FS_STREAM_EXPERT, 6), kernel(10), join(FS_STREAM_EXPERT)};
	struct fs_phase_cost cost = walk(system, action, 3);
	expect(cost.seconds, 12);
	expect(cost.waited[FS_STREAM_EXPERT], 0);
	fs_system_destroy(system);
}

/* Messages of one stream follow each other; those that nobody joins count where they take longer than all
 * else: weights 8 and gradients 7 beside a kernel of 10. */
static void test_what_is_not_joined_goes_on(void **state)
{
	(void)state;
	struct fs_system *system = toy_system(0, 0);
	struct fs_action action[] = {send(FS_STREAM_WEIGHTS, 8), kernel(10), send(FS_STREAM_DATA, 7)};
	struct fs_phase_cost cost = walk(system, action, 3);
	expect(cost.seconds, 15);
	expect(cost.waited[FS_STREAM_DATA], 5);
	struct fs_action two[] = {send(FS_STREAM_TENSOR, 3), send(FS_STREAM_TENSOR, 4),
	                          join(FS_STREAM_TENSOR)};
	expect(walk(system, two, 3).seconds, 7);
	fs_system_destroy(system);
}

/* The fastest allreduce of 4 chips on one tier has 4 latencies (halving and doubling) and takes 3/2 of the
 * bytes whatever its size: linear, so that what lies between powers of two is exact. */
static void test_prices_between_powers_of_two(void **state)
{
	static const double bytes[] = {3e6, 5e6, 123456789, 4194304};
	(void)state;
	struct fs_system *system = toy_system(0, 0);
	struct fs_error error;
	struct fs_pricer *pricer = fs_pricer_create(system, 16, &error);
	for (int i = 0; i < 4; i++)
		expect(fs_pricer_collective_s(pricer, FS_ALLREDUCE, (struct fs_group){4, 1}, bytes[i]),
		       4 + 1.5e-3 * bytes[i]);
	expect(fs_pricer_collective_s(pricer, FS_ALLREDUCE, (struct fs_group){1, 1}, 1e9), 0);
	fs_pricer_destroy(pricer);
	fs_system_destroy(system);
}

/* The first and the last of four stages lie 768 chips apart, which does not cut 1,024 into pairs: they
 * exchange at the nearest distance that does, on a network whose links are shared as well. */
static void test_pairs_that_do_not_divide_the_job(void **state)
{
	(void)state;
	static const struct fs_group pair = {2, 768}, near = {2, 512};
	struct fs_action action[] = {{.kind = FS_ACTION_COLLECTIVE,
	                              .stream = FS_STREAM_DATA,
	                              .collective = FS_ALLREDUCE,
	                              .group = pair,
	                              .bytes = 1 << 30},
	                             join(FS_STREAM_DATA)};
	struct fs_system *loaded;
	struct fs_error error;
	assert_int_equal(fs_system_load("atlas-950", NULL, NULL, 0, &loaded, &error), 0);
	struct fs_system system = fs_system_place(loaded, 1024);
	struct fs_pricer *pricer = fs_pricer_create(&system, 1024, &error);
	double alone = fs_pricer_collective_s(pricer, FS_SENDRECV, near, 1 << 30);
	struct fs_phase_cost cost =
	        fs_pricer_phase(pricer, &(struct fs_phase){.actions = 2, .action = action});
	assert_true(alone > 0);
	assert_true(fabs(cost.waited[FS_STREAM_DATA] - alone) < 0.01 * alone);
	fs_pricer_destroy(pricer);
	fs_system_destroy(loaded);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	        cmocka_unit_test(test_a_kernel_beside_a_message),
	        cmocka_unit_test(test_a_kernel_longer_than_the_message),
	        cmocka_unit_test(test_what_is_not_joined_goes_on),
	        cmocka_unit_test(test_prices_between_powers_of_two),
	        cmocka_unit_test(test_pairs_that_do_not_divide_the_job),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
