/* What a layer does: all of the model's work and nothing else, and who is told what. */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/error.h"
#include "model/flop.h"
#include "model/model.h"
#include "phase/phase.h"
#include "unit/given.h"

#include <math.h>
#include <string.h>

static void expect_near(double value, double expected, double tolerance)
{
	if (!(fabs(value - expected) <= tolerance))
		fail_msg("%.15g, not %.15g", value, expected);
}

/* Of one micro-batch through one part, on one chip. */
static double flop_of(const struct fs_model *model, const struct fs_layout *layout, enum fs_part part,
                      enum fs_pass pass)
{
	struct fs_phase phase = {0};
	fs_phase_of_part(model, layout, part, pass, &phase);
	double flop = fs_phase_flop(&phase);
	fs_phase_release(&phase);
	return flop;
}

/* Of one micro-batch through the model without multi-token prediction. */
static double flop_of_model(const struct fs_model *model, const struct fs_layout *layout, enum fs_pass pass)
{
	double sum = 0;
	for (enum fs_part part = 0; part < FS_PARTS; part++)
		if (part != FS_MTP_LAYER && fs_part_count(model, part))
			sum += fs_part_count(model, part) * flop_of(model, layout, part, pass);
	return sum;
}

static const char *const models[] = {"deepseek-v3",
                                     "dp-gpt",
                                     "dp-moe",
                                     "gpt-1t",
                                     "gpt-22b",
                                     "gpt-530b",
                                     "gpt3-175b",
                                     "grok-1",
                                     "llama3-405b",
                                     "llama3-70b",
                                     "llama3-8b",
                                     "mixtral-8x7b",
                                     "mpt-30b",
                                     "mpt-7b",
                                     "pangu-ultra-135b",
                                     "qwen3-235b-a22b",
                                     "pangu-ultra-moe-718b"};
enum { MODELS = sizeof models / sizeof *models };

/* The head is passed once more for each layer of multi-token prediction; the models' flop do not count it. */
static struct fs_model without_mtp(const char *name)
{
	struct fs_model model = given_model(name);
	model.mtp_layers = 0;
	return model;
}

/* Unfused: every score is computed, forward once, backward twice. */
static void test_products_are_the_models_flop(void **state)
{
	(void)state;
	for (int i = 0; i < MODELS; i++) {
		struct fs_model model = without_mtp(models[i]);
		struct fs_layout layout = given_layout(&model, "ep=1,dp=1,flash=0", 1);
		double forward = flop_of_model(&model, &layout, FS_PASS_FORWARD);
		double backward = flop_of_model(&model, &layout, FS_PASS_BACKWARD);
		double expected = fs_model_step_flop(&model) * layout.mbs / model.microbatch;
		if (fabs((forward + backward) / expected - 1) > 1e-12 || fabs(backward / forward - 2) > 1e-12)
			fail_msg("%s: %g + %g of %g", models[i], forward, backward, expected);
	}
}

/* Flash: the causal half, and in the backward pass scores once more: 2 h k s / 2 a token and layer. */
static void test_flash_attention_computes_scores_again(void **state)
{
	(void)state;
	for (int i = 0; i < MODELS; i++) {
		struct fs_model model = without_mtp(models[i]);
		struct fs_layout layout = given_layout(&model, "ep=1,dp=1", 1);
		double tokens = fs_model_tokens(&model);
		double all = flop_of_model(&model, &layout, FS_PASS_FORWARD) +
		             flop_of_model(&model, &layout, FS_PASS_BACKWARD);
		double expected =
		        fs_model_flop_per_token(&model, model.sequence, FS_MASK_CAUSAL) +
		        (double)model.layers * model.heads * fs_model_key_dim(&model) * model.sequence;
		if (fabs(all / (tokens * expected) - 1) > 1e-12)
			fail_msg("%s: %g of %g", models[i], all, tokens * expected);
	}
}

