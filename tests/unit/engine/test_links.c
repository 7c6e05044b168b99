#include "unit/engine/peers.h"

#include "cost/peers.h"
#include "engine/links.h"

#include <stdio.h>
#include <string.h>

/* "3x1@0": three chips that receive from places that begin with 1, over tier 0; "-" if nothing comes, "*" for
 * places behind the block: remote senders. */
static void tell(const struct fs_system *system, const struct fs_links *links, char *text, size_t size)
{
	size_t used = 0;
	*text = 0;
	for (int i = 0; i < links->segments; i++) {
		const struct fs_segment *segment = &links->segment[i];
		int tier = 0;
		while (tier < system->tiers && fs_tier_alpha_s(&system->tier[tier]) != segment->alpha)
			tier++;
		used += (size_t)snprintf(text + used, size - used, "%s%u", i ? " " : "", segment->count);
		if (tier == system->tiers)
			used += (size_t)snprintf(text + used, size - used, "-");
		else
			used += (size_t)snprintf(text + used, size - used, "x%u@%d%s", segment->place, tier,
			                         segment->place >= links->count ? "*" : "");
		assert_true(used < size);
	}
}

struct row {
	uint32_t groups[4];
	enum fs_collective collective;
	const char *algorithm;
	struct fs_group group;
	uint64_t chips;
	int ranks, rank;
	int step;
	uint32_t s;
	const char *segments;
};

static const struct row rows[] = {
        /* a ring on one tier: chip 0 receives from the last, all others from the one before */
        {{64}, FS_ALLREDUCE, "ring", {8, 1}, 8, 1, 0, 0, 0, "1x7@0 7x0@0"},
        {{64}, FS_ALLTOALL, "pairwise", {8, 1}, 8, 1, 0, 0, 2, "3x5@0 5x0@0"}, /* distance 3 */
        /* two nodes of 4: chips 4 and 0 receive over the border, with all four ports, and so at the pace of
         * the others */
        {{4, 64}, FS_ALLREDUCE, "ring", {8, 1}, 8, 1, 0, 0, 0, "1x7@1 3x0@0 1x3@1 3x4@0"},
        /* a distance of a node: all alike */
        {{4, 64}, FS_ALLTOALL, "pairwise", {8, 1}, 8, 1, 0, 0, 3, "4x4@1 4x0@1"},
        /* two rings side by side */
        {{64}, FS_ALLREDUCE, "ring", {4, 1}, 8, 1, 0, 0, 0, "1x3@0 3x0@0 1x7@0 3x4@0"},
        /* and one through the other: groups of every second chip */
        {{64}, FS_ALLREDUCE, "ring", {4, 2}, 8, 1, 0, 0, 0, "2x6@0 6x0@0"},
        /* exchanges in halves of blocks */
        {{64}, FS_ALLREDUCE, "halving_doubling", {8, 1}, 8, 1, 0, 1, 0, "2x2@0 2x0@0 2x6@0 2x4@0"},
        /* a fold of 3 chips: only chip 1 receives */
        {{64}, FS_ALLREDUCE, "halving_doubling", {3, 1}, 3, 1, 0, 0, 0, "1- 1x0@0 1-"},
        /* a broadcast's first round */
        {{64}, FS_BROADCAST, "binomial", {4, 1}, 4, 1, 0, 0, 0, "1- 1x0@0 2-"},
        /* rank 1 of 2 has chips 4 .. 7 of a ring; chip 3's time comes in behind its own four */
        {{64}, FS_ALLREDUCE, "ring", {8, 1}, 8, 2, 1, 0, 0, "1x4@0* 3x0@0"},
        /* at distance 4 all senders are remote */
        {{64}, FS_ALLTOALL, "pairwise", {8, 1}, 8, 2, 1, 0, 3, "4x4@0*"},
};

static void segments_by_table(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		const struct row *row = &rows[i];
		struct fs_system system = system_of_groups(row->groups);
		struct fs_error error;
		const struct fs_algorithm *algorithm =
		        fs_algorithm_find(row->collective, row->algorithm, &error);
		struct fs_schedule *schedule = schedule_of(&system, row->group, algorithm);
		struct fs_links links;
		char text[256];
		fs_links_create(&links, row->chips, row->ranks, row->rank);
		struct fs_iteration iteration =
		        fs_iteration_of(row->group, schedule, &schedule->step[row->step], row->s);
		fs_links_find(&links, &system, NULL, &iteration);
		tell(&system, &links, text, sizeof text);
		if (strcmp(text, row->segments) != 0)
			fail_msg("row %d: '%s', expected '%s'", (int)i, text, row->segments);
		fs_links_destroy(&links);
		free(schedule);
	}
}

