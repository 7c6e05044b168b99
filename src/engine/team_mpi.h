#ifndef FARSCALE_ENGINE_TEAM_MPI_H
#define FARSCALE_ENGINE_TEAM_MPI_H

/* What only engine/ may see of a team: its communicator. */

#include "engine/team.h"

#include <mpi.h>

struct fs_clock_offset;

/* Where a team's ranks are (hosts.h). */
struct fs_hosts {
	int count, index;          /* of all hosts; this one's number */
	int ranks_here, rank_here; /* of the team, on this host */
	MPI_Comm here;             /* these; MPI_COMM_NULL when alone */
	MPI_Comm between;          /* the first ranks of all hosts; MPI_COMM_NULL on others and on one host */
};

struct fs_team {
	int rank, ranks;
	MPI_Comm comm;          /* MPI_COMM_NULL when alone */
	struct fs_hosts *hosts; /* NULL: not asked for yet */
	struct fs_clock_offset
	        *first_look; /* at this host's clock (host_clocks.h), at_s 0: none yet; NULL when alone */
	bool part;           /* of a larger team, which owns first_look */
};

/** Collective over the team when it is first called; from then on local. */
const struct fs_hosts *fs_team_host_map(struct fs_team *team);
/** Collective over the team. NULL is fine. */
void fs_hosts_destroy(struct fs_hosts *hosts);

/** Waits until all requests are done, asleep between looks (20 to 400 us). */
void fs_team_wait_all(int count, MPI_Request *requests);

#endif
