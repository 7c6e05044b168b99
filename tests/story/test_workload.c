/*
 * Graphs followed by hand.
 *
 * Four chips on one tier: 1 us latency, 1 KB takes 1 us. An allreduce of 4 KB over four takes 10 us by
 * halving and doubling (2 KB, 1 KB and back: 2 * (3 + 2)), one of 2 KB over two 2 * (1 + 1) = 4 us. Kernels
 * take as long as they were recorded.
 */

#include "story/tiny.h"

#include "engine/graph.h"
#include "workload/workload.h"

enum { MOST_NODES = 8 };

static const struct tiny_plan four_chips = {.chips = 4, .tier = {{.group = 4, .GBps = 1, .latency_us = 1}}};

/* A node, and what it depends on: -1 ends. */
struct told {
	enum fs_node_kind kind;
	double amount; /* us of kernels, bytes of others */
	uint64_t peer;
	int on[3];
	struct fs_group group; /* size 0: everybody */
	int stream;
};

#define NOTHING                                                                                              \
	{                                                                                                    \
		-1                                                                                           \
	}

static void add_chip(struct fs_workload *workload, uint64_t chip, const struct told *told, int count)
{
	int place = fs_workload_add_list(workload, "story");
	struct fs_node_list *list = &workload->list[place];
	for (int i = 0; i < count; i++) {
		bool kernel = told[i].kind == FS_NODE_COMPUTE || told[i].kind == FS_NODE_HOST;
		struct fs_node node = {
		        .id = (uint64_t)i,
		        .name = "node",
		        .kind = told[i].kind,
		        .recorded_s = kernel ? told[i].amount * 1e-6 : -1,
		        .bytes = kernel ? 0 : told[i].amount,
		        .collective = FS_ALLREDUCE,
		        .group = told[i].group.size ? told[i].group : (struct fs_group){4, 1},
		        .stream = told[i].stream,
		        .peer = told[i].peer,
		};
		fs_list_add(list, &node);
		for (int d = 0; d < 3 && told[i].on[d] >= 0; d++)
			fs_list_depend(list, (uint32_t)told[i].on[d]);
	}
	fs_workload_add_lane(workload, chip, 1, place);
}

struct seen {
	int count;
	struct fs_graph_span span[4 * MOST_NODES];
};

static void see(void *context, const struct fs_graph_span *span)
{
	struct seen *seen = context;
	seen->span[seen->count++] = *span;
}

struct story {
	struct fs_system *system;
	struct fs_workload *workload;
	struct seen seen;
	struct fs_graph_outcome outcome;
	struct fs_error error;
};

static void begin(struct story *story, struct tiny_plan plan)
{
	struct fs_error error;
	*story = (struct story){.workload = fs_workload_create("story")};
	tiny_load(&plan, &story->system);
	story->workload->chips = 4;
	assert_int_equal(fs_workload_stream(story->workload, "first", &error), 0);
	assert_int_equal(fs_workload_stream(story->workload, "second", &error), 1);
}

static int run_story(struct story *story)
{
	const uint64_t everyone[] = {0, 1, 2, 3};
	const struct fs_graph_options options = {
	        .observed = everyone, .observed_count = 4, .observe = see, .context = &story->seen};
	return fs_graph_run(story->system, story->workload, &options, &story->outcome, &story->error);
}

static void end(struct story *story)
{
	fs_workload_destroy(story->workload);
	fs_system_destroy(story->system);
}

static void assert_span(const struct story *story, uint64_t chip, uint64_t id, double begin_us, double end_us)
{
	for (int i = 0; i < story->seen.count; i++) {
		const struct fs_graph_span *span = &story->seen.span[i];
		if (span->chip != chip || span->node->id != id)
			continue;
		if (fabs(span->begin_s * 1e6 - begin_us) > 1e-9 || fabs(span->end_s * 1e6 - end_us) > 1e-9)
			fail_msg("chip %d, node %d: %.10g to %.10g us, expected %.10g to %.10g", (int)chip,
			         (int)id, span->begin_s * 1e6, span->end_s * 1e6, begin_us, end_us);
		return;
	}
	fail_msg("chip %d, node %d was never seen", (int)chip, (int)id);
}

