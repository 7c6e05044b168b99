#include "unit/plan/stopwatch.h"

#include <stdlib.h>
#include <string.h>

/* The DGX's NVLink, joining any number of chips. */
static struct fs_system one_tier(struct fs_system *dgx)
{
	struct fs_system system = *dgx;
	system.tiers = 1;
	system.tier[0].group.value = 1 << 20;
	return system;
}

static double predicted_s(const struct fs_system *system, const struct fs_program *program)
{
	const struct fs_op *op = &program->op[0];
	return fs_cost_schedule_s(system, program->contention, op->group, op->schedule, op->size_bytes);
}

static double engine_over_prediction(const struct fs_system *system, const struct fs_algorithm *row,
                                     uint32_t chips, double bytes)
{
	struct fs_program *program = collective_program(system, row->collective, chips, bytes, row->name);
	double ratio = step_s(system, program) / predicted_s(system, program);
	fs_program_destroy(program);
	return ratio;
}

/* Where the prediction is too long: a member of a tree has rounds in which it does nothing, and need not wait
 * for them; and in a binomial broadcast a member that is not a power of two has fewer hops than there are
 * rounds. */
static bool has_slack(const struct fs_algorithm *row, uint32_t chips)
{
	bool binomial = strcmp(row->name, "binomial") == 0;
	return strstr(row->name, "tree") || (binomial && (chips & (chips - 1)) != 0);
}

static void on_one_tier_the_prediction_is_the_engines_time(void **state)
{
	(void)state;
	static const double sizes[] = {8, 1e6, 1e9};
	struct fs_system *dgx = load_system("dgx-h100-superpod");
	struct fs_system system = one_tier(dgx);
	for (const struct fs_algorithm *row = fs_algorithms; row->name; row++)
		for (uint32_t chips = 2; chips <= 33; chips++)
			for (int i = 0; i < 3; i++) {
				double ratio = engine_over_prediction(&system, row, chips, sizes[i]);
				double least = has_slack(row, chips) ? 0.5 : 1;
				if (ratio < least * (1 - 1e-12) || ratio > 1 + 1e-12)
					fail_msg("%s %s, %u chips, %g bytes: engine / prediction = %.15g",
					         fs_collective_name(row->collective), row->name, chips,
					         sizes[i], ratio);
			}
	fs_system_destroy(dgx);
}

/* Where messages share links the rounds of an all-to-all differ, and the prediction looks at some of them.
 * Whom a tree's slow edges hold up is estimated. */
static double most_over_prediction(const struct fs_system *system, const struct fs_algorithm *row)
{
	if (strstr(row->name, "tree"))
		return 1.5;
	for (int k = 0; k < system->tiers; k++)
		if (*system->tier[k].fabric.kind && row->collective == FS_ALLTOALL)
			return 1.2;
	return 1 + 1e-12;
}

/* Over several tiers it is an upper bound: a fast link's chips run ahead and hide part of the slow link's
 * latency. */
static void over_several_tiers_the_engine_is_never_slower(void **state)
{
	(void)state;
	static const uint32_t chips[] = {2, 3, 12, 13, 16, 17, 24, 72, 100, 144, 384};
	static const double sizes[] = {8, 1 << 20, 1 << 30};
	for (int s = 0; s < SHIPPED_SYSTEMS; s++) {
		struct fs_system *system = load_system(shipped_systems[s]);
		for (size_t i = 0; i < sizeof chips / sizeof *chips; i++) {
			struct fs_system placed = fs_system_place(system, chips[i]);
			for (const struct fs_algorithm *row = fs_algorithms; row->name; row++)
				for (int b = 0; b < 3; b++) {
					if (!is_possible(&placed, row, (struct fs_group){chips[i], 1}))
						continue;
					double ratio =
					        engine_over_prediction(&placed, row, chips[i], sizes[b]);
					if (ratio > most_over_prediction(&placed, row))
						fail_msg("%s: %s %s, %u chips, %g bytes: engine / prediction "
						         "= %.9g",
						         system->name, fs_collective_name(row->collective),
						         row->name, chips[i], sizes[b], ratio);
				}
		}
		fs_system_destroy(system);
	}
}

