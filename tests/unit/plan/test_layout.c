#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/error.h"
#include "model/model.h"
#include "plan/layout.h"
#include "topology/system.h"

static const struct fs_model dense = {.name = "dense"};
static const struct fs_model moe = {.name = "moe", .experts = 16, .top_k = 4};

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
};

static void good_layouts(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof good / sizeof *good; i++) {
		const struct good_row *row = &good[i];
		struct fs_layout layout;
		struct fs_error error;
		char text[96];
		if (fs_layout_resolve(row->text, row->model, row->system, row->chips, &layout, &error))
			fail_msg("row %d: %s", (int)i, error.text);
		fs_layout_text(&layout, row->model, text, sizeof text);
		assert_string_equal(text, row->layout);
		assert_int_equal((uint64_t)layout.dp * layout.ep, row->chips);
	}
}

struct bad_row {
	const char *text;
	const struct fs_model *model;
	uint64_t chips;
	const char *message;
};

static const char long_text[] =
        "dp=1,dp=1,dp=1,dp=1,dp=1,dp=1,dp=1,dp=1,dp=1,dp=1,dp=1,dp=1,dp=1,dp=1,dp=1,dp=1,"
        "dp=1,dp=1,dp=1,dp=1,dp=1,dp=1,dp=1,dp=1,dp=1,dp=1,dp=1,dp=1";

static const struct bad_row bad[] = {
        {"", &moe, 64, "'' is not key=number with a number from 1 to 16777216"},
        {"dp", &moe, 64, "'dp' is not key=number with a number from 1 to 16777216"},
        {"dp=", &moe, 64, "'dp=' is not key=number with a number from 1 to 16777216"},
        {"dp=0", &moe, 64, "'dp=0' is not key=number with a number from 1 to 16777216"},
        {"dp=-1", &moe, 64, "'dp=-1' is not key=number with a number from 1 to 16777216"},
        {"dp=+1", &moe, 64, "'dp=+1' is not key=number with a number from 1 to 16777216"},
        {"dp= 1", &moe, 64, "'dp= 1' is not key=number with a number from 1 to 16777216"},
        {"dp=8.0", &moe, 64, "'dp=8.0' is not key=number with a number from 1 to 16777216"},
        {"dp=0x8", &moe, 64, "'dp=0x8' is not key=number with a number from 1 to 16777216"},
        {"dp=16777217", &moe, 64, "'dp=16777217' is not key=number with a number from 1 to 16777216"},
        {"dp=99999999999999999999999999", &moe, 64,
         "'dp=99999999999999999999999999' is not key=number with a number from 1 to 16777216"},
        {"dp=8,dp=4", &moe, 64, "'dp=4' comes after another value for the same key"},
        {"dp=8,", &moe, 64, "'' is not key=number with a number from 1 to 16777216"},
        {"dp=8 ep=8", &moe, 64, "'dp=8 ep=8' is not key=number with a number from 1 to 16777216"},
        {"pp=2", &moe, 64,
         "unknown key in 'pp=2'; there are dp (data-parallel replicas), ep (chips that share the experts) "
         "and "
         "bucket_MB (gradients that go together)"},
        {long_text, &moe, 64, "'dp=1,dp=1,dp=1,dp=1,dp=1,dp=1,dp=1,dp=1,...' is too long"},
        {"dp=3", &moe, 64, "dp * ep must be the number of chips, 64, which dp=3 does not divide"},
        {"ep=3", &moe, 64, "dp * ep must be the number of chips, 64, which ep=3 does not divide"},
        {"dp=4,ep=4", &moe, 64, "dp * ep must be the number of chips, 64; it is 4 * 4"},
        {"dp=64,ep=64", &moe, 64, "dp * ep must be the number of chips, 64; it is 64 * 64"},
        {"ep=2", &dense, 64, "ep=2, but dense has no experts"},
        {"dp=32", &dense, 64, "ep=2, but dense has no experts"},
        {"ep=3", &moe, 48, "the 16 experts of moe cannot be dealt out to ep=3 chips"},
        {"ep=32", &moe, 64, "the 16 experts of moe cannot be dealt out to ep=32 chips"},
};

static void bad_layouts(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
		const struct bad_row *row = &bad[i];
		struct fs_layout layout = {77, 77, 77};
		struct fs_error error;
		assert_int_equal(
		        fs_layout_resolve(row->text, row->model, &nodes, row->chips, &layout, &error), -1);
		assert_memory_equal(error.text, "layout: ", 8);
		assert_string_equal(error.text + 8, row->message);
		assert_int_equal(layout.dp, 77); /* left alone */
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	        cmocka_unit_test(good_layouts),
	        cmocka_unit_test(bad_layouts),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
