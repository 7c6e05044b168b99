#include "engine/live_chip.h"

#include "base/error.h"
#include "engine/bare_data.h"
#include "engine/team.h"
#include "engine/wrong.h"
#include "kernels/train.h"
#include "model/model.h"

#include <assert.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

/* The dimensions of the small model: the structure and the number of layers and experts are the modelled
 * one's. */
enum { MOST_BLOCKS = 256, WIDTH = 128, HEADS = 4, TOKENS = 128, VOCABULARY = 256, FFN = 512 };

struct evidence {
	float *before, *after;
	float *buffer;
	size_t floats;
};

struct fs_live_chip {
	const struct fs_program *program;
	int chip;
	struct fs_trainer *trainer; /* NULL: a bare collective ... */
	float *bare, *bare_before;  /* ... on this buffer */
	size_t bare_floats;
	bool keep;
	struct evidence *evidence; /* of each operation */
};

/* How tokens get to the experts, NULL if every chip has them all. */
static const struct fs_schedule *expert_exchange(const struct fs_program *program)
{
	for (int i = 0; i < program->ops; i++)
		if (program->op[i].kind == FS_OP_COLLECTIVE && program->op[i].stream == FS_STREAM_EXPERT)
			return program->op[i].schedule;
	return NULL;
}

static struct fs_trainer *create_trainer(const struct fs_program *program, const struct fs_model *model,
                                         uint64_t seed, int chip)
{
	const struct fs_schedule *exchange = expert_exchange(program);
	int expert_group = exchange ? (int)exchange->size : 1;
	struct fs_trainer_shape shape = {
	        .layers = (int)model->layers,
	        .hidden = WIDTH,
	        .heads = HEADS,
	        .ffn = FFN,
	        .tokens = TOKENS,
	        .vocabulary = VOCABULARY,
	        .experts = (int)model->experts,
	        .top_k = (int)model->top_k,
	        .expert_group = expert_group,
	        .expert_index = chip % expert_group,
	        .data_group = (int)program->chips,
	        .seed = seed,
	        .chip = (uint64_t)chip,
	};
	for (int level = 0; exchange && level < exchange->levels; level++)
		shape.expert_level_size[shape.expert_levels++] = (int)exchange->level_size[level];
	return fs_trainer_create(&shape);
}

struct fs_live_chip *fs_live_chip_create(const struct fs_program *program, const struct fs_model *model,
                                         uint64_t seed, int chip, uint64_t payload_bytes,
                                         struct fs_error *error)
{
	if (model && (uint64_t)model->layers * (model->experts + 1) > MOST_BLOCKS) {
		fs_fail(error,
		        "%s has %u layers of %u experts, too many for live chips to train (layers x (experts "
		        "+ 1) "
		        "may be %d); use --clock virtual",
		        model->name, model->layers, model->experts, MOST_BLOCKS);
		return NULL;
	}
	struct fs_live_chip *live = fs_allocate_zeroed(1, sizeof *live);
	live->program = program;
	live->chip = chip;
	live->evidence = fs_allocate_zeroed((unsigned long)program->ops, sizeof *live->evidence);
	if (model) {
		live->trainer = create_trainer(program, model, seed, chip);
		assert(live->trainer);
		return live;
	}
	uint64_t modelled = (uint64_t)program->op[0].size_bytes;
	live->bare_floats = (modelled < payload_bytes ? modelled : payload_bytes) / sizeof(float);
	if (live->bare_floats == 0)
		live->bare_floats = 1;
	live->bare = fs_allocate(live->bare_floats * sizeof(float));
	live->bare_before = fs_allocate(live->bare_floats * sizeof(float));
	fs_bare_data_fill(live->bare_before, live->bare_floats, chip);
	return live;
}

