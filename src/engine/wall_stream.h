#ifndef FARSCALE_ENGINE_WALL_STREAM_H
#define FARSCALE_ENGINE_WALL_STREAM_H

/*
 * One communication stream of a live chip: collectives one after the other, each a small state machine that
 * moves on when it is polled. Messages carry their payload and the logical chip time at which they left; what
 * arrives takes effect when the clock reaches the logical arrival (rule 2), and the next message is stamped
 * with that arrival, never with the time at which this rank happened to wake. So being woken late does not
 * add up.
 */

#include "engine/dilated.h"
#include "plan/program.h"

#include <stddef.h>

struct fs_system;
struct fs_team;
struct fs_wall_stream;

/** Collective over the team: has a communicator of its own. */
struct fs_wall_stream *fs_wall_stream_create(struct fs_team *team, const struct fs_system *system,
                                             const struct fs_program *program,
                                             const struct fs_dilated_clock *clock);
/** Collective. */
void fs_wall_stream_destroy(struct fs_wall_stream *stream);

/** The chip's other stream, with whose collectives this one's share ports; lent. */
void fs_wall_stream_beside(struct fs_wall_stream *stream, const struct fs_wall_stream *other);

/** Queues the collective of `op` on `floats` floats at `buffer`, issued at chip time `issued_s`. Local. */
void fs_wall_stream_issue(struct fs_wall_stream *stream, const struct fs_op *op, float *buffer, size_t floats,
                          double issued_s);

/** Moves on as far as possible without waiting. */
void fs_wall_stream_poll(struct fs_wall_stream *stream);

bool fs_wall_stream_idle(const struct fs_wall_stream *stream);

/** Chip time at which the last collective ended, or at which the current one got to its present step. */
double fs_wall_stream_time_s(const struct fs_wall_stream *stream);

/** When polling is worth while again: the chip time at which a message that is here takes effect; infinite
 * while one is still under way or the stream is idle. */
double fs_wall_stream_due_s(const struct fs_wall_stream *stream);

/** Starts at chip time 0 again; idle streams only. */
void fs_wall_stream_reset(struct fs_wall_stream *stream);

/** For the watchdog: how many iterations have been completed, and what the stream waits for ("allreduce
 * (ring), step 1 of 2, iteration 3 of 7: message from chip 5"). */
uint64_t fs_wall_stream_progress(const struct fs_wall_stream *stream);
void fs_wall_stream_describe(const struct fs_wall_stream *stream, char *text, size_t size);

#endif
