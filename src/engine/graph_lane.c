#include "engine/graph_lane.h"

#include "base/error.h"

#include <stdlib.h>
#include <string.h>

int fs_lane_stream(const struct fs_node *node)
{
	switch (node->kind) {
	case FS_NODE_COMPUTE:
		return FS_LANE_COMPUTE;
	case FS_NODE_HOST:
		return FS_LANE_HOST;
	case FS_NODE_SEND:
		return FS_LANE_SEND;
	case FS_NODE_RECEIVE:
		return FS_LANE_RECEIVE;
	case FS_NODE_COLLECTIVE:
		return FS_LANE_COLLECTIVES + node->stream;
	case FS_NODE_JOIN:
		break;
	}
	return -1;
}

/* Calls visit for each pair of nodes of which the second waits for the first. */
static void each_wait(const struct fs_node_list *list,
                      void (*visit)(struct fs_lane_plan *, uint32_t before, uint32_t after),
                      struct fs_lane_plan *plan)
{
	int64_t last[FS_LANE_STREAMS];
	for (int s = 0; s < FS_LANE_STREAMS; s++)
		last[s] = -1;
	for (uint32_t i = 0; i < list->nodes; i++) {
		const struct fs_node *node = &list->node[i];
		int stream = fs_lane_stream(node);
		for (uint32_t d = 0; d < node->dependencies; d++)
			visit(plan, list->dependency[node->first_dependency + d], i);
		if (stream >= 0 && last[stream] >= 0)
			visit(plan, (uint32_t)last[stream], i);
		if (stream >= 0)
			last[stream] = i;
	}
}

static void count_wait(struct fs_lane_plan *plan, uint32_t before, uint32_t after)
{
	plan->waits_for[after]++;
	plan->first[before + 1]++;
}

/* first[i + 1] moves from where node i's begin to where they end. */
static void put_wait(struct fs_lane_plan *plan, uint32_t before, uint32_t after)
{
	plan->next[plan->first[before + 1]++] = after;
}

void fs_lane_plan_create(struct fs_lane_plan *plan, const struct fs_node_list *list)
{
	*plan = (struct fs_lane_plan){.list = list};
	plan->waits_for = fs_allocate_zeroed(list->nodes + 1ul, sizeof *plan->waits_for);
	plan->first = fs_allocate_zeroed(list->nodes + 2ul, sizeof *plan->first);
	each_wait(list, count_wait, plan);
	uint64_t sum = 0;
	for (uint32_t i = 1; i <= list->nodes; i++) {
		uint64_t count = plan->first[i];
		plan->first[i] = sum;
		sum += count;
	}
	plan->next = fs_allocate((sum + 1) * sizeof *plan->next);
	each_wait(list, put_wait, plan);
}

void fs_lane_plan_clear(struct fs_lane_plan *plan)
{
	free(plan->waits_for);
	free(plan->first);
	free(plan->next);
}

static void push(struct fs_lane_state *lane, uint32_t node)
{
	uint32_t i = lane->heaped++;
	for (; i > 0 && lane->heap[(i - 1) / 2] > node; i = (i - 1) / 2)
		lane->heap[i] = lane->heap[(i - 1) / 2];
	lane->heap[i] = node;
}

uint32_t fs_lane_pop(struct fs_lane_state *lane)
{
	uint32_t least = lane->heap[0], moved = lane->heap[--lane->heaped], i = 0;
	for (uint32_t child = 1; child < lane->heaped; child = 2 * i + 1) {
		if (child + 1 < lane->heaped && lane->heap[child + 1] < lane->heap[child])
			child++;
		if (lane->heap[child] >= moved)
			break;
		lane->heap[i] = lane->heap[child];
		i = child;
	}
	lane->heap[i] = moved;
	return least;
}

void fs_lane_create(struct fs_lane_state *lane, const struct fs_lane_plan *plan)
{
	uint32_t nodes = plan->list->nodes;
	*lane = (struct fs_lane_state){.plan = plan};
	lane->waits_for = fs_allocate((nodes + 1ul) * sizeof *lane->waits_for);
	memcpy(lane->waits_for, plan->waits_for, nodes * sizeof *lane->waits_for);
	lane->begin = fs_allocate_zeroed(nodes + 1ul, sizeof *lane->begin);
	lane->end = fs_allocate_zeroed(nodes + 1ul, sizeof *lane->end);
	lane->heap = fs_allocate((nodes + 1ul) * sizeof *lane->heap);
	for (int s = 0; s < FS_LANE_STREAMS; s++)
		lane->flight[s] = -1;
	for (uint32_t i = 0; i < nodes; i++)
		if (lane->waits_for[i] == 0)
			push(lane, i);
}

void fs_lane_clear(struct fs_lane_state *lane)
{
	free(lane->waits_for);
	free(lane->begin);
	free(lane->end);
	free(lane->heap);
}

void fs_lane_end(struct fs_lane_state *lane, uint32_t node)
{
	const struct fs_lane_plan *plan = lane->plan;
	lane->waits_for[node] = UINT32_MAX;
	lane->ended++;
	while (lane->oldest < plan->list->nodes && lane->waits_for[lane->oldest] == UINT32_MAX)
		lane->oldest++;
	for (uint64_t i = plan->first[node]; i < plan->first[node + 1]; i++)
		if (--lane->waits_for[plan->next[i]] == 0)
			push(lane, plan->next[i]);
}

double fs_lane_ready_s(const struct fs_lane_state *lane, uint32_t node)
{
	const struct fs_node_list *list = lane->plan->list;
	const struct fs_node *this = &list->node[node];
	double ready = 0;
	for (uint32_t d = 0; d < this->dependencies; d++) {
		double end = lane->end[list->dependency[this->first_dependency + d]];
		ready = end > ready ? end : ready;
	}
	return ready;
}
