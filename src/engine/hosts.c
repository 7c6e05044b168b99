#include "engine/hosts.h"

#include "base/error.h"
#include "engine/team_mpi.h"

#include <stdlib.h>
#include <sys/resource.h>

static struct fs_hosts *find_hosts(const struct fs_team *team)
{
	struct fs_hosts *hosts = fs_allocate_zeroed(1, sizeof *hosts);
	*hosts = (struct fs_hosts){
	        .count = 1, .ranks_here = 1, .here = MPI_COMM_NULL, .between = MPI_COMM_NULL};
	if (team->comm == MPI_COMM_NULL)
		return hosts;
	MPI_Comm_split_type(team->comm, MPI_COMM_TYPE_SHARED, team->rank, MPI_INFO_NULL, &hosts->here);
	MPI_Comm_rank(hosts->here, &hosts->rank_here);
	MPI_Comm_size(hosts->here, &hosts->ranks_here);
	if (hosts->ranks_here == team->ranks)
		return hosts;
	MPI_Comm_split(team->comm, hosts->rank_here ? MPI_UNDEFINED : 0, team->rank, &hosts->between);
	return hosts;
}

/* Only first ranks know their host's number. */
static void number_hosts(struct fs_team *team)
{
	struct fs_hosts *hosts = team->hosts;
	int known[2] = {hosts->count, 0};
	if (hosts->between != MPI_COMM_NULL) {
		MPI_Comm_size(hosts->between, &known[0]);
		MPI_Comm_rank(hosts->between, &known[1]);
	}
	fs_team_broadcast_here(team, known, sizeof known);
	hosts->count = known[0];
	hosts->index = known[1];
}

const struct fs_hosts *fs_team_host_map(struct fs_team *team)
{
	if (!team->hosts) {
		team->hosts = find_hosts(team);
		number_hosts(team);
	}
	return team->hosts;
}

void fs_hosts_destroy(struct fs_hosts *hosts)
{
	if (!hosts)
		return;
	if (hosts->here != MPI_COMM_NULL)
		MPI_Comm_free(&hosts->here);
	if (hosts->between != MPI_COMM_NULL)
		MPI_Comm_free(&hosts->between);
	free(hosts);
}

int fs_team_hosts(struct fs_team *team)
{
	return fs_team_host_map(team)->count;
}

int fs_team_ranks_here(struct fs_team *team)
{
	return fs_team_host_map(team)->ranks_here;
}

int fs_team_rank_here(struct fs_team *team)
{
	return fs_team_host_map(team)->rank_here;
}

void fs_team_broadcast_here(struct fs_team *team, void *bytes, size_t count)
{
	const struct fs_hosts *hosts = team->hosts ? team->hosts : fs_team_host_map(team);
	if (hosts->ranks_here == 1)
		return;
	MPI_Request request;
	MPI_Ibcast(bytes, (int)count, MPI_BYTE, 0, hosts->here, &request);
	fs_team_wait_all(1, &request);
}

double fs_team_memory_MB(struct fs_team *team)
{
	struct rusage usage;
	getrusage(RUSAGE_SELF, &usage);
	double MB = (double)usage.ru_maxrss * 1024e-6; /* Linux counts KiB */
	fs_team_maximum(team, &MB, 1);
	return MB;
}
