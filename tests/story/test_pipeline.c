/*
 * Two pipeline stages of a chip each, pass by pass.
 *
 * A forward pass takes 10 us, a backward pass 20, each half of one 10. A message of 1 KB arrives 2 us after
 * it was sent: 1 us of latency, and 1 us in which it holds both ports.
 */

#include "pipeline/pipeline.h"
#include "story/tiny.h"
#include "unit/pipeline/pipeline_text.h"

static const struct tiny_plan two_chips = {.chips = 2, .tier = {{.group = 2, .GBps = 1, .latency_us = 1}}};

static const double pass_us[FS_PASSES] = {10, 20, 10, 10};

/* What a stage is to have done when, in us, in its own order. */
struct done {
	const char *pass;
	double us;
};

struct story {
	struct tiny tiny;
	const struct fs_layout *layout;
	const struct done *expected[2]; /* what is next */
};

static void carry_out(struct story *story, int stage)
{
	struct fs_cluster *cluster = &story->tiny.cluster;
	const struct fs_op *op = &story->tiny.program->op[story->tiny.program->ops - 1];
	struct fs_view view = fs_cluster_view(cluster, stage);
	if (op->kind == FS_OP_SEND)
		fs_cluster_send(cluster, op);
	else if (op->kind == FS_OP_RECEIVE)
		fs_cluster_receive(cluster, op);
	else
		fs_cluster_compute(cluster, &view, op, 0, 0);
}

/* The message of a pass to the piece of the model before or after, or from it; none at the ends. */
static void transfer(struct story *story, uint32_t stage, const struct fs_pipeline_turn *turn, bool received)
{
	const struct fs_layout *layout = story->layout;
	uint32_t piece = fs_pipeline_piece(layout, stage, turn->chunk), last = layout->pp * layout->vpp - 1;
	bool backward = turn->pass != FS_PASS_FORWARD, before = backward != received;
	if (turn->pass == FS_PASS_BACKWARD_WEIGHT || piece == (before ? 0 : last))
		return;
	uint32_t other = 1 - stage, border = before ? piece : piece + 1;
	struct fs_transfer message = {.from = received ? other : stage,
	                              .to = received ? stage : other,
	                              .queue = 16 * turn->chunk + 2 * border + backward,
	                              .bytes = KB(1),
	                              .blocks = !layout->overlap_pp};
	if (layout->schedule != FS_DUALPIPE)
		message.queue %= 16;
	fs_build_transfer(story->tiny.program, story->tiny.system, received ? FS_OP_RECEIVE : FS_OP_SEND,
	                  "story", message);
	carry_out(story, (int)stage);
}

static void one_pass(struct story *story, uint32_t stage, const struct fs_pipeline_turn *turn)
{
	char text[16];
	transfer(story, stage, turn, true);
	fs_build_kernels(story->tiny.program, "pass", FS_KERNEL_GEMM, 0, 0, pass_us[turn->pass] * 1e-6, 0);
	carry_out(story, (int)stage);
	const struct done *expected = story->expected[stage]++;
	double us = story->tiny.cluster.compute[stage] * 1e6;
	pipeline_turn_text(turn, text, sizeof text);
	assert_string_equal(text, expected->pass);
	if (fabs(us - expected->us) > 1e-9)
		fail_msg("stage %u is through %s at %.10g us, expected %.10g", stage, text, us, expected->us);
	transfer(story, stage, turn, false);
}

static void visit(uint32_t stage, const struct fs_pipeline_turn *turn, void *context)
{
	one_pass(context, stage, turn);
	if (turn->paired)
		one_pass(context, stage, turn + 1);
}

static void tell(const struct fs_layout *layout, const struct done *first, const struct done *second,
                 const double bubble_us[2])
{
	struct story story = {.layout = layout, .expected = {first, second}};
	tiny_create(&story.tiny, two_chips);
	fs_cluster_destroy(&story.tiny.cluster);
	fs_build_stages(story.tiny.program, 2, 1);
	story.tiny.program->queues = 32;
	struct fs_error error;
	assert_int_equal(fs_cluster_create(&story.tiny.cluster, story.tiny.team, story.tiny.system,
	                                   story.tiny.program, &story.tiny.options, &error),
	                 0);
	struct fs_pipeline *pipeline = fs_pipeline_create(layout);
	assert_true(fs_pipeline_order(pipeline, layout, visit, &story));
	for (int s = 0; s < 2; s++)
		assert_null(story.expected[s]->pass);
	tiny_assert(&story.tiny, "bubble", story.tiny.cluster.bubble, bubble_us);
	fs_pipeline_destroy(pipeline);
	tiny_destroy(&story.tiny);
}

