/*
 * Progressive filling by events. A link's level is what is left of its capacity over the shares of its active
 * flows: the rate at which it is full if all go on growing alike. The link with the least level fills next;
 * its flows freeze, and the levels of the other links that they pass rise; none ever falls.
 *
 * Independent of the order of flows to the last bit: shares are summed as integers, links of the same level
 * fill in one event, and a link gives to all flows that freeze in an event at once.
 */

#include "fabric/fair.h"

#include "base/error.h"
#include "fabric/rising.h"

#include <assert.h>
#include <float.h>
#include <math.h>
#include <stdbool.h>
#include <stdlib.h>

static const double most_units = 2147483648.0; /* 2^31: the largest power of two that fits 32 bits */
static const double same_level = 1 + 1e-12;    /* levels that differ by rounding only */

/** A link that some flow uses; they are numbered anew, so that nothing is done for links that none uses. */
struct pipe {
	double left;           /* of the capacity, in units of a share */
	uint64_t active;       /* units of the flows that still grow */
	uint64_t freezing;     /* and of those that freeze in this event */
	uint32_t first, flows; /* its part of `through` */
};

/** A use, in pipes and units. */
struct passage {
	uint32_t pipe, units;
};

struct fs_fair {
	double share_units; /* that a share of 1 has; a power of two */
	uint32_t use_room, link_room, pipes, fulls, losers;
	uint32_t *number; /* by link: its pipe + 1; 0 between calls */
	struct pipe *pipe;
	double *level;          /* by pipe; infinite when it has no active flows */
	uint32_t *link;         /* by pipe */
	uint32_t *full, *loser; /* the pipes that fill, and that lose flows, in this event */
	struct passage *passage;
	uint32_t *through; /* flows, pipe by pipe */
	struct fs_rising *queue;
};

struct fs_fair *fs_fair_create(void)
{
	struct fs_fair *fair = fs_allocate_zeroed(1, sizeof *fair);
	fair->queue = fs_rising_create();
	return fair;
}

static void free_uses(struct fs_fair *fair)
{
	free(fair->pipe);
	free(fair->level);
	free(fair->link);
	free(fair->full);
	free(fair->loser);
	free(fair->passage);
	free(fair->through);
}

void fs_fair_destroy(struct fs_fair *fair)
{
	if (!fair)
		return;
	free_uses(fair);
	free(fair->number);
	fs_rising_destroy(fair->queue);
	free(fair);
}

/* Nothing need be kept when arrays grow, but that `number` is 0. */
static void make_room(struct fs_fair *fair, uint32_t links, uint32_t uses)
{
	if (links > fair->link_room) {
		free(fair->number);
		fair->number = fs_allocate_zeroed(links, sizeof *fair->number);
		fair->link_room = links;
	}
	if (uses <= fair->use_room)
		return;
	free_uses(fair);
	fair->use_room = uses;
	size_t room = uses; /* no more pipes than uses */
	fair->pipe = fs_allocate(room * sizeof *fair->pipe);
	fair->level = fs_allocate(room * sizeof *fair->level);
	fair->link = fs_allocate(room * sizeof *fair->link);
	fair->full = fs_allocate(room * sizeof *fair->full);
	fair->loser = fs_allocate(room * sizeof *fair->loser);
	fair->passage = fs_allocate(room * sizeof *fair->passage);
	fair->through = fs_allocate(room * sizeof *fair->through);
}

/* Every use counts, so that a link with active flows has a finite level. */
static uint32_t units_of(const struct fs_fair *fair, float share)
{
	uint32_t units = (uint32_t)((double)share * fair->share_units + 0.5);
	return units ? units : 1;
}

/* As many as the largest share leaves room for. */
static void choose_units(struct fs_fair *fair, const struct fs_flows *flows)
{
	float most = 1;
	for (uint32_t i = flows->first[0]; i < flows->first[flows->flows]; i++) {
		assert(flows->use[i].share >= 0);
		most = flows->use[i].share > most ? flows->use[i].share : most;
	}
	fair->share_units = most_units;
	while ((double)most * fair->share_units > most_units)
		fair->share_units /= 2;
}

static uint32_t pipe_of(struct fs_fair *fair, uint32_t link, const double *capacity)
{
	uint32_t *number = &fair->number[link];
	if (!*number) {
		fair->pipe[fair->pipes] = (struct pipe){.left = capacity[link] * fair->share_units};
		fair->link[fair->pipes] = link;
		*number = ++fair->pipes;
	}
	return *number - 1;
}

/* Numbers the links that are used, sums the shares over each, and gives `number` back its zeros. */
static void collect_pipes(struct fs_fair *fair, const struct fs_flows *flows)
{
	fair->pipes = 0;
	for (uint32_t i = flows->first[0]; i < flows->first[flows->flows]; i++) {
		const struct fs_use *use = &flows->use[i];
		assert(use->link < flows->links);
		struct passage passage = {pipe_of(fair, use->link, flows->capacity),
		                          units_of(fair, use->share)};
		fair->passage[i - flows->first[0]] = passage;
		fair->pipe[passage.pipe].active += passage.units;
		fair->pipe[passage.pipe].flows++;
	}
	for (uint32_t i = 0; i < fair->pipes; i++)
		fair->number[fair->link[i]] = 0;
}

