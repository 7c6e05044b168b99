/*
 * Through switches that reduce and multicast: one step for a group of any size, (1 + 1/n) S of an allreduce
 * through each port; and with levels, whatever of them can.
 */

#include "unit/schedule/domains.h"
#include "unit/schedule/replay.h"

static const struct {
	enum fs_collective collective;
	const char *algorithm;
	uint64_t more; /* slots through a port, beyond n */
} rows[] = {
        {FS_ALLREDUCE, "in_network", 1},
        {FS_REDUCE_SCATTER, "in_network", 0},
        {FS_ALLGATHER, "multicast", 0},
        {FS_BROADCAST, "multicast", 0},
};

enum { ROWS = sizeof rows / sizeof *rows };

static void every_size_is_right_in_one_step(void **state)
{
	(void)state;
	for (int i = 0; i < ROWS; i++)
		for (int j = 0; j < REPLAY_SIZES && replay_sizes[j] <= 128; j++) {
			uint32_t n = replay_sizes[j];
			struct replay_cost cost = replay(
			        (struct fs_schedule_request){rows[i].collective, .size = n, .tree = {1}},
			        rows[i].algorithm);
			assert_int_equal(cost.rounds, n > 1);
			assert_int_equal(cost.slots, n > 1 ? n + rows[i].more : 0);
		}
}

static void switches_that_do_not_reduce_are_refused(void **state)
{
	(void)state;
	for (int i = 0; i < ROWS; i++) {
		struct fs_schedule_request request = {rows[i].collective, .size = 8, .domains = 1,
		                                      .domain = {4}, .tree = {1, 0}};
		struct fs_schedule schedule;
		struct fs_error error = {""};
		request.tier = "ib_leaf";
		assert_int_equal(fs_schedule_build(&request, rows[i].algorithm, &schedule, &error), -1);
		assert_string_equal(
		        error.text,
		        "tier ib_leaf, which joins the 8 members, does not reduce in its switches");
	}
	struct fs_schedule_request request = {FS_ALLREDUCE, .size = 8, .domains = 1, .domain = {4}};
	struct fs_schedule schedule;
	struct fs_error error = {""};
	assert_int_equal(fs_schedule_build(&request, "hierarchical_in_network", &schedule, &error), -1);
	assert_string_equal(error.text, "no tier that joins some of the 8 members reduces in its switches");
}

/* Whichever of its domains have switches that reduce, and as one tree or each on its own. */
static void every_size_is_right_in_all_domains(void **state)
{
	(void)state;
	static const int trees[][FS_MAX_LEVELS + 1] = {{1, 1, 1, 1, 1}, {1, 2, 3, 4, 5}, {1, 0, 0, 0, 0},
	                                               {0, 1, 0, 1, 0}, {0, 0, 1, 1, 1}, {1, 2, 2, 0, 3}};
	for (int row = 0; row < DOMAIN_ROWS; row++)
		for (size_t t = 0; t < sizeof trees / sizeof *trees; t++)
			for (int i = 0; i < REPLAY_SIZES && replay_sizes[i] <= 33; i++) {
				struct fs_schedule_request request =
				        domain_request(FS_ALLREDUCE, replay_sizes[i], row);
				struct fs_schedule schedule;
				struct fs_error error;
				memcpy(request.tree, trees[t], sizeof request.tree);
				if (fs_schedule_build(&request, "hierarchical_in_network", &schedule,
				                      &error) == 0)
					replay_schedule(&schedule);
			}
}

struct told {
	enum fs_pattern pattern;
	int level;
	uint32_t rounds;
	uint64_t slots;
};

static void assert_steps(const struct fs_schedule *schedule, const struct told *told, int steps)
{
	assert_int_equal(schedule->steps, steps);
	for (int i = 0; i < steps; i++) {
		const struct fs_step *step = &schedule->step[i];
		assert_int_equal(step->pattern, told[i].pattern);
		assert_int_equal(step->level, told[i].level);
		assert_int_equal(step->repeat, told[i].rounds);
		assert_int_equal(fs_step_slots(schedule, step, 0), told[i].slots);
	}
}

/* 64 chips: nodes of 8, leaves of 32, a spine; 64 slots. */
static struct fs_schedule nodes_and_leaves(int node, int leaf, int spine)
{
	struct fs_schedule_request request = {FS_ALLREDUCE, .size = 64, .domains = 2, .domain = {8, 32}};
	request.tree[0] = node, request.tree[1] = leaf, request.tree[2] = spine;
	struct fs_schedule schedule = replay_build(request, "hierarchical_in_network");
	replay_schedule(&schedule);
	return schedule;
}

