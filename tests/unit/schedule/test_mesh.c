/*
 * Servers whose chips are all joined, and what goes on between them.
 */

#include "unit/schedule/replay.h"

static const enum fs_collective collectives[] = {FS_ALLREDUCE, FS_ALLGATHER, FS_REDUCE_SCATTER};
static const char *const between[] = {"mesh_ring", "mesh_nhr", "mesh_nb"};
static const uint32_t servers[] = {0, 1, 2, 8, 16, 72};

#define COUNT(list) ((int)(sizeof(list) / sizeof(list)[0]))

static uint32_t phases(enum fs_collective collective)
{
	return collective == FS_ALLREDUCE ? 2 : 1;
}

static void one_server_sends_everything_once_at_once(void **state)
{
	(void)state;
	for (int c = 0; c < COUNT(collectives); c++)
		for (int i = 0; i < REPLAY_SIZES; i++) {
			uint32_t n = replay_sizes[i];
			struct fs_schedule_request request = {.collective = collectives[c], .size = n};
			struct fs_schedule schedule = replay_build(request, "mesh");
			struct replay_cost cost = replay_schedule(&schedule);
			assert_int_equal(cost.slots, phases(collectives[c]) * (n - 1));
			for (int k = 0; k < schedule.steps; k++)
				assert_true(schedule.step[k].independent);
		}
}

static void servers_of_any_size_are_right_at_the_volume_of_a_ring(void **state)
{
	(void)state;
	for (int c = 0; c < COUNT(collectives); c++)
		for (int b = 0; b < COUNT(between); b++)
			for (int s = 0; s < COUNT(servers); s++)
				for (int i = 0; i < REPLAY_SIZES && replay_sizes[i] < 1000; i++) {
					struct fs_schedule_request request = {.collective = collectives[c],
					                                      .size = replay_sizes[i],
					                                      .server = servers[s]};
					struct replay_cost cost = replay(request, between[b]);
					assert_int_equal(cost.slots,
					                 phases(collectives[c]) * (replay_sizes[i] - 1));
				}
}

/* 48 members in servers of 16: 3 servers. A reduce-scatter sends each of 15 neighbours the 3 slots that end
 * at its place in the three servers, and then one slot a round, two rounds, between servers. */
static void a_reduce_scatter_of_three_servers(void **state)
{
	(void)state;
	struct fs_schedule_request request = {.collective = FS_REDUCE_SCATTER, .size = 48, .server = 16};
	struct fs_schedule schedule = replay_build(request, "mesh_nhr");
	assert_int_equal(schedule.steps, 3);
	assert_int_equal(schedule.step[0].level, 0);
	assert_int_equal(schedule.step[0].repeat, 15);
	assert_int_equal(fs_step_slots(&schedule, &schedule.step[0], 0), 3);
	struct fs_move move;
	fs_step_move(&schedule, &schedule.step[0], 4, 17, &move); /* at place 1 of server 1 */
	assert_int_equal(move.to, 22);
	assert_int_equal(move.from, 28);
	uint64_t begin;
	for (uint64_t q = 0; q < 3; q++) { /* place 6 of each server */
		fs_slots_run(&move.sent, q, 48, &begin);
		assert_int_equal(begin, 6 + 16 * q);
	}
	for (int k = 1; k < 3; k++) {
		assert_int_equal(schedule.step[k].level, 1);
		assert_int_equal(fs_step_slots(&schedule, &schedule.step[k], 0), 1);
	}
}

/* 24 members in servers of 16 are three pieces of 8. */
static void uneven_servers_are_cut_into_even_pieces(void **state)
{
	(void)state;
	struct fs_schedule_request request = {.collective = FS_ALLGATHER, .size = 24, .server = 16};
	struct fs_schedule schedule = replay_build(request, "mesh_ring");
	assert_int_equal(schedule.level_size[0], 8);
	assert_int_equal(schedule.level_size[1], 3);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	        cmocka_unit_test(one_server_sends_everything_once_at_once),
	        cmocka_unit_test(servers_of_any_size_are_right_at_the_volume_of_a_ring),
	        cmocka_unit_test(a_reduce_scatter_of_three_servers),
	        cmocka_unit_test(uneven_servers_are_cut_into_even_pieces),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
