#include "unit/plan/stopwatch.h"

#include "command/relay.h"

static void hear(void *context, const struct fs_progress *progress)
{
	*(struct fs_progress *)context = *progress;
}

static void report(const struct fs_engine_options *options, double share, double chip_steps)
{
	options->progress(options->progress_context,
	                  &(struct fs_progress){.share = share, .chip_steps = chip_steps});
}

static void assert_heard(const struct fs_progress *heard, double share, double chip_steps)
{
	assert_true(heard->share == share);
	assert_true(heard->chip_steps == chip_steps);
	assert_true(heard->of_chip_steps == 8 * 112);
}

/* A ring over 8 chips is 112 chip-steps. Six steps of it, then two: three quarters and one. */
static void two_runs_are_heard_as_one(void **state)
{
	(void)state;
	struct fs_progress heard = {0};
	struct fs_system *system = load_system("dgx-h100-superpod");
	struct fs_program *ring = collective_program(system, FS_ALLREDUCE, 8, 1e6, "ring");
	struct fs_engine_options first = {.warmup = 1,
	                                  .steps = 5,
	                                  .progress = hear,
	                                  .progress_context = &heard},
	                         second = {.warmup = 1, .steps = 1};
	struct fs_relay relay[2];
	fs_relay_both(ring, &first, &second, relay);
	report(&first, 0.5, 3 * 112);
	assert_heard(&heard, 0.375, 3 * 112);
	report(&first, 1, 6 * 112);
	assert_heard(&heard, 0.75, 6 * 112);
	report(&second, 0.5, 112);
	assert_heard(&heard, 0.875, 7 * 112);
	report(&second, 1, 2 * 112);
	assert_heard(&heard, 1, 8 * 112);
	fs_program_destroy(ring);
	fs_system_destroy(system);
}

static void nobody_asked(void **state)
{
	(void)state;
	struct fs_engine_options first = {.steps = 1}, second = {.steps = 1};
	struct fs_relay relay[2];
	struct fs_program none = {0};
	fs_relay_both(&none, &first, &second, relay);
	assert_null(first.progress);
	assert_null(second.progress);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	        cmocka_unit_test(two_runs_are_heard_as_one),
	        cmocka_unit_test(nobody_asked),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
