#ifndef FARSCALE_PLAN_PROGRAM_H
#define FARSCALE_PLAN_PROGRAM_H

/*
 * What every chip does in one training step: a table of operations, and turns that say who carries out which
 * of them when. Without turns all chips do all of them, once. Operations of a turn are issued in order.
 * Compute runs on the compute stream; a collective runs on its own stream, starts when that stream is free
 * and its chip has reached the operation; a wait joins the two.
 *
 * Pipeline stages do different things, so each has turns of its own. All turns of all stages are in one
 * order, in which nobody receives what has not been sent before; whoever carries a program out goes through
 * them in that order, which is the same on all ranks. Layers and micro-batches that are alike share
 * operations.
 */

#include "kernels/work.h"
#include "phase/stream.h"
#include "pipeline/turn.h"
#include "schedule/group.h"
#include "schedule/schedule.h"
#include "topology/system.h"

#include <stdbool.h>
#include <stdint.h>

struct fs_contention;
struct fs_error;
struct fs_model;

enum fs_op_kind {
	FS_OP_COMPUTE,
	FS_OP_COLLECTIVE,
	FS_OP_WAIT,
	FS_OP_SEND,   /* to the chips of another stage that lie in it as these do in theirs */
	FS_OP_RECEIVE /* what one of their sends has sent: the earliest on the queue that has not been
	                 received */
};

struct fs_op {
	enum fs_op_kind kind;
	const char *label; /* static text: "qkv", "gradients", ... */
	double host_s;     /* the host's, to launch its kernels; it does so ahead of the chip where it can */
	enum fs_stream stream; /* of a collective, or the one that a wait joins */
	/* compute */
	enum fs_kernel_kind kernel;
	double flop, bytes, time_s; /* time_s: on this system's chip, before jitter */
	struct fs_work work;
	/* collective */
	struct fs_group group;
	double size_bytes;                  /* as nccl-tests counts it */
	double timed_bytes, message_s;      /* what its messages take: cost/message.h */
	const struct fs_schedule *schedule; /* owned by the program */
	bool chosen;                        /* as the one predicted fastest */
	double launch_s;                    /* the host's, before the collective starts */
	double base_s;                      /* the library's, before a chip's first message */
	double alone_s;           /* predicted, when all start together and nothing else is in flight */
	double use[FS_MAX_TIERS]; /* the part of its time that it holds a chip's port of a tier */
	double under_way; /* where something blocks: the part of its time that its slowest messages are under
	                   * way; the rest is latency */
	struct fs_buffer buffer;
	bool across; /* it, or what a wait joins, joins pipeline stages: waiting for it is a pipeline's bubble
	              */
	/* send, receive: size_bytes, launch_s (of the send), group (the pipeline's) and schedule (a shift by
	 * as many stages as there are in between, for the link) as above */
	uint32_t from, to; /* stages */
	uint32_t queue;    /* its number: one for each pair of stages and kind of message */
	bool blocks;       /* the sender goes on when its port is free */
};

/** Operations first .. first + ops - 1, `repeat` times over, by the chips of a stage. */
struct fs_turn {
	uint32_t first, ops, repeat;
	int32_t stage; /* FS_ALL_STAGES: by all chips */
	enum fs_turn_kind kind;
};

enum { FS_ALL_STAGES = -1 };

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
	/* Chip i is of stage (i / stage_stride) mod stages. 0 stages: one, of all chips. */
	uint32_t stages;
	uint64_t stage_stride;
	uint32_t turns; /* 0: all operations once, by all chips */
	struct fs_turn *turn;
	uint32_t queues;
	double model_flop; /* per chip and step, the mean over chips */
	double tokens;     /* per chip and step, the same */
	char layout[384];  /* what was chosen: "dp=1936,ep=8" (FS_LAYOUT_TEXT) */
};

/** One collective over all chips, nothing else: launched ahead, as a benchmark's loop does, so without launch
 * cost. algorithm NULL: the one predicted fastest. */
int fs_program_for_collective(const struct fs_system *system, enum fs_collective collective, uint64_t chips,
                              double bytes, const char *algorithm, struct fs_program **program,
                              struct fs_error *error);

/** One training step of `model` on `chips` chips. layout: "key=value,..." (layout/layout.h) or NULL. A plain
 * slice (dp-gpt, dp-moe) in dp, ep and bucket_MB alone: without turns, and with the work of live chips
 * (training.c); all else: step.h. */
int fs_program_for_model(const struct fs_system *system, const struct fs_model *model, uint64_t chips,
                         const char *layout, struct fs_program **program, struct fs_error *error);

/** Is the model a plain slice, which live chips train where the layout allows? */
bool fs_program_plain(const struct fs_model *model);

/** The turn, also of a program without any; and how many there are. */
struct fs_turn fs_program_turn(const struct fs_program *program, uint32_t i);
uint32_t fs_program_turns(const struct fs_program *program);

/** Sum of all kernels' times on one chip, of the stage that has most to do, before jitter and interference: a
 * step in which nobody there ever waits. */
double fs_program_kernels_s(const struct fs_program *program);

void fs_program_destroy(struct fs_program *program);

#endif
