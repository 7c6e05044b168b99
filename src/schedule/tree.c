/*
 * Allreduce and broadcast through two binary trees at once (see two_tree.h), pipelined in chunks. And as NCCL
 * does it over several nodes: a tree of nodes for each of many channels, along chains of NVLink inside a
 * node, each of which enters and leaves it at another GPU. Together they pass over every link what a
 * reduce-scatter inside the nodes, two trees between, over every NIC, and an allgather inside do, in as many
 * hops.
 */

#include "schedule/build.h"

#include "base/error.h"
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
	int level = schedule->levels - 1;
	return (struct fs_step){
	        .pattern = pattern,
	        .level = level,
	        .repeat = fs_two_tree_rounds(schedule->level_size[level], above, schedule->chunks),
	        .distance = above,
	        .own_part = level > 0,
	        .unit = 1,
	        .modulus = 1,
	        .count = 1,
	};
}

static void add_two_trees(struct fs_schedule *schedule)
{
	struct fs_step up = tree(FS_TREE_UP, schedule, 0);
	up.reduce = true;
	fs_add_step(schedule, up);
	fs_add_step(schedule, tree(FS_TREE_DOWN, schedule, 0));
}

int fs_tree_allreduce(const struct fs_schedule_request *request, struct fs_schedule *schedule,
                      struct fs_error *error)
{
	(void)error;
	schedule->chunks = chunks_for(request->size, request->bytes);
	schedule->slots = 2 * (uint64_t)schedule->chunks;
	add_two_trees(schedule);
	return 0;
}

/* Two nodes exchange: in either tree one is the root, and half of the buffer comes to it, and goes back. */
enum { EXCHANGE = 2 };

static void add_between(struct fs_schedule *schedule)
{
	int level = schedule->levels - 1;
	if (schedule->chunks) {
		add_two_trees(schedule);
		return;
	}
	fs_add_ring_reduce_scatter(schedule, level);
	fs_add_ring_allgather(schedule, level);
}

typedef void level_adder(struct fs_schedule *schedule, int level);

/* Inside nodes, level 0, all through their links or all through their switches. */
static int tree_of_nodes(const struct fs_schedule_request *request, level_adder *scatter, level_adder *gather,
                         struct fs_schedule *schedule)
{
	uint32_t server = fs_server_of(request), nodes = request->size / server;
	schedule->levels = 0;
	if (server > 1)
		schedule->level_size[schedule->levels++] = server;
	if (nodes > 1)
		schedule->level_size[schedule->levels++] = nodes;
	schedule->chunks = nodes > EXCHANGE ? chunks_for(nodes, request->bytes / server) : 0;
	schedule->slots = schedule->chunks ? 2 * (uint64_t)server * schedule->chunks : request->size;
	if (server > 1)
		scatter(schedule, 0);
	if (nodes > 1)
		add_between(schedule);
	if (server > 1)
		gather(schedule, 0);
	return 0;
}

int fs_hierarchical_tree_allreduce(const struct fs_schedule_request *request, struct fs_schedule *schedule,
                                   struct fs_error *error)
{
	(void)error;
	return tree_of_nodes(request, fs_add_ring_reduce_scatter, fs_add_ring_allgather, schedule);
}

int fs_in_network_tree_allreduce(const struct fs_schedule_request *request, struct fs_schedule *schedule,
                                 struct fs_error *error)
{
	if (!fs_blocks_reduce(request, fs_server_of(request)))
		return fs_fail(error, "no node of the %u members reduces in its switches", request->size);
	return tree_of_nodes(request, fs_add_switch_reduce_scatter, fs_add_switch_allgather, schedule);
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
