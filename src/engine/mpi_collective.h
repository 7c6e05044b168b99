#ifndef FARSCALE_ENGINE_MPI_COLLECTIVE_H
#define FARSCALE_ENGINE_MPI_COLLECTIVE_H

/*
 * MPI's own collectives on the buffers that schedules work on (schedule/schedule.h), so that a network can be
 * measured with both. What has to be brought into MPI's order, blocks by rank, is brought there before and
 * after.
 */

#include "plan/program.h"

#include <stddef.h>

struct fs_mpi_collective;
struct fs_team;

/** For `floats` floats at `buffer` (lent) of each rank of the team, a rank a member of op's group; op's
 * schedule is flat. */
struct fs_mpi_collective *fs_mpi_collective_create(struct fs_team *team, const struct fs_op *op,
                                                   float *buffer, size_t floats);
void fs_mpi_collective_destroy(struct fs_mpi_collective *collective);

/** Local. */
void fs_mpi_collective_prepare(struct fs_mpi_collective *collective);
/** Collective, blocking: this alone is what there is to time. */
void fs_mpi_collective_run(struct fs_mpi_collective *collective);
/** Local: what the schedule would have left in the buffer. */
void fs_mpi_collective_finish(struct fs_mpi_collective *collective);

#endif
