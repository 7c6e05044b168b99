#include "engine/team_mpi.h"

#include "base/error.h"
#include "engine/clock_offset.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

enum { TAG_SHIFT = 1 };

bool fs_team_launched(void)
{
	return getenv("OMPI_COMM_WORLD_SIZE") || getenv("PMIX_RANK") || getenv("PMI_RANK");
}

static int environment_number(const char *name, int otherwise)
{
	const char *text = getenv(name);
	return text ? atoi(text) : otherwise;
}

int fs_team_expected_ranks(void)
{
	if (!fs_team_launched())
		return 1;
	return environment_number("OMPI_COMM_WORLD_SIZE",
	                          environment_number("PMI_SIZE", environment_number("SLURM_NTASKS", 1)));
}

struct fs_team *fs_team_start(void)
{
	if (!fs_team_launched())
		return fs_team_alone();
	/* Ranks may outnumber cores: a blocking call of MPI's must hand its core over. */
	setenv("OMPI_MCA_mpi_yield_when_idle", "1", 0);
	MPI_Init(NULL, NULL);
	struct fs_team *team = fs_allocate_zeroed(1, sizeof *team);
	MPI_Comm_dup(MPI_COMM_WORLD, &team->comm);
	MPI_Comm_rank(team->comm, &team->rank);
	MPI_Comm_size(team->comm, &team->ranks);
	team->first_look = fs_allocate_zeroed(1, sizeof *team->first_look);
	return team;
}

void fs_team_finish(struct fs_team *world)
{
	bool launched = world->comm != MPI_COMM_NULL;
	if (launched)
		fs_team_barrier(world);
	fs_team_destroy(world);
	if (launched)
		MPI_Finalize();
}

int fs_team_rank(const struct fs_team *team)
{
	return team->rank;
}

int fs_team_ranks(const struct fs_team *team)
{
	return team->ranks;
}

struct fs_team *fs_team_alone(void)
{
	struct fs_team *team = fs_allocate_zeroed(1, sizeof *team);
	*team = (struct fs_team){.rank = 0, .ranks = 1, .comm = MPI_COMM_NULL};
	return team;
}

struct fs_team *fs_team_first(struct fs_team *team, int ranks)
{
	if (team->comm == MPI_COMM_NULL)
		return ranks >= 1 ? fs_team_alone() : NULL;
	MPI_Comm part;
	MPI_Comm_split(team->comm, team->rank < ranks ? 0 : MPI_UNDEFINED, team->rank, &part);
	if (part == MPI_COMM_NULL)
		return NULL;
	struct fs_team *first = fs_allocate_zeroed(1, sizeof *first);
	*first = (struct fs_team){.rank = team->rank,
	                          .ranks = ranks,
	                          .comm = part,
	                          .first_look = team->first_look,
	                          .part = true};
	return first;
}

struct fs_team *fs_team_split(struct fs_team *team, int colour, int place)
{
	if (team->comm == MPI_COMM_NULL)
		return fs_team_alone();
	struct fs_team *part = fs_allocate_zeroed(1, sizeof *part);
	*part = (struct fs_team){.first_look = team->first_look, .part = true};
	MPI_Comm_split(team->comm, colour, place, &part->comm);
	MPI_Comm_rank(part->comm, &part->rank);
	MPI_Comm_size(part->comm, &part->ranks);
	return part;
}

void fs_team_destroy(struct fs_team *team)
{
	if (!team)
		return;
	fs_hosts_destroy(team->hosts);
	if (team->comm != MPI_COMM_NULL)
		MPI_Comm_free(&team->comm);
	if (!team->part)
		free(team->first_look);
	free(team);
}

void fs_team_wait_all(int count, MPI_Request *requests)
{
	int done;
	for (int look = 0; look < 64; look++) {
		MPI_Testall(count, requests, &done, MPI_STATUSES_IGNORE);
		if (done)
			return;
	}
	for (long nap_ns = 20000;; nap_ns = nap_ns < 400000 ? nap_ns * 2 : 400000) {
		MPI_Testall(count, requests, &done, MPI_STATUSES_IGNORE);
		if (done)
			return;
		nanosleep(&(struct timespec){0, nap_ns}, NULL);
	}
}

static void wait_for(MPI_Request request)
{
	fs_team_wait_all(1, &request);
}

void fs_team_barrier(struct fs_team *team)
{
	if (team->ranks == 1)
		return;
	MPI_Request request;
	MPI_Ibarrier(team->comm, &request);
	wait_for(request);
}

void fs_team_broadcast(struct fs_team *team, void *bytes, size_t count, int root)
{
	if (team->ranks == 1)
		return;
	MPI_Request request;
	MPI_Ibcast(bytes, (int)count, MPI_BYTE, root, team->comm, &request);
	wait_for(request);
}

