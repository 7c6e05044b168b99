#include "engine/exchange.h"

#include "base/error.h"
#include "engine/team_mpi.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

/* A run of values that go to, or come from, one other rank. */
struct run {
	int rank, begin, count;
};

struct incoming {
	uint32_t from, to; /* sending chip; index of the receiving chip within this block */
};

struct fs_exchange {
	struct fs_team *team;
	uint64_t chips, begin, count;
	struct incoming *incoming; /* in the order of the sending chips */
	uint32_t *outgoing;        /* indices within this block, grouped by receiving rank, ascending in each */
	double *in_values, *out_values;
	struct run *in_runs, *out_runs;
	int in_run_count, out_run_count, incoming_count;
	MPI_Request *requests;
};

struct fs_exchange *fs_exchange_create(struct fs_team *team, uint64_t chips)
{
	struct fs_exchange *exchange = fs_allocate_zeroed(1, sizeof *exchange);
	uint64_t begin = fs_block_begin(chips, team->ranks, team->rank);
	uint64_t count = fs_block_begin(chips, team->ranks, team->rank + 1) - begin;
	*exchange = (struct fs_exchange){ .team = team, .chips = chips, .begin = begin, .count = count };
	if (team->ranks == 1)
		return exchange;
	unsigned long ranks = (unsigned long)team->ranks;
	exchange->incoming = fs_allocate(count * sizeof *exchange->incoming);
	exchange->outgoing = fs_allocate(count * sizeof *exchange->outgoing);
	exchange->in_values = fs_allocate(count * sizeof *exchange->in_values);
	exchange->out_values = fs_allocate(count * sizeof *exchange->out_values);
	exchange->in_runs = fs_allocate(ranks * sizeof *exchange->in_runs);
	exchange->out_runs = fs_allocate(ranks * sizeof *exchange->out_runs);
	exchange->requests = fs_allocate(2 * ranks * sizeof *exchange->requests);
	return exchange;
}

void fs_exchange_destroy(struct fs_exchange *exchange)
{
	if (!exchange)
		return;
	free(exchange->incoming);
	free(exchange->outgoing);
	free(exchange->in_values);
	free(exchange->out_values);
	free(exchange->in_runs);
	free(exchange->out_runs);
	free(exchange->requests);
	free(exchange);
}

static bool elsewhere(const struct fs_exchange *exchange, uint32_t chip)
{
	return chip != FS_NO_CHIP && (chip < exchange->begin || chip >= exchange->begin + exchange->count);
}

static int by_sender(const void *a, const void *b)
{
	uint32_t x = ((const struct incoming *)a)->from, y = ((const struct incoming *)b)->from;
	return (x > y) - (x < y);
}

/* A shift that wraps around gives two ascending halves, which only have to change places. */
static void sort_incoming(struct incoming *incoming, int count)
{
	int descents = 0, at = 0;
	for (int i = 1; i < count; i++)
		if (incoming[i].from < incoming[i - 1].from)
			descents++, at = i;
	if (descents == 1 && incoming[count - 1].from < incoming[0].from) {
		struct incoming *copy = fs_allocate((unsigned long)count * sizeof *copy);
		memcpy(copy, incoming, (size_t)count * sizeof *copy);
		memcpy(incoming, copy + at, (size_t)(count - at) * sizeof *copy);
		memcpy(incoming + (count - at), copy, (size_t)at * sizeof *copy);
		free(copy);
	} else if (descents) {
		qsort(incoming, (size_t)count, sizeof *incoming, by_sender);
	}
}

static void plan_incoming(struct fs_exchange *exchange, const struct fs_links *links)
{
	int count = 0;
	for (uint64_t i = 0; i < links->count; i++)
		if (elsewhere(exchange, links->from[i]))
			exchange->incoming[count++] = (struct incoming){ links->from[i], (uint32_t)i };
	sort_incoming(exchange->incoming, count);
	exchange->incoming_count = count;
	exchange->in_run_count = 0;
	for (int i = 0; i < count;) {
		int rank = fs_block_owner(exchange->chips, exchange->team->ranks, exchange->incoming[i].from);
		uint64_t end = fs_block_begin(exchange->chips, exchange->team->ranks, rank + 1);
		int begin = i;
		while (i < count && exchange->incoming[i].from < end)
			i++;
		exchange->in_runs[exchange->in_run_count++] = (struct run){ rank, begin, i - begin };
	}
}

/* Counting sort of this block's remote messages by receiving rank; chips stay ascending. */
static void plan_outgoing(struct fs_exchange *exchange, const struct fs_links *links)
{
	int ranks = exchange->team->ranks;
	int *next = fs_allocate_zeroed((unsigned long)ranks + 1, sizeof *next);
	for (uint64_t i = 0; i < links->count; i++)
		if (elsewhere(exchange, links->to[i]))
			next[fs_block_owner(exchange->chips, ranks, links->to[i]) + 1]++;
	exchange->out_run_count = 0;
	for (int rank = 0; rank < ranks; rank++) {
		if (next[rank + 1])
			exchange->out_runs[exchange->out_run_count++] = (struct run){ rank, next[rank], next[rank + 1] };
		next[rank + 1] += next[rank];
	}
	for (uint64_t i = 0; i < links->count; i++)
		if (elsewhere(exchange, links->to[i]))
			exchange->outgoing[next[fs_block_owner(exchange->chips, ranks, links->to[i])]++] = (uint32_t)i;
	free(next);
}

void fs_exchange_plan(struct fs_exchange *exchange, const struct fs_links *links)
{
	if (exchange->team->ranks == 1)
		return;
	plan_incoming(exchange, links);
	plan_outgoing(exchange, links);
}

enum { TAG_TIMES = 1 };

static void swap_with_others(struct fs_exchange *exchange, const double *time)
{
	MPI_Comm comm = exchange->team->comm;
	int pending = 0;
	for (int r = 0; r < exchange->in_run_count; r++) {
		struct run run = exchange->in_runs[r];
		MPI_Irecv(exchange->in_values + run.begin, run.count, MPI_DOUBLE, run.rank, TAG_TIMES, comm,
		          &exchange->requests[pending++]);
	}
	for (int r = 0; r < exchange->out_run_count; r++) {
		struct run run = exchange->out_runs[r];
		for (int i = run.begin; i < run.begin + run.count; i++)
			exchange->out_values[i] = time[exchange->outgoing[i]];
		MPI_Isend(exchange->out_values + run.begin, run.count, MPI_DOUBLE, run.rank, TAG_TIMES, comm,
		          &exchange->requests[pending++]);
	}
	MPI_Waitall(pending, exchange->requests, MPI_STATUSES_IGNORE);
}

void fs_exchange_run(struct fs_exchange *exchange, const struct fs_links *links, const double *time, double *source)
{
	for (uint64_t i = 0; i < links->count; i++) {
		uint32_t from = links->from[i];
		bool here = from >= exchange->begin && from < exchange->begin + exchange->count;
		source[i] = here ? time[from - exchange->begin] : -INFINITY;
	}
	if (exchange->team->ranks == 1)
		return;
	swap_with_others(exchange, time);
	for (int i = 0; i < exchange->incoming_count; i++)
		source[exchange->incoming[i].to] = exchange->in_values[i];
}
