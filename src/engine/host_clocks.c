#include "engine/host_clocks.h"

#include "base/clock.h"
#include "base/speaker.h"
#include "base/text.h"
#include "engine/hosts.h"
#include "engine/team_mpi.h"

#include <math.h>
#include <sched.h>
#include <stdbool.h>
#include <stdio.h>
#include <time.h>

enum { MOST_LOOKS = 3 /* after a run: a busy host's round trips say little */ };
enum { FEWEST_PINGS = 10, MOST_PINGS = 100, PING = 1, PONG = 2, FOUND = 3 };
enum { LOOKS_BEFORE_NAP = 5000, NAP_NS = 100000 };
static const double LONG_ENOUGH_S = 0.05; /* in which even a drift of 1e-4 moves clocks by 5 us */

/* Gives the core away between looks, and sleeps when it takes long: a nap in a round trip would be half of
 * it. */
static void wait_for(MPI_Request *request)
{
	int done = 0;
	for (int look = 0; !done; look++) {
		MPI_Test(request, &done, MPI_STATUS_IGNORE);
		if (!done && look < LOOKS_BEFORE_NAP)
			sched_yield();
		else if (!done)
			nanosleep(&(struct timespec){0, NAP_NS}, NULL);
	}
}

static void send(MPI_Comm hosts, int to, int tag, const void *bytes, size_t count)
{
	MPI_Request request;
	MPI_Isend(bytes, (int)count, MPI_BYTE, to, tag, hosts, &request);
	wait_for(&request);
}

static void receive(MPI_Comm hosts, int from, int tag, void *bytes, size_t count)
{
	MPI_Request request;
	MPI_Irecv(bytes, (int)count, MPI_BYTE, from, tag, hosts, &request);
	wait_for(&request);
}

/* Finds the offset of a host that does not know its own, and tells it. A ping says whether it is the last. */
static void ask(MPI_Comm hosts, int other, struct fs_clock_offset own)
{
	struct fs_ping ping[MOST_PINGS];
	double start_s = fs_clock_s();
	int count = 0;
	for (double last = 0; last == 0; count++) {
		bool long_enough = fs_clock_s() - start_s > LONG_ENOUGH_S;
		last = count + 1 == MOST_PINGS || (count + 1 >= FEWEST_PINGS && long_enough);
		ping[count].sent_s = fs_clock_s();
		send(hosts, other, PING, &last, sizeof last);
		receive(hosts, other, PONG, &ping[count].answered_s, sizeof ping[count].answered_s);
		ping[count].received_s = fs_clock_s();
	}
	struct fs_clock_offset found = fs_clock_offset_beyond(own, fs_clock_offset_of(ping, count));
	send(hosts, other, FOUND, &found, sizeof found);
}

static struct fs_clock_offset answer(MPI_Comm hosts, int other)
{
	struct fs_clock_offset own;
	for (double last = 0; last == 0;) {
		receive(hosts, other, PING, &last, sizeof last);
		double now_s = fs_clock_s();
		send(hosts, other, PONG, &now_s, sizeof now_s);
	}
	receive(hosts, other, FOUND, &own, sizeof own);
	return own;
}

/* Round by round, hosts [0, known) each ask the one `known` further on. */
static struct fs_clock_offset look_along_tree(const struct fs_hosts *map)
{
	struct fs_clock_offset own = {.at_s = fs_clock_s()};
	for (int known = 1; known < map->count; known *= 2) {
		if (map->index < known && map->index + known < map->count)
			ask(map->between, map->index + known, own);
		else if (map->index >= known && map->index < 2 * known)
			own = answer(map->between, map->index - known);
	}
	return own;
}

static struct fs_clock_offset look(struct fs_team *team)
{
	const struct fs_hosts *map = fs_team_host_map(team);
	struct fs_clock_offset own = {.at_s = fs_clock_s()};
	if (map->between != MPI_COMM_NULL)
		own = look_along_tree(map);
	return own;
}

void fs_host_clocks_look(struct fs_team *team, struct fs_host_clocks *clocks)
{
	*clocks = (struct fs_host_clocks){.hosts = fs_team_hosts(team)};
	if (clocks->hosts == 1)
		return;
	struct fs_clock_offset last = look(team);
	if (team->first_look->at_s == 0)
		*team->first_look = last;
	clocks->own = fs_clock_line_through(*team->first_look, last);
	fs_team_broadcast_here(team, &clocks->own, sizeof clocks->own);
	double largest[3] = {fabs(last.offset_s), last.bound_s, fabs(clocks->own.used)};
	if (fs_team_rank_here(team))
		largest[0] = largest[1] = largest[2] = 0;
	fs_team_maximum(team, largest, 3);
	clocks->offset_s = largest[0];
	clocks->bound_s = largest[1];
	clocks->drift = largest[2];
}

void fs_host_clocks_check(struct fs_team *team, struct fs_host_clocks *clocks)
{
	if (clocks->hosts == 1)
		return;
	double least_s = INFINITY;
	for (int i = 0; i < MOST_LOOKS && least_s > 2 * clocks->bound_s; i++) {
		struct fs_clock_offset now = look(team);
		double error_s = fs_team_rank_here(team) ? 0 : fs_clock_line_error_s(&clocks->own, now);
		fs_team_maximum(team, &error_s, 1);
		least_s = fmin(least_s, error_s);
	}
	clocks->bound_s = fmax(clocks->bound_s, least_s);
}

void fs_host_clocks_print(const struct fs_host_clocks *clocks)
{
	char bound[32];
	if (clocks->hosts == 1 || !fs_speaks())
		return;
	fprintf(stderr, "%d hosts, whose clocks are up to %.6f s from the first's, known to %s, drift %.2g\n",
	        clocks->hosts, clocks->offset_s, fs_text_seconds(clocks->bound_s, bound, sizeof bound),
	        clocks->drift);
}
