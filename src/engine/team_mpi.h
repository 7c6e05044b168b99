#ifndef FARSCALE_ENGINE_TEAM_MPI_H
#define FARSCALE_ENGINE_TEAM_MPI_H

/* What only engine/ may see of a team: its communicator. */

#include "engine/team.h"

#include <mpi.h>

struct fs_team {
	int rank, ranks;
	bool one_host;
	MPI_Comm comm; /* MPI_COMM_NULL when alone */
};

/** Waits until all requests are done, asleep between looks (20 to 400 us). */
void fs_team_wait_all(int count, MPI_Request *requests);

#endif
