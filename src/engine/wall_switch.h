#ifndef FARSCALE_ENGINE_WALL_SWITCH_H
#define FARSCALE_ENGINE_WALL_SWITCH_H

/*
 * One step through switches on the wall clock, for one live chip. There are no switches on this host, so the
 * first member of each group stands in for them: all others send it what they hand in, with the logical time
 * at which they got there; it adds up in the order of the members, and sends everybody the result with the
 * latest of these times. What it does so takes no time of its own; the rule says when the result takes
 * effect (in_network.h).
 */

#include "engine/payload.h"
#include "plan/program.h"

#include <mpi.h>
#include <stdbool.h>

struct fs_system;
struct fs_wall_switch;

struct fs_wall_switch *fs_wall_switch_create(void);
void fs_wall_switch_destroy(struct fs_wall_switch *exchange);

/** A step that rank `chip` takes part in; everything in it is borrowed until the end. */
struct fs_switch_step {
	MPI_Comm comm;
	int chip;
	const struct fs_system *system;
	const struct fs_op *op;
	const struct fs_step *step;
	struct fs_payload payload;
};

/** Hands in what this member hands in, at logical time `time_s`. */
void fs_wall_switch_start(struct fs_wall_switch *exchange, const struct fs_switch_step *step, double time_s);

/** Moves on without waiting; whether the result is here. */
bool fs_wall_switch_here(struct fs_wall_switch *exchange);

/** When the result that is here takes effect. */
double fs_wall_switch_effective_at(const struct fs_wall_switch *exchange);

/** Whether what this rank sent has been taken. */
bool fs_wall_switch_sent(struct fs_wall_switch *exchange);

/** Puts the result, if this member gets one, into the payload's buffer. */
void fs_wall_switch_finish(struct fs_wall_switch *exchange);

#endif
