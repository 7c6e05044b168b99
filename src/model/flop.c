#include "model/flop.h"

static double scores(const struct fs_model *model, uint32_t sequence, enum fs_mask mask)
{
	double pairs = mask == FS_MASK_CAUSAL ? 0.5 * sequence : sequence;
	return 6.0 * model->heads * (fs_model_key_dim(model) + fs_model_value_dim(model)) * pairs;
}

double fs_part_flop_per_token(const struct fs_model *model, enum fs_part part, uint32_t sequence,
                              enum fs_mask mask)
{
	struct fs_weight weight[FS_MAX_WEIGHTS];
	int count = fs_part_weights(model, part, weight);
	double matrices = 0;
	for (int i = 0; i < count; i++)
		matrices += weight[i].matrix * weight[i].active;
	if (part == FS_HEAD && model->tied)
		matrices += (double)model->hidden * model->vocabulary;
	bool layer = count > 0 && part != FS_EMBEDDING && part != FS_HEAD;
	return 6 * matrices + (layer ? scores(model, sequence, mask) : 0);
}

double fs_model_flop_per_token(const struct fs_model *model, uint32_t sequence, enum fs_mask mask)
{
	double sum = 0;
	for (enum fs_part part = 0; part < FS_PARTS; part++)
		if (part != FS_MTP_LAYER)
			sum += fs_part_count(model, part) *
			       fs_part_flop_per_token(model, part, sequence, mask);
	return sum;
}

double fs_model_step_flop(const struct fs_model *model)
{
	return fs_model_tokens(model) * fs_model_flop_per_token(model, model->sequence, FS_MASK_NONE);
}
