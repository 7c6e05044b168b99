/* Pipeline schedules: small ones written out by hand, and what holds for all. */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/error.h"
#include "layout/stages.h"
#include "unit/pipeline/pipeline_text.h"

#include <stdlib.h>
#include <string.h>

static struct fs_layout layout_of(enum fs_pipelining schedule, uint32_t pp, uint32_t vpp,
                                  uint32_t microbatches)
{
	return (struct fs_layout){.pp = pp, .vpp = vpp, .schedule = schedule, .microbatches = microbatches};
}

static const struct {
	enum fs_pipelining schedule;
	uint32_t pp, vpp, microbatches, stage;
	const char *turns;
} tables[] = {
        /* Narayanan et al. 2021, fig. 4 */
        {FS_1F1B, 4, 1, 6, 0, "F0a F1a F2a F3a B0a F4a B1a F5a B2a B3a B4a B5a"},
        {FS_1F1B, 4, 1, 6, 1, "F0a F1a F2a B0a F3a B1a F4a B2a F5a B3a B4a B5a"},
        {FS_1F1B, 4, 1, 6, 3, "F0a B0a F1a B1a F2a B2a F3a B3a F4a B4a F5a B5a"},
        {FS_1F1B, 4, 1, 2, 0, "F0a F1a B0a B1a"}, /* fewer than there are stages */
        {FS_1F1B, 1, 1, 2, 0, "F0a B0a F1a B1a"},
        {FS_INTERLEAVED, 2, 2, 4, 0, "F0a F1a F0b F1b F2a B0b F3a B1b F2b B0a F3b B1a B2b B3b B2a B3a"},
        {FS_INTERLEAVED, 2, 2, 4, 1, "F0a F1a F0b B0b F1b B1b F2a B0a F3a B1a F2b B2b F3b B3b B2a B3a"},
        /* Qi et al. 2023, fig. 2 */
        {FS_ZB1P, 4, 1, 6, 0, "F0a F1a F2a F3a I0a W0a F4a I1a W1a F5a I2a W2a I3a W3a I4a W4a I5a W5a"},
        {FS_ZB1P, 4, 1, 6, 3, "F0a I0a F1a I1a F2a I2a F3a I3a W0a F4a I4a W1a F5a I5a W2a W3a W4a W5a"},
        /* The authors' eight steps */
        {FS_DUALPIPE, 4, 1, 8, 0,
         "F0a F1a F2a F4b I4b W4b F5b F3a+B5b F6b+B0a B6b F7b+B1a B7b I2a W2a I3a W3a"},
        {FS_DUALPIPE, 4, 1, 8, 1, "F0a F4b F1a F5b F2a B4b F6b+B0a F3a+B5b F7b+B1a B6b B2a I7b I3a W7b W3a"},
        {FS_DUALPIPE, 4, 1, 8, 3,
         "F4b F5b F6b F0a I0a W0a F1a F7b+B1a F2a+B4b B2a F3a+B5b B3a I6b W6b I7b W7b"},
};

static void small_ones_by_hand(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof tables / sizeof *tables; i++) {
		struct fs_layout layout =
		        layout_of(tables[i].schedule, tables[i].pp, tables[i].vpp, tables[i].microbatches);
		struct fs_pipeline *pipeline = fs_pipeline_create(&layout);
		char text[512];
		pipeline_text(&pipeline->stage[tables[i].stage], text, sizeof text);
		assert_string_equal(text, tables[i].turns);
		fs_pipeline_destroy(pipeline);
	}
}

/* How far a micro-batch has come in a chunk of a stage: 0, forward 1, input's gradients 2, all 3. */
static int next_state(enum fs_pass pass, int now)
{
	switch (pass) {
	case FS_PASS_FORWARD:
		return now == 0 ? 1 : -1;
	case FS_PASS_BACKWARD:
		return now == 1 ? 3 : -1;
	case FS_PASS_BACKWARD_INPUT:
		return now == 1 ? 2 : -1;
	default:
		return now == 2 ? 3 : -1;
	}
}

/* Everything once and in order, and no more micro-batches under way than memory was counted for: of a stage,
 * summed over its chunks. */
