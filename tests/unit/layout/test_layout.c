#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include <cmocka.h>

#include "base/error.h"
#include "layout/layout.h"
#include "model/model.h"
#include "topology/system.h"

#define LAYERS(n) .layers = (n), .heads = 12, .kv_heads = 4, .ffn = 48, .sequence = 96, .microbatch = 2
static const struct fs_model dense = {.name = "dense", LAYERS(24)};
static const struct fs_model moe = {
        .name = "moe", LAYERS(24), .experts = 16, .top_k = 4, .expert_ffn = 24, .expert_interval = 1};
static const struct fs_model llama = {.name = "llama",
                                      .layers = 126,
                                      .heads = 128,
                                      .kv_heads = 8,
                                      .ffn = 53248,
                                      .sequence = 8192,
                                      .microbatch = 1};

/* Experts stay within the innermost tier of more than two chips: a node of 8, or of 16 two-die packages'
 * dies. */
static const struct fs_system nodes = {.tiers = 2,
                                       .tier = {{.group = {.value = 8}}, {.group = {.value = 1024}}}};
static const struct fs_system packages = {
        .tiers = 3, .tier = {{.group = {.value = 2}}, {.group = {.value = 16}}, {.group = {.value = 768}}}};
static const struct fs_system pair = {.tiers = 2, .tier = {{.group = {.value = 2}}, {.group = {.value = 2}}}};

struct good_row {
	const char *text;
	const struct fs_model *model;
	const struct fs_system *system;
	uint64_t chips;
	const char *layout;
};

static const struct good_row good[] = {
        {NULL, &dense, &nodes, 1, "dp=1,bucket_MB=256"},
        {NULL, &dense, &nodes, 15488, "dp=15488,bucket_MB=256"},
        {"dp=16", &dense, &nodes, 16, "dp=16,bucket_MB=256"},
        {"ep=1", &dense, &nodes, 16, "dp=16,bucket_MB=256"},
        {"bucket_MB=25", &dense, &nodes, 16, "dp=16,bucket_MB=25"},
        /* As many neighbours as divide the experts, the chips and the node. */
        {NULL, &moe, &nodes, 1, "dp=1,ep=1,bucket_MB=256"},
        {NULL, &moe, &nodes, 64, "dp=8,ep=8,bucket_MB=256"},
        {NULL, &moe, &nodes, 12, "dp=3,ep=4,bucket_MB=256"},
        {NULL, &moe, &nodes, 13, "dp=13,ep=1,bucket_MB=256"},
        {NULL, &moe, &packages, 64, "dp=4,ep=16,bucket_MB=256"},
        {NULL, &moe, &pair, 2, "dp=1,ep=2,bucket_MB=256"},
        /* What is given holds; the rest follows from it. */
        {"ep=2", &moe, &nodes, 64, "dp=32,ep=2,bucket_MB=256"},
        {"dp=16", &moe, &nodes, 64, "dp=16,ep=4,bucket_MB=256"},
        {"ep=16", &moe, &nodes, 64, "dp=4,ep=16,bucket_MB=256"}, /* beyond a node, if one insists */
        {"ep=4,dp=16", &moe, &nodes, 64, "dp=16,ep=4,bucket_MB=256"},
        {"bucket_MB=1,dp=64,ep=1", &moe, &nodes, 64, "dp=64,ep=1,bucket_MB=1"},
        {"dp=16777216", &dense, &nodes, 1 << 24, "dp=16777216,bucket_MB=256"},
        /* The other dimensions leave room for experts within a node, and shrink dp. */
        {"tp=2", &moe, &nodes, 64, "tp=2,dp=8,ep=4,bucket_MB=256"},
        {"tp=4,pp=2", &dense, &nodes, 64, "tp=4,pp=2,dp=8,bucket_MB=256"},
        {"cp=2,pp=4", &moe, NULL, 64, "cp=2,pp=4,dp=1,ep=8,bucket_MB=256"},
        /* What would be derived is not said. */
        {"tp=2,sp=1,mbs=2,gbs=128,seq=96,dtype=bf16,recompute=none,flash=1,zero=0,overlap_dp=1,schedule=1f1b",
         &dense, &nodes, 128, "tp=2,dp=64,bucket_MB=256"},
        {"tp=2,sp=0,mbs=1,gbs=128,seq=192,dtype=fp8,recompute=full,flash=0,zero=1,overlap_dp=0,schedule=1f1b",
         &dense, &nodes, 128,
         "tp=2,dp=64,mbs=1,gbs=128,seq=192,dtype=fp8,recompute=full,flash=0,sp=0,zero=1,overlap_dp=0,bucket_"
         "MB=256"},
        {"dp=8,zero=3,gradient_bits=16,fused_loss=0", &dense, &nodes, 8, "dp=8,zero=3,bucket_MB=256"},
        {"dp=8,zero=3,gradient_bits=32,fused_loss=1", &dense, &nodes, 8,
         "dp=8,fused_loss=1,zero=3,gradient_bits=32,bucket_MB=256"},
        {"pp=4,schedule=zb1p,order=pp-tp-cp-ep-dp", &dense, &nodes, 8,
         "pp=4,dp=2,schedule=zb1p,order=pp-tp-cp-ep-dp,bucket_MB=256"},
        {"pp=4,schedule=dualpipe,gbs=32", &dense, &nodes, 8,
         "pp=4,dp=2,gbs=32,schedule=dualpipe,bucket_MB=256"},
        {"pp=2,first_layers=10,last_layers=14", &dense, &nodes, 2,
         "pp=2,dp=1,first_layers=10,last_layers=14,bucket_MB=256"},
        /* Fewer key-value heads than chips: several chips hold the same one. */
        {"tp=12", &dense, &nodes, 12, "tp=12,dp=1,bucket_MB=256"},
        {"tp=8,cp=1,ep=1,pp=16,vpp=8,dp=128,mbs=1,gbs=2048,seq=8192,dtype=bf16,recompute=selective,sp=1,zero="
         "1,"
         "overlap_dp=1,overlap_tp=1,overlap_pp=1,schedule=interleaved,order=tp-cp-ep-dp-pp,bucket_MB=25",
         &llama, &nodes, 16384, "tp=8,pp=16,vpp=8,dp=128,gbs=2048,recompute=selective,zero=1,bucket_MB=25"},
};