/* Chips of a tensor, context and expert group share the work of a layer: each does its part, no more. */
static void test_chips_share_the_work(void **state)
{
	static const struct {
		const char *model, *alone, *shared;
		double chips; /* that share the micro-batch of one */
	} cases[] = {
	        {"gpt3-175b", "tp=1,mbs=2", "tp=8,mbs=2", 8},
	        {"gpt3-175b", "tp=1,flash=0", "tp=8,flash=0,sp=0", 8},
	        {"llama3-405b", "tp=1", "tp=8,cp=4", 32},
	        {"llama3-8b", "tp=1", "tp=1,cp=2", 2},
	};
	(void)state;
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		struct fs_model model = given_model(cases[i].model);
		struct fs_layout alone = given_layout(&model, cases[i].alone, 1);
		struct fs_layout shared = given_layout(&model, cases[i].shared, (uint64_t)cases[i].chips);
		for (enum fs_pass pass = 0; pass < FS_PASSES; pass++) {
			double one = flop_of(&model, &alone, FS_DENSE_LAYER, pass);
			double part = flop_of(&model, &shared, FS_DENSE_LAYER, pass);
			if (fabs(cases[i].chips * part / one - 1) > 1e-12)
				fail_msg("%s %s pass %d: %g of %g", cases[i].model, cases[i].shared, pass,
				         part, one);
		}
	}
}

/* An expert's tokens come from all chips of its group, so that expert parallelism alone changes no chip's
 * flop; tensor parallelism splits all but the router and latent attention's ways down, which sp splits. */
static void test_experts_are_shared(void **state)
{
	(void)state;
	struct fs_model model = given_model("deepseek-v3");
	struct fs_layout alone = given_layout(&model, "ep=1,dp=1", 1);
	struct fs_layout spread = given_layout(&model, "ep=64,dp=1", 64);
	struct fs_layout split = given_layout(&model, "tp=4,ep=16,dp=1", 64);
	double one = flop_of(&model, &alone, FS_EXPERT_LAYER, FS_PASS_FORWARD);
	expect_near(flop_of(&model, &spread, FS_EXPERT_LAYER, FS_PASS_FORWARD) / one, 1, 1e-12);
	expect_near(4 * flop_of(&model, &split, FS_EXPERT_LAYER, FS_PASS_FORWARD) / one, 1, 1e-12);
}

/* What is done again in the backward pass. */
static void test_recompute(void **state)
{
	(void)state;
	struct fs_model gpt = given_model("gpt3-175b");
	struct fs_layout none = given_layout(&gpt, "tp=8,flash=0", 8);
	struct fs_layout selective = given_layout(&gpt, "tp=8,flash=0,recompute=selective", 8);
	struct fs_layout full = given_layout(&gpt, "tp=8,flash=0,recompute=full", 8);
	double forward = flop_of(&gpt, &none, FS_DENSE_LAYER, FS_PASS_FORWARD);
	double scores = 4.0 * gpt.hidden / 8 * gpt.sequence * gpt.sequence; /* two products */
	expect_near(flop_of(&gpt, &none, FS_DENSE_LAYER, FS_PASS_BACKWARD) / forward, 2, 1e-12);
	expect_near((flop_of(&gpt, &selective, FS_DENSE_LAYER, FS_PASS_BACKWARD) - 2 * forward) / scores, 1,
	            1e-9);
	expect_near(flop_of(&gpt, &full, FS_DENSE_LAYER, FS_PASS_BACKWARD) / forward, 3, 1e-12);
}

/* DeepSeek-V3: the two products that make heads are cheap, and done again. */
static void test_cheap_recompute_makes_heads_again(void **state)
{
	(void)state;
	struct fs_model model = given_model("deepseek-v3");
	struct fs_layout none = given_layout(&model, "ep=64,dp=1", 64);
	struct fs_layout cheap = given_layout(&model, "ep=64,dp=1,recompute=cheap", 64);
	double more = flop_of(&model, &cheap, FS_EXPERT_LAYER, FS_PASS_BACKWARD) -
	              flop_of(&model, &none, FS_EXPERT_LAYER, FS_PASS_BACKWARD);
	double up = 2.0 * 4096 * (1536.0 * 128 * 192 + 512.0 * 128 * 256);
	expect_near(more / up, 1, 1e-9);
}

