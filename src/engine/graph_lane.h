#ifndef FARSCALE_ENGINE_GRAPH_LANE_H
#define FARSCALE_ENGINE_GRAPH_LANE_H

/* What one lane has done so far, and what it can do next. */

#include "workload/workload.h"

enum {
	FS_LANE_COMPUTE,
	FS_LANE_HOST,
	FS_LANE_SEND,
	FS_LANE_RECEIVE,
	FS_LANE_COLLECTIVES, /* and on: the workload's streams */
	FS_LANE_STREAMS = FS_LANE_COLLECTIVES + FS_MAX_WORKLOAD_STREAMS
};

/** The stream of a node; -1: none. */
int fs_lane_stream(const struct fs_node *node);

/** Of one list, for all lanes that do it: what waits for what, the order of streams included. */
struct fs_lane_plan {
	const struct fs_node_list *list;
	uint32_t *waits_for; /* how many */
	uint64_t *first;     /* those that wait for node i: next[first[i] .. first[i + 1] - 1] */
	uint32_t *next;
};

void fs_lane_plan_create(struct fs_lane_plan *plan, const struct fs_node_list *list);
void fs_lane_plan_clear(struct fs_lane_plan *plan);

struct fs_lane_state {
	const struct fs_lane_plan *plan;
	uint32_t *waits_for; /* left; UINT32_MAX: it has ended */
	double *begin, *end;
	uint32_t heaped, *heap; /* nodes that wait for nothing, the first in the list on top */
	uint32_t ended, oldest; /* how many; the first in the list that has not */
	double free_s[FS_LANE_STREAMS];
	int flight[FS_LANE_STREAMS];      /* the last collective's operation, -1: none */
	uint32_t flying[FS_LANE_STREAMS]; /* ... and node */
	double busy_s, kernels_s, flop;
	bool queued;
};

void fs_lane_create(struct fs_lane_state *lane, const struct fs_lane_plan *plan);
void fs_lane_clear(struct fs_lane_state *lane);

/** Takes the first node that waits for nothing; there must be one. */
uint32_t fs_lane_pop(struct fs_lane_state *lane);

/** The node has ended: those that waited for it may be next. */
void fs_lane_end(struct fs_lane_state *lane, uint32_t node);

/** When all that a node depends on has ended. */
double fs_lane_ready_s(const struct fs_lane_state *lane, uint32_t node);

#endif