/* The closed form 2 (n - 1) alpha + 2 (n - 1) / n S / B, from the file's own numbers. */
static void a_ring_is_its_closed_form(void **state)
{
	(void)state;
	struct fs_system *system = load_bare_system("dgx-h100-superpod");
	const struct fs_tier *nvlink = &system->tier[0];
	double alpha = nvlink->latency_us.value * 1e-6;
	double rate = nvlink->bandwidth_GBps.value * 1e9 * nvlink->efficiency.value;
	for (uint32_t n = 2; n <= 8; n++)
		for (double bytes = 8; bytes <= 1 << 30; bytes *= 8) {
			struct fs_program *program =
			        collective_program(system, FS_ALLREDUCE, n, bytes, "ring");
			double expected = 2 * (n - 1) * alpha + 2 * (n - 1.0) / n * bytes / rate;
			assert_true(fabs(step_s(system, program) / expected - 1) < 1e-9);
			assert_true(fabs(predicted_s(system, program) / expected - 1) < 1e-9);
			fs_program_destroy(program);
		}
	fs_system_destroy(system);
}

/* Two nodes of 8: in 15 rounds a part passes 13 of the 14 hops inside nodes, and both that leave them. */
static void a_ring_waits_for_each_slow_hop_once(void **state)
{
	(void)state;
	struct fs_system *system = load_bare_system("dgx-h100-superpod");
	struct fs_system placed = fs_system_place(system, 16);
	double alpha = (13 * system->tier[0].latency_us.value + 2 * system->tier[1].latency_us.value) * 1e-6;
	double inside_Bps = system->tier[0].bandwidth_GBps.value * 1e9 * system->tier[0].efficiency.value;
	for (double bytes = 8; bytes <= 1 << 30; bytes *= 8) {
		struct fs_program *program = collective_program(&placed, FS_ALLGATHER, 16, bytes, "ring");
		/* What leaves a node is cut over its 8 ports, and passes its chip's own port inside. */
		double expected = alpha + 15 * bytes / 16 / inside_Bps, seconds = step_s(&placed, program);
		assert_true(fabs(predicted_s(&placed, program) / expected - 1) < 1e-9);
		assert_true(seconds <= expected * (1 + 1e-9) && seconds >= expected * 0.9);
		fs_program_destroy(program);
	}
	fs_system_destroy(system);
}

/* Tier k: groups[k] chips, latency of k + 1 seconds, bandwidth without end; so a message's cost tells its
 * tier. */
static struct fs_system tiers(const uint32_t groups[3])
{
	struct fs_system system = {.tiers = 0};
	for (int k = 0; k < 3 && groups[k]; k++) {
		struct fs_tier *tier = &system.tier[system.tiers++];
		tier->group.value = groups[k];
		tier->latency_us.value = 1e6 * (k + 1);
		tier->bandwidth_GBps.value = tier->efficiency.value = tier->oversubscription.value = 1;
	}
	return system;
}

struct reach_row {
	uint32_t groups[3];
	const char *algorithm;
	struct fs_group group;
	int tier[10]; /* of each step */
};

static const struct reach_row reaches[] = {
        {{8, 64}, "ring", {8, 1}, {0, 0}},
        {{8, 64}, "ring", {9, 1}, {1, 1}},
        {{8, 64}, "ring", {2, 4}, {0, 0}}, /* chips 0 and 4 */
        {{8, 64}, "ring", {2, 8}, {1, 1}},
        {{4, 8, 64}, "halving_doubling", {16, 1}, {0, 0, 1, 2, 2, 1, 0, 0}},
        {{4, 8, 64}, "halving_doubling", {4, 2}, {0, 1, 1, 0}}, /* distances of 2 and 4 chips */
        /* 8 of 24 are folded: participants 0..7 are 1, 3 .. 15, at distance 1 within blocks of 4 */
        {{8, 64}, "halving_doubling", {24, 1}, {0, 0, 0, 1, 1, 1, 1, 0, 0, 0}},
        /* 4 of 12: at distance 2 within blocks of 8, but at distance 4 the surplus is half a block */
        {{8, 64}, "halving_doubling", {12, 1}, {0, 0, 0, 1, 1, 0, 0, 0}},
        /* nodes of 6: blocks of 4 straddle them, pairs do not */
        {{6, 64}, "halving_doubling", {12, 1}, {0, 1, 1, 1, 1, 1, 1, 0}},
        {{5, 64}, "halving_doubling", {10, 1}, {1, 1, 1, 1, 1, 1, 1, 1}},
        {{8, 64}, "hierarchical", {32, 1}, {0, 1, 1, 0}},
};