struct sent {
	int count;
	double bytes;
};

static struct sent sent(const struct fs_phase *phase, enum fs_stream stream, enum fs_collective collective)
{
	struct sent sum = {0};
	for (int i = 0; i < phase->actions; i++) {
		const struct fs_action *action = &phase->action[i];
		if (action->kind != FS_ACTION_COLLECTIVE || action->stream != stream ||
		    action->collective != collective)
			continue;
		sum.count++;
		sum.bytes += action->bytes;
	}
	return sum;
}

/* One layer of a GPT: b s h = 2 * 2048 * 12288 elements of 2 bytes are 96 MiB. */
static void test_tensor_parallel_bytes_of_a_layer(void **state)
{
	static const struct {
		const char *layout;
		enum fs_pass pass;
		int allreduces, allgathers, reduce_scatters;
	} cases[] = {
	        {"tp=8,mbs=2,sp=0", FS_PASS_FORWARD, 2, 0, 0},
	        {"tp=8,mbs=2,sp=0", FS_PASS_BACKWARD, 2, 0, 0},
	        {"tp=8,mbs=2,sp=0,recompute=full", FS_PASS_BACKWARD, 4, 0, 0},
	        {"tp=8,mbs=2,sp=1", FS_PASS_FORWARD, 0, 2, 2},
	        {"tp=8,mbs=2,sp=1", FS_PASS_BACKWARD, 0, 4, 2},
	        {"tp=8,mbs=2,sp=1", FS_PASS_BACKWARD_INPUT, 0, 2, 2},
	        {"tp=8,mbs=2,sp=1", FS_PASS_BACKWARD_WEIGHT, 0, 2, 0},
	        {"tp=8,mbs=2,sp=1,recompute=full", FS_PASS_BACKWARD, 0, 6, 4},
	        {"tp=1,mbs=2", FS_PASS_BACKWARD, 0, 0, 0},
	};
	(void)state;
	struct fs_model model = given_model("gpt3-175b");
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		struct fs_layout layout = given_layout(&model, cases[i].layout, 8);
		struct fs_phase phase = {0};
		fs_phase_of_part(&model, &layout, FS_DENSE_LAYER, cases[i].pass, &phase);
		const int expected[] = {cases[i].allreduces, cases[i].allgathers, cases[i].reduce_scatters};
		const enum fs_collective kind[] = {FS_ALLREDUCE, FS_ALLGATHER, FS_REDUCE_SCATTER};
		for (int k = 0; k < 3; k++) {
			struct sent found = sent(&phase, FS_STREAM_TENSOR, kind[k]);
			assert_int_equal(found.count, expected[k]);
			expect_near(found.bytes, expected[k] * 96.0 * 1024 * 1024, 1e-3);
		}
		fs_phase_release(&phase);
	}
}

/* How many collectives have a kernel beside them: issued, then a kernel before the join. */
static int overlapped(const struct fs_phase *phase)
{
	int count = 0;
	for (int i = 0; i + 1 < phase->actions; i++)
		count += phase->action[i].kind == FS_ACTION_COLLECTIVE &&
		         phase->action[i + 1].kind == FS_ACTION_KERNEL;
	return count;
}

/* A GPT's layer, tp = 8. With sp: two gathers and two scatters forward; backward the gathers of both row
 * products' gradients, of both column products' inputs, and two sums. Without: two sums each. */
