#ifndef FARSCALE_ENGINE_ENGINE_H
#define FARSCALE_ENGINE_ENGINE_H

/*
 * Executes a program on one of two clocks. The rules of time are the same for both (src/README.md):
 *
 *   virtual   every chip carries a timestamp and nobody waits; R ranks share N chips
 *   wall      one rank per chip; kernels take as long as dilation * chip time, messages carry payload and
 * take effect when the link says so
 */

#include "engine/host_clocks.h"
#include "plan/program.h"

#include <stdbool.h>
#include <stdint.h>

struct fs_calibration;
struct fs_error;
struct fs_model;
struct fs_system;
struct fs_team;

enum fs_clock { FS_CLOCK_WALL, FS_CLOCK_VIRTUAL, FS_CLOCK_UNTHROTTLED };
enum fs_compute { FS_COMPUTE_BLAS, FS_COMPUTE_MODEL };
enum fs_pace { FS_PACE_PADDED, FS_PACE_RAW };

/** How far a run has come. */
struct fs_progress {
	double share;                     /* of everything, 0 .. 1 */
	double chip_steps, of_chip_steps; /* done, and in all (plan/work.h); 0 on the wall clock */
	double least_s; /* wall: seconds that steps will take at least, before they begin; else 0 */
};

/** What a chip's stream did from when to when, for those who watch. */
struct fs_span {
	uint64_t chip;
	const struct fs_op *op; /* a wait: the compute stream stood still */
	double begin_s, end_s;
	bool longer; /* no new one: the chip's last collective of op's stream goes on until end_s */
};

struct fs_engine_options {
	enum fs_compute compute;
	enum fs_pace pace; /* wall */
	bool jitter;       /* draw slow-down factors from the stack's distribution (compute model) */
	uint64_t seed;
	uint32_t warmup, steps; /* steps that are not counted, and that are */
	bool apart;      /* wall: a step starts for all chips when the last one has ended the step before */
	double dilation; /* wall: seconds per chip second; 0: the least that this host resolves */
	const struct fs_calibration *calibration; /* needed where BLAS runs */
	const struct fs_model *model; /* wall: what the live chips train; NULL for a bare collective */
	uint64_t payload_bytes;       /* wall, bare collective: real bytes in a chip's buffer, at most */
	bool by_mpi; /* unthrottled: MPI's own collective; the program's schedule, a flat one, says what it is
	              */
	/** Called on rank 0 after each step (wall) or some twenty times a second and at the end (virtual);
	 * may be NULL. */
	void (*progress)(void *context, const struct fs_progress *progress);
	void *progress_context;
	/** Virtual: called for each operation of the first counted step on these chips, in the order of
	 * issue; NULL: nobody watches. On the rank that stands in for the chip. */
	void (*observe)(void *context, const struct fs_span *span);
	void *observe_context;
	const uint64_t *observed;
	int observed_count;
};

struct fs_outcome {
	uint32_t steps;
	double *step_s;   /* chip time of each counted step: from one step's last chip to the next one's */
	double compute_s; /* mean over chips and steps of the time that the compute stream was busy */
	double wait_s;    /* mean over chips and steps of the time that it waited for a collective */
	double bubble_s;  /* the same, for other pipeline stages */
	/** virtual: mean over steps and the chips of the first pipeline stage of the time in turns of each
	 * kind, waits for other stages left out */
	double turn_s[FS_TURN_KINDS];
	uint64_t live_chips, modelled_chips;
	uint64_t fingerprint;          /* of all chips' times at the end of all steps */
	uint64_t wrong;                /* wall: elements that collectives got wrong */
	double dilation, resolution_s; /* wall; 1 and 0 on the virtual clock */
	double message_wall_s;         /* wall: the shortest message lasted as long, or longer */
	struct fs_host_clocks clocks;  /* wall: where ranks are; bound_s at the end of the run */
	double late_s; /* wall: chip time by which the last wake-up of a step came late: median over steps */
	double standstill_s; /* wall: how long a rank stood still between two looks at its messages, stopped
	                      * or without a core; 0 where that is less than a second, or what its work
	                      * explains */
	double loss_first,
	        loss_last; /* wall, training: mean over chips, first and last counted step; else NAN */
};

/** Collective over the team. The outcome is the same on all ranks (step_s is the caller's to free). */
int fs_virtual_run(struct fs_team *team, const struct fs_system *system, const struct fs_program *program,
                   const struct fs_engine_options *options, struct fs_outcome *outcome,
                   struct fs_error *error);

/** What fs_virtual_run will have to do, in all, in the time of a chip-step (of which a kernel takes several).
 * To weigh runs against each other; how long a chip-step takes shows when it runs. Local, pure. */
double fs_virtual_effort(const struct fs_program *program, const struct fs_engine_options *options);

/** Collective over a team of as many ranks as the program has chips, on one host or several. */
int fs_wall_run(struct fs_team *team, const struct fs_system *system, const struct fs_program *program,
                const struct fs_engine_options *options, struct fs_outcome *outcome, struct fs_error *error);

/** A program that is a bare collective, as fast as the network at hand carries all its bytes, by its schedule
 * or by MPI: no system's link is waited for. Each of outcome.step_s is a repetition's, from a start that all
 * agreed on to the last rank's end: as many as a second holds, at least 3, at most options' steps. The
 * last one's result is checked. Collective over a team of as many ranks as the program has chips, two at
 * least. */
int fs_unthrottled_run(struct fs_team *team, const struct fs_system *system, const struct fs_program *program,
                       const struct fs_engine_options *options, struct fs_outcome *outcome,
                       struct fs_error *error);

void fs_outcome_clear(struct fs_outcome *outcome);

#endif
