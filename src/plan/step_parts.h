#ifndef FARSCALE_PLAN_STEP_PARTS_H
#define FARSCALE_PLAN_STEP_PARTS_H

/* For step*.c: the program while it is put together, and what its stages share: operations of passes, of
 * buckets of weights, of messages, each built when it is first asked for. */

#include "layout/replicas.h"
#include "layout/stages.h"
#include "pipeline/pipeline.h"
#include "plan/step_ops.h"

struct fs_step_bucket {
	struct fs_held held;
	bool weights; /* gathered; else gradients summed */
	struct fs_op_range range;
};

struct fs_step_build {
	struct fs_program *program;
	const struct fs_system *system;
	const struct fs_model *model;
	const struct fs_layout *layout;
	struct fs_pipeline *pipeline;
	struct fs_error *error;
	bool failed; /* and the error says why; nothing is appended any more */
	struct fs_phase phase;
	struct fs_op_range pass[FS_PARTS][FS_PASSES];
	bool passed[FS_PARTS][FS_PASSES];
	int buckets;
	struct fs_step_bucket *bucket;
	struct fs_op_range *transfer; /* [2 * queue + received]; no ops: not built yet */
	struct fs_op_range *pair;     /* [2 * stage + chunk of the forward pass]; the same */
	struct fs_op_range join_weights, join_gradients, arrival;
	bool arrives;           /* `arrival` has been built */
	bool *ahead;            /* [stage]: the next chunk's first weights are on their way */
	enum fs_turn_kind kind; /* of the turns that come next */
};

/** A chunk's parts in the order of the forward pass. */
struct fs_step_parts {
	int count;
	enum fs_part *part; /* owned */
};

struct fs_step_parts fs_step_parts_of(const struct fs_step_build *build, uint32_t stage, uint32_t chunk);

struct fs_op_range fs_step_pass(struct fs_step_build *build, enum fs_part part, enum fs_pass pass);
struct fs_op_range fs_step_bucket(struct fs_step_build *build, const struct fs_held *held, bool weights);
struct fs_op_range fs_step_join_weights(struct fs_step_build *build);
struct fs_op_range fs_step_join_gradients(struct fs_step_build *build);

/** Carry the operations out, `repeat` times over, on a stage. */
void fs_step_turn(struct fs_step_build *build, int32_t stage, struct fs_op_range range, uint32_t repeat);

/** A chunk's weights in buckets: the parts begin .. end - 1 that make the next one from `begin` on (backward:
 * that end before `begin`, down to 0), and what they hold. Returns the other end. */
int fs_step_next_bucket(const struct fs_step_build *build, const struct fs_step_parts *parts, uint32_t stage,
                        int begin, bool backward, struct fs_held *held);

/** All of a chunk's buckets: of weights, or of gradients, the last first. */
void fs_step_whole_chunk(struct fs_step_build *build, uint32_t stage, uint32_t chunk, bool weights);

/** Do replicas sum gradients at the end of a step, do they after every micro-batch (zero=2 keeps no sums of
 * whole gradients), and are weights gathered at the end? */
bool fs_step_reduces(const struct fs_step_build *build);
bool fs_step_reduces_always(const struct fs_step_build *build);
bool fs_step_gathers(const struct fs_step_build *build);

/** The message that a pass of this micro-batch begins with (received) or ends with. */
void fs_step_message(struct fs_step_build *build, uint32_t stage, const struct fs_pipeline_turn *turn,
                     bool received);

/** A message from a stage to another besides those of passes: one queue for each pair. */
void fs_step_copy(struct fs_step_build *build, uint32_t from, uint32_t to, double bytes, bool received);

/** A forward pass through the chunk with a backward pass through the stage's other one: step_pair.c. */
struct fs_op_range fs_step_pair(struct fs_step_build *build, uint32_t stage, uint32_t chunk);

/** All of a stage's turn of the schedule: step_pass.c. */
void fs_step_visit(struct fs_step_build *build, uint32_t stage, const struct fs_pipeline_turn *turn);

/** What comes after the last pass: step_finish.c. */
void fs_step_finish(struct fs_step_build *build);

#endif