static void combine(struct fs_team *team, void *values, int count, MPI_Datatype type, MPI_Op op)
{
	if (team->ranks == 1)
		return;
	MPI_Request request;
	MPI_Iallreduce(MPI_IN_PLACE, values, count, type, op, team->comm, &request);
	wait_for(request);
}

void fs_team_sum_integers(struct fs_team *team, uint64_t *values, int count)
{
	combine(team, values, count, MPI_UINT64_T, MPI_SUM);
}

double fs_team_sum_exact(struct fs_team *team, const double *values, uint64_t count)
{
	__int128 sum = 0;
	for (uint64_t i = 0; i < count; i++)
		sum += (__int128)(values[i] * 0x1p40);
	/* Limbs of 40 bits: a million ranks' worth adds up without a carry. The highest keeps the sign. */
	const uint64_t mask = (1ull << 40) - 1;
	uint64_t limb[3] = {(uint64_t)sum & mask, (uint64_t)(sum >> 40) & mask, (uint64_t)(sum >> 80)};
	fs_team_sum_integers(team, limb, 3);
	sum = (__int128)(int64_t)limb[2] * ((__int128)1 << 80) + ((__int128)limb[1] << 40) + limb[0];
	return (double)sum * 0x1p-40;
}

void fs_team_maximum(struct fs_team *team, double *values, int count)
{
	combine(team, values, count, MPI_DOUBLE, MPI_MAX);
}

void fs_team_sum(struct fs_team *team, double *values, size_t count)
{
	combine(team, values, (int)count, MPI_DOUBLE, MPI_SUM);
}

void fs_team_sum_floats(struct fs_team *team, float *values, size_t count)
{
	combine(team, values, (int)count, MPI_FLOAT, MPI_SUM);
}

void fs_team_shift(struct fs_team *team, const void *mine, size_t count, void *received, int distance)
{
	if (team->ranks == 1) {
		memcpy(received, mine, count);
		return;
	}
	int to = (team->rank + distance) % team->ranks;
	int from = (team->rank - distance + team->ranks) % team->ranks;
	MPI_Request both[2];
	MPI_Irecv(received, (int)count, MPI_BYTE, from, TAG_SHIFT, team->comm, &both[0]);
	MPI_Isend(mine, (int)count, MPI_BYTE, to, TAG_SHIFT, team->comm, &both[1]);
	fs_team_wait_all(2, both);
}

/* One round of an exchange: blocks whose distance still to go has this bit go that far. */
static void exchange_round(struct fs_team *team, char *block, size_t count, int bit, char *out, char *in)
{
	size_t used = 0;
	for (int distance = bit; distance < team->ranks; distance++)
		if (distance & bit)
			memcpy(out + count * used++, block + count * (size_t)distance, count);
	fs_team_shift(team, out, count * used, in, bit);
	used = 0;
	for (int distance = bit; distance < team->ranks; distance++)
		if (distance & bit)
			memcpy(block + count * (size_t)distance, in + count * used++, count);
}

void fs_team_exchange(struct fs_team *team, const void *mine, size_t count, void *received)
{
	size_t ranks = (size_t)team->ranks, rank = (size_t)team->rank;
	char *block = fs_allocate(3 * ranks * count), *out = block + ranks * count, *in = out + ranks * count;
	for (size_t distance = 0; distance < ranks; distance++)
		memcpy(block + count * distance, (const char *)mine + count * ((rank + distance) % ranks),
		       count);
	for (int bit = 1; bit < team->ranks; bit *= 2)
		exchange_round(team, block, count, bit, out, in);
	for (size_t distance = 0; distance < ranks; distance++)
		memcpy((char *)received + count * ((rank + ranks - distance) % ranks),
		       block + count * distance, count);
	free(block);
}

void fs_team_abort(struct fs_team *team, const char *format, ...)
{
	va_list arguments;
	va_start(arguments, format);
	fputs("farscale: ", stderr);
	vfprintf(stderr, format, arguments);
	fputc('\n', stderr);
	va_end(arguments);
	fflush(NULL);
	if (team->comm != MPI_COMM_NULL)
		MPI_Abort(MPI_COMM_WORLD, 1);
	_Exit(1);
}

uint64_t fs_block_begin(uint64_t chips, int ranks, int rank)
{
	return chips / (uint64_t)ranks * (uint64_t)rank +
	       chips % (uint64_t)ranks * (uint64_t)rank / (uint64_t)ranks;
}

int fs_block_owner(uint64_t chips, int ranks, uint64_t chip)
{
	int rank = (int)(chip * (uint64_t)ranks / chips);
	while (rank > 0 && chip < fs_block_begin(chips, ranks, rank))
		rank--;
	while (rank + 1 < ranks && chip >= fs_block_begin(chips, ranks, rank + 1))
		rank++;
	return rank;
}