/* Chip 0 computes for 10 us, the others for 5: they wait for it. */
static void a_collective_starts_with_its_last_chip(void **state)
{
	(void)state;
	struct story story;
	begin(&story, four_chips);
	for (uint64_t chip = 0; chip < 4; chip++) {
		const struct told told[] = {{FS_NODE_COMPUTE, chip == 0 ? 10 : 5, 0, NOTHING},
		                            {FS_NODE_COLLECTIVE, 4000, 0, {0, -1}},
		                            {FS_NODE_COMPUTE, 3, 0, {1, -1}}};
		add_chip(story.workload, chip, told, 3);
	}
	assert_int_equal(run_story(&story), 0);
	assert_span(&story, 0, 1, 10, 20);
	assert_span(&story, 1, 1, 5, 20);
	assert_span(&story, 3, 2, 20, 23);
	assert_true(fabs(story.outcome.step_s - 23e-6) < 1e-15);
	assert_true(fabs(story.outcome.compute_s - (13 + 3 * 8) * 1e-6 / 4) < 1e-15);
	end(&story);
}

/* Kernels that do not wait for it go on beside it, half as fast until 10 us: 5 us of work by then, 5 more. */
static void compute_beside_a_collective_is_slower(void **state)
{
	(void)state;
	struct story story;
	struct tiny_plan plan = four_chips;
	plan.slowdown = 1;
	begin(&story, plan);
	for (uint64_t chip = 0; chip < 4; chip++)
		add_chip(story.workload, chip,
		         (const struct told[]){{FS_NODE_COLLECTIVE, 4000, 0, NOTHING},
		                               {FS_NODE_COMPUTE, 10, 0, NOTHING}},
		         2);
	assert_int_equal(run_story(&story), 0);
	assert_span(&story, 2, 1, 0, 15);
	assert_true(fabs(story.outcome.kernels_s - 10e-6) < 1e-15);
	end(&story);
}

/* Pairs of neighbours, launched 2 us after their kernels: each pair by itself. */
static void groups_are_apart(void **state)
{
	(void)state;
	struct story story;
	struct tiny_plan plan = four_chips;
	plan.launch_us = 2;
	begin(&story, plan);
	for (uint64_t chip = 0; chip < 4; chip++) {
		const struct told told[] = {{FS_NODE_COMPUTE, (double)chip, 0, NOTHING},
		                            {FS_NODE_COLLECTIVE, 2000, 0, {0, -1}, {2, 1}}};
		add_chip(story.workload, chip, told, 2);
	}
	assert_int_equal(run_story(&story), 0);
	assert_span(&story, 0, 1, 2, 7); /* chip 1 is there at 3 */
	assert_span(&story, 3, 1, 5, 9);
	end(&story);
}

/* 3 KB from chip 0 to chip 1, which is busy for 2 us: on the way at 5, head there at 6, all at 9. Then one of
 * 1 KB, whose head waits at 9 for the port. */
