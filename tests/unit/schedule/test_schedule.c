/*
 * Requests, the table of algorithms, and what holds for every schedule.
 */

#include "unit/schedule/replay.h"

#include <math.h>

static void bad_requests_are_refused_in_one_line(void **state)
{
	(void)state;
	static const struct {
		struct fs_schedule_request request;
		const char *algorithm, *says;
	} rows[] = {
	        {{FS_ALLREDUCE, .size = 8},
	         "rnig",
	         "allreduce has no algorithm 'rnig'; it has: ring, halving_doubling, tree, hierarchical, "
	         "in_network, hierarchical_in_network, mesh, nhr, nb, mesh_ring, mesh_nhr, mesh_nb"},
	        {{FS_ALLGATHER, .size = 8},
	         "tree",
	         "allgather has no algorithm 'tree'; it has: ring, recursive_doubling, multicast, mesh, nhr, "
	         "mesh_ring, mesh_nhr, mesh_nb"},
	        {{FS_ALLREDUCE, .size = 0}, "ring", "a group of 0 members; allowed are 1 to 16777216"},
	        {{FS_ALLREDUCE, .size = FS_MAX_GROUP + 1},
	         "ring",
	         "a group of 16777217 members; allowed are 1 to 16777216"},
	        {{FS_ALLREDUCE, .size = 8, .bytes = NAN},
	         "ring",
	         "a collective of nan bytes; allowed is 0 or more"},
	        {{FS_ALLREDUCE, .size = 8, .bytes = INFINITY},
	         "tree",
	         "a collective of inf bytes; allowed is 0 or more"},
	        {{FS_ALLREDUCE, .size = 8, .bytes = -1},
	         "ring",
	         "a collective of -1 bytes; allowed is 0 or more"},
	        {{FS_ALLREDUCE, .size = 8, .domains = 5},
	         "hierarchical",
	         "5 nested domains; allowed are 0 to 4"},
	        {{FS_ALLREDUCE, .size = 8, .domains = 1},
	         "hierarchical",
	         "a domain of 0 members around domains of 1; it must be a multiple"},
	        {{FS_ALLREDUCE, .size = 8, .domains = 2, .domain = {4, 6}},
	         "hierarchical",
	         "a domain of 6 members around domains of 4; it must be a multiple"},
	};
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		struct fs_schedule schedule = {.size = 77}, untouched = schedule;
		struct fs_error error = {""};
		assert_int_equal(fs_schedule_build(&rows[i].request, rows[i].algorithm, &schedule, &error),
		                 -1);
		assert_string_equal(error.text, rows[i].says);
		assert_memory_equal(&schedule, &untouched, sizeof schedule);
	}
}

/* Whoever adds a line to the table has it proved here for the first sizes, before writing a test of its own.
 */
static void every_algorithm_of_the_table_is_right(void **state)
{
	(void)state;
	for (const struct fs_algorithm *row = fs_algorithms; row->name; row++) {
		assert_true(row->source && *row->source);
		for (uint32_t n = 1; n <= 40; n++) {
			struct fs_schedule_request request = {row->collective,  .size = n,
			                                      .bytes = 1e6,     .domains = 2,
			                                      .domain = {4, 8}, .tree = {1, 2, 3}};
			struct fs_schedule schedule = replay_build(request, row->name);
			assert_int_equal(schedule.collective, row->collective);
			assert_int_equal(schedule.size, n);
			assert_string_equal(schedule.algorithm, row->name);
			replay_schedule(&schedule);
		}
	}
}

static void every_collective_has_an_algorithm(void **state)
{
	(void)state;
	for (int i = 0; i < FS_COLLECTIVES; i++) {
		const struct fs_algorithm *row = fs_algorithms;
		while (row->name && (int)row->collective != i)
			row++;
		assert_non_null(row->name);
	}
}

static void a_group_of_one_has_nothing_to_do(void **state)
{
	(void)state;
	for (const struct fs_algorithm *row = fs_algorithms; row->name; row++) {
		struct fs_schedule schedule =
		        replay_build((struct fs_schedule_request){row->collective, .size = 1}, row->name);
		assert_int_equal(schedule.steps, 0);
		assert_int_equal(schedule.slots, 1);
		assert_int_equal(schedule.levels, 1);
		assert_int_equal(schedule.level_size[0], 1);
	}
}