static void test_what_goes_on_beside_products(void **state)
{
	static const struct {
		const char *layout;
		int forward, backward;
	} cases[] = {{"tp=8,sp=1,overlap_tp=0", 0, 0}, {"tp=8,sp=1,overlap_tp=1", 4, 6},
	             {"tp=8,sp=1,overlap_tp=2", 0, 4}, {"tp=8,sp=0,overlap_tp=0", 0, 0},
	             {"tp=8,sp=0,overlap_tp=1", 0, 2}, {"tp=8,sp=0,overlap_tp=2", 0, 2}};
	(void)state;
	struct fs_model model = given_model("gpt3-175b");
	struct fs_phase phase = {0};
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		struct fs_layout layout = given_layout(&model, cases[i].layout, 8);
		fs_phase_of_part(&model, &layout, FS_DENSE_LAYER, FS_PASS_FORWARD, &phase);
		assert_int_equal(overlapped(&phase), cases[i].forward);
		fs_phase_of_part(&model, &layout, FS_DENSE_LAYER, FS_PASS_BACKWARD, &phase);
		assert_int_equal(overlapped(&phase), cases[i].backward);
	}
	fs_phase_release(&phase);
}

/* Products that are cut into pieces: forward all four, backward the row products' gradients of inputs. */
static int cut_products(const struct fs_phase *phase, uint32_t pieces)
{
	int count = 0;
	for (int i = 0; i < phase->actions; i++)
		count +=
		        phase->action[i].kind == FS_ACTION_KERNEL && phase->action[i].kernel.pieces == pieces;
	return count;
}

static void test_products_are_cut_beside_exchanges(void **state)
{
	static const struct {
		const char *layout;
		int forward, backward;
	} cases[] = {{"tp=4,overlap_tp=1", 4, 2}, {"tp=4,overlap_tp=2", 0, 0}, {"tp=4,sp=0", 0, 0}};
	(void)state;
	struct fs_model model = given_model("gpt3-175b");
	struct fs_phase phase = {0};
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		struct fs_layout layout = given_layout(&model, cases[i].layout, 4);
		fs_phase_of_part(&model, &layout, FS_DENSE_LAYER, FS_PASS_FORWARD, &phase);
		assert_int_equal(cut_products(&phase, 4), cases[i].forward);
		fs_phase_of_part(&model, &layout, FS_DENSE_LAYER, FS_PASS_BACKWARD, &phase);
		assert_int_equal(cut_products(&phase, 4), cases[i].backward);
	}
	fs_phase_release(&phase);
}

/* Mixtral, a micro-batch of 4096 tokens of 4096 elements, each to 2 experts: 64 MiB there and back; with
 * half as many more on the fullest chip 96; with fp8 half of it there; both ways again in the backward pass,
 * in 16 bits. */
static void test_expert_bytes_of_a_layer(void **state)
{
	static const struct {
		const char *layout;
		enum fs_pass pass;
		double MiB;
	} cases[] = {{"ep=8", FS_PASS_FORWARD, 128},
	             {"ep=8,imbalance=150", FS_PASS_FORWARD, 192},
	             {"ep=8,dtype=fp8", FS_PASS_FORWARD, 96},
	             {"ep=8,dtype=fp8", FS_PASS_BACKWARD, 96}, /* gradients that go out, too */
	             {"ep=8,recompute=full", FS_PASS_BACKWARD, 256}};
	(void)state;
	struct fs_model model = given_model("mixtral-8x7b");
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		struct fs_layout layout = given_layout(&model, cases[i].layout, 8);
		struct fs_phase phase = {0};
		fs_phase_of_part(&model, &layout, FS_EXPERT_LAYER, cases[i].pass, &phase);
		struct sent found = sent(&phase, FS_STREAM_EXPERT, FS_ALLTOALL);
		expect_near(found.bytes / (1024 * 1024), cases[i].MiB, 1e-9);
		fs_phase_release(&phase);
	}
}

/* Llama 3 8B over 4: keys and values of 2048 tokens, 8 heads of 128 each, 8 MiB, go 3 rounds; backward with
 * their gradients, which go once around: 7 times. */
static void test_ring_of_keys_and_values(void **state)
{
	(void)state;
	struct fs_model model = given_model("llama3-8b");
	struct fs_layout layout = given_layout(&model, "cp=4", 4);
	struct fs_phase phase = {0};
	fs_phase_of_part(&model, &layout, FS_DENSE_LAYER, FS_PASS_FORWARD, &phase);
	struct sent found = sent(&phase, FS_STREAM_CONTEXT, FS_SENDRECV);
	assert_int_equal(found.count, 3);
	expect_near(found.bytes, 3 * 8.0 * 1024 * 1024, 1e-3);
	fs_phase_of_part(&model, &layout, FS_DENSE_LAYER, FS_PASS_BACKWARD, &phase);
	found = sent(&phase, FS_STREAM_CONTEXT, FS_SENDRECV);
	assert_int_equal(found.count, 4);
	expect_near(found.bytes, 7 * 8.0 * 1024 * 1024, 1e-3);
	fs_phase_release(&phase);
}