static void good_layouts(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof good / sizeof *good; i++) {
		const struct good_row *row = &good[i];
		struct fs_layout layout;
		struct fs_error error;
		char text[FS_LAYOUT_TEXT], again[FS_LAYOUT_TEXT];
		if (fs_layout_resolve(row->text, row->model, row->system, row->chips, &layout, &error))
			fail_msg("row %d: %s", (int)i, error.text);
		fs_layout_text(&layout, row->model, text, sizeof text);
		assert_string_equal(text, row->layout);
		assert_int_equal((uint64_t)layout.dp * layout.ep * layout.tp * layout.cp * layout.pp,
		                 row->chips);
		assert_int_equal((uint64_t)layout.microbatches * layout.mbs * layout.dp * layout.ep,
		                 layout.gbs);
		struct fs_layout same;
		assert_int_equal(fs_layout_resolve(text, row->model, row->system, row->chips, &same, &error),
		                 0);
		fs_layout_text(&same, row->model, again, sizeof again);
		assert_string_equal(again, text);
		assert_memory_equal(&same, &layout, sizeof same);
	}
}

struct bad_row {
	const char *text;
	const struct fs_model *model;
	uint64_t chips;
	const char *message;
};

#define SIXTEEN "dp=1,dp=1,dp=1,dp=1,dp=1,dp=1,dp=1,dp=1,dp=1,dp=1,dp=1,dp=1,dp=1,dp=1,dp=1,dp=1,"
static const char long_text[] = SIXTEEN SIXTEEN SIXTEEN SIXTEEN SIXTEEN SIXTEEN SIXTEEN;

#define NUMBER " is not key=number with a number from 1 to 16777216"
#define RULE(dimensions) "dp * ep" dimensions " must be the number of chips, 64"