static void check_stage(const struct fs_layout *layout, const struct fs_pipeline_list *list, uint32_t stage)
{
	uint32_t chunks = fs_stage_chunks(layout), m = layout->microbatches, under_way = 0, most = 0,
	         done = 0, room = 0;
	int *at = calloc((size_t)chunks * m, sizeof *at);
	for (uint32_t i = 0; i < list->turns; i++) {
		int *one = &at[list->turn[i].chunk * m + list->turn[i].microbatch];
		*one = next_state(list->turn[i].pass, *one);
		assert_true(*one > 0);
		under_way += list->turn[i].pass == FS_PASS_FORWARD;
		most = under_way > most ? under_way : most;
		under_way -= list->turn[i].pass == FS_PASS_BACKWARD ||
		             list->turn[i].pass == FS_PASS_BACKWARD_INPUT;
		done += *one == 3;
	}
	bool dual = layout->schedule == FS_DUALPIPE;
	assert_int_equal(done, dual ? m : chunks * m);
	for (uint32_t k = 0; k < chunks; k++)
		room += fs_stage_in_flight(layout, stage, k);
	if (dual)
		assert_true(most <= room);
	else
		assert_int_equal(most, room);
	free(at);
}

struct walk {
	const struct fs_layout *layout;
	uint32_t visited, next[64];
	const struct fs_pipeline *pipeline;
};

/* Stages' own orders are kept. */
static void step_on(uint32_t stage, const struct fs_pipeline_turn *turn, void *context)
{
	struct walk *walk = context;
	assert_ptr_equal(turn, &walk->pipeline->stage[stage].turn[walk->next[stage]]);
	walk->next[stage] += turn->paired ? 2 : 1;
	walk->visited++;
}

static void check_all(struct fs_layout layout)
{
	struct fs_pipeline *pipeline = fs_pipeline_create(&layout);
	struct walk walk = {.layout = &layout, .pipeline = pipeline};
	for (uint32_t s = 0; s < layout.pp; s++)
		check_stage(&layout, &pipeline->stage[s], s);
	if (!fs_pipeline_order(pipeline, &layout, step_on, &walk))
		fail_msg("schedule %d, pp %u, vpp %u, %u micro-batches: nobody can go on",
		         (int)layout.schedule, layout.pp, layout.vpp, layout.microbatches);
	fs_pipeline_destroy(pipeline);
}

static void what_holds_for_all(void **state)
{
	(void)state;
	for (uint32_t pp = 1; pp <= 16; pp++)
		for (uint32_t m = 1; m <= 40; m += 3) {
			check_all(layout_of(FS_1F1B, pp, 1, m));
			if (pp > 1)
				check_all(layout_of(FS_ZB1P, pp, 1, m));
		}
	for (uint32_t pp = 2; pp <= 16; pp++)
		for (uint32_t groups = 1; groups <= 4; groups++)
			for (uint32_t vpp = 2; vpp <= 5; vpp++)
				check_all(layout_of(FS_INTERLEAVED, pp, vpp, groups * pp));
	for (uint32_t pp = 2; pp <= 16; pp += 2)
		for (uint32_t m = 2 * pp; m <= 5 * pp; m += 2)
			check_all(layout_of(FS_DUALPIPE, pp, 1, m));
	check_all(layout_of(FS_INTERLEAVED, 64, 2, 512));
}

static void ignore(uint32_t stage, const struct fs_pipeline_turn *turn, void *context)
{
	(void)stage, (void)turn, (void)context;
}

/* Both stages wait for the other's first pass. */
static void an_order_that_cannot_be_is_noticed(void **state)
{
	(void)state;
	struct fs_layout layout = layout_of(FS_1F1B, 2, 1, 1);
	struct fs_pipeline *pipeline = fs_pipeline_create(&layout);
	struct fs_pipeline_turn *first = pipeline->stage[0].turn;
	struct fs_pipeline_turn forward = first[0];
	first[0] = first[1];
	first[1] = forward;
	assert_false(fs_pipeline_order(pipeline, &layout, ignore, NULL));
	fs_pipeline_destroy(pipeline);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	        cmocka_unit_test(small_ones_by_hand),
	        cmocka_unit_test(what_holds_for_all),
	        cmocka_unit_test(an_order_that_cannot_be_is_noticed),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