static void messages_by_loggp(void **state)
{
	(void)state;
	struct story story;
	begin(&story, four_chips);
	add_chip(story.workload, 0,
	         (const struct told[]){{FS_NODE_COMPUTE, 5, 0, NOTHING},
	                               {FS_NODE_SEND, 3000, 1, {0, -1}},
	                               {FS_NODE_SEND, 1000, 1, {0, -1}}},
	         3);
	add_chip(story.workload, 1,
	         (const struct told[]){{FS_NODE_COMPUTE, 2, 0, NOTHING},
	                               {FS_NODE_RECEIVE, 3000, 0, {0, -1}},
	                               {FS_NODE_RECEIVE, 1000, 0, {0, -1}},
	                               {FS_NODE_COMPUTE, 1, 0, {1, 2, -1}}},
	         4);
	for (uint64_t chip = 2; chip < 4; chip++)
		add_chip(story.workload, chip, (const struct told[]){{FS_NODE_JOIN, 0, 0, NOTHING}}, 1);
	assert_int_equal(run_story(&story), 0);
	assert_span(&story, 0, 1, 5, 8);
	assert_span(&story, 0, 2, 8, 9);
	assert_span(&story, 1, 1, 2, 9);
	assert_span(&story, 1, 2, 9, 10);
	assert_span(&story, 1, 3, 10, 11);
	end(&story);
}

/* A chip that is busy until 20 us finds both messages there: from 1 to 4 and from 4 to 5. */
static void ports_take_messages_in_meanwhile(void **state)
{
	(void)state;
	struct story story;
	begin(&story, four_chips);
	add_chip(story.workload, 0,
	         (const struct told[]){{FS_NODE_SEND, 3000, 1, NOTHING}, {FS_NODE_SEND, 1000, 1, NOTHING}},
	         2);
	add_chip(story.workload, 1,
	         (const struct told[]){{FS_NODE_COMPUTE, 20, 0, NOTHING},
	                               {FS_NODE_RECEIVE, 3000, 0, {0, -1}},
	                               {FS_NODE_RECEIVE, 1000, 0, {0, -1}}},
	         3);
	for (uint64_t chip = 2; chip < 4; chip++)
		add_chip(story.workload, chip, (const struct told[]){{FS_NODE_JOIN, 0, 0, NOTHING}}, 1);
	assert_int_equal(run_story(&story), 0);
	assert_span(&story, 1, 1, 20, 20);
	assert_span(&story, 1, 2, 20, 20);
	end(&story);
}

/* Chip 1 joins the collective only when it has got a message, which chip 0 sends after it has issued the
 * collective: who goes through chip 0's list strictly in order never gets there. */
static void a_message_overtakes_a_collective(void **state)
{
	(void)state;
	struct story story;
	begin(&story, four_chips);
	add_chip(story.workload, 0,
	         (const struct told[]){{FS_NODE_COLLECTIVE, 2000, 0, NOTHING, {2, 1}},
	                               {FS_NODE_COMPUTE, 5, 0, NOTHING},
	                               {FS_NODE_SEND, 1000, 1, {1, -1}}},
	         3);
	add_chip(story.workload, 1,
	         (const struct told[]){{FS_NODE_RECEIVE, 1000, 0, NOTHING},
	                               {FS_NODE_COLLECTIVE, 2000, 0, {0, -1}, {2, 1}}},
	         2);
	for (uint64_t chip = 2; chip < 4; chip++)
		add_chip(story.workload, chip, (const struct told[]){{FS_NODE_JOIN, 0, 0, NOTHING}}, 1);
	assert_int_equal(run_story(&story), 0);
	assert_span(&story, 1, 0, 0, 7); /* sent at 5, there at 6, all of it at 7 */
	assert_span(&story, 0, 0, 0, 11);
	assert_span(&story, 1, 1, 7, 11);
	end(&story);
}

static void refuse(const struct told *first, int first_count, const struct told *second, int second_count,
                   const char *why)
{
	struct story story;
	begin(&story, four_chips);
	add_chip(story.workload, 0, first, first_count);
	add_chip(story.workload, 1, second, second_count);
	for (uint64_t chip = 2; chip < 4; chip++)
		add_chip(story.workload, chip, (const struct told[]){{FS_NODE_JOIN, 0, 0, NOTHING}}, 1);
	assert_int_equal(run_story(&story), -1);
	if (!strstr(story.error.text, why))
		fail_msg("expected '%s', got '%s'", why, story.error.text);
	end(&story);
}

