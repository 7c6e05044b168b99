#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/random.h"
#include "engine/hosts.h"
#include "engine/team.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

struct block_row {
	uint64_t chips;
	int ranks;
	uint64_t begin[6]; /* of each rank, and the end */
};

static const struct block_row blocks[] = {
        {8, 1, {0, 8}},
        {8, 4, {0, 2, 4, 6, 8}},
        {8, 3, {0, 2, 5, 8}},
        {5, 5, {0, 1, 2, 3, 4, 5}},
        {15488, 4, {0, 3872, 7744, 11616, 15488}},
        {3, 5, {0, 0, 1, 1, 2, 3}}, /* more ranks than chips: some have none */
};

static void blocks_by_table(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof blocks / sizeof *blocks; i++)
		for (int rank = 0; rank <= blocks[i].ranks; rank++)
			assert_int_equal(fs_block_begin(blocks[i].chips, blocks[i].ranks, rank),
			                 blocks[i].begin[rank]);
}

static void assert_partition(uint64_t chips, int ranks)
{
	assert_int_equal(fs_block_begin(chips, ranks, 0), 0);
	assert_int_equal(fs_block_begin(chips, ranks, ranks), chips);
	for (int rank = 0; rank < ranks; rank++) {
		uint64_t begin = fs_block_begin(chips, ranks, rank),
		         end = fs_block_begin(chips, ranks, rank + 1);
		uint64_t size = end - begin;
		assert_true(begin <= end);
		assert_true(size == chips / (uint64_t)ranks ||
		            size == chips / (uint64_t)ranks + 1); /* as even as can be */
		if (size == 0)
			continue;
		assert_int_equal(fs_block_owner(chips, ranks, begin), rank);
		assert_int_equal(fs_block_owner(chips, ranks, begin + size / 2), rank);
		assert_int_equal(fs_block_owner(chips, ranks, end - 1), rank);
	}
}

static void blocks_are_a_partition_and_owners_know_it(void **state)
{
	(void)state;
	for (uint64_t chips = 1; chips <= 70; chips++)
		for (int ranks = 1; ranks <= 40; ranks++)
			assert_partition(chips, ranks);
	for (uint64_t chips = 1; chips < 1ull << 40; chips = chips * 7 + 3)
		for (int ranks = 1; ranks <= 4096; ranks = ranks * 3 + 1)
			assert_partition(chips, ranks);
}

/* Values of all sizes and both signs, many of which would be lost in a plain sum. */
static double value(uint64_t i)
{
	struct fs_uniform_pair uniform = fs_random_pair(1, i, 0, 0);
	double size = ldexp(1, (int)(60 * uniform.first) - 30);
	return (uniform.second < 0.5 ? -1 : 1) * size * (1 + uniform.first);
}

static void shuffle(double *values, uint64_t count, uint64_t seed)
{
	for (uint64_t i = count - 1; i > 0; i--) {
		uint64_t j = (uint64_t)(fs_random_pair(seed, i, 0, 0).first * (double)(i + 1));
		double swap = values[i];
		values[i] = values[j], values[j] = swap;
	}
}

static void a_sum_does_not_depend_on_the_order(void **state)
{
	(void)state;
	enum { COUNT = 5000 };
	struct fs_team *team = fs_team_alone();
	double *values = malloc(COUNT * sizeof *values);
	for (uint64_t i = 0; i < COUNT; i++)
		values[i] = value(i);
	double sum = fs_team_sum_exact(team, values, COUNT);
	bool plain_differs = false;
	for (uint64_t seed = 0; seed < 50; seed++) {
		double plain = 0, before = 0;
		for (int i = 0; i < COUNT; i++)
			before += values[i];
		shuffle(values, COUNT, seed);
		for (int i = 0; i < COUNT; i++)
			plain += values[i];
		assert_true(fs_team_sum_exact(team, values, COUNT) == sum);
		plain_differs = plain_differs || plain != before;
	}
	assert_true(plain_differs); /* or this test would show nothing */
	free(values);
	fs_team_destroy(team);
}

struct sum_row {
	double value[4], sum;
};

