#include "engine/post_box.h"

#include "base/error.h"
#include "engine/team_mpi.h"

#include <stdlib.h>
#include <string.h>
#include <time.h>

enum { TAG_LETTER = 2, TAG_JOIN = 3, NAP_NS = 1000000 };

struct letter {
	MPI_Request request;
	void *bytes;
};

struct fs_post_box {
	struct fs_team *team;
	size_t size;
	uint64_t senders, sent, taken;
	int waiting, room;
	struct letter *letter; /* that are not gone yet */
};

/* Open MPI joins two ranks by TCP when the first message needs it, in several steps, each of which waits for
 * a call: the first letter would be at home until a case's end. A synchronous message has been received when
 * it is done. */
static void join(struct fs_post_box *box, bool sends)
{
	MPI_Comm comm = box->team->comm;
	MPI_Request request;
	box->senders = sends;
	fs_team_sum_integers(box->team, &box->senders, 1);
	if (sends) {
		MPI_Issend(NULL, 0, MPI_BYTE, 0, TAG_JOIN, comm, &request);
		fs_team_wait_all(1, &request);
	}
	for (uint64_t i = 0; fs_team_rank(box->team) == 0 && i < box->senders; i++) {
		MPI_Irecv(NULL, 0, MPI_BYTE, MPI_ANY_SOURCE, TAG_JOIN, comm, &request);
		fs_team_wait_all(1, &request);
	}
}

struct fs_post_box *fs_post_box_create(struct fs_team *team, size_t size, bool sends)
{
	struct fs_post_box *box = fs_allocate_zeroed(1, sizeof *box);
	box->team = team;
	box->size = size;
	join(box, sends);
	return box;
}

uint64_t fs_post_box_senders(const struct fs_post_box *box)
{
	return box->senders;
}

void fs_post_box_send(struct fs_post_box *box, const void *bytes)
{
	if (box->waiting == box->room) {
		box->room = box->room ? 2 * box->room : 16;
		box->letter = fs_reallocate(box->letter, (unsigned long)box->room * sizeof *box->letter);
	}
	struct letter *letter = &box->letter[box->waiting++];
	letter->bytes = fs_allocate(box->size);
	memcpy(letter->bytes, bytes, box->size);
	MPI_Isend(letter->bytes, (int)box->size, MPI_BYTE, 0, TAG_LETTER, box->team->comm, &letter->request);
	box->sent++;
	fs_post_box_push(box);
}

void fs_post_box_push(struct fs_post_box *box)
{
	int waiting = 0, gone;
	for (int i = 0; i < box->waiting; i++) {
		MPI_Test(&box->letter[i].request, &gone, MPI_STATUS_IGNORE);
		if (gone)
			free(box->letter[i].bytes);
		else
			box->letter[waiting++] = box->letter[i];
	}
	box->waiting = waiting;
}

bool fs_post_box_take(struct fs_post_box *box, void *letter)
{
	int there = 0;
	MPI_Status status;
	if (box->senders)
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
	if (!box->senders)
		return;
	bool first = fs_team_rank(box->team) == 0;
	uint64_t sent = box->sent;
	int all_came = 0; /* here: `sent` is everybody's */
	MPI_Request sum;
	void *letter = fs_allocate(box->size);
	MPI_Iallreduce(MPI_IN_PLACE, &sent, 1, MPI_UINT64_T, MPI_SUM, box->team->comm, &sum);
	while (!all_came || (first && box->taken < sent)) {
		if (first && fs_post_box_take(box, letter))
			take(letter, context);
		else
			nanosleep(&(struct timespec){0, NAP_NS}, NULL);
		fs_post_box_push(box);
		if (!all_came)
			MPI_Test(&sum, &all_came, MPI_STATUS_IGNORE);
	}
	free(letter);
}

void fs_post_box_destroy(struct fs_post_box *box)
{
	if (!box)
		return;
	for (int i = 0; i < box->waiting; i++) {
		fs_team_wait_all(1, &box->letter[i].request);
		free(box->letter[i].bytes);
	}
	free(box->letter);
	free(box);
}
