/* The search against trying every text of a layout. */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "layout/memory.h"
#include "model/model.h"
#include "plan/search.h"
#include "unit/given.h"
#include "unit/plan/toy_system.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

/* What trying everything finds. */
struct brute {
	const struct fs_system *system;
	const struct fs_model *model;
	struct fs_estimator *estimator;
	uint64_t chips, legal, fit;
	double best_s;
	struct fs_layout best;
};

static void try(struct brute *brute, const char *text)
{
	struct fs_layout layout;
	struct fs_estimate estimate;
	struct fs_error refused;
	if (fs_layout_resolve(text, brute->model, brute->system, brute->chips, &layout, &refused))
		return;
	brute->legal++;
	if (fs_memory_peak(&layout, brute->model) > fs_memory_of_chip(&brute->system->chip))
		return;
	brute->fit++;
	fs_estimate(brute->estimator, &layout, &estimate);
	if (estimate.step_s >= brute->best_s)
		return;
	brute->best_s = estimate.step_s;
	brute->best = layout;
}

static void try_ways(struct brute *brute, const char *sizes, int pp, int tp, int replicas)
{
	static const char *const recompute[] = {"none", "cheap", "full"};
	static const char *const schedules[] = {"1f1b", "interleaved", "dualpipe", "zb1p"};
	char text[256];
	for (int s = 0; s < (pp > 1 ? 4 : 1); s++)
		for (int vpp = 1; vpp <= 6; vpp++)
			for (int sp = 0; sp <= (tp > 1); sp++)
				for (int zero = 0; zero <= (replicas > 1 ? 3 : 0); zero++)
					for (int r = 0; r < 3; r++) {
						snprintf(text, sizeof text,
						         "%s,schedule=%s,vpp=%d,sp=%d,zero=%d,recompute=%s",
						         sizes, schedules[s], vpp, sp, zero, recompute[r]);
						try(brute, text);
					}
}

static void try_all(struct brute *brute, const char *fixed)
{
	int n = (int)brute->chips;
	char sizes[128];
	for (int tp = 1; tp <= n; tp++)
		for (int cp = 1; cp * tp <= n; cp++)
			for (int pp = 1; pp * cp * tp <= n; pp++)
				for (int ep = 1; ep * pp * cp * tp <= n; ep++)
					for (int mbs = 1; mbs <= 16; mbs++) {
						int replicas = n / (tp * pp);
						if (brute->model->sequence / (uint32_t)cp < 1024)
							continue;
						snprintf(sizes, sizeof sizes,
						         "%s,tp=%d,cp=%d,pp=%d,ep=%d,mbs=%d", fixed, tp, cp,
						         pp, ep, mbs);
						try_ways(brute, sizes, pp, tp, replicas);
					}
}

static struct fs_search found;

static void test_the_search_finds_what_trying_everything_finds(void **state)
{
	static const struct {
		const char *model, *fixed;
		uint64_t chips;
		double memory_GB;
	} cases[] = {
	        {"custom:layers=6,hidden=1024,heads=8,ffn=4096,vocabulary=1024,sequence=2048", "gbs=8", 8,
	         10},
	        {"custom:layers=6,hidden=1024,heads=8,ffn=4096,vocabulary=1024,sequence=2048", "gbs=8", 8,
	         0.4},
	        {"custom:layers=4,hidden=512,heads=8,ffn=2048,vocabulary=1024,sequence=1024,experts=4,top_k="
	         "2,"
	         "expert_ffn=2048",
	         "gbs=16", 4, 10},
	};
	(void)state;
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		struct fs_error error;
		struct fs_system *system = toy_system(1, 0.1);
		struct fs_model model = given_model(cases[i].model);
		system->chip.memory_GB.value = cases[i].memory_GB;
		struct brute brute = {
		        .system = system, .model = &model, .chips = cases[i].chips, .best_s = INFINITY};
		brute.estimator = fs_estimator_create(system, &model, cases[i].chips, &error);
		try_all(&brute, cases[i].fixed);
		if (fs_search_layouts(system, &model, cases[i].chips, cases[i].fixed, NULL, NULL, &found,
		                      &error))
			fail_msg("%s", error.text);
		assert_int_equal(found.legal, brute.legal);
		assert_int_equal(found.fit, brute.fit);
		assert_true(found.fit > 0 && found.fit <= found.legal);
		assert_true(found.best[0].estimate.step_s == brute.best_s);
		for (int k = 1; k < found.found; k++)
			assert_true(found.best[k - 1].estimate.step_s <= found.best[k].estimate.step_s);
		fs_estimator_destroy(brute.estimator);
		fs_system_destroy(system);
	}
}

