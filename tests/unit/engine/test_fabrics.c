/* What must hold of all networks, all algorithms, all sizes: tried on many. */

#include "unit/engine/random_jobs.h"

/* Nothing is faster than its bound, and none slower for twice the bandwidth: not by a bit. */
static void bounds_hold_and_bandwidth_helps(void **state)
{
	(void)state;
	uint64_t random = 1;
	int ran = 0;
	for (int n = 0; n < NETS; n++)
		for (const struct fs_algorithm *row = fs_algorithms; row->name; row++)
			for (int i = 0; i < 6; i++) {
				struct job job = draw_job(&nets[n], row, &random);
				struct fs_system wider = twice_as_wide(&job.machine);
				double bound, wider_bound, once = run(&job, &job.machine, &bound);
				if (once < 0)
					continue;
				double twice = run(&job, &wider, &wider_bound);
				ran++;
				if (once < bound * (1 - 1e-9))
					tell(&job, &nets[n], "less than its bound", once, bound);
				if (twice > once)
					tell(&job, &nets[n], "slower for twice the bandwidth", once, twice);
			}
	assert_true(ran > 2 * NETS * 20);
}

/* Two collectives of everybody in flight at once: when the last has ended; a negative number where an
 * algorithm does not suit. */
static double run_both(const struct job *job, const struct fs_system *machine,
                       const struct fs_algorithm *other)
{
	struct fs_system placed = fs_system_place(machine, job->chips);
	struct fs_program *program = fs_build_start(job->chips);
	struct fs_error error;
	double seconds = -1;
	if (fs_build_networks(program, &placed, &error))
		fail_msg("%s", error.text);
	if (fs_build_collective(program, &placed, "one", FS_STREAM_DATA, job->algorithm->collective,
	                        job->group, job->bytes, job->algorithm->name, (struct fs_buffer){0},
	                        &error) == 0 &&
	    fs_build_collective(program, &placed, "other", FS_STREAM_EXPERT, other->collective,
	                        (struct fs_group){(uint32_t)job->chips, 1}, 1e6, other->name,
	                        (struct fs_buffer){0}, &error) == 0) {
		fs_build_wait(program, FS_STREAM_DATA);
		fs_build_wait(program, FS_STREAM_EXPERT);
		seconds = step_s(&placed, program);
	}
	fs_program_destroy(program);
	return seconds;
}

static int algorithms(void)
{
	int count = 0;
	while (fs_algorithms[count].name)
		count++;
	return count;
}

/* Nobody gains by company, and both by bandwidth. */
static void two_at_once(void **state)
{
	(void)state;
	uint64_t random = 4;
	int ran = 0;
	for (int n = 0; n < NETS; n++)
		for (const struct fs_algorithm *row = fs_algorithms; row->name; row++)
			for (int k = 0; k < algorithms(); k += 5) {
				const struct fs_algorithm *other = &fs_algorithms[k];
				struct job job = draw_job(&nets[n], row, &random);
				struct fs_system wider = twice_as_wide(&job.machine);
				double bound, alone = run(&job, &job.machine, &bound),
				              both = alone < 0 ? -1 : run_both(&job, &job.machine, other);
				if (both < 0)
					continue;
				double twice = run_both(&job, &wider, other);
				ran++;
				if (both < alone)
					tell(&job, &nets[n], "faster in company", both, alone);
				if (twice > both * (1 + 1e-9))
					tell(&job, &nets[n], "slower for twice the bandwidth", both, twice);
			}
	assert_true(ran > NETS * 20);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	        cmocka_unit_test(bounds_hold_and_bandwidth_helps),
	        cmocka_unit_test(two_at_once),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