/* The chip whose time is found at `place` of the rank. */
static uint64_t chip_at(const struct fs_links *links, uint64_t place)
{
	if (place < links->count)
		return links->begin + place;
	place -= links->count;
	for (int i = 0; i < links->incoming; place -= links->in[i++].count)
		if (place < links->in[i].count)
			return links->in[i].begin + place;
	fail_msg("a place that nobody's time comes to");
	return 0;
}

static void assert_chip(const struct fs_links *links, const struct fs_segment *segment, uint32_t i,
                        const struct chip_peers *expected)
{
	assert_true(segment->alpha == expected->alpha);
	assert_true(segment->beta_in == expected->beta_in);
	assert_true(segment->beta_out == expected->beta_out);
	if (expected->from >= 0)
		assert_int_equal(chip_at(links, segment->place + i), expected->from);
	else
		assert_true(segment->place + i < links->count); /* some time, of which nothing follows */
}

/* The sending chips of the ranges that come from, or go to, `rank`, in order. Returns how many. */
static int chips_of(const struct fs_range *ranges, int count, int rank, uint64_t begin, uint64_t *chips)
{
	int found = 0;
	for (int i = 0; i < count; i++)
		for (uint32_t k = 0; ranges[i].rank == rank && k < ranges[i].count; k++)
			chips[found++] = begin + ranges[i].begin + k;
	return found;
}

/* What a rank sends to another is what that one expects from it, in the same order. */
static void assert_ends_agree(const struct fs_links *links, int ranks)
{
	uint64_t sent[256], expected[256];
	for (int from = 0; from < ranks; from++)
		for (int to = 0; to < ranks; to++) {
			int out =
			        chips_of(links[from].out, links[from].outgoing, to, links[from].begin, sent);
			int in = chips_of(links[to].in, links[to].incoming, from, 0, expected);
			assert_int_equal(out, in);
			assert_memory_equal(sent, expected, (size_t)out * sizeof *sent);
			assert_true(from != to || out == 0);
		}
}

/* Incoming ranges ascend by chip and are disjoint; outgoing ones ascend by rank, and by chip for each. */
static void assert_in_order(const struct fs_links *links)
{
	for (int i = 1; i < links->incoming; i++)
		assert_true(links->in[i].begin >= links->in[i - 1].begin + links->in[i - 1].count);
	for (int i = 1; i < links->outgoing; i++) {
		const struct fs_range *a = &links->out[i - 1], *b = &links->out[i];
		assert_true(a->rank < b->rank || (a->rank == b->rank && b->begin >= a->begin + a->count));
	}
}

enum { MOST_RANKS = 5 };

static void assert_links(const struct case_of_groups *one, const struct fs_system *system,
                         const struct fs_schedule *schedule, const struct fs_step *step, uint32_t s,
                         struct fs_links *links, int ranks)
{
	for (int rank = 0; rank < ranks; rank++) {
		uint64_t chip = links[rank].begin;
		struct fs_iteration iteration = fs_iteration_of(one->group, schedule, step, s);
		fs_links_find(&links[rank], system, NULL, &iteration);
		for (int k = 0; k < links[rank].segments; k++) {
			const struct fs_segment *segment = &links[rank].segment[k];
			assert_int_equal(links[rank].begin + segment->begin, chip);
			for (uint32_t i = 0; i < segment->count; i++, chip++) {
				struct chip_peers peers =
				        peers_by_hand(system, one->group, schedule, step, s, chip);
				assert_chip(&links[rank], segment, i, &peers);
			}
		}
		assert_int_equal(chip, links[rank].begin + links[rank].count);
		assert_in_order(&links[rank]);
	}
	assert_ends_agree(links, ranks);
}

/* Segments, spread out, are what one finds chip by chip; on every rank, for every algorithm. The same links
 * are used again and again, as the engine does. */
static void segments_are_what_chips_do(void **state)
{
	(void)state;
	for (int i = 0; i < CASES_OF_GROUPS; i++)
		for (int ranks = 1; ranks <= MOST_RANKS; ranks++) {
			const struct case_of_groups *one = &cases_of_groups[i];
			struct fs_system system = system_of_groups(one->groups);
			struct fs_links links[MOST_RANKS];
			for (int rank = 0; rank < ranks; rank++)
				fs_links_create(&links[rank], one->chips, ranks, rank);
			for (const struct fs_algorithm *row = fs_algorithms; row->name; row++) {
				struct fs_schedule *schedule = schedule_of(&system, one->group, row);
				for (int k = 0; schedule && k < schedule->steps; k++)
					for (uint32_t s = 0; s < schedule->step[k].repeat; s++)
						assert_links(one, &system, schedule, &schedule->step[k], s,
						             links, ranks);
				free(schedule);
			}
			for (int rank = 0; rank < ranks; rank++)
				fs_links_destroy(&links[rank]);
		}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	        cmocka_unit_test(segments_by_table),
	        cmocka_unit_test(segments_are_what_chips_do),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
