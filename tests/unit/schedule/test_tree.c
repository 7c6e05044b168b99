/*
 * The double binary tree, for allreduce and broadcast.
 */

#include "unit/schedule/replay.h"

static const double sizes_bytes[] = {0, 4e6, 1e9};
enum { SIZES_BYTES = sizeof sizes_bytes / sizeof *sizes_bytes };

/* Of the tallest tree over n members, floor(log2 n). */
static uint32_t height_of(uint32_t n)
{
	return 31 - (uint32_t)__builtin_clz(n);
}

/* A phase is two rounds per chunk and two per further height. Per pair of chunks, up, a member sends one to
 * each of its parents; down, it sends one to each of its children. */
static void allreduce_is_right_at_every_size(void **state)
{
	(void)state;
	for (int i = 0; i < REPLAY_SIZES; i++)
		for (int j = 0; j < SIZES_BYTES; j++) {
			uint32_t n = replay_sizes[i];
			struct fs_schedule_request request = {FS_ALLREDUCE, .size = n,
			                                      .bytes = sizes_bytes[j]};
			struct fs_schedule schedule = replay_build(request, "tree");
			struct replay_cost cost = replay_schedule(&schedule);
			uint64_t per_phase = 2 * (uint64_t)(height_of(n) - 1 + schedule.chunks);
			assert_int_equal(cost.rounds, n == 1 ? 0 : 2 * per_phase);
			assert_true(cost.slots <= 2 * schedule.slots);
		}
}

/* From one root above both trees. */
static void broadcast_is_right_at_every_size(void **state)
{
	(void)state;
	for (int i = 0; i < REPLAY_SIZES; i++)
		for (int j = 0; j < SIZES_BYTES; j++) {
			uint32_t n = replay_sizes[i];
			struct fs_schedule_request request = {FS_BROADCAST, .size = n,
			                                      .bytes = sizes_bytes[j]};
			struct fs_schedule schedule = replay_build(request, "tree");
			struct replay_cost cost = replay_schedule(&schedule);
			if (n > 1)
				assert_int_equal(cost.rounds, 2 * (height_of(n - 1) + schedule.chunks));
			assert_true(cost.slots <= schedule.slots);
		}
}

/* A replay of a size proves its colours. These prove more sizes, with one chunk. */
static void colours_hold_at_every_size_up_to_600(void **state)
{
	(void)state;
	for (uint32_t n = 1; n <= 600; n++) {
		replay((struct fs_schedule_request){FS_ALLREDUCE, .size = n}, "tree");
		replay((struct fs_schedule_request){FS_BROADCAST, .size = n}, "tree");
	}
}

/*
 * Five members reduce one chunk per tree:
 *
 *     first tree, slot 0        second tree, slot 1
 *            3                         0
 *          1   4                     2   4
 *         0 2                       3 1
 */
static const struct {
	uint32_t round;
	int64_t from, to;
	uint64_t slot;
} five_up[] = {
        {0, 0, 1, 0}, {0, 1, 2, 1}, {0, 4, 3, 0}, /* the leaves, in two colours */
        {1, 2, 1, 0}, {1, 3, 2, 1}, {1, 4, 0, 1}, /* */
        {2, 2, 0, 1}, {3, 1, 3, 0},               /* what is inside */
};

static void five_members_step_by_step(void **state)
{
	(void)state;
	struct fs_schedule schedule =
	        replay_build((struct fs_schedule_request){FS_ALLREDUCE, .size = 5}, "tree");
	const struct fs_step *up = &schedule.step[0];
	size_t told = 0;
	assert_int_equal(up->repeat, 4);
	for (uint32_t round = 0; round < up->repeat; round++)
		for (uint32_t member = 0; member < 5; member++) {
			struct fs_move move;
			fs_step_move(&schedule, up, round, member, &move);
			if (move.to == FS_NOBODY)
				continue;
			assert_int_equal(round, five_up[told].round);
			assert_int_equal(member, five_up[told].from);
			assert_int_equal(move.to, five_up[told].to);
			assert_int_equal(move.sent.base, five_up[told].slot);
			told++;
		}
	assert_int_equal(told, sizeof five_up / sizeof *five_up);
}