/* The steps suffice, nothing overflows, and both ends of a message agree; a replay would take too much
 * memory. */
static void the_largest_groups_can_be_built_and_evaluated(void **state)
{
	(void)state;
	static const uint32_t sizes[] = {15488, FS_MAX_GROUP - 1, FS_MAX_GROUP};
	for (const struct fs_algorithm *row = fs_algorithms; row->name; row++)
		for (int i = 0; i < 3; i++) {
			struct fs_schedule_request request = {
			        row->collective, .size = sizes[i],        .bytes = 1e9,
			        .domains = 3,    .domain = {2, 64, 4096}, .tree = {1, 2, 3, 4}};
			struct fs_schedule schedule = replay_build(request, row->name);
			for (int j = 0; j < schedule.steps; j++) {
				const struct fs_step *step = &schedule.step[j];
				uint32_t s = step->repeat / 2, member = sizes[i] - 3;
				struct fs_move move, other;
				fs_step_move(&schedule, step, s, member, &move);
				if (move.from >= 0) {
					fs_step_move(&schedule, step, s, (uint32_t)move.from, &other);
					assert_int_equal(other.to, member);
					assert_memory_equal(&other.sent, &move.received, sizeof other.sent);
				}
				uint64_t most = schedule.slots; /* but for allreduce, see in_network.c */
				if (step->pattern == FS_SWITCH_ALLREDUCE)
					most += step->unit;
				assert_in_range(fs_step_slots(&schedule, step, s), 1, most);
			}
		}
}

/* What engines rely on to look peers up once per distance. */
static void a_shift_moves_one_digit_by_its_distance(void **state)
{
	(void)state;
	struct fs_schedule_request request = {FS_ALLTOALL, .size = 60, .domains = 2, .domain = {3, 12}};
	struct fs_schedule schedule = replay_build(request, "hierarchical");
	uint32_t stride[] = {1, 3, 12}, size[] = {3, 4, 5};
	assert_int_equal(schedule.steps, 3);
	for (int level = 0; level < 3; level++)
		for (uint32_t s = 0; s < schedule.step[level].repeat; s++)
			for (uint32_t member = 0; member < 60; member++) {
				struct fs_move move;
				fs_step_move(&schedule, &schedule.step[level], s, member, &move);
				uint32_t digit = member / stride[level] % size[level];
				uint32_t moved =
				        (digit + (uint32_t)fs_step_distance(&schedule.step[level], s)) %
				        size[level];
				assert_int_equal(move.to,
				                 member - digit * stride[level] + moved * stride[level]);
			}
}

static void peers_of_slots(void **state)
{
	(void)state;
	struct fs_schedule flat =
	        replay_build((struct fs_schedule_request){FS_ALLTOALL, .size = 10}, "pairwise");
	assert_int_equal(fs_schedule_peer(&flat, 7, 5, +1), 2);
	assert_int_equal(fs_schedule_peer(&flat, 2, 5, -1), 7);

	/* digits (place in domain, domain): member 6 is (2, 1) of (4, 3), slot 7 is (3, 1): goes to (1, 2) =
	 * 9 */
	struct fs_schedule_request request = {FS_ALLTOALL, .size = 12, .domains = 1, .domain = {8}};
	struct fs_schedule levels = replay_build(request, "hierarchical");
	assert_int_equal(fs_schedule_peer(&levels, 6, 7, +1), 9);
	assert_int_equal(fs_schedule_peer(&levels, 9, 7, -1), 6);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	        cmocka_unit_test(bad_requests_are_refused_in_one_line),
	        cmocka_unit_test(every_algorithm_of_the_table_is_right),
	        cmocka_unit_test(every_collective_has_an_algorithm),
	        cmocka_unit_test(a_group_of_one_has_nothing_to_do),
	        cmocka_unit_test(the_largest_groups_can_be_built_and_evaluated),
	        cmocka_unit_test(a_shift_moves_one_digit_by_its_distance),
	        cmocka_unit_test(peers_of_slots),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
