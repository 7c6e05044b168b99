/* Memory per chip: against Korthikanti et al. 2022, and by hand. */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/error.h"
#include "layout/activations.h"
#include "layout/memory.h"
#include "model/model.h"
#include "topology/system.h"
#include "unit/given.h"

#include <math.h>
#include <stdio.h>

static const double GiB = 1024.0 * 1024 * 1024;

static struct fs_layout resolve(const struct fs_model *model, const char *text, const char *more,
                                uint64_t chips)
{
	struct fs_layout layout;
	struct fs_error error;
	char all[256];
	snprintf(all, sizeof all, "%s%s", text, more);
	if (fs_layout_resolve(all, model, NULL, chips, &layout, &error))
		fail_msg("%s: %s", all, error.text);
	return layout;
}

/* V. Korthikanti et al., Reducing Activation Recomputation in Large Transformer Models, arXiv 2205.05198
 * (2022), figures 1 and 7, as the validation of calculon (github.com/calculon-ai/calculon at caa4b11) carries
 * them: GiB per GPU, data parallelism 1, sequences of 2048, fp16. The activations are those of the first
 * stage. The state is that of the layers, over all GPUs: it has no embedding. So it is compared with the mean
 * over the stages; the first stage, which has the embedding as well, is printed beside it. */
static const struct published {
	const char *model, *layout;
	uint32_t chips;
	double state, unsaved, saved; /* parameters and optimizer; activations: all kept; sequence-parallel,
	                                 scores recomputed */
} published[] = {
        {"gpt-22b", "tp=8,mbs=4,gbs=4", 8, 45.56, 59.25, 9.56},
        {"gpt3-175b", "tp=8,pp=8,vpp=3,mbs=1,gbs=64", 64, 45.56, 66.84, 12.35},
        {"gpt-530b", "tp=8,pp=35,vpp=3,mbs=1,gbs=280", 280, 31.64, 114.02, 23.08},
        {"gpt-1t", "tp=8,pp=64,mbs=1,gbs=512", 512, 32.96, 131.25, 26.56},
};
enum { PUBLISHED = sizeof published / sizeof *published };

static double state_GiB(const struct fs_memory *memory)
{
	return (memory->weights + memory->gradients + memory->optimizer) / GiB;
}

static double mean_state_GiB(const struct fs_layout *layout, const struct fs_model *model)
{
	double sum = 0;
	for (uint32_t stage = 0; stage < layout->pp; stage++) {
		struct fs_memory memory = fs_memory_of_stage(layout, model, stage);
		sum += state_GiB(&memory);
	}
	return sum / layout->pp;
}

static double first_activations_GiB(const struct fs_model *model, const struct published *row,
                                    const char *how)
{
	struct fs_layout layout = resolve(model, row->layout, how, row->chips);
	return fs_memory_of_stage(&layout, model, 0).activations / GiB;
}

static double off(double here, double there)
{
	return 100 * (here / there - 1);
}

static void korthikanti_within_five_percent(void **state)
{
	(void)state;
	double sum = 0;
	print_message("%-10s %26s %22s %22s\n%-10s %26s %22s %22s\n", "", "state GiB (first stage)",
	              "all kept GiB", "seq. par. + selective", "", "theirs   here     %",
	              "theirs   here     %", "theirs   here     %");
	for (int i = 0; i < PUBLISHED; i++) {
		const struct published *row = &published[i];
		struct fs_model model = given_model(row->model);
		struct fs_layout layout = resolve(&model, row->layout, ",sp=0,flash=0", row->chips);
		struct fs_memory first = fs_memory_of_stage(&layout, &model, 0);
		double mean = mean_state_GiB(&layout, &model);
		double unsaved = first_activations_GiB(&model, row, ",sp=0,flash=0");
		double saved = first_activations_GiB(&model, row, ",sp=1,flash=0,recompute=selective");
		print_message("%-10s %7.2f %7.2f %5.2f (%.2f) %7.2f %7.2f %5.2f %8.2f %7.2f %5.2f\n",
		              row->model, row->state, mean, off(mean, row->state), state_GiB(&first),
		              row->unsaved, unsaved, off(unsaved, row->unsaved), row->saved, saved,
		              off(saved, row->saved));
		sum += fabs(off(mean, row->state)) + fabs(off(unsaved, row->unsaved)) +
		       fabs(off(saved, row->saved));
	}
	double mean_error = sum / (3 * PUBLISHED);
	print_message("mean absolute error %.2f %%\n", mean_error);
	assert_true(mean_error <= 5);
	assert_true(mean_error <= 1.5); /* as it is: embedding, logits, biases and norms */
}