static void test_what_is_given_is_not_searched(void **state)
{
	(void)state;
	struct fs_error error;
	struct fs_system *system = toy_system(1, 0.1);
	struct fs_model model = given_model("llama3-8b");
	system->chip.memory_GB.value = 100;
	assert_int_equal(fs_search_layouts(system, &model, 8, "tp=2,pp=2,recompute=full,gbs=32,seq=4096",
	                                   NULL, NULL, &found, &error),
	                 0);
	for (int i = 0; i < found.found; i++) {
		const struct fs_layout *layout = &found.best[i].layout;
		assert_int_equal(layout->tp, 2);
		assert_int_equal(layout->pp, 2);
		assert_int_equal(layout->recompute, FS_RECOMPUTE_FULL);
		assert_int_equal(layout->gbs, 32);
		assert_int_equal(layout->seq, 4096);
	}
	fs_system_destroy(system);
}

static void expect_refused(const struct fs_system *system, const char *name, const char *fixed,
                           const char *part)
{
	struct fs_error error = {""};
	struct fs_model model = given_model(name);
	assert_int_equal(fs_search_layouts(system, &model, 8, fixed, NULL, NULL, &found, &error), -1);
	if (!strstr(error.text, part) || strchr(error.text, '\n'))
		fail_msg("'%s' has no '%s'", error.text, part);
}

static void test_refusals(void **state)
{
	(void)state;
	struct fs_system *system = toy_system(0, 0);
	expect_refused(system, "llama3-405b", NULL, "fits: the least is ");
	expect_refused(system, "llama3-405b", NULL, "toy has 10.74 GB");
	expect_refused(system, "llama3-8b", "tp=7", "no layout of llama3-8b on 8 chips is possible");
	expect_refused(system, "llama3-8b", "tq=8", "did you mean tp?");
	fs_system_destroy(system);
}

/* The more of the model a chip has of its own, the longer it is made to take. */
static double stages_are_fast(const struct fs_layout *layout, void *context, struct fs_error *error)
{
	int *left = context;
	if ((*left)-- == 0)
		return fs_fail(error, "enough");
	return 10.0 / layout->pp + 1.0 / layout->tp;
}

static double only_some(const struct fs_layout *layout, void *context, struct fs_error *error)
{
	int *left = context, enough = 1;
	return (*left)-- > 0 ? stages_are_fast(layout, &enough, error) : 0;
}

static void test_layouts_are_timed_again(void **state)
{
	(void)state;
	struct fs_error error;
	struct fs_system *system = toy_system(1, 0.1);
	struct fs_model model =
	        given_model("custom:layers=6,hidden=1024,heads=8,ffn=4096,vocabulary=1024,sequence=2048");
	int left = 1000;
	assert_int_equal(fs_search_layouts(system, &model, 8, "gbs=8", NULL, NULL, &found, &error), 0);
	int before = found.found;
	static struct fs_search as_found;
	as_found = found;
	assert_int_equal(fs_search_time_again(&found, stages_are_fast, &left, &error), 0);
	assert_int_equal(found.found, before);
	for (int i = 0; i < found.found; i++) {
		int enough = 1;
		double seconds = stages_are_fast(&found.best[i].layout, &enough, &error);
		assert_true(found.best[i].timed_s == seconds);
		assert_true(i == 0 || found.best[i - 1].timed_s <= seconds);
	}
	/* Three, and no more: they lead, in their order, and the rest stay as they were. */
	found = as_found;
	int timed = 3;
	assert_int_equal(fs_search_time_again(&found, only_some, &timed, &error), 0);
	for (int i = 0; i < 3; i++)
		assert_true(found.best[i].timed_s > 0);
	assert_true(found.best[0].timed_s <= found.best[1].timed_s &&
	            found.best[1].timed_s <= found.best[2].timed_s);
	assert_memory_equal(&found.best[3], &as_found.best[3],
	                    (unsigned long)(before - 3) * sizeof found.best[0]);
	left = 3;
	assert_int_equal(fs_search_time_again(&found, stages_are_fast, &left, &error), -1);
	assert_string_equal(error.text, "enough");
	assert_int_equal(found.found, before);
	fs_system_destroy(system);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	        cmocka_unit_test(test_the_search_finds_what_trying_everything_finds),
	        cmocka_unit_test(test_what_is_given_is_not_searched),
	        cmocka_unit_test(test_refusals),
	        cmocka_unit_test(test_layouts_are_timed_again),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
