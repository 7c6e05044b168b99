#include "fabric/rising.h"

#include "base/error.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { BUCKETS = 1024 }; /* 64 an octave; the last one has all that is 16 octaves above the least */

static const uint32_t none = UINT32_MAX;

struct candidate {
	double level; /* now, or before it rose */
	uint32_t thing;
};

struct fs_rising {
	uint32_t room, candidates, lowest; /* lowest: the bucket that is in the heap */
	uint64_t base;                     /* the first bucket's, among all octaves */
	struct candidate *heap;
	uint32_t *next;           /* by thing: the next in its bucket */
	uint32_t bucket[BUCKETS]; /* the first thing in it */
};

struct fs_rising *fs_rising_create(void)
{
	return fs_allocate_zeroed(1, sizeof(struct fs_rising));
}

void fs_rising_destroy(struct fs_rising *queue)
{
	if (!queue)
		return;
	free(queue->heap);
	free(queue->next);
	free(queue);
}

/* Numbers that are not negative are in the order of their bits: the exponent and six more of them. */
static uint64_t sixty_fourth(double level)
{
	uint64_t bits;
	memcpy(&bits, &level, sizeof bits);
	return bits >> 46;
}

static uint32_t bucket_of(const struct fs_rising *queue, double level)
{
	uint64_t bucket = sixty_fourth(level) - queue->base;
	return bucket < BUCKETS ? (uint32_t)bucket : BUCKETS - 1;
}

static void put_in_bucket(struct fs_rising *queue, uint32_t bucket, uint32_t thing)
{
	queue->next[thing] = queue->bucket[bucket];
	queue->bucket[bucket] = thing;
}

/* Puts `candidate` where heap[at] was, and right among those below. */
static void sift_down(struct fs_rising *queue, uint32_t at, struct candidate candidate)
{
	struct candidate *heap = queue->heap;
	for (uint32_t child; (child = 2 * at + 1) < queue->candidates; at = child) {
		if (child + 1 < queue->candidates && heap[child + 1].level < heap[child].level)
			child++;
		if (heap[child].level >= candidate.level)
			break;
		heap[at] = heap[child];
	}
	heap[at] = candidate;
}

static void take_top(struct fs_rising *queue)
{
	queue->candidates--;
	if (queue->candidates)
		sift_down(queue, 0, queue->heap[queue->candidates]);
}

/* Makes a heap of the lowest bucket; what has risen beyond it is moved on. */
static void open_bucket(struct fs_rising *queue, const double *level)
{
	uint32_t thing = queue->bucket[queue->lowest];
	queue->bucket[queue->lowest] = none;
	while (thing != none) {
		uint32_t next = queue->next[thing], bucket = bucket_of(queue, level[thing]);
		if (bucket > queue->lowest)
			put_in_bucket(queue, bucket, thing);
		else
			queue->heap[queue->candidates++] = (struct candidate){level[thing], thing};
		thing = next;
	}
	for (uint32_t i = queue->candidates / 2; i-- > 0;)
		sift_down(queue, i, queue->heap[i]);
}

void fs_rising_fill(struct fs_rising *queue, const double *level, uint32_t things)
{
	if (things > queue->room) {
		free(queue->heap);
		free(queue->next);
		queue->heap = fs_allocate(things * sizeof *queue->heap);
		queue->next = fs_allocate(things * sizeof *queue->next);
		queue->room = things;
	}
	double least = INFINITY;
	for (uint32_t i = 0; i < things; i++)
		least = level[i] < least ? level[i] : least;
	queue->base = sixty_fourth(least);
	queue->candidates = queue->lowest = 0;
	memset(queue->bucket, 0xff, sizeof queue->bucket);
	for (uint32_t i = 0; i < things; i++)
		put_in_bucket(queue, bucket_of(queue, level[i]), i);
	open_bucket(queue, level);
}

/* The heap's top has risen: it sinks, or leaves for the bucket that it is in now. */
static void move_top(struct fs_rising *queue, double level)
{
	uint32_t thing = queue->heap[0].thing, bucket = bucket_of(queue, level);
	if (bucket > queue->lowest) {
		take_top(queue);
		put_in_bucket(queue, bucket, thing);
	} else
		sift_down(queue, 0, (struct candidate){level, thing});
}

bool fs_rising_take(struct fs_rising *queue, const double *level, double most, uint32_t *thing)
{
	for (uint32_t last = bucket_of(queue, most);;) {
		while (queue->candidates && queue->heap[0].level <= most) {
			*thing = queue->heap[0].thing;
			if (level[*thing] <= queue->heap[0].level) {
				take_top(queue);
				return true;
			}
			move_top(queue, level[*thing]);
		}
		if (queue->candidates || queue->lowest >= last)
			return false;
		queue->lowest++;
		open_bucket(queue, level);
	}
}