/* A stage without an embedding is theirs to a tenth of a percent; the rest is biases and norms. */
static void a_middle_stage_is_theirs(void **state)
{
	(void)state;
	for (int i = 1; i < PUBLISHED; i++) {
		struct fs_model model = given_model(published[i].model);
		struct fs_layout layout = resolve(&model, published[i].layout, "", published[i].chips);
		struct fs_memory memory = fs_memory_of_stage(&layout, &model, layout.pp / 2);
		assert_true(fabs(off(state_GiB(&memory), published[i].state)) < 0.1);
	}
}

/* The same paper, figure 7: activations of a layer in percent of what tensor parallelism alone needs; read
 * off the figure, to 0.1. */
static const struct percent_row {
	const char *how;
	double percent[PUBLISHED];
} percents[] = {
        {",flash=0,sp=1", {66.84, 62.04, 58.31, 58.31}},
        {",flash=0,sp=0,recompute=selective", {49.42, 56.53, 62.04, 62.04}},
        {",flash=0,sp=1,recompute=selective", {16.18, 18.49, 20.27, 20.27}},
        {",flash=0,sp=0,recompute=full", {7.64, 8.71, 9.42, 9.42}},
};

static void savings_are_theirs(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof percents / sizeof *percents; i++)
		for (int k = 0; k < PUBLISHED; k++) {
			const struct published *row = &published[k];
			struct fs_model model = given_model(row->model);
			struct fs_layout all = resolve(&model, row->layout, ",sp=0,flash=0", row->chips);
			struct fs_layout less = resolve(&model, row->layout, percents[i].how, row->chips);
			double percent = 100 * fs_activation_bytes(&model, &less, FS_DENSE_LAYER) /
			                 fs_activation_bytes(&model, &all, FS_DENSE_LAYER);
			print_message("%-36s %-10s %6.2f here %6.2f\n", percents[i].how, row->model,
			              percents[i].percent[k], percent);
			assert_true(fabs(percent - percents[i].percent[k]) < 0.25);
		}
}

/* Their equations, for one layer, in bytes: s b h (10 + 24 / t + 5 a s / (h t)), s b h (34 + 5 a s / h) / t,
 * 34 s b h / t, 2 s b h. */
static void equations_of_a_layer(void **state)
{
	(void)state;
	struct fs_model model = given_model("gpt3-175b");
	double sbh = 2048.0 * 2 * 12288, scores = 5 * 96 * 2048.0 / 12288, t = 8;
	const struct {
		const char *how;
		double bytes;
	} rows[] = {
	        {",sp=0,flash=0", sbh * (10 + 24 / t + scores / t)},
	        {",sp=1,flash=0", sbh * (34 + scores) / t},
	        {",sp=1,flash=0,recompute=selective", sbh * 34 / t},
	        {",sp=0,flash=0,recompute=full", sbh * 2},
	        {",sp=1,flash=1", sbh * 34 / t + 2048.0 * 2 * 4 * 96 / t}, /* a sum per row and head */
	};
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		struct fs_layout layout = resolve(&model, "tp=8,mbs=2", rows[i].how, 8);
		double bytes = fs_activation_bytes(&model, &layout, FS_DENSE_LAYER);
		assert_true(fabs(bytes / rows[i].bytes - 1) < 1e-12);
	}
}

#define TINY                                                                                                 \
	"custom:layers=4,hidden=8,heads=4,kv_heads=2,head_dim=4,feed_forward=gated,ffn=16,experts=4,top_k="  \
	"2,"                                                                                                 \
	"expert_ffn=12,shared_experts=1,first_dense_layers=1,vocabulary=30,norm=rms,sequence=16"

/* Two stages of two layers; tp 4 (two chips share each key-value head), ep 2, dp 3. Stage 0: the embedding,
 * the dense layer, a layer with experts; stage 1: two layers with experts, the head. */
