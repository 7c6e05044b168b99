/*
 * Two collectives at once: farscale_pair SYSTEM.yaml ALGORITHM BYTES ALGORITHM BYTES LATER_US
 *
 * ring (allreduce) or pairwise (all-to-all), over all chips of a system of one tier, each on a stream of its
 * own; the second is issued LATER_US after the first. Prints when each has ended for its last chip, in
 * seconds, as the virtual clock has it.
 */

#include "base/error.h"
#include "engine/engine.h"
#include "engine/team.h"
#include "plan/build.h"
#include "topology/placement.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct call {
	const char *algorithm;
	double bytes;
};

static void quit(const char *what)
{
	fprintf(stderr, "farscale_pair: %s\n", what);
	exit(2);
}

static void issue(struct fs_program *program, const struct fs_system *system, enum fs_stream stream,
                  struct call call)
{
	bool ring = !strcmp(call.algorithm, "ring");
	struct fs_group everyone = {(uint32_t)program->chips, 1};
	struct fs_error error;
	if (fs_build_collective(program, system, call.algorithm, stream, ring ? FS_ALLREDUCE : FS_ALLTOALL,
	                        everyone, call.bytes, call.algorithm, (struct fs_buffer){0}, &error))
		quit(error.text);
}

/* A chip does 10^12 flop/s; other streams do not slow it. */
static void compute(struct fs_program *program, const struct fs_system *system, double us)
{
	const struct fs_work nothing = {FS_WORK_NONE, false, 0};
	if (us > 0)
		fs_build_compute(program, system, "until the second", FS_KERNEL_GEMM, us * 1e6, 0, nothing);
}

/* Who waits for one stream only ends with it. */
static double end_s(const struct fs_system *system, const struct call call[FS_LIVE_STREAMS], double later_us,
                    enum fs_stream awaited)
{
	const struct fs_engine_options options = {.compute = FS_COMPUTE_MODEL, .steps = 1};
	struct fs_program *program = fs_build_start((uint64_t)system->tier[0].group.value);
	struct fs_team *team = fs_team_alone();
	struct fs_outcome outcome;
	struct fs_error error;
	if (fs_build_networks(program, system, &error))
		quit(error.text);
	issue(program, system, FS_STREAM_DATA, call[FS_STREAM_DATA]);
	compute(program, system, later_us);
	issue(program, system, FS_STREAM_EXPERT, call[FS_STREAM_EXPERT]);
	fs_build_wait(program, awaited);
	if (fs_virtual_run(team, system, program, &options, &outcome, &error))
		quit(error.text);
	double seconds = outcome.step_s[0];
	fs_outcome_clear(&outcome);
	fs_team_destroy(team);
	fs_program_destroy(program);
	return seconds;
}

int main(int argc, char **argv)
{
	struct fs_system *loaded;
	struct fs_error error;
	if (argc != 7)
		quit("usage: farscale_pair SYSTEM ALGORITHM BYTES ALGORITHM BYTES LATER_US");
	const struct call call[FS_LIVE_STREAMS] = {{argv[2], strtod(argv[3], NULL)},
	                                           {argv[4], strtod(argv[5], NULL)}};
	double later_us = strtod(argv[6], NULL);
	if (fs_system_load(argv[1], NULL, NULL, 0, &loaded, &error))
		quit(error.text);
	struct fs_system system = fs_system_place(loaded, (uint64_t)loaded->tier[0].group.value);
	for (int stream = 0; stream < FS_LIVE_STREAMS; stream++)
		printf("%.12g\n", end_s(&system, call, later_us, stream));
	fs_system_destroy(loaded);
	return 0;
}
