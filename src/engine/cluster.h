#ifndef FARSCALE_ENGINE_CLUSTER_H
#define FARSCALE_ENGINE_CLUSTER_H

/*
 * The virtual clock's state: arrays of timestamps over this rank's chips, and how operations move them on.
 * Chips lie stage by stage, in the order of their numbers within each; a program without stages has one.
 */

#include "engine/engine.h"
#include "engine/meter.h"
#include "engine/stage_chips.h"
#include "engine/watch.h"

struct fs_exchange;
struct fs_measured;
struct fs_pipe;
struct fs_routes;
struct fs_stage_routes;
struct fs_turn_times;

/* Chips of a turn that this rank has. */
struct fs_view {
	int32_t stage;      /* FS_ALL_STAGES */
	uint64_t at, count; /* where they lie in the arrays */
	uint64_t chips;     /* of all ranks */
};

struct fs_cluster {
	struct fs_team *team;
	const struct fs_system *system;
	const struct fs_program *program;
	const struct fs_engine_options *options;
	uint64_t begin, count; /* this rank's chips */
	struct fs_stages stages;
	bool in_order;                /* stage by stage is the order of the chips' numbers */
	struct fs_stage_part *part;   /* of each stage */
	uint64_t *part_at;            /* where it begins in the arrays */
	double *compute;              /* when the compute stream is free */
	double *host;                 /* when the host has launched all that was issued */
	double *stream[FS_STREAMS];   /* when each communication stream is free */
	double *egress, *ingress;     /* when the ports are, for messages between stages */
	double *busy, *waited;        /* sums over counted steps */
	double *bubble;               /* waits for other stages, the same */
	struct fs_turn_times *turns;  /* how long chips were in turns of each kind */
	const struct fs_op **last;    /* [stage * FS_STREAMS + stream]: issued on the stream */
	bool *flying;                 /* the same: and not waited for since */
	double *now, *next;           /* scratch of collectives, with room for remote chips' times */
	double *receive_port, *start; /* scratch */
	struct fs_routes *routes;
	struct fs_stage_routes *stage_routes;
	struct fs_exchange *exchange;
	struct fs_pipe *pipe;
	struct fs_measured *measured; /* compute blas: factors measured so far */
	struct fs_meter meter;
	struct fs_watch watch;
};

int fs_cluster_create(struct fs_cluster *cluster, struct fs_team *team, const struct fs_system *system,
                      const struct fs_program *program, const struct fs_engine_options *options,
                      struct fs_error *error);
void fs_cluster_destroy(struct fs_cluster *cluster);

/** stage: FS_ALL_STAGES or one. */
struct fs_view fs_cluster_view(const struct fs_cluster *cluster, int32_t stage);

/** Carry an operation out for the chips of the view. Collective over the team. instance: its number among all
 * that are carried out in the step, which jitter is drawn by. */
void fs_cluster_compute(struct fs_cluster *cluster, const struct fs_view *view, const struct fs_op *op,
                        uint32_t step, uint32_t instance);
void fs_cluster_wait(struct fs_cluster *cluster, const struct fs_view *view, const struct fs_op *op);
/** The host has waited for the chip, as it does before each layer. */
void fs_cluster_meet_host(struct fs_cluster *cluster, const struct fs_view *view);
void fs_cluster_send(struct fs_cluster *cluster, const struct fs_op *op);
void fs_cluster_receive(struct fs_cluster *cluster, const struct fs_op *op);
void fs_cluster_collective(struct fs_cluster *cluster, const struct fs_view *view,
                           const struct fs_op *op); /* cluster_collective.c */

#endif