static const struct bad_row bad[] = {
        {"", &moe, 64, "'' is not key=number or key=word"},
        {"dp", &moe, 64, "'dp' is not key=number or key=word"},
        {"dp=8,", &moe, 64, "'' is not key=number or key=word"},
        {"dp=", &moe, 64, "'dp='" NUMBER},
        {"dp=0", &moe, 64, "'dp=0'" NUMBER},
        {"seq=0", &moe, 64, "'seq=0'" NUMBER},
        {"dp=-1", &moe, 64, "'dp=-1'" NUMBER},
        {"dp=+1", &moe, 64, "'dp=+1'" NUMBER},
        {"dp= 1", &moe, 64, "'dp= 1'" NUMBER},
        {"dp=8.0", &moe, 64, "'dp=8.0'" NUMBER},
        {"dp=0x8", &moe, 64, "'dp=0x8'" NUMBER},
        {"dp=8 ep=8", &moe, 64, "'dp=8 ep=8'" NUMBER},
        {"dp=16777217", &moe, 64, "'dp=16777217'" NUMBER},
        {"dp=99999999999999999999999999", &moe, 64, "'dp=99999999999999999999999999'" NUMBER},
        {"sp=2", &moe, 64, "'sp=2' is not key=number with a number from 0 to 1"},
        {"zero=4", &moe, 64, "'zero=4' is not key=number with a number from 0 to 3"},
        {"dtype=fp4", &moe, 64, "'dtype=fp4': one of bf16|fp16|fp8 is needed"},
        {"recompute=", &moe, 64, "'recompute=': one of none|selective|cheap|full is needed"},
        {"dp=8,dp=4", &moe, 64, "'dp=4' comes after another value for the same key"},
        {"order=tp-cp-ep-dp-pp,order=tp-cp-ep-dp-pp", &moe, 64,
         "'order=tp-cp-ep-dp-pp' comes after another value for the same key"},
        {"order=tp-cp-ep-dp", &moe, 64,
         "'order=tp-cp-ep-dp': all of tp, cp, ep, dp and pp are needed, innermost first, as in "
         "order=tp-cp-ep-dp-pp"},
        {"order=tp-cp-ep-dp-dp", &moe, 64,
         "'order=tp-cp-ep-dp-dp': all of tp, cp, ep, dp and pp are needed, innermost first, as in "
         "order=tp-cp-ep-dp-pp"},
        {"xyzzy=2", &moe, 64,
         "unknown key in 'xyzzy=2'; there are tp, cp, pp, vpp, dp, ep, mbs, gbs, seq, first_layers, "
         "last_layers, "
         "dtype, recompute, fused_loss, flash, sp, zero, overlap_dp, overlap_tp, overlap_pp, schedule, "
         "imbalance, "
         "gradient_bits, bucket_MB, order"},
        {"gradient_bits=20", &dense, 64, "gradient_bits=20; 16 or 32 is allowed"},
        {"recomputed=full", &moe, 64, "unknown key in 'recomputed=full'; did you mean recompute?"},
        {long_text, &moe, 64, "'dp=1,dp=1,dp=1,dp=1,dp=1,dp=1,dp=1,dp=1,...' is too long"},
        {"dp=3", &moe, 64, RULE("") ", which dp=3 does not divide"},
        {"ep=3", &moe, 64, RULE("") ", which ep=3 does not divide"},
        {"tp=3", &moe, 64, RULE(" * tp") ", which tp=3 does not divide"},
        {"dp=4,ep=4", &moe, 64, RULE("") "; it is 4 * 4"},
        {"dp=64,ep=64", &moe, 64, RULE("") "; it is 64 * 64"},
        {"tp=2,cp=2,pp=2,dp=16", &moe, 64, RULE(" * tp * cp * pp") "; it is 16 * 1 * 2 * 2 * 2"},
        {"tp=64,pp=64", &moe, 64, RULE(" * tp * pp") "; it is 1 * 1 * 64 * 64"},
        {"ep=2", &dense, 64, "ep=2, but dense has no experts"},
        {"dp=32", &dense, 64, RULE("") "; it is 32 * 1"},
        {"ep=3", &moe, 48, "the 16 experts of moe cannot be dealt out to ep=3 chips"},
        {"ep=32", &moe, 64, "the 16 experts of moe cannot be dealt out to ep=32 chips"},
        {"tp=8", &dense, 64, "the 12 heads of dense cannot be dealt out to tp=8 chips"},
        {"tp=24", &dense, 48, "the 12 heads of dense cannot be dealt out to tp=24 chips"},
        {"tp=6", &dense, 48,
         "the 4 key-value heads of dense must be a multiple of tp=6, or divide it (then several chips hold "
         "the same "
         "one)"},
        {"sp=1", &dense, 64, "sp=1 needs tp above 1"},
        {"tp=4,cp=16", &dense, 64, "with sp=1 a chip's 6 tokens of a sequence must be a multiple of tp=4"},
        {"cp=5", &dense, 80, "seq=96 is not a multiple of 2 * cp = 10"},
        {"gbs=96", &dense, 64, "gbs=96 is not a multiple of mbs * dp * ep = 128"},
        {"mbs=16777216", &dense, 1024, "gbs=4294967294 is not a multiple of mbs * dp * ep = 17179869184"},
        {"vpp=2", &dense, 64, "vpp=2 needs pp above 1 and schedule=interleaved"},
        {"pp=2,vpp=2,schedule=1f1b", &dense, 64, "vpp=2 needs pp above 1 and schedule=interleaved"},
        {"pp=2,schedule=interleaved", &dense, 64, "schedule=interleaved needs vpp above 1"},
        {"pp=4,vpp=2,gbs=192", &dense, 64,
         "schedule=interleaved needs a multiple of pp=4 micro-batches; gbs / (mbs * dp * ep) is 6"},
        {"schedule=zb1p", &dense, 64, "schedule=zb1p needs pp above 1"},
        {"pp=4,schedule=dualpipe,gbs=128", &dense, 64,
         "schedule=dualpipe needs an even pp and an even number of at least 2 * pp micro-batches; pp is 4, "
         "gbs / (mbs "
         "* dp * ep) 4"},
        {"ep=2,dp=8,tp=4,order=ep-tp-cp-dp-pp", &moe, 64,
         "order: cp, ep and dp must not have tp or pp in between where both sides are above 1: together they "
         "hold the "
         "same dense weights"},
        {"pp=16", &dense, 64,
         "the 24 layers of dense do not go into pp * vpp = 16 stages: a multiple is needed, counting the "
         "embedding and "
         "the head as a layer each where that helps; first_layers and last_layers make the ends different"},
        {"pp=4,first_layers=5,last_layers=6", &dense, 64,
         "after first_layers=5 and last_layers=6, 24 layers of dense must go evenly into the other stages of "
         "pp=4, and "
         "each stage's into vpp=1"},
        {"first_layers=24", &dense, 64,
         "after first_layers=24 and last_layers=0, 24 layers of dense must go evenly into the other stages "
         "of pp=1, "
         "and each stage's into vpp=1"},
};