static void what_never_comes_is_refused(void **state)
{
	(void)state;
	const struct told nothing[] = {{FS_NODE_JOIN, 0, 0, NOTHING}};
	const struct told send[] = {{FS_NODE_SEND, 1000, 1, NOTHING}};
	const struct told receive[] = {{FS_NODE_RECEIVE, 1000, 1, NOTHING}};
	const struct told other_size[] = {{FS_NODE_RECEIVE, 999, 0, NOTHING}};
	const struct told pair[] = {{FS_NODE_COLLECTIVE, 1000, 0, NOTHING, {2, 1}}};
	const struct told larger_pair[] = {{FS_NODE_COLLECTIVE, 2000, 0, NOTHING, {2, 1}}};
	refuse(send, 1, nothing, 1, "node 0: what it sends to chip 1 (tag 0) is never received");
	refuse(receive, 1, nothing, 1, "is never sent");
	refuse(send, 1, other_size, 1, "node 0 sends 1000 bytes, and story's node 0 waits for 999");
	refuse(pair, 1, nothing, 1, "only 1 of the 2 members of its group get to it");
	refuse(pair, 1, larger_pair, 1, "is allreduce of 1000 bytes, and story's node 0");
	/* Each waits for the other's message before it sends its own. */
	const struct told first[] = {{FS_NODE_RECEIVE, 8, 1, NOTHING}, {FS_NODE_SEND, 8, 1, {0, -1}}};
	const struct told second[] = {{FS_NODE_RECEIVE, 8, 0, NOTHING}, {FS_NODE_SEND, 8, 0, {0, -1}}};
	refuse(first, 2, second, 2, "chip 0 waits for ever at node 0");
}

/* A program without jitter takes as long as its graph: kernels, a bucket in flight, one that queues behind
 * it, one on another stream that shares the ports, waits. */
static void a_program_takes_as_long_as_its_graph(void **state)
{
	(void)state;
	struct tiny tiny;
	struct tiny_plan plan = four_chips;
	plan.launch_us = 1;
	plan.slowdown = 0.25;
	tiny_create(&tiny, plan);
	tiny_compute(&tiny, 5);
	tiny_issue(&tiny, (struct tiny_call){FS_ALLREDUCE, NULL, 40000});
	tiny_compute(&tiny, 5);
	tiny_issue(&tiny, (struct tiny_call){FS_ALLREDUCE, NULL, 4000});
	tiny_issue(&tiny, (struct tiny_call){FS_ALLTOALL, NULL, 8000, FS_STREAM_EXPERT});
	tiny_wait(&tiny, FS_STREAM_EXPERT);
	tiny_compute(&tiny, 7);
	tiny_wait(&tiny, FS_STREAM_DATA);
	tiny_compute(&tiny, 2);
	struct fs_workload *workload = fs_workload_of(tiny.program, "tiny");
	struct fs_graph_outcome outcome;
	struct fs_error error;
	assert_int_equal(fs_graph_run(tiny.system, workload, &(struct fs_graph_options){0}, &outcome, &error),
	                 0);
	assert_true(fabs(outcome.step_s - tiny.cluster.compute[0]) < 1e-15);
	assert_true(fabs(outcome.compute_s - tiny.cluster.busy[0]) < 1e-15);
	assert_true(outcome.step_s > 70e-6); /* it did something */
	fs_workload_destroy(workload);
	tiny_destroy(&tiny);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	        cmocka_unit_test(a_collective_starts_with_its_last_chip),
	        cmocka_unit_test(compute_beside_a_collective_is_slower),
	        cmocka_unit_test(groups_are_apart),
	        cmocka_unit_test(messages_by_loggp),
	        cmocka_unit_test(ports_take_messages_in_meanwhile),
	        cmocka_unit_test(a_message_overtakes_a_collective),
	        cmocka_unit_test(what_never_comes_is_refused),
	        cmocka_unit_test(a_program_takes_as_long_as_its_graph),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