void fs_live_chip_destroy(struct fs_live_chip *chip)
{
	if (!chip)
		return;
	for (int i = 0; i < chip->program->ops; i++) {
		free(chip->evidence[i].before);
		free(chip->evidence[i].after);
	}
	free(chip->evidence);
	free(chip->bare);
	free(chip->bare_before);
	fs_trainer_destroy(chip->trainer);
	free(chip);
}

void fs_live_chip_next(struct fs_live_chip *chip)
{
	if (chip->trainer)
		fs_trainer_next_batch(chip->trainer);
	else
		memcpy(chip->bare, chip->bare_before, chip->bare_floats * sizeof *chip->bare);
}

void fs_live_chip_work(struct fs_live_chip *chip, struct fs_work work)
{
	if (chip->trainer)
		fs_trainer_work(chip->trainer, work);
}

static float *copy(float *old, const float *from, size_t floats)
{
	old = fs_reallocate(old, floats * sizeof *old);
	return memcpy(old, from, floats * sizeof *old);
}

float *fs_live_chip_issue(struct fs_live_chip *chip, const struct fs_op *op, int index, size_t *floats)
{
	float *buffer = chip->bare;
	*floats = chip->bare_floats;
	if (chip->trainer)
		buffer = fs_trainer_buffer(chip->trainer, op->buffer, floats);
	if (chip->keep) {
		struct evidence *evidence = &chip->evidence[index];
		evidence->before = copy(evidence->before, buffer, *floats);
		evidence->buffer = buffer;
		evidence->floats = *floats;
	}
	return buffer;
}

void fs_live_chip_waited(struct fs_live_chip *chip, enum fs_stream stream)
{
	for (int i = 0; chip->keep && i < chip->program->ops; i++) {
		struct evidence *evidence = &chip->evidence[i];
		if (chip->program->op[i].stream == stream && evidence->buffer) {
			evidence->after = copy(evidence->after, evidence->buffer, evidence->floats);
			evidence->buffer = NULL;
		}
	}
}

void fs_live_chip_keep_evidence(struct fs_live_chip *chip, bool keep)
{
	chip->keep = keep;
}

/* This chip's group of a kind. */
static struct fs_team *find_group(struct fs_team *team, struct fs_group group)
{
	uint32_t chip = (uint32_t)fs_team_rank(team), member = chip / group.stride % group.size;
	return fs_team_split(team, (int)(chip - member * group.stride), (int)member);
}

uint64_t fs_live_chip_wrong(struct fs_live_chip *chip, struct fs_team *team)
{
	uint64_t wrong = 0;
	struct fs_team *members = NULL;
	struct fs_group found = {0};
	for (int i = 0; i < chip->program->ops; i++) {
		const struct evidence *evidence = &chip->evidence[i];
		const struct fs_op *op = &chip->program->op[i];
		if (op->kind != FS_OP_COLLECTIVE)
			continue;
		if (op->group.size != found.size || op->group.stride != found.stride) {
			fs_team_destroy(members);
			members = find_group(team, op->group);
			found = op->group;
		}
		wrong += fs_wrong_count(members, op->schedule, evidence->before, evidence->after,
		                        evidence->floats);
	}
	fs_team_destroy(members);
	fs_team_sum_integers(team, &wrong, 1);
	return wrong;
}

uint64_t fs_live_chip_disagreement(struct fs_live_chip *chip, struct fs_team *team)
{
	uint64_t wrong;
	if (chip->trainer) {
		uint64_t mine = fs_trainer_checksum(chip->trainer), first = mine;
		fs_team_broadcast(team, &first, sizeof first, 0);
		wrong = mine != first;
	} else {
		wrong = fs_bare_data_wrong(&chip->program->op[0], chip->chip, chip->bare, chip->bare_floats);
	}
	fs_team_sum_integers(team, &wrong, 1);
	return wrong;
}

double fs_live_chip_loss(const struct fs_live_chip *chip)
{
	return chip->trainer ? fs_trainer_loss(chip->trainer) : NAN;
}