static void bad_layouts(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
		const struct bad_row *row = &bad[i];
		struct fs_layout layout = {.dp = 77};
		struct fs_error error;
		if (fs_layout_resolve(row->text, row->model, &nodes, row->chips, &layout, &error) == 0)
			fail_msg("%s is taken", row->text);
		assert_memory_equal(error.text, "layout: ", 8);
		assert_string_equal(error.text + 8, row->message);
		assert_int_equal(layout.dp, 77); /* left alone */
	}
}

struct group_row {
	const char *order;
	struct fs_group group[FS_DIMENSIONS]; /* tp, cp, ep, dp, pp */
	struct fs_group dense;                /* cp, ep and dp together */
	bool expert_replicas;                 /* have cp and dp together one stride? */
};

/* 48 chips: tp 2, cp 2, ep 2, dp 3, pp 2. */
static const struct group_row groups[] = {
        {"tp-cp-ep-dp-pp", {{2, 1}, {2, 2}, {2, 4}, {3, 8}, {2, 24}}, {12, 2}, false},
        {"pp-tp-ep-cp-dp", {{2, 2}, {2, 8}, {2, 4}, {3, 16}, {2, 1}}, {12, 4}, true},
        {"dp-cp-ep-tp-pp", {{2, 12}, {2, 3}, {2, 6}, {3, 1}, {2, 24}}, {12, 1}, true},
};

static void groups_are_digits_of_the_chips_number(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof groups / sizeof *groups; i++) {
		static const enum fs_dimension dense_replicas[] = {FS_CONTEXT, FS_EXPERT, FS_DATA},
		                               expert_replicas[] = {FS_CONTEXT, FS_DATA};
		struct fs_layout layout;
		struct fs_error error;
		struct fs_group group;
		char text[96];
		snprintf(text, sizeof text, "tp=2,cp=2,ep=2,dp=3,pp=2,order=%s", groups[i].order);
		if (fs_layout_resolve(text, &moe, &nodes, 48, &layout, &error))
			fail_msg("%s", error.text);
		for (enum fs_dimension d = 0; d < FS_DIMENSIONS; d++) {
			group = fs_layout_group(&layout, d);
			assert_int_equal(group.size, groups[i].group[d].size);
			assert_int_equal(group.stride, groups[i].group[d].stride);
		}
		assert_true(fs_layout_joint_group(&layout, dense_replicas, 3, &group));
		assert_int_equal(group.size, groups[i].dense.size);
		assert_int_equal(group.stride, groups[i].dense.stride);
		assert_int_equal(fs_layout_joint_group(&layout, expert_replicas, 2, &group),
		                 groups[i].expert_replicas);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	        cmocka_unit_test(groups_are_digits_of_the_chips_number),
	        cmocka_unit_test(good_layouts),
	        cmocka_unit_test(bad_layouts),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
