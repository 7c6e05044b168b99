#ifndef FARSCALE_COMMAND_BENCH_MEASURE_H
#define FARSCALE_COMMAND_BENCH_MEASURE_H

/* One collective of one size, on the clock that bench was asked for. */

#include "engine/engine.h"
#include "record/record.h"

struct fs_bar;
struct fs_team;

struct fs_bench_case {
	enum fs_collective collective;
	enum fs_clock clock;
	double dilation;                          /* wall; 0: chosen */
	bool by_mpi;                              /* unthrottled: MPI's own */
	const struct fs_calibration *calibration; /* wall */
	struct fs_bar *bar;
	const struct fs_system *placed;
	const struct fs_program *program; /* the bare collective */
};

/** Puts times, ranks, hosts, clocks and what was wrong into a record that is described. Returns an exit
 * status; when it is not FS_DONE the error says why, and FS_CHECK_FAILED may go better when tried again.
 * Collective over the team. */
int fs_bench_measure(struct fs_team *team, const struct fs_bench_case *one, struct fs_bench_record *record,
                     struct fs_error *error);

#endif