/* zero=3: a layer's weights come in 16 bits in both passes, its gradients leave in the backward pass. */
static void test_gathered_weights(void **state)
{
	(void)state;
	struct fs_model model = given_model("llama3-8b");
	struct fs_layout layout = given_layout(&model, "dp=8,zero=3", 8);
	double layer = 2 * fs_part_parameters(&model, FS_DENSE_LAYER);
	struct fs_phase phase = {0};
	for (enum fs_pass pass = FS_PASS_FORWARD; pass <= FS_PASS_BACKWARD; pass++) {
		fs_phase_of_part(&model, &layout, FS_DENSE_LAYER, pass, &phase);
		assert_int_equal(phase.action[0].kind, FS_ACTION_JOIN);
		assert_int_equal(phase.action[0].stream, FS_STREAM_WEIGHTS);
		expect_near(sent(&phase, FS_STREAM_WEIGHTS, FS_ALLGATHER).bytes / layer, 1, 1e-12);
		expect_near(sent(&phase, FS_STREAM_DATA, FS_REDUCE_SCATTER).bytes / layer,
		            pass == FS_PASS_BACKWARD, 1e-12);
	}
	fs_phase_release(&phase);
}

static double streamed(const struct fs_phase *phase, const char *label)
{
	double sum = 0;
	for (int i = 0; i < phase->actions; i++)
		if (phase->action[i].kind == FS_ACTION_KERNEL && !strcmp(phase->action[i].label, label))
			sum += phase->action[i].kernel.bytes;
	return sum;
}

/* zero=3: gradients made in 16 bits are copied side by side (2 + 2), and divided (2 + 2); in 32 bits widened
 * in between (2 + 4), then divided (4 + 4) and sent at twice the size. */
static void test_gradients_before_they_leave(void **state)
{
	static const struct {
		const char *layout;
		double copied, sent;
	} cases[] = {{"dp=8,zero=3", 8, 2}, {"dp=8,zero=3,gradient_bits=32", 18, 4}};
	(void)state;
	struct fs_model model = given_model("llama3-8b");
	double layer = fs_part_parameters(&model, FS_DENSE_LAYER);
	struct fs_phase phase = {0};
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		struct fs_layout layout = given_layout(&model, cases[i].layout, 8);
		fs_phase_of_part(&model, &layout, FS_DENSE_LAYER, FS_PASS_BACKWARD, &phase);
		expect_near(streamed(&phase, "flat gradients") / layer, cases[i].copied, 1e-12);
		expect_near(sent(&phase, FS_STREAM_DATA, FS_REDUCE_SCATTER).bytes / layer, cases[i].sent,
		            1e-12);
		fs_phase_of_part(&model, &layout, FS_DENSE_LAYER, FS_PASS_FORWARD, &phase);
		expect_near(streamed(&phase, "flat gradients"), 0, 0);
	}
	fs_phase_release(&phase);
}

/* 2048 tokens and 50368 words: a fused loss reads each logit once, 2 bytes, and puts its gradient in its
 * place. Step by step, as in Megatron-core's fusion, it is 6 + 4 + 8 + 4 + 8 bytes, and 8 + 6. */
