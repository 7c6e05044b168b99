/* Attention proper: queries meet keys, scores meet values. In one kernel (flash), or in several; where a
 * sequence is spread over chips (cp), in rounds, while keys and values go around. */

#include "phase/phase_write.h"

#include "model/model.h"

struct heads {
	double count; /* of all sequences */
	double key, value;
	double queries; /* of a sequence on this chip */
	double keys;    /* of a round, that they really meet */
	double dropout;
};

static struct heads heads_of(const struct fs_writer *writer)
{
	const struct fs_model *model = writer->model;
	double part = (double)writer->layout->seq / writer->layout->cp;
	return (struct heads){.count = writer->layout->mbs * (model->heads / writer->tp),
	                      .key = fs_model_key_dim(model),
	                      .value = fs_model_value_dim(model),
	                      .queries = part,
	                      .keys = part,
	                      .dropout = model->dropout};
}

static void flash(struct fs_writer *writer, const struct heads *heads, bool own, bool backward)
{
	/* All but the own part: half of the queries meet all keys, or all half of them. */
	fs_write_kernel(writer, &(struct fs_kernel){.kind = FS_KERNEL_ATTENTION,
	                                            .label = "attention",
	                                            .count = heads->count,
	                                            .m = heads->queries,
	                                            .n = own ? heads->keys : heads->keys / 2,
	                                            .k = heads->key,
	                                            .v = heads->value,
	                                            .element = 2,
	                                            .causal = own,
	                                            .flash = true,
	                                            .backward = backward});
}

static void batched(struct fs_writer *writer, const char *label, const struct heads *heads, double m,
                    double n, double k)
{
	fs_write_kernel(writer, &(struct fs_kernel){.kind = FS_KERNEL_GEMM,
	                                            .label = label,
	                                            .count = heads->count,
	                                            .m = m,
	                                            .n = n,
	                                            .k = k,
	                                            .element = 2});
}

/* Masked scores are computed like others. */
static void unfused_forward(struct fs_writer *writer, const struct heads *heads)
{
	double scores = heads->count * heads->queries * heads->keys;
	batched(writer, "scores", heads, heads->queries, heads->keys, heads->key);
	fs_write_stream(writer, "softmax", 4 * scores);
	fs_write_stream(writer, "dropout", heads->dropout * (2 + 1 + 2) * scores);
	batched(writer, "values", heads, heads->queries, heads->value, heads->keys);
	fs_write_stream(writer, "transpose", 4 * heads->count * heads->queries * heads->value);
}

static void unfused_backward(struct fs_writer *writer, const struct heads *heads)
{
	double scores = heads->count * heads->queries * heads->keys;
	fs_write_stream(writer, "transpose", 4 * heads->count * heads->queries * heads->value);
	batched(writer, "values", heads, heads->queries, heads->keys, heads->value);
	batched(writer, "values", heads, heads->keys, heads->value, heads->queries);
	fs_write_stream(writer, "dropout", heads->dropout * (2 + 1 + 2) * scores);
	fs_write_stream(writer, "softmax", 6 * scores);
	batched(writer, "scores", heads, heads->queries, heads->key, heads->keys);
	batched(writer, "scores", heads, heads->keys, heads->key, heads->queries);
}

/* Round r: attention with the part of the chip r places before. */
static void attend(struct fs_writer *writer, const struct heads *heads, uint32_t round, bool backward)
{
	if (writer->layout->flash)
		flash(writer, heads, round == 0, backward);
	else if (backward)
		unfused_backward(writer, heads);
	else
		unfused_forward(writer, heads);
	if (round > 0 && !backward) /* what was found is scaled and added */
		fs_write_stream(writer, "merge", 6 * heads->count * heads->queries * heads->value);
}

/* Keys and values for the next round go out beside this one; backward their gradients follow, once around. */
static void ring(struct fs_writer *writer, bool backward)
{
	struct heads heads = heads_of(writer);
	uint32_t rounds = writer->layout->cp;
	double parts = 2 * writer->tokens * fs_kv_heads_of_chip(writer) * (heads.key + heads.value);
	for (uint32_t round = 0; round < rounds; round++) {
		double bytes = (round + 1 < rounds ? parts : 0) + (backward ? parts : 0);
		fs_write_collective(writer, "ring", FS_STREAM_CONTEXT, FS_SENDRECV,
		                    fs_layout_group(writer->layout, FS_CONTEXT), bytes);
		attend(writer, &heads, round, backward);
		fs_write_join(writer, FS_STREAM_CONTEXT);
	}
}

void fs_write_scores_forward(struct fs_writer *writer)
{
	ring(writer, false);
}

void fs_write_scores_backward(struct fs_writer *writer)
{
	enum fs_recompute recompute = writer->layout->recompute;
	if (!writer->layout->flash &&
	    (recompute == FS_RECOMPUTE_SELECTIVE || recompute == FS_RECOMPUTE_CHEAP))
		ring(writer, false);
	ring(writer, true);
}
