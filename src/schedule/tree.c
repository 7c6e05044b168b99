/*
 * Allreduce and broadcast through two binary trees at once (see two_tree.h), pipelined in chunks.
 */

#include "schedule/build.h"
#include "schedule/two_tree.h"

#include <math.h>

/* What a link carries during one latency, give or take: 1 us at 450 GB/s, 5 us at 50 GB/s. The best number of
 * chunks goes with its square root, and being off by two in it costs a few per cent, so one value serves all.
 */
static const double latency_bytes = 256 * 1024;

/* Beyond this, filling the pipeline costs less than a tenth, and more rounds only cost time to emulate. */
enum { MOST_CHUNKS = 128 };

/* Chunks per tree. A phase takes 2 (h + k) rounds of alpha + beta * bytes / 2k, h being the trees' height,
 * which is least at k = sqrt(h * bytes * beta / (2 alpha)) (Sanders, Speck, Traff 2009). */
static uint32_t chunks_for(uint32_t size, double bytes)
{
	int height = 31 - __builtin_clz(size);
	double best = round(sqrt(height * bytes / (2 * latency_bytes)));
	return best < 1 ? 1 : best > MOST_CHUNKS ? MOST_CHUNKS : (uint32_t)best;
}

static struct fs_step tree(enum fs_pattern pattern, const struct fs_schedule *schedule, uint32_t above)
{
	return (struct fs_step){
	        .pattern = pattern,
	        .repeat = fs_two_tree_rounds(schedule->size, above, schedule->chunks),
	        .distance = above,
	        .unit = 1,
	        .modulus = 1,
	        .count = 1,
	};
}

int fs_tree_allreduce(const struct fs_schedule_request *request, struct fs_schedule *schedule,
                      struct fs_error *error)
{
	(void)error;
	schedule->chunks = chunks_for(request->size, request->bytes);
	schedule->slots = 2 * (uint64_t)schedule->chunks;
	struct fs_step up = tree(FS_TREE_UP, schedule, 0);
	up.reduce = true;
	fs_add_step(schedule, up);
	fs_add_step(schedule, tree(FS_TREE_DOWN, schedule, 0));
	return 0;
}

int fs_tree_broadcast(const struct fs_schedule_request *request, struct fs_schedule *schedule,
                      struct fs_error *error)
{
	(void)error;
	schedule->chunks = chunks_for(request->size, request->bytes);
	schedule->slots = 2 * (uint64_t)schedule->chunks;
	fs_add_step(schedule, tree(FS_TREE_DOWN, schedule, 1));
	return 0;
}
