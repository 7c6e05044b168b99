#include "engine/pipe.h"

#include "base/error.h"
#include "engine/team.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

/* A ring of messages from this rank to itself. */
struct queue {
	uint32_t messages, first, room;
	uint64_t length; /* of each */
	double *left;
};

struct fs_pipe {
	struct fs_exchange *exchange;
	struct fs_stages stages;
	int ranks, rank;
	uint32_t queues;
	struct queue *queue;
};

struct fs_pipe *fs_pipe_create(struct fs_exchange *exchange, const struct fs_stages *stages, int ranks,
                               int rank, uint32_t queues)
{
	struct fs_pipe *pipe = fs_allocate_zeroed(1, sizeof *pipe);
	*pipe = (struct fs_pipe){
	        .exchange = exchange, .stages = *stages, .ranks = ranks, .rank = rank, .queues = queues};
	pipe->queue = fs_allocate_zeroed(queues ? queues : 1, sizeof *pipe->queue);
	return pipe;
}

void fs_pipe_destroy(struct fs_pipe *pipe)
{
	if (!pipe)
		return;
	for (uint32_t i = 0; i < pipe->queues; i++)
		free(pipe->queue[i].left);
	free(pipe->queue);
	free(pipe);
}

static struct fs_stage_part part_of(const struct fs_pipe *pipe, uint64_t stage, int rank)
{
	uint64_t begin = fs_block_begin(pipe->stages.chips, pipe->ranks, rank);
	uint64_t end = fs_block_begin(pipe->stages.chips, pipe->ranks, rank + 1);
	return fs_stage_part_of(&pipe->stages, stage, begin, end - begin);
}

/* The places that both have. */
static struct fs_stage_part both(struct fs_stage_part a, struct fs_stage_part b)
{
	uint64_t first = a.first > b.first ? a.first : b.first;
	uint64_t a_end = a.first + a.count, b_end = b.first + b.count, end = a_end < b_end ? a_end : b_end;
	return (struct fs_stage_part){a.stage, first, end > first ? end - first : 0};
}

/* Twice as much room, with the messages in order from the beginning. */
static void grow(struct queue *queue)
{
	uint32_t room = queue->room ? 2 * queue->room : 4;
	double *left = fs_allocate(room * queue->length * sizeof *left);
	for (uint32_t i = 0; i < queue->messages; i++)
		memcpy(left + i * queue->length,
		       queue->left + (queue->first + i) % queue->room * queue->length,
		       queue->length * sizeof *left);
	free(queue->left);
	queue->left = left;
	queue->first = 0;
	queue->room = room;
}

static void push(struct queue *queue, const double *left, uint64_t length)
{
	queue->length = length;
	if (queue->messages == queue->room)
		grow(queue);
	uint32_t at = (queue->first + queue->messages++) % queue->room;
	memcpy(queue->left + at * length, left, length * sizeof *left);
}

static void pop(struct queue *queue, double *left)
{
	assert(queue->messages > 0); /* else the program's turns are not in order */
	memcpy(left, queue->left + queue->first * queue->length, queue->length * sizeof *left);
	queue->first = (queue->first + 1) % queue->room;
	queue->messages--;
}

void fs_pipe_send(struct fs_pipe *pipe, uint32_t queue, uint64_t from, uint64_t to, const double *left)
{
	struct fs_stage_part mine = part_of(pipe, from, pipe->rank);
	for (int rank = 0; mine.count && rank < pipe->ranks; rank++) {
		struct fs_stage_part shared = both(mine, part_of(pipe, to, rank));
		const double *message = left + (shared.first - mine.first);
		if (shared.count == 0)
			continue;
		if (rank == pipe->rank)
			push(&pipe->queue[queue], message, shared.count);
		else
			fs_exchange_post(pipe->exchange, rank, queue, message, shared.count);
	}
}

void fs_pipe_receive(struct fs_pipe *pipe, uint32_t queue, uint64_t from, uint64_t to, double *left)
{
	struct fs_stage_part mine = part_of(pipe, to, pipe->rank);
	for (int rank = 0; mine.count && rank < pipe->ranks; rank++) {
		struct fs_stage_part shared = both(mine, part_of(pipe, from, rank));
		double *message = left + (shared.first - mine.first);
		if (shared.count == 0)
			continue;
		if (rank == pipe->rank)
			pop(&pipe->queue[queue], message);
		else
			fs_exchange_fetch(pipe->exchange, rank, queue, message, shared.count);
	}
}