static void parameters_by_hand(void **state)
{
	(void)state;
	struct fs_model model = given_model(TINY);
	struct fs_layout layout = resolve(&model, "tp=4,pp=2,ep=2,dp=3", "", 48);
	double attention = (8 * 16 + 16 * 8) / 4 + 2 * 8 * 2 * 4 / 2, norms = 2 * 8;
	double dense = attention + norms + 3 * 8 * 16 / 4;
	double shared = attention + norms + 8 * 4 + 3 * 8 * 12 / 4, experts = 4 * 3 * 8 * 12 / (4 * 2);
	double table = 8 * 8; /* 30 rows over 4: 8 */
	assert_true(fs_memory_parameters(&layout, &model, 0) == table + dense + shared + experts);
	assert_true(fs_memory_parameters(&layout, &model, 1) == 2 * (shared + experts) + 8 + table);

	double few = table + dense + shared; /* of stage 0, without experts: 6 replicas, of an expert 3 */
	const struct {
		const char *how;
		double weights, gradients, optimizer;
	} rows[] = {
	        {",zero=0", 2 * (few + experts), 4 * (few + experts), 12 * (few + experts)},
	        {",zero=1", 2 * (few + experts), 4 * (few + experts), 12 * (few / 6 + experts / 3)},
	        {",zero=2", 2 * (few + experts), 4 * (few / 6 + experts / 3), 12 * (few / 6 + experts / 3)},
	        {",zero=3", 2 * (few / 6 + experts / 3), 4 * (few / 6 + experts / 3),
	         12 * (few / 6 + experts / 3)},
	};
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		layout = resolve(&model, "tp=4,pp=2,ep=2,dp=3", rows[i].how, 48);
		struct fs_memory memory = fs_memory_of_stage(&layout, &model, 0);
		assert_true(fabs(memory.weights - rows[i].weights) < 1e-9);
		assert_true(fabs(memory.gradients - rows[i].gradients) < 1e-9);
		assert_true(fabs(memory.optimizer - rows[i].optimizer) < 1e-9);
	}
}

/* The same, tp 1, cp 2: 8 tokens a chip. A token of a dense layer: norms 4 * 8, input 2 * 8, queries 2 * 16,
 * keys and values 2 * 2 * 8, output 2 * 16, a sum of 4 bytes for each of 4 heads, input 2 * 8, inner 16 * 6.
 */
static void activations_by_hand(void **state)
{
	(void)state;
	struct fs_model model = given_model(TINY);
	struct fs_layout layout = resolve(&model, "cp=2,pp=2", "", 4);
	double attention = 4 * 8 + 2 * 8 + 2 * 16 + 2 * 2 * 8 + 2 * 16 + 4 * 4;
	double dense = attention + 2 * 8 + 16 * 6;
	double experts = attention + 2 * 8 + 4 * 4 + 2 * (2 * 8 + 12 * 6) + 2 * 8 + 12 * 6;
	double head = 2 * 8 + 2 * 8 + 4 * 30;
	assert_true(fs_activation_bytes(&model, &layout, FS_DENSE_LAYER) == 8 * dense);
	assert_true(fs_activation_bytes(&model, &layout, FS_EXPERT_LAYER) == 8 * experts);
	assert_true(fs_activation_bytes(&model, &layout, FS_EMBEDDING) == 0);
	/* Two micro-batches are under way in the first stage, one in the second, which has the head. */
	assert_true(fs_memory_of_stage(&layout, &model, 0).activations == 2 * 8 * (dense + experts));
	assert_true(fs_memory_of_stage(&layout, &model, 1).activations == 8 * (2 * experts + head));
	assert_true(fs_memory_of_stage(&layout, &model, 1).working == 4 * 8 * 2 * 8);

	layout = resolve(&model, "cp=2,pp=2,recompute=full", "", 4);
	assert_true(fs_memory_of_stage(&layout, &model, 0).activations == 2 * 2 * 8 * 2 * 8);
	assert_true(fs_memory_of_stage(&layout, &model, 0).working == 8 * experts + 4 * 8 * 2 * 8);

	layout = resolve(&model, "flash=0,cp=2,recompute=selective", "", 2); /* 2 bytes a score, 16 keys */
	assert_true(fs_activation_recomputed_bytes(&model, &layout, FS_DENSE_LAYER) == 8.0 * 2 * 4 * 16);
	assert_true(fs_activation_bytes(&model, &layout, FS_DENSE_LAYER) == 8 * (dense - 4 * 4));

	layout = resolve(&model, "cp=2,dtype=fp8", "", 2); /* two inputs, the output, the product: 1 byte; and
	                                                      the output for flash attention */
	assert_true(fs_activation_bytes(&model, &layout, FS_DENSE_LAYER) ==
	            8 * (dense - 8 - 8 - 16 - 16 + 2 * 16));
}

