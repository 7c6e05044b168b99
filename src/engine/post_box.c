#include "engine/post_box.h"

#include "base/error.h"
#include "engine/team_mpi.h"

#include <stdlib.h>
#include <string.h>
#include <time.h>

enum { TAG_LETTER = 2, NAP_NS = 1000000 };

struct letter {
	MPI_Request request;
	void *bytes;
};

struct fs_post_box {
	struct fs_team *team;
	size_t size;
	uint64_t taken;
	int sent, room;
	struct letter *letter; /* that were sent */
};

struct fs_post_box *fs_post_box_create(struct fs_team *team, size_t size)
{
	struct fs_post_box *box = fs_allocate_zeroed(1, sizeof *box);
	box->team = team;
	box->size = size;
	return box;
}

void fs_post_box_send(struct fs_post_box *box, const void *bytes)
{
	if (box->sent == box->room) {
		box->room = box->room ? 2 * box->room : 16;
		box->letter = fs_reallocate(box->letter, (unsigned long)box->room * sizeof *box->letter);
	}
	struct letter *letter = &box->letter[box->sent++];
	letter->bytes = fs_allocate(box->size);
	memcpy(letter->bytes, bytes, box->size);
	MPI_Isend(letter->bytes, (int)box->size, MPI_BYTE, 0, TAG_LETTER, box->team->comm, &letter->request);
}

bool fs_post_box_take(struct fs_post_box *box, void *letter)
{
	int there = 0;
	MPI_Status status;
	if (box->team->ranks > 1)
		MPI_Iprobe(MPI_ANY_SOURCE, TAG_LETTER, box->team->comm, &there, &status);
	if (!there)
		return false;
	MPI_Recv(letter, (int)box->size, MPI_BYTE, status.MPI_SOURCE, TAG_LETTER, box->team->comm,
	         MPI_STATUS_IGNORE);
	box->taken++;
	return true;
}

void fs_post_box_empty(struct fs_post_box *box, void (*take)(const void *letter, void *context),
                       void *context)
{
	uint64_t sent = (uint64_t)box->sent;
	void *letter = fs_allocate(box->size);
	fs_team_sum_integers(box->team, &sent, 1);
	while (fs_team_rank(box->team) == 0 && box->taken < sent)
		if (fs_post_box_take(box, letter))
			take(letter, context);
		else
			nanosleep(&(struct timespec){0, NAP_NS}, NULL);
	free(letter);
}

void fs_post_box_destroy(struct fs_post_box *box)
{
	if (!box)
		return;
	for (int i = 0; i < box->sent; i++) {
		fs_team_wait_all(1, &box->letter[i].request);
		free(box->letter[i].bytes);
	}
	free(box->letter);
	free(box);
}