static void a_step_reaches_as_far_as_its_farthest_message(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof reaches / sizeof *reaches; i++) {
		const struct reach_row *row = &reaches[i];
		struct fs_system system = tiers(row->groups);
		struct fs_schedule *schedule;
		struct fs_error error;
		assert_int_equal(fs_cost_choose(&system, NULL, row->group, FS_ALLREDUCE, 8, row->algorithm,
		                                &schedule, &error),
		                 0);
		assert_true(schedule->steps <= 10);
		for (int k = 0; k < schedule->steps; k++) {
			double seconds = fs_cost_message_s(&system, NULL, row->group, schedule,
			                                   &schedule->step[k], 0, 0);
			if (seconds != row->tier[k] + 1)
				fail_msg("row %d, step %d: tier %g, expected %d", (int)i, k, seconds - 1,
				         row->tier[k]);
		}
		free(schedule);
	}
}

struct domain_row {
	uint32_t groups[3];
	struct fs_group group;
	int domains;
	uint32_t domain[3];
};

static const struct domain_row domain_rows[] = {
        {{8, 256, 16384}, {8, 1}, 0, {0}},
        {{8, 256, 16384}, {64, 1}, 1, {8}},
        {{8, 256, 16384}, {512, 1}, 2, {8, 256}},
        {{8, 256, 16384}, {64, 8}, 1, {32}}, /* one chip of each node; 32 in a leaf */
        {{8, 256, 16384}, {512, 2}, 2, {4, 128}},
        {{8, 256, 16384}, {32, 16}, 1, {16}}, /* one chip of every other node */
        {{2, 16, 768}, {768, 1}, 2, {2, 16}},
        /* Every third chip: sometimes 3 of a node, sometimes 2, so nodes are no domains. 256 leaves no whole
         * number either; 768 does. */
        {{8, 256, 768}, {512, 3}, 1, {256}},
};

static void domains_are_whole_and_nested(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof domain_rows / sizeof *domain_rows; i++) {
		const struct domain_row *row = &domain_rows[i];
		struct fs_system system = tiers(row->groups);
		struct fs_schedule_request request = {.size = row->group.size};
		fs_cost_domains(&system, row->group, &request);
		if (request.domains != row->domains)
			fail_msg("row %d: %d domains, expected %d", (int)i, request.domains, row->domains);
		for (int k = 0; k < row->domains; k++)
			assert_int_equal(request.domain[k], row->domain[k]);
	}
}

/* Whatever the stride, there is something to choose from. */
static void every_group_finds_a_schedule(void **state)
{
	(void)state;
	for (int s = 0; s < SHIPPED_SYSTEMS; s++) {
		struct fs_system *system = load_system(shipped_systems[s]);
		for (uint32_t stride = 1; stride <= 17; stride++)
			for (uint32_t size = 1; size <= 1024; size = size * 3 / 2 + 1) {
				struct fs_group group = {size, stride};
				struct fs_schedule *schedule;
				struct fs_error error;
				assert_int_equal(fs_cost_choose(system, NULL, group, FS_ALLREDUCE, 1e6, NULL,
				                                &schedule, &error),
				                 0);
				assert_int_equal(schedule->size, size);
				free(schedule);
			}
		fs_system_destroy(system);
	}
}

struct choice_row {
	const char *system;
	enum fs_collective collective;
	uint32_t chips;
	double bytes;
	const char *algorithm;
};