static void test_loss_of_one_kernel(void **state)
{
	static const struct {
		const char *layout;
		double forward, backward;
	} cases[] = {{"dp=1,mbs=1", 30, 14}, {"dp=1,mbs=1,fused_loss=1", 2, 4}};
	(void)state;
	struct fs_model model = given_model("mpt-7b");
	struct fs_phase phase = {0};
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		struct fs_layout layout = given_layout(&model, cases[i].layout, 1);
		fs_phase_of_part(&model, &layout, FS_HEAD, FS_PASS_FORWARD, &phase);
		expect_near(streamed(&phase, "loss") / (2048 * 50368.0), cases[i].forward, 1e-9);
		fs_phase_of_part(&model, &layout, FS_HEAD, FS_PASS_BACKWARD, &phase);
		expect_near(streamed(&phase, "loss") / (2048 * 50368.0), cases[i].backward, 1e-9);
	}
	fs_phase_release(&phase);
}

/* Two halves do what the whole does: the same kernels, whatever the model. */
static void test_halves_make_the_whole(void **state)
{
	static const char *const layouts[] = {"ep=1,dp=1", "ep=1,dp=1,recompute=full,flash=0",
	                                      "ep=1,dp=1,recompute=cheap,dtype=fp8"};
	(void)state;
	for (int i = 0; i < MODELS; i++) {
		struct fs_model model = given_model(models[i]);
		for (size_t k = 0; k < sizeof layouts / sizeof *layouts; k++)
			for (enum fs_part part = 0; part < FS_PARTS; part++) {
				struct fs_layout layout = given_layout(&model, layouts[k], 1);
				struct fs_phase whole = {0}, half[2] = {0};
				if (!fs_part_count(&model, part))
					continue;
				fs_phase_of_part(&model, &layout, part, FS_PASS_BACKWARD, &whole);
				fs_phase_of_part(&model, &layout, part, FS_PASS_BACKWARD_INPUT, &half[0]);
				fs_phase_of_part(&model, &layout, part, FS_PASS_BACKWARD_WEIGHT, &half[1]);
				assert_int_equal(half[0].actions + half[1].actions, whole.actions);
				double all = fs_phase_flop(&whole);
				double sum = fs_phase_flop(&half[0]) + fs_phase_flop(&half[1]);
				assert_true(fabs(all - sum) <= 1e-12 * all);
				fs_phase_release(&whole);
				fs_phase_release(&half[0]);
				fs_phase_release(&half[1]);
			}
	}
}

/* A layer of a GPT on one chip as it is launched: norm, qkv, attention, projection, residual; norm, up,
 * GeLU, down, residual. */
static void test_a_layer_is_told_kernel_by_kernel(void **state)
{
	static const char *const expected[] = {"norm", "qkv",    "attention",  "projection", "residual",
	                                       "norm", "ffn up", "activation", "ffn down",   "residual"};
	(void)state;
	struct fs_model model = given_model("gpt3-175b");
	struct fs_layout layout = given_layout(&model, "dp=1", 1);
	struct fs_phase phase = {0};
	fs_phase_of_part(&model, &layout, FS_DENSE_LAYER, FS_PASS_FORWARD, &phase);
	assert_int_equal(phase.actions, 10);
	for (int i = 0; i < 10; i++)
		assert_string_equal(phase.action[i].label, expected[i]);
	fs_phase_release(&phase);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	        cmocka_unit_test(test_products_are_the_models_flop),
	        cmocka_unit_test(test_flash_attention_computes_scores_again),
	        cmocka_unit_test(test_chips_share_the_work),
	        cmocka_unit_test(test_experts_are_shared),
	        cmocka_unit_test(test_recompute),
	        cmocka_unit_test(test_cheap_recompute_makes_heads_again),
	        cmocka_unit_test(test_tensor_parallel_bytes_of_a_layer),
	        cmocka_unit_test(test_what_goes_on_beside_products),
	        cmocka_unit_test(test_products_are_cut_beside_exchanges),
	        cmocka_unit_test(test_expert_bytes_of_a_layer),
	        cmocka_unit_test(test_ring_of_keys_and_values),
	        cmocka_unit_test(test_gathered_weights),
	        cmocka_unit_test(test_gradients_before_they_leave),
	        cmocka_unit_test(test_loss_of_one_kernel),
	        cmocka_unit_test(test_halves_make_the_whole),
	        cmocka_unit_test(test_a_layer_is_told_kernel_by_kernel),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
