/* Models from the command line: the same keys, checks and messages as files. */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "base/error.h"
#include "model/parameters.h"

#define DENSE "custom:layers=2,hidden=8,heads=2,ffn=32,vocabulary=100,sequence=16"

static void is_the_model_that_its_dimensions_say(void **state)
{
	(void)state;
	struct fs_model model, other;
	struct fs_error error;
	assert_int_equal(fs_model_load(DENSE, &model, &error), 0);
	assert_int_equal(model.layers, 2);
	assert_int_equal(model.kv_heads, 2);
	assert_int_equal(model.head_dim, 4);
	assert_int_equal(model.microbatch, 1);
	assert_int_equal(model.bytes_per_element, 2);
	assert_false(model.gated || model.tied || model.learned_positions || model.dropout);
	assert_true(fs_model_parameters(&model) == 2 * (4 * 64 + 2 * 8 * 32) + 2 * 800);
	assert_memory_equal(model.name, "custom-", 7);
	assert_int_equal(fs_model_load(DENSE ",norm=rms", &other, &error), 0);
	assert_string_not_equal(model.name, other.name); /* records can tell them apart */
	assert_int_equal(fs_model_load(DENSE ",name=mine,embeddings=tied", &other, &error), 0);
	assert_string_equal(other.name, "mine");
	assert_true(other.tied);
}

/* like=MODEL takes the rest from a model's file, trust and source as well; what is given counts. */
static void starts_from_another_model(void **state)
{
	(void)state;
	struct fs_model base, model;
	struct fs_error error;
	assert_int_equal(fs_model_load("deepseek-v3", &base, &error), 0);
	assert_int_equal(fs_model_load("custom:like=deepseek-v3", &model, &error), 0);
	assert_true(fs_model_parameters(&model) == fs_model_parameters(&base));
	assert_int_equal(model.trust, base.trust);
	assert_string_equal(model.source, base.source);
	assert_string_not_equal(model.name, base.name);
	assert_int_equal(fs_model_load("custom:layers=4,like=deepseek-v3,first_dense_layers=1,mtp_layers=0",
	                               &model, &error),
	                 0);
	assert_int_equal(model.layers, 4);
	assert_int_equal(model.first_dense_layers, 1);
	assert_int_equal(model.mtp_layers, 0);
	assert_int_equal(model.experts, base.experts);
	/* MosaicML's MPT-1B prints 1,315,950,592 parameters. */
	assert_int_equal(
	        fs_model_load("custom:like=mpt-7b,layers=24,hidden=2048,heads=16,ffn=8192", &model, &error),
	        0);
	assert_true(fs_model_parameters(&model) == 1315950592);
}

static const struct {
	const char *text, *message;
} bad[] = {
        {"custom:", "'' is not key=value; a model is given as custom:layers=2,hidden=1024,heads=16,..."},
        {"custom:layers",
         "'layers' is not key=value; a model is given as custom:layers=2,hidden=1024,heads=16,..."},
        {DENSE ",", "'' is not key=value; a model is given as custom:layers=2,hidden=1024,heads=16,..."},
        {DENSE ",norm={a: b}", "'norm={a: b}' is not key=value; a model is given as "
                               "custom:layers=2,hidden=1024,heads=16,..."},
        {"custom:hidden=8,heads=2,ffn=32,vocabulary=100,sequence=16", "a model needs the key 'layers'"},
        {DENSE ",layer=3", "unknown key 'layer' in a model; did you mean 'layers'?"},
        {DENSE ",experts=x", "experts: a whole number between 0 and 100000 is needed, not 'x'"},
        {"custom:layers=1000000,hidden=8,heads=2,ffn=32,vocabulary=100,sequence=16",
         "layers: a whole number between 1 and 10000 is needed, not '1000000'"},
        {"custom:layers=2,hidden=8,heads=3,ffn=32,vocabulary=100,sequence=16",
         "heads: must divide hidden, 8, without remainder, not 3"},
        {DENSE ",top_k=2", "top_k: needs experts; a dense model has neither"},
        {"custom:like=mpt-7b,like=mpt-30b", "the key 'like' is given twice"},
        {"custom:like=llama3-70b,top_k=2", "top_k: needs experts; a dense model has neither"},
        {DENSE ",norm=batch", "norm: one of none|rms|layer is needed, not 'batch'"},
};

static void refuses_with_one_line(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
		struct fs_model model = {.layers = 77};
		struct fs_error error;
		assert_int_equal(fs_model_load(bad[i].text, &model, &error), -1);
		assert_memory_equal(error.text, "custom model: ", 14);
		assert_string_equal(error.text + 14, bad[i].message);
		assert_int_equal(model.layers, 77);
	}
	struct fs_model model;
	struct fs_error error;
	assert_int_equal(fs_model_load("custom:like=llama3-7b,layers=3", &model, &error), -1);
	assert_non_null(strstr(error.text, "custom model: like: unknown model 'llama3-7b'; did you mean '"));
	assert_int_equal(fs_model_load(DENSE ",layers=3", &model, &error), -1);
	assert_non_null(strstr(error.text, "custom model: "));
	assert_non_null(strstr(error.text, "layers"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	        cmocka_unit_test(is_the_model_that_its_dimensions_say),
	        cmocka_unit_test(starts_from_another_model),
	        cmocka_unit_test(refuses_with_one_line),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
