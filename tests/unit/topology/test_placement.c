#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/error.h"
#include "topology/placement.h"

#include <stdbool.h>

static struct fs_system *load(const char *name)
{
	struct fs_system *system;
	struct fs_error error;
	if (fs_system_load(name, NULL, NULL, 0, &system, &error))
		fail_msg("%s", error.text);
	return system;
}

static uint64_t group_of(const struct fs_system *system, int tier)
{
	return (uint64_t)system->tier[tier].group.value;
}

struct row {
	const char *system;
	uint64_t chips;
	uint64_t group[FS_MAX_TIERS]; /* of the job's chips, innermost first; 0: not looked at */
};

static const char dgx[] = "dgx-h100-superpod", nvl72[] = "nvl72-gb200", cloudmatrix[] = "cloudmatrix-384";

static const struct row rows[] = {
        /* Nodes of 8, leaves of 32 nodes, a spine of 64 leaves. */
        {dgx, 1, {1, 1, 1}},
        {dgx, 2, {2, 2, 2}},
        {dgx, 8, {8, 8, 8}},
        {dgx, 12, {6, 12, 12}},     /* two nodes of 6, not 8 and 4 */
        {dgx, 13, {8, 256, 16384}}, /* a prime: 8 and 5 */
        {dgx, 14, {7, 14, 14}},     /* two nodes of 7 */
        {dgx, 22, {8, 256, 16384}}, /* 2 in each of 11 nodes would leave 6 of 8 empty: 8, 8 and 6 */
        {dgx, 256, {8, 256, 256}},  /* a whole leaf */
        {dgx, 384, {8, 192, 384}},  /* two leaves of 24 nodes */
        {dgx, 16384, {8, 256, 16384}},
        {dgx, 15488, {8, 176}}, /* 88 leaves of 22 nodes */
        /* Racks of 72, 80 of them. */
        {nvl72, 2, {2, 2}},
        {nvl72, 64, {64, 64}},
        {nvl72, 72, {72, 72}},
        {nvl72, 96, {48, 96}}, /* two racks of 48 */
        {nvl72, 128, {64, 128}},
        {nvl72, 144, {72, 144}},
        {nvl72, 146, {72, 5760}},  /* 2 * 73: racks of 2 would be wasteful */
        {nvl72, 5120, {64, 5120}}, /* as NVIDIA's MLPerf run */
        {nvl72, 15488, {64}},
        /* Packages of 2 dies, nodes of 8 packages, pods of 48 nodes, 85 pods. */
        {cloudmatrix, 1, {1, 1, 1, 1}},
        {cloudmatrix, 2, {2, 2, 2, 2}},
        {cloudmatrix, 3, {2, 16, 768, 65280}}, /* a package and a half */
        {cloudmatrix, 768, {2, 16, 768, 768}},
        {cloudmatrix, 1024, {2, 16, 512, 1024}},
        {cloudmatrix, 15488, {2, 16, 704, 15488}}, /* 22 pods of 44 nodes */
        {cloudmatrix, 65280, {2, 16, 768, 65280}},
};

static void jobs_lie_as_schedulers_would_put_them(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		const struct row *row = &rows[i];
		struct fs_system *system = load(row->system);
		struct fs_system placed = fs_system_place(system, row->chips);
		for (int k = 0; k < system->tiers; k++)
			if (row->group[k] && group_of(&placed, k) != row->group[k])
				fail_msg("%s, %d chips, tier %d: %d chips, expected %d", row->system,
				         (int)row->chips, k, (int)group_of(&placed, k), (int)row->group[k]);
		fs_system_destroy(system);
	}
}

static const char *const systems[] = {dgx, nvl72, cloudmatrix};

/* What the rest of the program rests on, for every size up to some thousands and for some large ones. */
static void assert_sound(const struct fs_system *system, uint64_t chips)
{
	struct fs_system placed = fs_system_place(system, chips);
	uint64_t inner = 1, whole_inner = 1;
	for (int k = 0; k < system->tiers; k++) {
		uint64_t group = group_of(&placed, k), whole = group_of(system, k);
		assert_true(group >= 1 && group <= whole);
		assert_int_equal(group % inner, 0);                /* nested */
		assert_true(group / inner <= whole / whole_inner); /* no more parts than there are */
		bool even = chips % group == 0;
		bool fuller_than_half = 2 * (group / inner) > whole / whole_inner;
		assert_true(fuller_than_half || group == chips);           /* no domain is wasted */
		assert_true(even || group / inner == whole / whole_inner); /* or it is filled up */
		inner = group;
		whole_inner = whole;
	}
}

static void groups_are_nested_fit_and_are_filled(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof systems / sizeof *systems; i++) {
		struct fs_system *system = load(systems[i]);
		for (uint64_t chips = 1; chips <= 4096; chips++)
			assert_sound(system, chips);
		for (uint64_t chips = 4099; chips < 20000000; chips = chips * 3 / 2 + 1)
			assert_sound(system, chips);
		fs_system_destroy(system);
	}
}

static void only_the_groups_change_and_the_machines_are_kept(void **state)
{
	(void)state;
	struct fs_system *system = load(dgx);
	struct fs_system placed = fs_system_place(system, 12);
	for (int k = 0; k < system->tiers; k++) {
		assert_int_equal(placed.tier[k].machine_group, system->tier[k].group.value);
		placed.tier[k].machine_group = 0;
		placed.tier[k].group.value = system->tier[k].group.value;
	}
	assert_memory_equal(&placed, system, sizeof placed);
	fs_system_destroy(system);
}

struct ports_row {
	const char *system;
	int tier, inner;
	uint64_t chips;
	double chips_per_port, ports;
};

/* On a DGX, of the leaf's tier and the spine's. */
static const struct ports_row ports_rows[] = {
        {dgx, 1, 0, 8, 1, 8},      /* a node */
        {dgx, 1, 0, 8, 2, 4},      /* two GPUs to a port */
        {dgx, 1, 0, 8, 8, 1},      /* all */
        {dgx, 1, -1, 8, 8, 1},     /* a chip has one at most */
        {dgx, 1, 0, 12, 4, 2},     /* two nodes of 6 of 8: 4 and 2 */
        {dgx, 2, 1, 256, 64, 4},   /* a leaf */
        {dgx, 2, 1, 12, 64, 1},    /* a corner of it */
        {dgx, 2, 0, 256, 16, 1},   /* half of what is behind a port */
        {dgx, 2, 1, 384, 16, 12},  /* 24 of its 32 nodes */
        {dgx, 2, 1, 15488, 8, 22}, /* 22 */
        {dgx, 2, 0, 256, 3, 4},    /* 8 chips may begin behind one port of 3 and end behind the fourth */
};

static void ports_are_counted_on_the_machine(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof ports_rows / sizeof *ports_rows; i++) {
		const struct ports_row *row = &ports_rows[i];
		struct fs_system *system = load(row->system);
		system->tier[row->tier].fabric.chips_per_port.value = row->chips_per_port;
		struct fs_system placed = fs_system_place(system, row->chips);
		double ports = fs_placed_ports(&placed, row->tier, row->inner);
		if (ports != row->ports)
			fail_msg("row %d: %g ports, expected %g", (int)i, ports, row->ports);
		fs_system_destroy(system);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	        cmocka_unit_test(ports_are_counted_on_the_machine),
	        cmocka_unit_test(jobs_lie_as_schedulers_would_put_them),
	        cmocka_unit_test(groups_are_nested_fit_and_are_filled),
	        cmocka_unit_test(only_the_groups_change_and_the_machines_are_kept),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