static void chunks_grow_with_the_buffer(void **state)
{
	(void)state;
	static const struct {
		double bytes;
		uint32_t chunks; /* sqrt(10 * bytes / 512 KiB), 1 .. 128 */
	} rows[] = {{0, 1},          {1024, 1},  {1 << 20, 4}, {16 << 20, 18},
	            {256 << 20, 72}, {4e9, 128}, {1e18, 128}};
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		struct fs_schedule_request request = {FS_ALLREDUCE, .size = 1024, .bytes = rows[i].bytes};
		struct fs_schedule schedule = replay_build(request, "tree");
		assert_int_equal(schedule.chunks, rows[i].chunks);
		assert_int_equal(schedule.slots, 2 * rows[i].chunks);
	}
}

/* Nodes of 4: 3 rounds of a reduce-scatter and of an allgather inside; between, members at the same place
 * have two trees, as tall as the nodes need, or exchange if there are two. A member sends 3/4 of the buffer
 * inside, twice, and at most its quarter up and down between. */
static void trees_of_nodes_are_right_at_every_size(void **state)
{
	(void)state;
	static const char *const algorithms[] = {"hierarchical_tree", "in_network_tree"};
	for (uint32_t nodes = 1; nodes <= 33; nodes++)
		for (int i = 0; i < 2; i++)
			for (int j = 0; j < SIZES_BYTES; j++) {
				bool links = i == 0;
				struct fs_schedule_request request = {
				        FS_ALLREDUCE, .size = 4 * nodes, .bytes = sizes_bytes[j],
				        .domains = 1, .domain = {4},     .tree = {1, 0},
				        .server = 4};
				struct fs_schedule schedule = replay_build(request, algorithms[i]);
				struct replay_cost cost = replay_schedule(&schedule);
				uint64_t inside = links ? 6 : 2, quarter = schedule.slots / 4;
				uint64_t between = nodes > 2 ? 4 * (height_of(nodes) - 1 + schedule.chunks)
				                             : 2 * (nodes - 1);
				assert_int_equal(cost.rounds, inside + between);
				assert_int_equal(schedule.levels, nodes > 1 ? 2 : 1);
				if (links)
					assert_true(cost.slots <= 8 * quarter);
			}
}

/* 12 members in nodes of 8 are three pieces of 4; without a server everybody is a node; without switches that
 * reduce there is nothing to go through. */
static void nodes_are_what_the_server_says(void **state)
{
	(void)state;
	struct fs_schedule_request request = {FS_ALLREDUCE, .size = 12, .server = 8};
	struct fs_schedule schedule = replay_build(request, "hierarchical_tree");
	assert_int_equal(schedule.level_size[0], 4);
	assert_int_equal(schedule.level_size[1], 3);
	request.server = 0;
	schedule = replay_build(request, "hierarchical_tree");
	assert_int_equal(schedule.levels, 1);
	assert_int_equal(schedule.steps, 2);
	struct fs_error error;
	assert_int_equal(fs_schedule_build(&request, "in_network_tree", &schedule, &error), -1);
	assert_string_equal(error.text, "no node of the 12 members reduces in its switches");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	        cmocka_unit_test(allreduce_is_right_at_every_size),
	        cmocka_unit_test(broadcast_is_right_at_every_size),
	        cmocka_unit_test(colours_hold_at_every_size_up_to_600),
	        cmocka_unit_test(trees_of_nodes_are_right_at_every_size),
	        cmocka_unit_test(nodes_are_what_the_server_says),
	        cmocka_unit_test(five_members_step_by_step),
	        cmocka_unit_test(chunks_grow_with_the_buffer),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