/* Latent attention keeps what is compressed: DeepSeek-V3, a token of a dense layer, by hand. */
static void latent_attention_by_hand(void **state)
{
	(void)state;
	struct fs_model model = given_model("deepseek-v3");
	struct fs_layout layout = resolve(&model, "seq=4096", "", 1);
	double attention = 2 * 7168 + 4 * (1536 + 512) + 2 * 64 + 2 * 128 * 192 + 2 * 128 * (192 + 128) +
	                   2 * 128 * 128 + 4 * 128;
	double expected = 4 * 7168 + attention + 2 * 7168 + 6 * 18432;
	assert_true(fs_activation_bytes(&model, &layout, FS_DENSE_LAYER) == 4096 * expected);
}

/* The same without what is recomputed at little cost: of fp8, by hand. 128 heads of 128 come out of
 * attention, in 2 bytes and once more in 1. */
static void cheap_recomputation_by_hand(void **state)
{
	(void)state;
	struct fs_model model = given_model("deepseek-v3");
	struct fs_layout layout = resolve(&model, "seq=4096,dtype=fp8,recompute=cheap", "", 1);
	double attention = 2 * (1536 + 512 + 64) + 3 * 128 * 128 + 4 * 128;
	double dense = 4 * 7168 + attention + 2 * 18432;
	double experts = 4 * 7168 + attention + 4 * 256 + 8 * (7168 + 2 * 2048) + 2 * 2048;
	assert_true(fs_activation_bytes(&model, &layout, FS_DENSE_LAYER) == 4096 * dense);
	assert_true(fs_activation_bytes(&model, &layout, FS_EXPERT_LAYER) == 4096 * experts);
	/* What comes back for a while: two norms' outputs, the heads and their inputs, the wider inner
	 * values. */
	double again = 2 * 7168 + (1536 + 512) + 2 * 128 * (192 + 192 + 128) + 3 * 18432;
	assert_true(fs_activation_recomputed_bytes(&model, &layout, FS_DENSE_LAYER) == 4096 * again);
}

/* More sharing never needs more, of any part. */
static void sharing_never_costs_memory(void **state)
{
	(void)state;
	static const char *const zero[] = {"zero=0", "zero=1", "zero=2"};
	static const char *const recompute[] = {"flash=0", "recompute=selective,flash=0",
	                                        "recompute=cheap,flash=0", "recompute=full,flash=0"};
	struct fs_model model = given_model("mixtral-8x7b");
	double last = INFINITY, kept = INFINITY;
	for (int i = 0; i < 3; i++) {
		struct fs_layout layout = resolve(&model, "tp=2,ep=8,dp=4,gbs=64,", zero[i], 64);
		double total = fs_memory_peak(&layout, &model);
		assert_true(total < last);
		last = total;
	}
	for (int i = 0; i < 4; i++) {
		struct fs_layout layout = resolve(&model, "tp=2,ep=8,dp=4,gbs=64,", recompute[i], 64);
		struct fs_memory memory = fs_memory_of_stage(&layout, &model, 0);
		assert_true(memory.activations < kept);
		kept = memory.activations;
	}
}

/* DualPipe holds the model twice, and pp + 1 micro-batches everywhere. */
static void dualpipe_holds_two_chunks(void **state)
{
	(void)state;
	struct fs_model model =
	        given_model("custom:layers=8,hidden=8,heads=2,ffn=32,vocabulary=10,sequence=16");
	struct fs_layout plain = resolve(&model, "pp=4", "", 4);
	struct fs_layout dual = resolve(&model, "pp=4,schedule=dualpipe", "", 4);
	double one = 2 * fs_activation_bytes(&model, &plain, FS_DENSE_LAYER);
	for (uint32_t stage = 0; stage < 4; stage++) {
		double both = fs_memory_parameters(&plain, &model, stage) +
		              fs_memory_parameters(&plain, &model, 3 - stage);
		double head = stage % 3 ? 0 : fs_activation_bytes(&model, &dual, FS_HEAD);
		assert_true(fs_memory_parameters(&dual, &model, stage) == both);
		assert_true(fs_memory_of_stage(&dual, &model, stage).activations == 5 * one + head);
	}
}

