/* What frameworks refuse, in one line each. */

#include "base/error.h"
#include "layout/layout_keys.h"
#include "model/model.h"

static int check_experts(const struct fs_layout *layout, const struct fs_model *model, struct fs_error *error)
{
	if (layout->ep > 1 && !model->experts)
		return fs_fail(error, "layout: ep=%u, but %s has no experts", layout->ep, model->name);
	if (model->experts && model->experts % layout->ep)
		return fs_fail(error, "layout: the %u experts of %s cannot be dealt out to ep=%u chips",
		               model->experts, model->name, layout->ep);
	return 0;
}

static int check_tensor(const struct fs_layout *layout, const struct fs_model *model, struct fs_error *error)
{
	uint32_t tp = layout->tp, kv = model->kv_heads;
	if (tp == 1 && layout->sp)
		return fs_fail(error, "layout: sp=1 needs tp above 1");
	if (model->heads % tp)
		return fs_fail(error, "layout: the %u heads of %s cannot be dealt out to tp=%u chips",
		               model->heads, model->name, tp);
	if (!model->kv_lora && tp > 1 && kv % tp && tp % kv)
		return fs_fail(
		        error,
		        "layout: the %u key-value heads of %s must be a multiple of tp=%u, or divide it "
		        "(then several chips hold the same one)",
		        kv, model->name, tp);
	if (model->ffn % tp)
		return fs_fail(error, "layout: ffn, %u, of %s is not a multiple of tp=%u", model->ffn,
		               model->name, tp);
	if (model->experts && model->expert_ffn % tp)
		return fs_fail(error, "layout: expert_ffn, %u, of %s is not a multiple of tp=%u",
		               model->expert_ffn, model->name, tp);
	return 0;
}

static int check_sequence(const struct fs_layout *layout, struct fs_error *error)
{
	/* A chip has a piece from the start and one from the end, so that a causal mask leaves all alike. */
	uint64_t parts = layout->cp > 1 ? 2 * (uint64_t)layout->cp : 1;
	if (layout->seq % parts)
		return fs_fail(error, "layout: seq=%u is not a multiple of 2 * cp = %llu", layout->seq,
		               (unsigned long long)parts);
	if (layout->sp && layout->seq / layout->cp % layout->tp)
		return fs_fail(
		        error,
		        "layout: with sp=1 a chip's %u tokens of a sequence must be a multiple of tp=%u",
		        layout->seq / layout->cp, layout->tp);
	return 0;
}

static int check_gradients(const struct fs_layout *layout, struct fs_error *error)
{
	if (layout->gradient_bits != 16 && layout->gradient_bits != 32)
		return fs_fail(error, "layout: gradient_bits=%u; 16 or 32 is allowed", layout->gradient_bits);
	return 0;
}

static int check_batch(const struct fs_layout *layout, struct fs_error *error)
{
	double one = (double)layout->mbs * layout->dp * layout->ep; /* below 2^72, exact enough to compare */
	if (one > layout->gbs || layout->gbs % ((uint64_t)layout->mbs * layout->dp * layout->ep))
		return fs_fail(error, "layout: gbs=%u is not a multiple of mbs * dp * ep = %.0f", layout->gbs,
		               one);
	return 0;
}

/* A program lists every pass: of this many it is some 300 MB. */
static const double MOST_PASSES = 1 << 21;

static int check_schedule(const struct fs_layout *layout, struct fs_error *error)
{
	uint64_t microbatches = layout->gbs / ((uint64_t)layout->mbs * layout->dp * layout->ep);
	uint32_t pp = layout->pp;
	if ((double)microbatches * pp * layout->vpp > MOST_PASSES)
		return fs_fail(error,
		               "layout: %llu micro-batches, gbs / (mbs * dp * ep), through pp * vpp = %.0f "
		               "stages; at most %.0f passes are possible",
		               (unsigned long long)microbatches, (double)pp * layout->vpp, MOST_PASSES);
	if (layout->vpp > 1 && (pp < 2 || layout->schedule != FS_INTERLEAVED))
		return fs_fail(error, "layout: vpp=%u needs pp above 1 and schedule=interleaved",
		               layout->vpp);
	if (layout->schedule == FS_INTERLEAVED && layout->vpp < 2)
		return fs_fail(error, "layout: schedule=interleaved needs vpp above 1");
	if (layout->schedule == FS_INTERLEAVED && microbatches % pp)
		return fs_fail(error,
		               "layout: schedule=interleaved needs a multiple of pp=%u micro-batches; gbs / "
		               "(mbs * dp * "
		               "ep) is %llu",
		               pp, (unsigned long long)microbatches);
	if ((layout->schedule == FS_DUALPIPE || layout->schedule == FS_ZB1P) && pp < 2)
		return fs_fail(error, "layout: schedule=%s needs pp above 1",
		               layout->schedule == FS_DUALPIPE ? "dualpipe" : "zb1p");
	if (layout->schedule == FS_DUALPIPE && (pp % 2 || microbatches % 2 || microbatches < 2 * pp))
		return fs_fail(
		        error,
		        "layout: schedule=dualpipe needs an even pp and an even number of at least 2 * pp "
		        "micro-batches; pp is %u, gbs / (mbs * dp * ep) %llu",
		        pp, (unsigned long long)microbatches);
	return 0;
}

/* Gradients of dense weights are summed over these three; a collective's group has one stride. */
static int check_order(const struct fs_layout *layout, struct fs_error *error)
{
	static const enum fs_dimension replicas[] = {FS_CONTEXT, FS_EXPERT, FS_DATA};
	struct fs_group group;
	if (!fs_layout_joint_group(layout, replicas, 3, &group))
		return fs_fail(
		        error,
		        "layout: order: cp, ep and dp must not have tp or pp in between where both sides are "
		        "above 1: together they hold the same dense weights");
	return 0;
}

int fs_layout_check(const struct fs_layout *layout, const struct fs_model *model, struct fs_error *error)
{
	if (check_experts(layout, model, error) || check_tensor(layout, model, error) ||
	    check_sequence(layout, error) || check_gradients(layout, error) || check_batch(layout, error) ||
	    check_schedule(layout, error))
		return -1;
	return check_order(layout, error);
}