/* Stage 0 sends at 10; stage 1 begins at 12. Its first gradients leave at 42; stage 0 has idled since 20.
 * Stage 1 then never waits but for F2, which stage 0 could begin only after B0. */
static void one_forward_one_backward(void **state)
{
	(void)state;
	const struct fs_layout layout = {
	        .pp = 2, .vpp = 1, .microbatches = 3, .schedule = FS_1F1B, .overlap_pp = 1};
	static const struct done first[] = {{"F0a", 10}, {"F1a", 20},  {"B0a", 64}, {"F2a", 74},
	                                    {"B1a", 94}, {"B2a", 128}, {NULL, 0}};
	static const struct done second[] = {{"F0a", 22}, {"B0a", 42},  {"F1a", 52}, {"B1a", 72},
	                                     {"F2a", 86}, {"B2a", 106}, {NULL, 0}};
	tell(&layout, first, second, (const double[]){24 + 14, 12 + 4});
}

/* A sender now waits 1 us for its port: F1 begins at 11, and so on. */
static void senders_that_wait(void **state)
{
	(void)state;
	const struct fs_layout layout = {.pp = 2, .vpp = 1, .microbatches = 3, .schedule = FS_1F1B};
	static const struct done first[] = {{"F0a", 10}, {"F1a", 21},  {"B0a", 64}, {"F2a", 74},
	                                    {"B1a", 95}, {"B2a", 128}, {NULL, 0}};
	static const struct done second[] = {{"F0a", 22}, {"B0a", 42},  {"F1a", 53}, {"B1a", 73},
	                                     {"F2a", 86}, {"B2a", 106}, {NULL, 0}};
	tell(&layout, first, second, (const double[]){1 + 1 + 22 + 1 + 13, 12 + 1 + 1 + 2 + 1});
}

/* Each chip has two pieces: a0 on 0, a1 on 1, b2 on 0, b3 on 1. */
static void interleaved(void **state)
{
	(void)state;
	const struct fs_layout layout = {
	        .pp = 2, .vpp = 2, .microbatches = 2, .schedule = FS_INTERLEAVED, .overlap_pp = 1};
	static const struct done first[] = {{"F0a", 10},  {"F1a", 20},  {"F0b", 34},
	                                    {"F1b", 44},  {"B0b", 88},  {"B1b", 118},
	                                    {"B0a", 138}, {"B1a", 162}, {NULL, 0}};
	static const struct done second[] = {{"F0a", 22},  {"F1a", 32},  {"F0b", 46},
	                                     {"B0b", 66},  {"F1b", 76},  {"B1b", 96},
	                                     {"B0a", 116}, {"B1a", 140}, {NULL, 0}};
	tell(&layout, first, second, (const double[]){4 + 24 + 10 + 4, 12 + 4 + 4});
}

/* Micro-batches 0 and 1 enter on the left, 2 and 3 on the right; what the one does, the other does at the
 * same time with the other direction. Passes of a pair follow each other here; nothing is there to overlap
 * with. */
static void from_both_ends(void **state)
{
	(void)state;
	const struct fs_layout layout = {
	        .pp = 2, .vpp = 1, .microbatches = 4, .schedule = FS_DUALPIPE, .overlap_pp = 1};
	static const struct done first[] = {{"F0a", 10},  {"F2b", 22}, {"F1a", 32},  {"B2b", 52},
	                                    {"F3b", 62},  {"B0a", 82}, {"B3b", 102}, {"I1a", 114},
	                                    {"W1a", 124}, {NULL, 0}};
	static const struct done second[] = {{"F2b", 10},  {"F0a", 22}, {"F3b", 32},  {"B0a", 52},
	                                     {"F1a", 62},  {"B2b", 82}, {"B1a", 102}, {"I3b", 114},
	                                     {"W3b", 124}, {NULL, 0}};
	tell(&layout, first, second, (const double[]){2 + 2, 2 + 2});
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	        cmocka_unit_test(one_forward_one_backward),
	        cmocka_unit_test(senders_that_wait),
	        cmocka_unit_test(interleaved),
	        cmocka_unit_test(from_both_ends),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
