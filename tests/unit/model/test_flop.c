/* Training flop against what papers derive from their own throughput. */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/error.h"
#include "model/flop.h"
#include "unit/given.h"

#include <math.h>

/* Korthikanti et al. 2022, eq. 7, per token: 72 L h^2 (1 + s / 6h + V / 12Lh). */
static double korthikanti(const struct fs_model *model)
{
	double layers = model->layers, hidden = model->hidden;
	return 72 * layers * hidden * hidden *
	       (1 + model->sequence / (6 * hidden) + model->vocabulary / (12 * layers * hidden));
}

static void gpt_as_korthikanti_counts(void **state)
{
	(void)state;
	static const char *const names[] = {"gpt-22b", "gpt3-175b", "gpt-530b", "gpt-1t"};
	for (int i = 0; i < 4; i++) {
		struct fs_model model = given_model(names[i]);
		double here = fs_model_flop_per_token(&model, model.sequence, FS_MASK_NONE);
		assert_true(fabs(here / korthikanti(&model) - 1) < 1e-12);
	}
}

/* What a chip does in a second by their own count, and how many tokens it trains in one. */
static const struct throughput {
	const char *model, *source;
	enum fs_mask mask;
	double flop_T, tokens;
	double tolerance;
} throughputs[] = {
        {"deepseek-v3", "arXiv 2505.09343, table 4: 272.8 G tokens a day on 2,048 chips, not causal",
         FS_MASK_NONE, 432, 272.8e9 / 86400 / 2048, 0.005},
        {"deepseek-v3", "the same, causal", FS_MASK_CAUSAL, 385, 272.8e9 / 86400 / 2048, 0.005},
        {"mpt-70b", "llm-foundry, scripts/train/benchmarking at 8c8dd48f7: 512 H100", FS_MASK_NONE, 408, 1007,
         0.005},
        {"mpt-30b", "the same, 512 H100", FS_MASK_NONE, 398, 2115, 0.005},
        {"mpt-7b", "the same, 128 H100", FS_MASK_NONE, 452, 10475, 0.005},
};

static void as_others_count(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof throughputs / sizeof *throughputs; i++) {
		const struct throughput *row = &throughputs[i];
		struct fs_model model = given_model(row->model);
		double here = fs_model_flop_per_token(&model, model.sequence, row->mask);
		double theirs = row->flop_T * 1e12 / row->tokens;
		print_message("%-12s %10.4g theirs %10.4g here %+.2f %%  %s\n", row->model, theirs, here,
		              100 * (here / theirs - 1), row->source);
		assert_true(fabs(here / theirs - 1) <= row->tolerance);
	}
}

/* A small mixture: two layers of grouped queries (heads 4, 2 of keys and values, 3 elements each). */
static void by_hand(void **state)
{
	(void)state;
	struct fs_model model = given_model(
	        "custom:layers=2,hidden=8,heads=4,kv_heads=2,head_dim=3,feed_forward=gated,ffn=16,experts=4,"
	        "top_k=2,expert_ffn=5,first_dense_layers=1,embeddings=tied,norm=rms,vocabulary=10,sequence="
	        "6");
	double attention = 8 * 12 + 2 * 8 * 6 + 12 * 8, scores = 6 * 4 * (3 + 3) * 6;
	double dense = 6 * (attention + 3 * 8 * 16) + scores;
	double experts = 6 * (attention + 8 * 4 + 2 * 3 * 8 * 5) + scores;
	assert_true(fs_part_flop_per_token(&model, FS_EMBEDDING, 6, FS_MASK_NONE) == 0);
	assert_true(fs_part_flop_per_token(&model, FS_DENSE_LAYER, 6, FS_MASK_NONE) == dense);
	assert_true(fs_part_flop_per_token(&model, FS_EXPERT_LAYER, 6, FS_MASK_NONE) == experts);
	assert_true(fs_part_flop_per_token(&model, FS_HEAD, 6, FS_MASK_NONE) == 6 * 80);
	assert_true(fs_model_flop_per_token(&model, 6, FS_MASK_NONE) == dense + experts + 480);
	assert_true(fs_model_flop_per_token(&model, 6, FS_MASK_CAUSAL) == dense + experts + 480 - scores);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	        cmocka_unit_test(gpt_as_korthikanti_counts),
	        cmocka_unit_test(as_others_count),
	        cmocka_unit_test(by_hand),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
