#ifndef FARSCALE_PLAN_PROGRAM_H
#define FARSCALE_PLAN_PROGRAM_H

/*
 * What every chip does in one training step: a list of operations, the same for all chips.
 * Operations are issued in order. Compute runs on the compute stream; a collective runs on its own stream,
 * starts when that stream is free and its chip has reached the operation; a wait joins the two.
 */

#include "kernels/work.h"
#include "schedule/schedule.h"
#include "topology/system.h"

#include <stdbool.h>
#include <stdint.h>

struct fs_contention;
struct fs_error;
struct fs_model;

enum fs_stream {
	FS_STREAM_DATA,                     /* gradients */
	FS_STREAM_EXPERT,                   /* tokens to experts and back */
	FS_LIVE_STREAMS,                    /* the wall clock knows those before */
	FS_STREAM_TENSOR = FS_LIVE_STREAMS, /* activations within a layer */
	FS_STREAM_CONTEXT,                  /* keys and values of other parts of the sequence */
	FS_STREAM_WEIGHTS,                  /* of ZeRO, gathered before they are needed */
	FS_STREAMS
};

enum fs_op_kind { FS_OP_COMPUTE, FS_OP_COLLECTIVE, FS_OP_WAIT };

/** Chips i and j are in one group when they differ only in digit (i / stride) mod size. All groups of a
 *  collective run at once. */
struct fs_group {
	uint32_t size, stride;
};

struct fs_op {
	enum fs_op_kind kind;
	const char *label;     /* static text: "qkv", "gradients", ... */
	enum fs_stream stream; /* of a collective, or the one that a wait joins */
	/* compute */
	enum fs_kernel_kind kernel;
	double flop, bytes, time_s; /* time_s: on this system's chip, before jitter */
	struct fs_work work;
	/* collective */
	struct fs_group group;
	double size_bytes;                  /* as nccl-tests counts it */
	double timed_bytes, message_s;      /* what its messages take: plan/message.h */
	const struct fs_schedule *schedule; /* owned by the program */
	bool chosen;                        /* as the one predicted fastest */
	double launch_s;                    /* the host's, before the collective starts */
	double base_s;                      /* the library's, before a chip's first message */
	double use[FS_MAX_TIERS];           /* the part of its time that it holds a chip's port of a tier */
	double under_way; /* where something blocks: the part of its time that its slowest messages are under
	                   * way; the rest is latency */
	struct fs_buffer buffer;
};

/** Collectives of different streams, where something blocks. */
struct fs_pair {
	const struct fs_schedule *schedule[2];
	double slowdown[2]; /* of the one's messages while the other's are under way: plan/beside.h */
};

struct fs_program {
	uint64_t chips;
	struct fs_contention *contention; /* owned; the networks that it runs on, NULL where nothing blocks */
	int ops;
	struct fs_op *op;
	int schedules;
	struct fs_schedule **schedule;
	int pairs;
	struct fs_pair *pair;
	double model_flop; /* per chip and step */
	double tokens;     /* per chip and step */
	char layout[96];   /* what was chosen: "dp=1936,ep=8" */
};

/** One collective over all chips, nothing else: launched ahead, as a benchmark's loop does, so without launch
 * cost. algorithm NULL: the one predicted fastest. */
int fs_program_for_collective(const struct fs_system *system, enum fs_collective collective, uint64_t chips,
                              double bytes, const char *algorithm, struct fs_program **program,
                              struct fs_error *error);

/** One training step of `model` on `chips` chips. layout: "key=value,..." or NULL; keys: dp, ep, bucket_MB.
 */
int fs_program_for_model(const struct fs_system *system, const struct fs_model *model, uint64_t chips,
                         const char *layout, struct fs_program **program, struct fs_error *error);

/** Sum of all kernels' times on one chip, before jitter and interference: a step in which nobody ever waits.
 */
double fs_program_kernels_s(const struct fs_program *program);

void fs_program_destroy(struct fs_program *program);

#endif
