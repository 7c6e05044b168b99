/* Layers on pipeline stages, and how many micro-batches are under way in them. */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "base/error.h"
#include "layout/stages.h"
#include "model/model.h"
#include "unit/given.h"

static const struct spread_row {
	uint32_t layers, mtp;
	const char *text;
	uint32_t chips;
	const char *expected; /* stages by '|', chunks by ' ': first layer + number of layers; E embedding, H
	                         head */
} spreads[] = {
        {8, 0, "pp=1", 1, "E0+8H"},
        {8, 0, "pp=4", 4, "E0+2|2+2|4+2|6+2H"},
        {8, 0, "pp=2,vpp=2", 2, "E0+2 4+2|2+2 6+2H"},
        {6, 0, "pp=4", 4, "E0+1|1+2|3+2|5+1H"},       /* with embedding and head 8 */
        {7, 0, "pp=4", 4, "E0+2|2+2|4+2|6+1H"},       /* with the head 8 */
        {2, 0, "pp=2,vpp=2", 2, "E0+0 1+1|0+1 2+0H"}, /* Llama 3 405B's 126 on 16 * 8 = 128, in small */
        {5, 1, "pp=4", 4, "E0+1|1+2|3+2|5+1H"},       /* DeepSeek-V3's 61 and 1 on 16, in small */
        {9, 0, "pp=4,first_layers=2,last_layers=1", 4, "E0+2|2+3|5+3|8+1H"},
        {10, 0, "pp=3,vpp=2,last_layers=2", 3, "E0+2 5+2|2+2 7+2|4+1 9+1H"},
        {8, 0, "pp=4,schedule=dualpipe", 4, "E0+2 6+2H|2+2 4+2|4+2 2+2|6+2H E0+2"},
};

static void layers_go_to_stages_as_frameworks_do_it(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof spreads / sizeof *spreads; i++) {
		const struct spread_row *row = &spreads[i];
		struct fs_model model = {.name = "m",
		                         .layers = row->layers,
		                         .mtp_layers = row->mtp,
		                         .heads = 1,
		                         .kv_heads = 1,
		                         .sequence = 1,
		                         .microbatch = 1};
		struct fs_layout layout = given_layout(&model, row->text, row->chips);
		char text[256] = "";
		for (uint32_t stage = 0; stage < layout.pp; stage++)
			for (uint32_t k = 0; k < fs_stage_chunks(&layout); k++) {
				struct fs_chunk chunk = fs_stage_chunk(&layout, &model, stage, k);
				size_t used = strlen(text);
				snprintf(text + used, sizeof text - used, "%s%s%u+%u%s",
				         k       ? " "
				         : stage ? "|"
				                 : "",
				         chunk.embedding ? "E" : "", chunk.first, chunk.layers,
				         chunk.head ? "H" : "");
			}
		assert_string_equal(text, row->expected);
	}
}

static const struct flight_row {
	const char *text;
	uint32_t chips;
	uint32_t expected[4][2]; /* of a stage's chunks */
} flights[] = {
        {"pp=4,gbs=8", 4, {{4}, {3}, {2}, {1}}},
        {"pp=4,gbs=2", 4, {{2}, {2}, {2}, {1}}},
        {"pp=4,gbs=8,schedule=zb1p", 4, {{4}, {3}, {2}, {1}}},
        /* Forward passes before the first backward one: 2 (3 - p) + 4, and one more: 11, 9, 7, 5. */
        {"pp=4,vpp=2,gbs=8", 4, {{7, 4}, {5, 4}, {4, 3}, {4, 1}}},
        {"pp=4,vpp=2,gbs=4", 4, {{4, 4}, {4, 4}, {4, 3}, {4, 1}}},
        /* pp + 1 in all. */
        {"pp=4,schedule=dualpipe,gbs=8", 4, {{4, 1}, {3, 2}, {2, 3}, {1, 4}}},
        {"gbs=8", 1, {{1}}},
};

static void micro_batches_are_under_way(void **state)
{
	(void)state;
	const struct fs_model model = {
	        .name = "m", .layers = 8, .heads = 1, .kv_heads = 1, .sequence = 1, .microbatch = 1};
	for (size_t i = 0; i < sizeof flights / sizeof *flights; i++) {
		struct fs_layout layout = given_layout(&model, flights[i].text, flights[i].chips);
		for (uint32_t stage = 0; stage < layout.pp; stage++)
			for (uint32_t k = 0; k < fs_stage_chunks(&layout); k++)
				assert_int_equal(fs_stage_in_flight(&layout, stage, k),
				                 flights[i].expected[stage][k]);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	        cmocka_unit_test(layers_go_to_stages_as_frameworks_do_it),
	        cmocka_unit_test(micro_batches_are_under_way),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
