#ifndef FARSCALE_WORKLOAD_WORKLOAD_H
#define FARSCALE_WORKLOAD_WORKLOAD_H

/*
 * Work that chips do in one step as graphs: nodes that depend on each other, whoever wrote them down. From
 * Chakra execution traces (chakra.h), SimAI's workload files (simai.h), or our own steps (fs_workload_of).
 * Executed by engine/graph.h.
 *
 * Chips that do the same are told once: a lane is what consecutive chips do, each with its own partners in
 * its own groups; lanes may share a list of nodes.
 */

#include "plan/program.h"

#include <stdbool.h>
#include <stdint.h>

struct fs_error;
struct fs_names;

enum fs_node_kind {
	FS_NODE_COMPUTE,
	FS_NODE_HOST, /* the host's work, which others wait for: always as recorded */
	FS_NODE_COLLECTIVE,
	FS_NODE_SEND,
	FS_NODE_RECEIVE,
	FS_NODE_JOIN /* nothing; ends when all that it depends on has */
};

struct fs_node {
	uint64_t id;      /* as its file calls it */
	const char *name; /* the workload's */
	enum fs_node_kind kind;
	/* compute: as recorded (below 0: nobody says), and what it does (both 0: nobody says) */
	double recorded_s, flop;
	double bytes; /* that a kernel moves, of a collective as nccl-tests counts it, or of a message */
	/* collective */
	enum fs_collective collective;
	enum fs_buffer_kind buffer; /* tells the exchanges of experts */
	struct fs_group group;
	int stream; /* of the workload's; collectives of one stream follow each other */
	/* message: its peer is that of the lane's first chip, the next chip's is the next, ...; the k-th that
	 * a chip sends to a peer with a tag is the k-th that the peer receives */
	uint64_t peer, tag;
	uint32_t first_dependency, dependencies; /* in the list's */
};

/** In the order of issue: nodes depend on earlier ones only. */
struct fs_node_list {
	char *origin; /* for messages: the file */
	uint32_t nodes, node_room;
	struct fs_node *node;
	uint64_t dependencies, dependency_room;
	uint32_t *dependency; /* places of nodes in the list */
};

struct fs_lane {
	uint64_t first_chip, chips;
	int list;
};

enum { FS_MAX_WORKLOAD_STREAMS = 32 };

struct fs_workload {
	uint64_t chips;
	int lanes, lists, streams;
	struct fs_lane *lane; /* by first_chip; together they are all chips */
	struct fs_node_list *list;
	const char *stream[FS_MAX_WORKLOAD_STREAMS]; /* names */
	struct fs_names *names;
	char name[48], layout[96]; /* for a record */
};

/** An empty one, named after the last part of `path`. */
struct fs_workload *fs_workload_create(const char *path);
void fs_workload_destroy(struct fs_workload *workload);

/** A copy of the text that lives as long as the workload; equal texts are one. */
const char *fs_workload_text(struct fs_workload *workload, const char *text);

/** A new empty list; returns its number. Pointers to lists are stale after it. */
int fs_workload_add_list(struct fs_workload *workload, const char *origin);
void fs_workload_add_lane(struct fs_workload *workload, uint64_t first_chip, uint64_t chips, int list);

/** The stream of this name, new or known; -1 with an error when there are too many. */
int fs_workload_stream(struct fs_workload *workload, const char *name, struct fs_error *error);

/** Appends; returns its place. Dependencies are added to the last node alone. */
uint32_t fs_list_add(struct fs_node_list *list, const struct fs_node *node);
void fs_list_depend(struct fs_node_list *list, uint32_t on);

/** Puts the list's nodes, which may depend on any place, into an order of issue: as they are, but for those
 * that wait for later ones. -1: a cycle, with an error that names one of its nodes. */
int fs_list_order(struct fs_node_list *list, struct fs_error *error);

/** Do both lists say the same, ids and origins aside? */
bool fs_lists_equal(const struct fs_node_list *a, const struct fs_node_list *b);

/** The lane that a chip is in. */
int fs_workload_lane(const struct fs_workload *workload, uint64_t chip);

/** Where all chips do the same in groups of their own, without messages: one lane for all of them. */
void fs_workload_fold(struct fs_workload *workload);

/** Chips i of the group: base + i * stride, i < size. */
uint64_t fs_group_base(struct fs_group group, uint64_t chip);

/** One step of a program as a workload. Kernels depend on the kernel before and on what they waited for,
 * collectives on what their chip had done when it issued them. */
struct fs_workload *fs_workload_of(const struct fs_program *program, const char *name);

#endif