static const struct choice_row choices[] = {
        {"dgx-h100-superpod", FS_ALLREDUCE, 2, 1e6,
         "ring"}, /* all four are the same: the first in the table */
        {"dgx-h100-superpod", FS_ALLREDUCE, 8, 8, "halving_doubling"}, /* 6 latencies, not 14 */
        {"dgx-h100-superpod", FS_ALLREDUCE, 8, 1e9,
         "in_network"}, /* 9/8 S at 0.69 of the port, not 14/8 at 0.8 */
        {"nvl72-gb200", FS_ALLREDUCE, 8, 1e9, "halving_doubling"}, /* no reduction is known of it */
        {"dgx-h100-superpod", FS_ALLREDUCE, 15488, 1e9, "hierarchical"},
        {"dgx-h100-superpod", FS_ALLGATHER, 8, 8, "recursive_doubling"},
        {"dgx-h100-superpod", FS_ALLTOALL, 8, 1e9, "direct"},
        {"dgx-h100-superpod", FS_BROADCAST, 8, 8, "binomial"},
        {"dgx-h100-superpod", FS_BROADCAST, 8, 1e9, "tree"},
        {"two-sites-500km", FS_BROADCAST, 1536, 8,
         "binomial"}, /* the line is crossed once; by a tree twice */
        {"two-sites-500km", FS_BROADCAST, 1536, 1 << 24,
         "tree"}, /* 18 ms, not 75: chunks are on the line all the time */
        {"cloudmatrix-384", FS_SENDRECV, 2, 1e6, "direct"},
};

static void the_choice_has_reasons(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof choices / sizeof *choices; i++) {
		const struct choice_row *row = &choices[i];
		struct fs_system *system = load_bare_system(row->system);
		struct fs_program *program =
		        collective_program(system, row->collective, row->chips, row->bytes, NULL);
		assert_string_equal(program->op[0].schedule->algorithm, row->algorithm);
		fs_program_destroy(program);
		fs_system_destroy(system);
	}
}

static void the_choice_is_predicted_fastest(void **state)
{
	(void)state;
	struct fs_system *system = load_bare_system("cloudmatrix-384");
	for (uint32_t chips = 2; chips <= 400; chips = chips * 2 - 1)
		for (double bytes = 8; bytes < 2e9; bytes *= 16) {
			struct fs_program *chosen =
			        collective_program(system, FS_ALLREDUCE, chips, bytes, NULL);
			for (const struct fs_algorithm *row = fs_algorithms; row->name; row++) {
				if (row->collective != FS_ALLREDUCE || row->by_library ||
				    !is_possible(system, row, (struct fs_group){chips, 1}))
					continue;
				struct fs_program *other =
				        collective_program(system, FS_ALLREDUCE, chips, bytes, row->name);
				assert_true(predicted_s(system, chosen) <= predicted_s(system, other));
				fs_program_destroy(other);
			}
			fs_program_destroy(chosen);
		}
	fs_system_destroy(system);
}

static void an_unknown_algorithm_is_refused(void **state)
{
	(void)state;
	struct fs_system system = tiers((const uint32_t[3]){8});
	struct fs_schedule *schedule;
	struct fs_error error;
	assert_int_equal(fs_cost_choose(&system, NULL, (struct fs_group){8, 1}, FS_ALLGATHER, 8, "rong",
	                                &schedule, &error),
	                 -1);
	assert_string_equal(
	        error.text,
	        "allgather has no algorithm 'rong'; it has: ring, recursive_doubling, multicast, mesh, "
	        "nhr, mesh_ring, mesh_nhr, mesh_nb");
}

static void one_chip_alone_takes_no_time(void **state)
{
	(void)state;
	struct fs_system *system = load_system("nvl72-gb200");
	for (const struct fs_algorithm *row = fs_algorithms; row->name; row++) {
		struct fs_program *program = collective_program(system, row->collective, 1, 1e6, row->name);
		assert_true(predicted_s(system, program) == 0);
		assert_true(step_s(system, program) == 0);
		fs_program_destroy(program);
	}
	fs_system_destroy(system);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	        cmocka_unit_test(on_one_tier_the_prediction_is_the_engines_time),
	        cmocka_unit_test(over_several_tiers_the_engine_is_never_slower),
	        cmocka_unit_test(a_ring_is_its_closed_form),
	        cmocka_unit_test(a_ring_waits_for_each_slow_hop_once),
	        cmocka_unit_test(a_step_reaches_as_far_as_its_farthest_message),
	        cmocka_unit_test(domains_are_whole_and_nested),
	        cmocka_unit_test(every_group_finds_a_schedule),
	        cmocka_unit_test(the_choice_has_reasons),
	        cmocka_unit_test(the_choice_is_predicted_fastest),
	        cmocka_unit_test(an_unknown_algorithm_is_refused),
	        cmocka_unit_test(one_chip_alone_takes_no_time),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