static const struct sum_row sums[] = {
        {{0, 0, 0, 0}, 0},
        {{1, 2, 3, 4}, 10},
        {{0x1p39, 0x1p-40, -0x1p39, 0}, 0x1p-40}, /* nothing is lost beside something large */
        {{-1, 0, 0, 0}, -1},
        {{-0x1p-40, 0, 0, 0}, -0x1p-40},
        {{-0x1p39, -0x1p39, -0x1p39, -0x1p39}, -0x1p41},
        {{-0x1.8p20, 0x1p-20, 0x1p20, 0}, -0x1p19 + 0x1p-20},
        {{0x1p-41, 0x1p-41, 0, 0}, 0}, /* finer than 2^-40: cut */
        {{0x1.fffffffffffffp39, 0, 0, 0}, 0x1.fffffffffffffp39},
};

static void sums_by_table(void **state)
{
	(void)state;
	struct fs_team *team = fs_team_alone();
	for (size_t i = 0; i < sizeof sums / sizeof *sums; i++)
		if (fs_team_sum_exact(team, sums[i].value, 4) != sums[i].sum)
			fail_msg("row %d: %a, expected %a", (int)i, fs_team_sum_exact(team, sums[i].value, 4),
			         sums[i].sum);
	assert_true(fs_team_sum_exact(team, NULL, 0) == 0);
	fs_team_destroy(team);
}

/* Everything that a team does together is nothing when alone. */
static void a_team_of_one(void **state)
{
	(void)state;
	struct fs_team *team = fs_team_alone();
	assert_int_equal(fs_team_rank(team), 0);
	assert_int_equal(fs_team_ranks(team), 1);
	assert_int_equal(fs_team_hosts(team), 1);
	fs_team_barrier(team);

	char text[] = "mine";
	fs_team_broadcast(team, text, sizeof text, 0);
	assert_string_equal(text, "mine");
	uint64_t integers[] = {3, UINT64_MAX};
	fs_team_sum_integers(team, integers, 2);
	assert_true(integers[0] == 3 && integers[1] == UINT64_MAX);
	double numbers[] = {-1, 2.5};
	fs_team_maximum(team, numbers, 2);
	assert_true(numbers[0] == -1 && numbers[1] == 2.5);
	char all[sizeof text];
	fs_team_shift(team, text, sizeof text, all, 1);
	assert_string_equal(all, "mine");
	fs_team_exchange(team, "ours!", sizeof text, all);
	assert_memory_equal(all, "ours!", sizeof text);
	fs_team_sum(team, numbers, 2);
	assert_true(numbers[0] == -1 && numbers[1] == 2.5);
	struct fs_team *split = fs_team_split(team, 3, 0);
	assert_int_equal(fs_team_ranks(split), 1);
	fs_team_destroy(split);

	struct fs_team *first = fs_team_first(team, 1);
	assert_int_equal(fs_team_ranks(first), 1);
	fs_team_destroy(first);
	assert_null(fs_team_first(team, 0));
	fs_team_destroy(team);
	fs_team_destroy(NULL);
}

static const char *const variables[] = {"OMPI_COMM_WORLD_SIZE", "PMIX_RANK", "PMI_RANK", "PMI_SIZE",
                                        "SLURM_NTASKS"};

struct launch_row {
	const char *set[2][2];
	bool launched;
	int ranks;
};

static const struct launch_row launches[] = {
        {{{0}}, false, 1},
        {{{"OMPI_COMM_WORLD_SIZE", "8"}}, true, 8},
        {{{"PMIX_RANK", "2"}, {"SLURM_NTASKS", "16"}}, true, 16},
        {{{"PMI_RANK", "0"}, {"PMI_SIZE", "4"}}, true, 4},
        {{{"SLURM_NTASKS", "16"}}, false, 1}, /* inside an allocation, but not started by srun */
};

static void what_is_known_before_mpi_starts(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof launches / sizeof *launches; i++) {
		const struct launch_row *row = &launches[i];
		for (size_t k = 0; k < sizeof variables / sizeof *variables; k++)
			unsetenv(variables[k]);
		for (int k = 0; k < 2 && row->set[k][0]; k++)
			setenv(row->set[k][0], row->set[k][1], 1);
		assert_int_equal(fs_team_launched(), row->launched);
		assert_int_equal(fs_team_expected_ranks(), row->ranks);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	        cmocka_unit_test(blocks_by_table),
	        cmocka_unit_test(blocks_are_a_partition_and_owners_know_it),
	        cmocka_unit_test(a_sum_does_not_depend_on_the_order),
	        cmocka_unit_test(sums_by_table),
	        cmocka_unit_test(a_team_of_one),
	        cmocka_unit_test(what_is_known_before_mpi_starts),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
