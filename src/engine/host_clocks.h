#ifndef FARSCALE_ENGINE_HOST_CLOCKS_H
#define FARSCALE_ENGINE_HOST_CLOCKS_H

/*
 * One time for ranks on several hosts: CLOCK_MONOTONIC starts anew with each host, and ranks of a host share
 * it. The first rank of each host asks another's clock for the time, along a binomial tree from the first
 * host on: log2(hosts) rounds, in each of which every host that knows its offset finds that of one more.
 * Nobody spins meanwhile.
 *
 * Clocks also drift apart, by some 1e-5 where nothing steers them. The line through the first look at them
 * and the last (clock_offset.h) corrects for it as soon as it can be told from none; a look after a run tells
 * how far wrong it was.
 */

#include "engine/clock_offset.h"
#include "engine/team.h"

struct fs_host_clocks {
	int hosts;
	struct fs_clock_line own; /* of this host's clock, against the first host's */
	/* The largest on any host: the offset from the first one's clock, the bound on its error, and the
	 * drift that is corrected. All 0 on one host. */
	double offset_s, bound_s, drift;
};

/** Collective over the team; for some 10 ms, or some 10 round trips where these are long. */
void fs_host_clocks_look(struct fs_team *team, struct fs_host_clocks *clocks);

/** Looks again after a run: raises bound_s to the largest error that any host's line may have had by then.
 * Collective. */
void fs_host_clocks_check(struct fs_team *team, struct fs_host_clocks *clocks);

/** Says on rank 0's stderr how far hosts' clocks are apart, if there are several. Local. */
void fs_host_clocks_print(const struct fs_host_clocks *clocks);

#endif