/* Lists the flows of each pipe. */
static void list_flows(struct fs_fair *fair, const struct fs_flows *flows)
{
	uint32_t first = 0;
	for (uint32_t i = 0; i < fair->pipes; i++) {
		fair->pipe[i].first = first;
		first += fair->pipe[i].flows;
		fair->pipe[i].flows = 0;
	}
	const struct passage *passage = fair->passage;
	for (uint32_t flow = 0; flow < flows->flows; flow++)
		for (uint32_t i = flows->first[flow]; i < flows->first[flow + 1]; i++, passage++) {
			struct pipe *pipe = &fair->pipe[passage->pipe];
			fair->through[pipe->first + pipe->flows++] = flow;
		}
}

static void find_levels(struct fs_fair *fair)
{
	for (uint32_t i = 0; i < fair->pipes; i++)
		fair->level[i] = fair->pipe[i].left / (double)fair->pipe[i].active;
	fs_rising_fill(fair->queue, fair->level, fair->pipes);
}

/* Lists the pipes that fill next, all with the least level, and returns it; infinite if none fills. */
static double find_full(struct fs_fair *fair)
{
	uint32_t pipe;
	fair->fulls = 0;
	if (!fs_rising_take(fair->queue, fair->level, DBL_MAX, &pipe))
		return INFINITY;
	double rate = fair->level[pipe];
	do
		fair->full[fair->fulls++] = pipe;
	while (fs_rising_take(fair->queue, fair->level, rate * same_level, &pipe));
	return rate;
}

static void freeze_flow(struct fs_fair *fair, const struct fs_flows *flows, uint32_t flow)
{
	uint32_t begin = flows->first[flow] - flows->first[0], end = flows->first[flow + 1] - flows->first[0];
	for (uint32_t i = begin; i < end; i++) {
		struct pipe *pipe = &fair->pipe[fair->passage[i].pipe];
		if (!pipe->freezing)
			fair->loser[fair->losers++] = fair->passage[i].pipe;
		pipe->freezing += fair->passage[i].units;
	}
}

/* The pipes that have lost flows give them `rate`. Levels can fall by rounding only. */
static void raise_levels(struct fs_fair *fair, double rate)
{
	for (uint32_t i = 0; i < fair->losers; i++) {
		struct pipe *pipe = &fair->pipe[fair->loser[i]];
		pipe->left -= rate * (double)pipe->freezing;
		pipe->active -= pipe->freezing;
		pipe->freezing = 0;
		double *level = &fair->level[fair->loser[i]];
		*level = pipe->active ? fmax(*level, pipe->left / (double)pipe->active) : INFINITY;
	}
}

/* The flows of all full pipes stay at `rate`. */
static void freeze(struct fs_fair *fair, const struct fs_flows *flows, double rate, double *rate_Bps)
{
	fair->losers = 0;
	for (uint32_t i = 0; i < fair->fulls; i++) {
		const struct pipe *pipe = &fair->pipe[fair->full[i]];
		for (uint32_t j = pipe->first; j < pipe->first + pipe->flows; j++) {
			uint32_t flow = fair->through[j];
			if (rate_Bps[flow] < INFINITY)
				continue;
			rate_Bps[flow] = rate;
			freeze_flow(fair, flows, flow);
		}
	}
	raise_levels(fair, rate);
}

void fs_fair_rates(struct fs_fair *fair, const struct fs_flows *flows, double *rate_Bps)
{
	make_room(fair, flows->links, flows->first[flows->flows] - flows->first[0]);
	for (uint32_t flow = 0; flow < flows->flows; flow++)
		rate_Bps[flow] = INFINITY;
	choose_units(fair, flows);
	collect_pipes(fair, flows);
	list_flows(fair, flows);
	find_levels(fair);
	for (double rate; (rate = find_full(fair)) < INFINITY;)
		freeze(fair, flows, rate, rate_Bps);
}

/*
 * No flow ever speeds up, so the inverse of the first rate is all there is to know. With equal bytes the
 * fastest flows are done first. Take one of them, of rate r, out: the filling below r stays as it is, for a
 * link that fills below r has no flow of rate r, and a link that has one does not fill earlier without it. So
 * all flows slower than r keep their rates, until the next fastest are done; and so on.
 */
void fs_fair_finish(struct fs_fair *fair, const struct fs_flows *flows, double *beta_s)
{
	fs_fair_rates(fair, flows, beta_s);
	for (uint32_t flow = 0; flow < flows->flows; flow++)
		beta_s[flow] = 1 / beta_s[flow];
}
