#include "engine/exchange.h"

#include "base/clock.h"
#include "base/error.h"
#include "base/patience.h"
#include "engine/team_mpi.h"

#include <math.h>
#include <sched.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

enum { LOOKS_BEFORE_YIELD = 200, LOOKS_BEFORE_NAP = 2000, NAP_NS = 100000 };

enum { TAG_TIMES = 1, TAG_QUEUES = 16 /* and the queue's number */ };

struct posted {
	MPI_Request request;
	double *time;
};

struct fs_exchange {
	struct fs_team *team;
	double *packed; /* outgoing times that do not lie together */
	MPI_Request *requests;
	int *peers; /* of the requests */
	int posts, post_room;
	struct posted *post; /* on their way */
};

struct fs_exchange *fs_exchange_create(struct fs_team *team, uint64_t count)
{
	struct fs_exchange *exchange = fs_allocate_zeroed(1, sizeof *exchange);
	exchange->team = team;
	if (team->ranks == 1)
		return exchange;
	exchange->packed = fs_allocate(count * sizeof *exchange->packed);
	exchange->requests = fs_allocate(2 * (unsigned long)team->ranks * sizeof *exchange->requests);
	exchange->peers = fs_allocate(2 * (unsigned long)team->ranks * sizeof *exchange->peers);
	return exchange;
}

void fs_exchange_destroy(struct fs_exchange *exchange)
{
	if (!exchange)
		return;
	for (int i = 0; i < exchange->posts; i++) {
		MPI_Wait(&exchange->post[i].request, MPI_STATUS_IGNORE);
		free(exchange->post[i].time);
	}
	free(exchange->post);
	free(exchange->packed);
	free(exchange->requests);
	free(exchange->peers);
	free(exchange);
}

/* One message for all ranges from or to one rank; they lie together in `times`. */
static int post(struct fs_exchange *exchange, int pending, bool incoming, double *times, uint32_t count,
                int rank)
{
	MPI_Comm comm = exchange->team->comm;
	exchange->peers[pending] = rank;
	if (incoming)
		MPI_Irecv(times, (int)count, MPI_DOUBLE, rank, TAG_TIMES, comm, &exchange->requests[pending]);
	else
		MPI_Isend(times, (int)count, MPI_DOUBLE, rank, TAG_TIMES, comm, &exchange->requests[pending]);
	return pending + 1;
}

static int receive_all(struct fs_exchange *exchange, const struct fs_links *links, double *time)
{
	double *place = time + links->count;
	int pending = 0;
	for (int i = 0; i < links->incoming;) {
		int rank = links->in[i].rank;
		uint32_t count = 0;
		for (; i < links->incoming && links->in[i].rank == rank; i++)
			count += links->in[i].count;
		pending = post(exchange, pending, true, place, count, rank);
		place += count;
	}
	return pending;
}

static int send_all(struct fs_exchange *exchange, const struct fs_links *links, double *time, int pending)
{
	double *packed = exchange->packed;
	for (int i = 0; i < links->outgoing;) {
		const struct fs_range *first = &links->out[i];
		bool alone = i + 1 == links->outgoing || links->out[i + 1].rank != first->rank;
		if (alone) {
			pending = post(exchange, pending, false, time + first->begin, first->count,
			               first->rank);
			i++;
			continue;
		}
		double *message = packed;
		for (; i < links->outgoing && links->out[i].rank == first->rank; i++) {
			memcpy(packed, time + links->out[i].begin, links->out[i].count * sizeof *packed);
			packed += links->out[i].count;
		}
		pending = post(exchange, pending, false, message, (uint32_t)(packed - message), first->rank);
	}
	return pending;
}

static void give_up(struct fs_exchange *exchange, int pending)
{
	for (int i = 0; i < pending; i++)
		if (exchange->requests[i] != MPI_REQUEST_NULL)
			fs_team_abort(
			        exchange->team,
			        "rank %d has waited %g s for rank %d to exchange its chips' times; giving up",
			        exchange->team->rank, fs_patience_s(), exchange->peers[i]);
}

/* Sleeps a little and returns for how long, at most 10 ms: a job that was suspended meanwhile did not wait.
 */
static double nap_s(void)
{
	double start_s = fs_clock_s();
	nanosleep(&(struct timespec){0, NAP_NS}, NULL);
	return fmin(fs_clock_s() - start_s, 0.01);
}

static void wait_all(struct fs_exchange *exchange, int pending)
{
	int done = 0;
	double waited_s = 0, patience_s = fs_patience_s();
	for (long look = 0; !done; look++) {
		MPI_Testall(pending, exchange->requests, &done, MPI_STATUSES_IGNORE);
		if (done || look < LOOKS_BEFORE_YIELD)
			continue;
		if (look < LOOKS_BEFORE_NAP)
			sched_yield();
		else
			waited_s += nap_s();
		if (waited_s > patience_s)
			give_up(exchange, pending);
	}
}

void fs_exchange_run(struct fs_exchange *exchange, const struct fs_links *links, double *time)
{
	if (!links->incoming && !links->outgoing)
		return;
	int pending = receive_all(exchange, links, time);
	wait_all(exchange, send_all(exchange, links, time, pending));
}

/* Forgets what has arrived. */
static void clear_posts(struct fs_exchange *exchange)
{
	int left = 0;
	for (int i = 0; i < exchange->posts; i++) {
		int done = 0;
		MPI_Test(&exchange->post[i].request, &done, MPI_STATUS_IGNORE);
		if (done)
			free(exchange->post[i].time);
		else
			exchange->post[left++] = exchange->post[i];
	}
	exchange->posts = left;
}

void fs_exchange_post(struct fs_exchange *exchange, int rank, uint32_t queue, const double *time,
                      uint64_t count)
{
	if (exchange->posts == exchange->post_room)
		clear_posts(exchange);
	if (exchange->posts == exchange->post_room) {
		exchange->post_room = exchange->post_room ? 2 * exchange->post_room : 16;
		exchange->post = fs_reallocate(exchange->post,
		                               (unsigned long)exchange->post_room * sizeof *exchange->post);
	}
	struct posted *post = &exchange->post[exchange->posts++];
	post->time = fs_allocate(count * sizeof *time);
	memcpy(post->time, time, count * sizeof *time);
	MPI_Isend(post->time, (int)count, MPI_DOUBLE, rank, TAG_QUEUES + (int)queue, exchange->team->comm,
	          &post->request);
}

void fs_exchange_fetch(struct fs_exchange *exchange, int rank, uint32_t queue, double *time, uint64_t count)
{
	exchange->peers[0] = rank;
	MPI_Irecv(time, (int)count, MPI_DOUBLE, rank, TAG_QUEUES + (int)queue, exchange->team->comm,
	          &exchange->requests[0]);
	wait_all(exchange, 1);
}