/* NVLink SHARP in the nodes: all 64 slots up, and down again; the 8 that are left as without switches. */
static void nodes_alone_reduce(void **state)
{
	(void)state;
	struct fs_schedule schedule = nodes_and_leaves(1, 0, 0);
	assert_steps(&schedule,
	             (const struct told[]){
	                     {FS_SWITCH_REDUCE_SCATTER, 0, 1, 64},
	                     {FS_SHIFT, 1, 3, 2},
	                     {FS_SHIFT, 2, 1, 1},
	                     {FS_SHIFT, 2, 1, 1},
	                     {FS_SHIFT, 1, 3, 2},
	                     {FS_SWITCH_ALLGATHER, 0, 1, 64},
	             },
	             6);
}

/* A SHARP tree over leaves and spine is one level of 8 members for the 8 slots that a ring in the node left.
 */
static void leaves_and_spine_are_one_tree(void **state)
{
	(void)state;
	struct fs_schedule schedule = nodes_and_leaves(0, 2, 2);
	assert_int_equal(schedule.levels, 2);
	assert_steps(&schedule,
	             (const struct told[]){
	                     {FS_SHIFT, 0, 7, 8},
	                     {FS_SWITCH_ALLREDUCE, 1, 1, 9},
	                     {FS_SHIFT, 0, 7, 8},
	             },
	             3);
}

/* Both: NVLink and InfiniBand are two trees. */
static void two_trees_are_two_levels(void **state)
{
	(void)state;
	struct fs_schedule schedule = nodes_and_leaves(1, 2, 2);
	assert_steps(&schedule,
	             (const struct told[]){
	                     {FS_SWITCH_REDUCE_SCATTER, 0, 1, 64},
	                     {FS_SWITCH_ALLREDUCE, 1, 1, 9},
	                     {FS_SWITCH_ALLGATHER, 0, 1, 64},
	             },
	             3);
}

/* Who exchanges which slots, three members, by hand. */
static void three_members(void **state)
{
	(void)state;
	static const struct {
		enum fs_collective collective;
		const char *algorithm;
		uint32_t member;
		int64_t to, from;
		uint64_t sends_from, sends, gets_from, gets;
	} told[] = {
	        {FS_ALLREDUCE, "in_network", 1, FS_SWITCHES, FS_SWITCHES, 0, 3, 0, 3},
	        {FS_REDUCE_SCATTER, "in_network", 2, FS_SWITCHES, FS_SWITCHES, 0, 3, 2, 1},
	        {FS_ALLGATHER, "multicast", 1, FS_SWITCHES, FS_SWITCHES, 1, 1, 0, 3},
	        {FS_BROADCAST, "multicast", 0, FS_SWITCHES, FS_NOBODY, 0, 3, 0, 0},
	        {FS_BROADCAST, "multicast", 2, FS_NOBODY, FS_SWITCHES, 0, 0, 0, 3},
	};
	for (size_t i = 0; i < sizeof told / sizeof *told; i++) {
		struct fs_schedule_request request = {told[i].collective, .size = 3, .tree = {1}};
		struct fs_schedule schedule = replay_build(request, told[i].algorithm);
		struct fs_move move;
		uint64_t first;
		fs_step_move(&schedule, &schedule.step[0], 0, told[i].member, &move);
		assert_int_equal(move.to, told[i].to);
		assert_int_equal(move.from, told[i].from);
		if (told[i].sends) {
			fs_slots_run(&move.sent, 0, 3, &first);
			assert_int_equal(first, told[i].sends_from);
			assert_int_equal(move.sent.count, told[i].sends);
		}
		if (told[i].gets) {
			fs_slots_run(&move.received, 0, 3, &first);
			assert_int_equal(first, told[i].gets_from);
			assert_int_equal(move.received.count, told[i].gets);
		}
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	        cmocka_unit_test(every_size_is_right_in_one_step),
	        cmocka_unit_test(switches_that_do_not_reduce_are_refused),
	        cmocka_unit_test(every_size_is_right_in_all_domains),
	        cmocka_unit_test(nodes_alone_reduce),
	        cmocka_unit_test(leaves_and_spine_are_one_tree),
	        cmocka_unit_test(two_trees_are_two_levels),
	        cmocka_unit_test(three_members),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
