#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/error.h"
#include "config/home.h"
#include "model/flop.h"
#include "unit/config/scratch.h"

static const char small[] = "schema: farscale-model/1\n" /* 1 */
                            "name: small\n"              /* 2 */
                            "label: Small\n"             /* 3 */
                            "layers: 2\n"                /* 4 */
                            "hidden: 8\n"                /* 5 */
                            "heads: 2\n"                 /* 6 */
                            "ffn: 32\n"                  /* 7 */
                            "sequence: 16\n"             /* 8 */
                            "microbatch: 3\n"            /* 9 */
                            "bytes_per_element: 2\n"     /* 10 */
                            "experts: 4\n"               /* 11 */
                            "top_k: 2\n"                 /* 12 */
                            "vocabulary: 100\n";         /* 13 */

struct bad_model {
	const char *from, *to, *place, *part;
};

static const struct bad_model bad_models[] = {
        {"farscale-model/1", "farscale-model/2", "1:9",
         "schema: farscale-model/1 is needed, not 'farscale-model/2'"},
        {"layers: 2", "layer: 2", "4:1", "unknown key 'layer' in a model; did you mean 'layers'?"},
        {"layers: 2", "layers: 0", "4:9", "layers: a whole number between 1 and 10000 is needed, not '0'"},
        {"layers: 2", "layers: -2", "4:9", "is needed, not '-2'"},
        {"layers: 2", "layers: 2.5", "4:9", "is needed, not '2.5'"},
        {"layers: 2", "layers: 4294967298", "4:9", "is needed, not '4294967298'"},
        {"layers: 2", "layers: {value: 2}", "4:9", "is needed, not a mapping"},
        {"layers: 2", "trust: X", "4:8", "trust: one of R|D|M|E is needed, not 'X'"},
        {"layers: 2", "sources: {}", "4:1", "unknown key 'sources' in a model"},
        {"hidden: 8\n", "", "1:1", "a model needs the key 'hidden'"},
        {"heads: 2", "heads: 3", "6:8", "heads: must divide hidden, 8, without remainder, not 3"},
        {"experts: 4\n", "", "11:8", "top_k: needs experts; a dense model has neither"},
        {"top_k: 2", "top_k: 5", "12:8",
         "top_k: a whole number between 1 and the 4 experts is needed, not 5"},
        {"top_k: 2\n", "top_k: 2\nexpert_groups: 3\n", "13:16",
         "expert_groups: must divide the 4 experts without remainder, not 3"},
        {"top_k: 2\n", "top_k: 2\nexpert_groups: 4\ntop_groups: 1\n", "14:13",
         "top_groups: at most the 4 groups, and as many as have 2 experts, are needed, not 1"},
        {"top_k: 2", "", "1:1", "top_k: a whole number between 1 and the 4 experts is needed, not 0"},
        {"heads: 2", "heads: 2\nkv_heads: 3", "7:11",
         "kv_heads: must divide the 2 heads without remainder, not 3"},
        {"heads: 2", "heads: 2\nkv_lora: 4", "1:1",
         "rope_dim: latent attention needs kv_lora, rope_dim, nope_dim and v_dim above 0"},
        {"heads: 2", "heads: 2\nv_dim: 4", "7:8", "v_dim: latent attention needs kv_lora, rope_dim"},
        {"heads: 2", "heads: 2\nq_lora: 4", "7:9", "q_lora: needs kv_lora"},
        {"ffn: 32", "ffn: 32\nfeed_forward: glu", "8:15",
         "feed_forward: one of plain|gated is needed, not 'glu'"},
        {"ffn: 32", "ffn: 32\nfirst_dense_layers: 2", "8:21",
         "first_dense_layers: must leave some of the 2 layers for experts, not 2"},
        {"experts: 4\ntop_k: 2\n", "shared_experts: 1\n", "11:17",
         "shared_experts: needs experts; a dense model has neither"},
        {"ffn: 32", "ffn: 32\nnorms_per_layer: 2", "8:18", "norms_per_layer: needs a norm, rms or layer"},
};

static void refuses_bad_files_with_the_place(void **state)
{
	for (size_t i = 0; i < sizeof bad_models / sizeof *bad_models; i++) {
		const struct bad_model *row = &bad_models[i];
		struct fs_model model;
		struct fs_error error = {"loaded"};
		char *text = replaced(small, row->from, row->to);
		const char *path = scratch_write(*state, "small.yaml", text);
		assert_int_equal(fs_model_load(path, &model, &error), -1);
		assert_error(error.text, path, row->place, row->part);
		free(text);
	}
}

static void counts_the_flop_of_a_step(void **state)
{
	struct fs_model model;
	struct fs_error error;
	const char *path = scratch_write(*state, "small.yaml", small);
	assert_int_equal(fs_model_load(path, &model, &error), 0);
	assert_string_equal(model.name, "small");
	assert_string_equal(model.file, path);
	assert_int_equal(model.experts, 4);
	assert_true(fs_model_tokens(&model) == 48);
	/* A layer: 4 * 64 of attention, 2 experts * 2 * 8 * 32, 8 * 4 of the router = 1312; scores 12 * 2 * 8
	 * * 16. */
	assert_true(fs_model_step_flop(&model) == 48.0 * (6 * (2 * 1312 + 800) + 3072));
	model.experts = model.top_k = 0;
	assert_true(fs_model_step_flop(&model) == 48.0 * (6 * (2 * (256 + 512) + 800) + 3072));
}

static void every_shipped_model_loads(void **state)
{
	(void)state;
	struct fs_names names;
	struct fs_error error;
	struct fs_model model;
	fs_shelf_list(&fs_shelf_models, &names);
	assert_true(names.count >= 2);
	for (int i = 0; i < names.count; i++) {
		if (fs_model_load(names.name[i], &model, &error))
			fail_msg("%s", error.text);
		assert_string_equal(model.name, names.name[i]);
	}
	fs_names_clear(&names);
	assert_int_equal(fs_model_load("dp-gtp", &model, &error), -1);
	assert_non_null(strstr(error.text, "unknown model 'dp-gtp'; did you mean 'dp-gpt'?"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	        cmocka_unit_test_setup_teardown(refuses_bad_files_with_the_place, scratch_set_up,
	                                        scratch_tear_down),
	        cmocka_unit_test_setup_teardown(counts_the_flop_of_a_step, scratch_set_up, scratch_tear_down),
	        cmocka_unit_test(every_shipped_model_loads),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
