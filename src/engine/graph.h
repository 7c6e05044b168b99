#ifndef FARSCALE_ENGINE_GRAPH_H
#define FARSCALE_ENGINE_GRAPH_H

/*
 * Executes a workload's graphs on a system, once, without jitter. By the rules of time of src/README.md, with
 * these for what programs do not have:
 *
 *   Order.      A chip has streams: compute, the host, one for each kind of collectives, sending, receiving.
 *               Each runs its nodes in the order of issue; a node starts when its stream is free and what it
 *               depends on has ended, collectives and sends launch_us later.
 *   Collective. Starts when the last of its chips gets to it, and takes as long as the virtual clock says for
 *               all groups of its kind, started together. A lane that stands for chips of several groups
 *               takes these to be alike. The k-th collective of a group is the k-th of each of its chips.
 *   Message.    LogGP with the tier's alpha and beta: the sender's port is held for n * beta; the head
 *               arrives alpha after it left; the receiver's port is held for n * beta from when it is free
 * and the head is there, whether its chip waits already or not. Kernels     take what the system's chip needs
 * for their flop and bytes where these are known, else what was recorded.
 */

#include <stdbool.h>
#include <stdint.h>

struct fs_error;
struct fs_node;
struct fs_system;
struct fs_workload;

/** A node and when it ran. */
struct fs_graph_span {
	uint64_t chip;
	const char *stream; /* "compute", "host", "send", "receive" or the collective's */
	const struct fs_node *node;
	const char *algorithm; /* of a collective, else NULL */
	double begin_s, end_s;
};

struct fs_graph_options {
	bool recorded;            /* kernels take what was recorded even where flop or bytes are known */
	const uint64_t *observed; /* chips; those that a lane stands for are seen as it is */
	int observed_count;
	void (*observe)(void *context, const struct fs_graph_span *span); /* NULL: nobody looks */
	void *context;
};

struct fs_graph_outcome {
	double step_s;
	/* means over chips */
	double compute_s;     /* that the compute stream is busy */
	double kernels_s;     /* the same, were no collective in flight */
	double flop;          /* of kernels; 0: not known */
	uint64_t fingerprint; /* of all lanes' times */
};

/** system: placed for the workload's chips. -1: a chip waits for what never comes, or group members disagree
 * about a collective; the error names file and node. Local. */
int fs_graph_run(const struct fs_system *system, const struct fs_workload *workload,
                 const struct fs_graph_options *options, struct fs_graph_outcome *outcome,
                 struct fs_error *error);

#endif
