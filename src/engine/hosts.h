#ifndef FARSCALE_ENGINE_HOSTS_H
#define FARSCALE_ENGINE_HOSTS_H

/* Which of a team's ranks share a host. Found when it is first asked for. The first rank of a host speaks for
 * it; hosts are numbered in the order of these ranks, so that rank 0 is on host 0. */

#include "engine/team.h"

/** Collective over the team when it is first called; from then on local. */
int fs_team_hosts(struct fs_team *team);

/** How many of the team's ranks are on this rank's host, and which of them it is. As above. */
int fs_team_ranks_here(struct fs_team *team);
int fs_team_rank_here(struct fs_team *team);

/** The bytes of each host's first rank become those of all ranks of the host. Collective over the team. */
void fs_team_broadcast_here(struct fs_team *team, void *bytes, size_t count);

/** The most memory, in MB of 10^6 bytes, that any rank of the team has had resident so far (VmHWM).
 * Collective. */
double fs_team_memory_MB(struct fs_team *team);

#endif
