#include "engine/mpi_collective.h"

#include "base/error.h"
#include "engine/team_mpi.h"

#include <stdlib.h>
#include <string.h>

struct fs_mpi_collective {
	MPI_Comm comm;
	int rank, ranks;
	const struct fs_schedule *schedule;
	float *buffer; /* lent */
	size_t floats;
	float *out, *in;    /* as MPI has them */
	int *count, *begin; /* floats of each slot, and where it begins */
	bool equal;         /* all slots are: then MPI has simpler ways */
};

struct fs_mpi_collective *fs_mpi_collective_create(struct fs_team *team, const struct fs_op *op,
                                                   float *buffer, size_t floats)
{
	struct fs_mpi_collective *mpi = fs_allocate_zeroed(1, sizeof *mpi);
	size_t ranks = (size_t)team->ranks;
	*mpi = (struct fs_mpi_collective){.comm = team->comm,
	                                  .rank = team->rank,
	                                  .ranks = team->ranks,
	                                  .schedule = op->schedule,
	                                  .buffer = buffer,
	                                  .floats = floats,
	                                  .equal = floats % ranks == 0};
	mpi->out = fs_allocate_zeroed(floats, sizeof *mpi->out);
	mpi->in = fs_allocate_zeroed(floats, sizeof *mpi->in);
	mpi->count = fs_allocate_zeroed(ranks, sizeof *mpi->count);
	mpi->begin = fs_allocate_zeroed(ranks, sizeof *mpi->begin);
	for (size_t slot = 0; slot < ranks; slot++) {
		mpi->begin[slot] = (int)fs_slot_begin(slot, ranks, floats);
		mpi->count[slot] = (int)fs_slot_begin(slot + 1, ranks, floats) - mpi->begin[slot];
	}
	return mpi;
}

void fs_mpi_collective_destroy(struct fs_mpi_collective *mpi)
{
	if (!mpi)
		return;
	free(mpi->out);
	free(mpi->in);
	free(mpi->count);
	free(mpi->begin);
	free(mpi);
}

/* An alltoall's slots are numbered by distance. MPI sends them from where they lie, and counts ranks: so a
 * rank's blocks are its slots, in another order, and of one length only if all are. */
static int slot_of(const struct fs_mpi_collective *mpi, int rank, int sign)
{
	for (int slot = 0; slot < mpi->ranks; slot++)
		if ((int)fs_schedule_peer(mpi->schedule, (uint32_t)mpi->rank, (uint64_t)slot, sign) == rank)
			return slot;
	return 0;
}

static void reorder(const struct fs_mpi_collective *mpi, float *to, const float *from, int sign,
                    bool into_slots)
{
	size_t block = mpi->floats / (size_t)mpi->ranks;
	for (size_t rank = 0; rank < (size_t)mpi->ranks; rank++) {
		size_t slot = (size_t)slot_of(mpi, (int)rank, sign);
		memcpy(to + (into_slots ? slot : rank) * block, from + (into_slots ? rank : slot) * block,
		       block * sizeof *to);
	}
}

void fs_mpi_collective_prepare(struct fs_mpi_collective *mpi)
{
	if (mpi->schedule->collective == FS_ALLTOALL)
		reorder(mpi, mpi->out, mpi->buffer, +1, false);
	else
		memcpy(mpi->out, mpi->buffer, mpi->floats * sizeof *mpi->out);
}

static void allgather(struct fs_mpi_collective *mpi)
{
	const float *own = mpi->out + mpi->begin[mpi->rank];
	if (mpi->equal)
		MPI_Allgather(own, mpi->count[0], MPI_FLOAT, mpi->in, mpi->count[0], MPI_FLOAT, mpi->comm);
	else
		MPI_Allgatherv(own, mpi->count[mpi->rank], MPI_FLOAT, mpi->in, mpi->count, mpi->begin,
		               MPI_FLOAT, mpi->comm);
}

void fs_mpi_collective_run(struct fs_mpi_collective *mpi)
{
	int floats = (int)mpi->floats, next = (mpi->rank + 1) % mpi->ranks,
	    previous = (mpi->rank + mpi->ranks - 1) % mpi->ranks;
	switch (mpi->schedule->collective) {
	case FS_ALLREDUCE:
		MPI_Allreduce(mpi->out, mpi->in, floats, MPI_FLOAT, MPI_SUM, mpi->comm);
		break;
	case FS_ALLGATHER:
		allgather(mpi);
		break;
	case FS_REDUCE_SCATTER:
		MPI_Reduce_scatter(mpi->out, mpi->in, mpi->count, MPI_FLOAT, MPI_SUM, mpi->comm);
		break;
	case FS_ALLTOALL:
		MPI_Alltoall(mpi->out, mpi->count[0], MPI_FLOAT, mpi->in, mpi->count[0], MPI_FLOAT,
		             mpi->comm);
		break;
	case FS_BROADCAST:
		MPI_Bcast(mpi->out, floats, MPI_FLOAT, 0, mpi->comm);
		break;
	default: /* sendrecv */
		MPI_Sendrecv(mpi->out, floats, MPI_FLOAT, next, 0, mpi->in, floats, MPI_FLOAT, previous, 0,
		             mpi->comm, MPI_STATUS_IGNORE);
	}
}

void fs_mpi_collective_finish(struct fs_mpi_collective *mpi)
{
	switch (mpi->schedule->collective) {
	case FS_ALLTOALL:
		reorder(mpi, mpi->buffer, mpi->in, -1, true);
		break;
	case FS_REDUCE_SCATTER:
		memcpy(mpi->buffer + mpi->begin[mpi->rank], mpi->in,
		       (size_t)mpi->count[mpi->rank] * sizeof *mpi->in);
		break;
	case FS_BROADCAST:
		memcpy(mpi->buffer, mpi->out, mpi->floats * sizeof *mpi->out);
		break;
	default:
		memcpy(mpi->buffer, mpi->in, mpi->floats * sizeof *mpi->in);
	}
}