/* What was trained fits, and uses a good part of the chip's 80 GiB. Llama 3: arXiv 2407.21783, table 4 and
 * sec. 3.3.2 (optimizer and gradients are sharded, nothing is recomputed); DeepSeek-V3: arXiv 2412.19437,
 * sec. 3.1 to 3.3; the rest: NVIDIA/dgxc-benchmarking v25.04, H100, distributed optimizer. */
static const struct {
	const char *model, *layout;
	uint32_t chips;
} trained[] = {
        {"llama3-405b", "tp=8,pp=16,vpp=8,dp=128,gbs=2048,zero=2", 16384},
        {"deepseek-v3", "pp=16,ep=64,gbs=15360,zero=1,dtype=fp8,schedule=dualpipe,recompute=cheap", 2048},
        {"llama3-70b", "tp=4,pp=4,cp=2,vpp=5,gbs=128,zero=1", 64},
        {"llama3-8b", "cp=2,gbs=128,zero=1", 8},
        {"gpt3-175b", "tp=4,pp=8,vpp=6,gbs=256,zero=1", 128},
        {"mpt-7b", "mbs=6,gbs=768,zero=3", 128},
};

static void what_was_trained_fits(void **state)
{
	(void)state;
	const struct fs_chip chip = {.memory_GB = {.value = 80}};
	for (size_t i = 0; i < sizeof trained / sizeof *trained; i++) {
		struct fs_model model = given_model(trained[i].model);
		struct fs_layout layout = resolve(&model, trained[i].layout, "", trained[i].chips);
		double part = fs_memory_peak(&layout, &model) / fs_memory_of_chip(&chip);
		print_message("%-12s %5.1f %% of a chip: %s\n", trained[i].model, 100 * part,
		              trained[i].layout);
		assert_true(part <= 1);
		assert_true(part >= 0.6);
	}
}

/* Not all stages are looked at for the peak; it is that of all. */
static void peak_is_that_of_the_fullest_stage(void **state)
{
	static const struct {
		const char *model, *layout;
		uint32_t chips;
	} cases[] = {
	        {"gpt3-175b", "tp=8,pp=8,gbs=64", 64},
	        {"gpt3-175b", "tp=8,pp=8,vpp=3,gbs=64", 64},
	        {"gpt3-175b", "tp=8,pp=8,vpp=3,gbs=8", 64},
	        {"gpt3-175b", "tp=8,pp=8,schedule=dualpipe,gbs=64", 64},
	        {"gpt3-175b", "tp=8,pp=8,gbs=4,first_layers=6,last_layers=6", 64},
	        {"llama3-405b", "tp=8,pp=16,vpp=4,zero=1,gbs=32", 128},
	        {"llama3-405b", "tp=8,pp=16,schedule=zb1p,recompute=full", 128},
	        {"deepseek-v3", "pp=16,ep=4,first_layers=4,last_layers=2,gbs=64", 64},
	        {"deepseek-v3", "pp=2,vpp=31,ep=32,gbs=64", 64},
	};
	(void)state;
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		struct fs_model model = given_model(cases[i].model);
		struct fs_layout layout = resolve(&model, cases[i].layout, "", cases[i].chips);
		double most = 0;
		for (uint32_t stage = 0; stage < layout.pp; stage++) {
			struct fs_memory memory = fs_memory_of_stage(&layout, &model, stage);
			most = fmax(most, fs_memory_total(&memory));
		}
		if (fs_memory_peak(&layout, &model) != most)
			fail_msg("%s: %g, not %g", cases[i].layout, fs_memory_peak(&layout, &model), most);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	        cmocka_unit_test(korthikanti_within_five_percent),
	        cmocka_unit_test(a_middle_stage_is_theirs),
	        cmocka_unit_test(savings_are_theirs),
	        cmocka_unit_test(equations_of_a_layer),
	        cmocka_unit_test(parameters_by_hand),
	        cmocka_unit_test(activations_by_hand),
	        cmocka_unit_test(latent_attention_by_hand),
	        cmocka_unit_test(cheap_recomputation_by_hand),
	        cmocka_unit_test(sharing_never_costs_memory),
	        cmocka_unit_test(dualpipe_holds_two_chunks),
	        cmocka_unit_test(peak_is_that_of_the_fullest_stage),
	        cmocka_unit_test(what_was_trained_fits),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
