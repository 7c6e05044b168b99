/* For tests/mpi/ranks.sh, under mpirun: what a team does together, and whether #wrong counts what is wrong.
 * Prints what failed, on any rank, and ends with 1 then. */

#include "base/error.h"
#include "engine/bare_data.h"
#include "engine/hosts.h"
#include "engine/post_box.h"
#include "engine/team.h"
#include "engine/wrong.h"
#include "schedule/schedule.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static uint64_t failures;

static void expect(struct fs_team *team, bool holds, const char *what, int which)
{
	if (holds)
		return;
	fprintf(stderr, "rank %d of %d: %s %d\n", fs_team_rank(team), fs_team_ranks(team), what, which);
	failures++;
}

static void check_shift(struct fs_team *team)
{
	int ranks = fs_team_ranks(team), rank = fs_team_rank(team), received;
	for (int distance = 0; distance < ranks; distance++) {
		fs_team_shift(team, &rank, sizeof rank, &received, distance);
		expect(team, received == (rank + ranks - distance) % ranks, "shift by", distance);
	}
}

static void check_exchange(struct fs_team *team)
{
	int ranks = fs_team_ranks(team), rank = fs_team_rank(team);
	int(*sent)[3] = fs_allocate((size_t)ranks * sizeof *sent),
	(*received)[3] = fs_allocate((size_t)ranks * sizeof *sent);
	for (int other = 0; other < ranks; other++)
		sent[other][0] = rank, sent[other][1] = other, sent[other][2] = 1000 * rank + other;
	fs_team_exchange(team, sent, sizeof *sent, received);
	for (int other = 0; other < ranks; other++)
		expect(team,
		       received[other][0] == other && received[other][1] == rank &&
		               received[other][2] == 1000 * other + rank,
		       "exchange with", other);
	free(sent);
	free(received);
}

static void check_split(struct fs_team *team)
{
	int ranks = fs_team_ranks(team), rank = fs_team_rank(team);
	struct fs_team *part = fs_team_split(team, rank % 3, -rank);
	int size = (ranks - rank % 3 + 2) / 3;
	expect(team, fs_team_ranks(part) == size, "split: ranks of colour", rank % 3);
	expect(team, fs_team_rank(part) == size - 1 - rank / 3, "split: place of", rank);
	fs_team_destroy(part);
}

enum { LETTERS = 20 };

static void count_letter(const void *letter, void *received)
{
	((int *)received)[*(const int *)letter]++;
}

/* Every second rank posts, some letters before rank 0 begins to wait for them. Each comes once. */
static void check_post(struct fs_team *team)
{
	int ranks = fs_team_ranks(team), rank = fs_team_rank(team);
	int *received = fs_allocate_zeroed((size_t)(ranks * LETTERS), sizeof *received);
	struct fs_post_box *box = fs_post_box_create(team, sizeof(int), rank % 2 == 1);
	expect(team, fs_post_box_senders(box) == (uint64_t)ranks / 2, "senders among", ranks);
	for (int i = 0; i < LETTERS && rank % 2 == 1; i++)
		fs_post_box_send(box, &(int){rank * LETTERS + i});
	fs_post_box_empty(box, count_letter, received);
	for (int i = 0; i < ranks * LETTERS; i++)
		expect(team, received[i] == (rank == 0 && i / LETTERS % 2 == 1), "letter", i);
	fs_post_box_destroy(box);
	free(received);
}

/* What the collective has to do with buffers that fs_bare_data_fill filled, element by element. */
static void carry_out(const struct fs_schedule *schedule, uint32_t member, float *buffer, size_t floats)
{
	uint64_t slots = schedule->slots;
	float *of[schedule->size];
	for (uint32_t other = 0; other < schedule->size; other++) {
		of[other] = fs_allocate(floats * sizeof(float));
		fs_bare_data_fill(of[other], floats, (int)other);
	}
	for (uint64_t slot = 0; slot < slots; slot++)
		for (size_t i = fs_slot_begin(slot, slots, floats);
		     i < fs_slot_begin(slot + 1, slots, floats); i++) {
			float sum = 0;
			for (uint32_t other = 0; other < schedule->size; other++)
				sum += of[other][i];
			const float results[FS_COLLECTIVES] = {
			        [FS_ALLREDUCE] = sum,
			        [FS_REDUCE_SCATTER] =
			                slot == member ? sum : -1, /* the others' parts are anything */
			        [FS_ALLGATHER] = of[slot % schedule->size][i],
			        [FS_ALLTOALL] = of[fs_schedule_peer(schedule, member, slot, -1)][i],
			        [FS_BROADCAST] = of[0][i],
			        [FS_SENDRECV] = of[(member + schedule->size - 1) % schedule->size][i],
			};
			buffer[i] = results[schedule->collective];
		}
	for (uint32_t other = 0; other < schedule->size; other++)
		free(of[other]);
}

static void check_wrong(struct fs_team *team, const struct fs_algorithm *algorithm, size_t floats)
{
	uint32_t size = (uint32_t)fs_team_ranks(team), member = (uint32_t)fs_team_rank(team);
	const struct fs_schedule_request request = {
	        .collective = algorithm->collective, .size = size, .bytes = 1e6};
	struct fs_schedule schedule;
	struct fs_error error;
	if (fs_schedule_build(&request, algorithm->name, &schedule, &error))
		return; /* it needs switches, or nodes */
	float *before = fs_allocate(floats * sizeof *before), *after = fs_allocate(floats * sizeof *after);
	fs_bare_data_fill(before, floats, (int)member);
	carry_out(&schedule, member, after, floats);
	uint64_t wrong = fs_wrong_count(team, &schedule, before, after, floats);
	expect(team, wrong == 0, algorithm->name, (int)wrong);
	/* An element that this rank answers for, if there is one. */
	uint64_t slot = schedule.slots == size ? member : 0;
	size_t own = fs_slot_begin(slot, schedule.slots, floats);
	bool any = fs_slot_begin(slot + 1, schedule.slots, floats) > own;
	if (any)
		after[own] += 1;
	wrong = fs_wrong_count(team, &schedule, before, after, floats);
	expect(team, wrong == any, "not noticed:", (int)algorithm->collective);
	free(before);
	free(after);
}

int main(int argc, char **argv)
{
	(void)argv;
	struct fs_team *team = fs_team_start();
	if (argc > 1) { /* "idle": what MPI itself takes */
		fs_team_finish(team);
		return 0;
	}
	check_shift(team);
	check_exchange(team);
	check_split(team);
	check_post(team);
	expect(team, fs_team_hosts(team) == 1 && fs_team_ranks_here(team) == fs_team_ranks(team),
	       "hosts:", fs_team_hosts(team));
	for (const struct fs_algorithm *algorithm = fs_algorithms; algorithm->name; algorithm++) {
		check_wrong(team, algorithm, 1000);
		check_wrong(team, algorithm, 3); /* most slots are empty */
	}
	fs_team_sum_integers(team, &failures, 1);
	fs_team_finish(team);
	return failures > 0;
}
