#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/error.h"
#include "base/random.h"
#include "fabric/contention.h"
#include "topology/placement.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

/* Times are told in those of one message alone: a port passes 1 GB/s. */
static const double ALONE_S = 1e-9;

static struct fs_tier tier(const char *name, double group, const char *kind)
{
	struct fs_tier made = {.group = {.value = group},
	                       .bandwidth_GBps = {.value = 1},
	                       .efficiency = {.value = 1},
	                       .latency_us = {.value = 1},
	                       .oversubscription = {.value = 1}};
	snprintf(made.name, sizeof made.name, "%s", name);
	snprintf(made.fabric.kind, sizeof made.fabric.kind, "%s", kind);
	return made;
}

static struct fs_system one_tier(const struct fs_tier *only)
{
	return (struct fs_system){.tiers = 1, .tier = {*only}};
}

static struct fs_tier clos(double ports, double radix, double oversubscription, double rails)
{
	struct fs_tier made = tier("net", ports, "clos");
	made.oversubscription.value = oversubscription;
	made.fabric.radix.value = radix;
	made.fabric.rails.value = rails;
	return made;
}

static struct fs_tier grid(const char *kind, int dimensions, const double *dimension)
{
	double ports = 1;
	for (int d = 0; d < dimensions; d++)
		ports *= dimension[d];
	struct fs_tier made = tier("net", ports, kind);
	made.fabric.dimensions = dimensions;
	memcpy(made.fabric.dimension, dimension, (size_t)dimensions * sizeof *dimension);
	return made;
}

/* Everybody sends to the chip `distance` further on. */
struct shift {
	uint64_t chips, distance;
};

static int64_t shifted(uint64_t chip, const void *context, uint64_t *count)
{
	const struct shift *shift = context;
	uint64_t wraps = shift->chips - shift->distance;
	*count = chip < wraps ? wraps - chip : shift->chips - chip;
	return (int64_t)((chip + shift->distance) % shift->chips);
}

static struct fs_round round_of(const struct fs_system *system, const struct shift *shift, uint64_t unit)
{
	struct fs_round round = {.to = shifted, .context = shift, .unit = unit};
	for (int k = 0; k < system->tiers; k++)
		round.beta_s[k] = fs_tier_beta_s(&system->tier[k]);
	return round;
}

static struct fs_contention *contention_of(const struct fs_system *system, uint64_t chips)
{
	struct fs_contention *contention;
	struct fs_error error = {""};
	if (fs_contention_create(system, chips, &contention, &error))
		fail_msg("%s", error.text);
	return contention;
}

/* The slowest message of a round, in those of one alone; `beside`: or NULL. */
static double slowest_of(struct fs_contention *contention, const struct fs_round *round,
                         const struct fs_round *beside)
{
	struct fs_shares shares;
	double most = 0;
	fs_contention_solve_beside(contention, round, beside, &shares);
	for (uint64_t i = 0; i < shares.period; i++)
		most = fmax(most, shares.beta_s[i]);
	return most / ALONE_S;
}

static double slowest(const struct fs_system *system, uint64_t chips, uint64_t distance)
{
	struct fs_contention *contention = contention_of(system, chips);
	struct shift shift = {chips, distance};
	struct fs_round round = round_of(system, &shift, 1);
	double most = slowest_of(contention, &round, NULL);
	fs_contention_destroy(contention);
	return most;
}

struct shift_row {
	const char *what;
	struct fs_tier net;
	uint64_t distance;
	double slowest;
};

static void closed_forms(void **state)
{
	(void)state;
	const double eight[] = {8}, four_by_four[] = {4, 4};
	const struct shift_row rows[] = {
	        /* leaves of 4 down, 4 up: nothing waits */
	        {"full Clos", clos(32, 8, 1, 0), 5, 1},
	        /* leaves of 6 down, 2 up: who leaves a leaf shares a third of what it needs */
	        {"3:1, all leave", clos(36, 8, 3, 0), 6, 3},
	        {"3:1, all leave, from everywhere to two leaves", clos(36, 8, 3, 0), 9, 3},
	        {"3:1, three of six leave through two", clos(36, 8, 3, 0), 3, 1.5},
	        {"3:1, two of six", clos(36, 8, 3, 0), 2, 1},
	        /* two rails: ports 0, 2, 4 .. on one leaf, 1, 3, 5 .. on the other; 12 ports a pair of leaves
	         */
	        {"3:1 on rails, along them and out of the pair", clos(48, 8, 3, 2), 12, 3},
	        {"3:1 on rails, along them within", clos(48, 8, 3, 2), 2, 1},
	        {"3:1 on rails, from one to the other: all leave their leaf", clos(48, 8, 3, 2), 1, 3},
	        /* each of a port's two links is half of it; a shift by d puts d messages on each upward link
	         */
	        {"ring, by 1", grid("torus", 1, eight), 1, 2},
	        {"ring, by 3", grid("torus", 1, eight), 3, 6},
	        {"ring, by 4: the shorter way at a tie is up", grid("torus", 1, eight), 4, 8},
	        {"ring, by 7: down", grid("torus", 1, eight), 7, 2},
	        /* four links of a quarter; by 4: one up in the second dimension */
	        {"torus, by a row", grid("torus", 2, four_by_four), 4, 4},
	        {"torus, by two rows", grid("torus", 2, four_by_four), 8, 8},
	        /* six links of a sixth; rows are joined directly, whichever they are */
	        {"full mesh, by a row", grid("full_mesh", 2, four_by_four), 4, 6},
	        {"full mesh, by two rows", grid("full_mesh", 2, four_by_four), 8, 6},
	};
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		struct fs_system system = one_tier(&rows[i].net);
		double found = slowest(&system, (uint64_t)rows[i].net.group.value, rows[i].distance);
		if (fabs(found / rows[i].slowest - 1) > 1e-9)
			fail_msg("%s: %.12g, expected %.12g", rows[i].what, found, rows[i].slowest);
	}
}

/* An all-to-all between all 36 chips of 6 leaves at 3:1: of the 35 messages of a chip 5 stay in its leaf, 30
 * leave it with all others' through 2 of 6: at least 90 and at most the 5 more that come before or after. */
static void alltoall_is_bound_by_the_bisection(void **state)
{
	(void)state;
	const struct fs_tier net = clos(36, 8, 3, 0);
	struct fs_system system = one_tier(&net);
	double sum = 0;
	for (uint64_t distance = 1; distance < 36; distance++)
		sum += slowest(&system, 36, distance);
	assert_true(sum >= 90 * (1 - 1e-9) && sum <= 95 * (1 + 1e-9));
}

static int64_t only_chip_0_sends(uint64_t chip, const void *context, uint64_t *count)
{
	(void)context;
	*count = 1;
	return chip == 0 ? 2 : -1;
}

/* Four chips behind two ports of twice a chip's bandwidth each. When both send, each has its half; alone, a
 * chip has the whole port. */
static void chips_share_a_port(void **state)
{
	(void)state;
	struct fs_tier net = tier("net", 4, "switch");
	net.fabric.chips_per_port.value = 2;
	struct fs_system system = one_tier(&net);
	assert_true(fabs(slowest(&system, 4, 2) - 1) < 1e-9);
	struct fs_contention *contention = contention_of(&system, 4);
	struct shift nothing = {0};
	struct fs_round round = round_of(&system, &nothing, 4);
	struct fs_shares shares;
	round.to = only_chip_0_sends;
	fs_contention_solve(contention, &round, &shares);
	assert_true(fabs(shares.beta_s[0] / ALONE_S - 0.5) < 1e-9);
	assert_true(shares.beta_s[1] == 0);
	fs_contention_destroy(contention);
}

struct beside_row {
	const char *what;
	struct fs_tier net;
	uint64_t distance, beside;
	double alone, both; /* of the slowest message by `distance` */
};

/* Two rounds at once, of two collectives. */
static void two_rounds_share_what_there_is(void **state)
{
	(void)state;
	const double eight[] = {8}, four_by_four[] = {4, 4};
	const struct beside_row rows[] = {
	        {"a round beside itself", clos(36, 8, 3, 0), 6, 6, 3, 6},
	        {"six and one share two uplinks", clos(36, 8, 3, 0), 6, 1, 3, 3.5},
	        {"one beside six", clos(36, 8, 3, 0), 1, 6, 1, 3.5},
	        {"ring, one beside two on every link", grid("torus", 1, eight), 1, 2, 2, 6},
	        {"ring, two beside one", grid("torus", 1, eight), 2, 1, 4, 6},
	        {"ring, one beside another the other way", grid("torus", 1, eight), 1, 7, 2, 2},
	        {"full mesh, to different columns", grid("full_mesh", 2, four_by_four), 4, 8, 6, 6},
	        {"full mesh, to the same", grid("full_mesh", 2, four_by_four), 4, 4, 6, 12},
	};
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		uint64_t chips = (uint64_t)rows[i].net.group.value;
		struct fs_system system = one_tier(&rows[i].net);
		struct fs_contention *contention = contention_of(&system, chips);
		struct shift shift = {chips, rows[i].distance}, other = {chips, rows[i].beside};
		for (uint64_t unit = 1; unit <= chips; unit += chips - 1) { /* looking at few, and at all */
			struct fs_round round = round_of(&system, &shift, unit),
			                beside = round_of(&system, &other, 1);
			double alone = slowest_of(contention, &round, NULL),
			       both = slowest_of(contention, &round, &beside);
			if (fabs(alone / rows[i].alone - 1) > 1e-9 || fabs(both / rows[i].both - 1) > 1e-9)
				fail_msg("%s: %.12g, and %.12g; expected %g and %g", rows[i].what, alone,
				         both, rows[i].alone, rows[i].both);
		}
		fs_contention_destroy(contention);
	}
}

/* A full Clos never blocks; its messages differ in the switches that they pass. 32 ports on leaves of 4. */
static void more_switches_take_longer(void **state)
{
	(void)state;
	struct fs_tier net = clos(32, 8, 1, 0);
	net.fabric.hop_us.value = 0.5;
	struct fs_system system = one_tier(&net);
	struct fs_contention *contention = contention_of(&system, 32);
	struct shift shift = {32, 1};
	struct fs_round round = round_of(&system, &shift, 1);
	struct fs_shares shares;
	assert_true(fs_contention_at(contention, 0) && !fs_contention_shares(contention, 0));
	fs_contention_solve(contention, &round, &shares);
	for (uint64_t i = 0; i < 32; i++) {
		double us = 1e6 * shares.alpha_s[i % shares.period], expected = i % 4 == 3 ? 1 + 2 * 0.5 : 1;
		if (fabs(us - expected) > 1e-9 || shares.beta_s[i % shares.period] != ALONE_S)
			fail_msg("chip %d: %g us, expected %g", (int)i, us, expected);
	}
	fs_contention_destroy(contention);
	system.tier[0].fabric.hop_us.value = 0;
	contention = contention_of(&system, 32);
	assert_false(fs_contention_at(contention, 0));
	fs_contention_destroy(contention);
}

/* Jobs that have 5 or 6 chips on each of 6 nodes of 8. */
static void ports_that_the_job_does_not_fill(void **state)
{
	(void)state;
	static const struct {
		double chips_per_port;
		uint64_t chips, distance;
		double slowest; /* for a message over the ports, if chips had no limit of their own */
	} rows[] = {
	        /* a ring by 1, cut over the ports of its node: one of 8 GB/s; 4 of 6 parts go by one of 4
	           GB/s */
	        {8, 30, 1, 1. / 8},
	        {4, 36, 1, 4. / 6 / 4},
	        /* all leave, each by its own port: there are 5 behind one; 4 behind one, and 2 behind another
	         */
	        {8, 30, 5, 5. / 8},
	        {4, 36, 6, 1},
	};
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		struct fs_tier node = tier("node", 8, "switch"), net = tier("net", 64, "switch");
		net.fabric.chips_per_port.value = rows[i].chips_per_port;
		struct fs_system machine = {.tiers = 2, .tier = {node, net}};
		struct fs_system system = fs_system_place(&machine, rows[i].chips);
		struct fs_contention *contention = contention_of(&system, rows[i].chips);
		struct shift shift = {rows[i].chips, rows[i].distance};
		struct fs_round round = round_of(&system, &shift, 1);
		struct fs_shares shares;
		double most = 0;
		round.beta_s[0] = round.beta_s[1] = 0;
		round.cut[1] = shift.distance == 1;
		fs_contention_solve(contention, &round, &shares);
		for (uint64_t chip = 0; chip < shares.period; chip++)
			most = fmax(most, shares.beta_s[chip] / ALONE_S);
		if (fabs(most / rows[i].slowest - 1) > 1e-6)
			fail_msg("row %d: %g, expected %g", (int)i, most, rows[i].slowest);
		fs_contention_destroy(contention);
	}
}

/* 24 chips on pods of 16, three boards of 4 in each: boards 0 to 2 and 4 to 6 of the machine. Who lost the
 * direct link to the chip two places on takes one that is a link longer. */
static void groups_between_which_the_machine_has_others(void **state)
{
	(void)state;
	static const struct {
		const char *down;
		int64_t late; /* the chip that takes longer, or -1 */
	} rows[] = {{"board/0:port0-port2", 0},  {"board/2:port1-port3", 9},  {"board/3:port0-port2", -1},
	            {"board/4:port0-port2", 12}, {"board/6:port0-port2", 20}, {"board/7:port0-port2", -1}};
	const double four[] = {4};
	struct fs_tier board = grid("full_mesh", 1, four), pod = tier("pod", 16, "switch"),
	               net = tier("net", 64, "switch");
	snprintf(board.name, sizeof board.name, "board");
	board.fabric.hop_us.value = 1;
	struct fs_system machine = {.tiers = 3, .tier = {board, pod, net}};
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		snprintf(machine.down, sizeof machine.down, "%s", rows[i].down);
		struct fs_system system = fs_system_place(&machine, 24);
		struct fs_contention *contention = contention_of(&system, 24);
		struct shift shift = {24, 2};
		struct fs_round round = round_of(&system, &shift, 1);
		struct fs_shares shares;
		assert_int_equal((int)system.tier[1].group.value, 12);
		fs_contention_solve(contention, &round, &shares);
		for (uint64_t chip = 0; chip < 24; chip++) {
			double us = 1e6 * shares.alpha_s[chip % shares.period];
			if (fabs(us - ((int64_t)chip == rows[i].late ? 2 : 1)) > 1e-9)
				fail_msg("%s: chip %d takes %g us", rows[i].down, (int)chip, us);
		}
		fs_contention_destroy(contention);
	}
}

static uint64_t below(uint64_t *state, uint64_t bound)
{
	return (*state = fs_mix64(*state + 1)) % bound;
}

static struct fs_tier random_net(uint64_t *random)
{
	const double dimensions[] = {(double)(2 + below(random, 4)), (double)(2 + below(random, 4)),
	                             (double)(2 + below(random, 3))};
	switch (below(random, 5)) {
	case 0:
		return clos((double)(12 * (1 + below(random, 6))), 8, 3, 0);
	case 1:
		return clos((double)(24 * (1 + below(random, 4))), 8, 3, (double)(1 + below(random, 2)));
	case 2:
		return grid("torus", 1 + (int)below(random, 3), dimensions);
	case 3:
		return grid("full_mesh", 1 + (int)below(random, 3), dimensions);
	default: {
		struct fs_tier net = grid("torus", 1 + (int)below(random, 3), dimensions);
		snprintf(net.fabric.routing, sizeof net.fabric.routing, "adaptive");
		return net;
	}
	}
}

static int64_t shifted_one_by_one(uint64_t chip, const void *context, uint64_t *count)
{
	int64_t to = shifted(chip, context, count);
	*count = 1;
	return to;
}

/* What is found by looking at one of many alike is what is found by looking at all. */
static void a_period_stands_for_all(void **state)
{
	(void)state;
	uint64_t random = 7, folded = 0;
	for (int i = 0; i < 300; i++) {
		struct fs_tier inner = tier("node", 2, "switch"), net = random_net(&random);
		struct fs_system machine = {.tiers = 2, .tier = {inner, net}};
		uint64_t ports = (uint64_t)net.group.value;
		if (ports % 2)
			machine = one_tier(&net);
		struct fs_system system = fs_system_place(&machine, ports);
		struct shift shift = {ports, 1 + below(&random, ports - 1)};
		struct fs_contention *contention = contention_of(&system, ports);
		struct fs_round few = round_of(&system, &shift, 1), all = round_of(&system, &shift, ports);
		all.to = shifted_one_by_one;
		struct fs_shares shares;
		double beta[256], alpha[256];
		assert_true(ports <= 256);
		fs_contention_solve(contention, &few, &shares);
		folded += shares.period < ports;
		for (uint64_t chip = 0; chip < ports; chip++) {
			beta[chip] = shares.beta_s[chip % shares.period];
			alpha[chip] = shares.alpha_s[chip % shares.period];
		}
		fs_contention_solve(contention, &all, &shares);
		assert_int_equal(shares.period, ports);
		for (uint64_t chip = 0; chip < ports; chip++)
			if (fabs(shares.beta_s[chip] / beta[chip] - 1) > 1e-6 ||
			    shares.alpha_s[chip] != alpha[chip])
				fail_msg("case %d, %s of %d ports, by %d, chip %d: %g by one of many, %g by "
				         "all",
				         i, net.fabric.kind, (int)ports, (int)shift.distance, (int)chip,
				         beta[chip], shares.beta_s[chip]);
		fs_contention_destroy(contention);
	}
	assert_true(folded > 100);
}

/* A port of eight chips, of which the job has two. */
static void a_port_wider_than_the_job(void **state)
{
	(void)state;
	struct fs_tier net = tier("net", 8, "switch");
	net.fabric.chips_per_port.value = 8;
	struct fs_system system = one_tier(&net);
	assert_true(fabs(slowest(&system, 2, 1) - 1. / 8) < 1e-9); /* does not leave the port */
}

/* Eight groups of eight ports, of which the job fills two: they have one cable between them, for eight
 * messages at once of which a link passes all; where chips are 4 apart, four of a group leave it. */
static void a_dragonfly_that_is_not_filled(void **state)
{
	(void)state;
	struct fs_tier net = tier("net", 64, "dragonfly");
	net.fabric.router_ports.value = 2;
	net.fabric.group_routers.value = 4;
	net.fabric.global_links.value = 2;
	struct fs_system system = one_tier(&net), told = system;
	snprintf(told.down, sizeof told.down, "net:port63-router31"); /* nobody's port: nothing is folded */
	for (uint64_t distance = 1; distance < 16; distance++)
		assert_true(fabs(slowest(&system, 16, distance) / slowest(&told, 16, distance) - 1) < 1e-9);
	assert_true(fabs(slowest(&system, 16, 8) - 8) < 1e-9);
}

/* Four planes: what one has lost, the message puts on the others. Leaves of 4 with 4 uplinks in each plane.
 */
static void planes_share_what_one_has_lost(void **state)
{
	(void)state;
	struct fs_tier net = clos(32, 8, 1, 0);
	net.fabric.planes.value = 4;
	struct fs_system system = one_tier(&net);
	snprintf(system.down, sizeof system.down, "net:leaf0-spine0");
	assert_true(fabs(slowest(&system, 32, 4) - 16. / 15) < 1e-6); /* 15 of 16 uplinks are left */
	snprintf(system.down, sizeof system.down,
	         "net:leaf0-spine0,net:p1:leaf0-spine0,net:p2:leaf0-spine0,net:p3:leaf0-spine0");
	assert_true(fabs(slowest(&system, 32, 4) - 4. / 3) < 1e-6);
}

/* Two links of a dimension of 5 GB/s, of which messages get half. */
static void what_messages_get_of_a_dimension(void **state)
{
	(void)state;
	const double eight[] = {8};
	struct fs_tier net = grid("torus", 1, eight);
	net.bandwidth_GBps.value = 10;
	net.efficiency.value = 0.5;
	struct fs_system system = one_tier(&net);
	double not_told = slowest(&system, 8, 1);
	system.tier[0].fabric.dimension_rates = 1;
	system.tier[0].fabric.dimension_GBps[0] = 10;
	assert_true(fabs(not_told - 1 / 2.5) < 1e-9);
	assert_true(fabs(slowest(&system, 8, 1) - not_told) < 1e-9);
}

static void twice_the_bandwidth_takes_half_the_time(void **state)
{
	(void)state;
	uint64_t random = 11;
	for (int i = 0; i < 100; i++) {
		struct fs_tier net = random_net(&random);
		struct fs_system system = one_tier(&net);
		uint64_t chips = (uint64_t)net.group.value, distance = 1 + below(&random, chips - 1);
		double once = slowest(&system, chips, distance);
		system.tier[0].bandwidth_GBps.value = 2;
		assert_true(fabs(slowest(&system, chips, distance) / once - 0.5) < 1e-9);
	}
}

struct damage_row {
	struct fs_tier net;
	const char *down;
	uint64_t distance;
	double before, after;
};

/* What is left is shared by those who need it. */
static void a_cable_that_is_down_slows_its_neighbours(void **state)
{
	(void)state;
	const double eight[] = {8};
	const struct damage_row rows[] = {
	        {clos(32, 8, 1, 0), "net:leaf0-spine1", 4, 1, 4. / 3}, /* three links for four */
	        {clos(32, 8, 1, 0), "net:leaf0-spine1,net:leaf0-spine2", 4, 1, 2},
	        {clos(32, 8, 1, 0), "net:leaf0-spine1", 3, 1, 1}, /* one of four stays in its leaf */
	        /* who would cross goes the long way round, against the others: nobody was there */
	        {grid("torus", 1, eight), "net:port0-port1", 1, 2, 2},
	};
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		struct fs_system system = one_tier(&rows[i].net);
		uint64_t chips = (uint64_t)rows[i].net.group.value;
		double before = slowest(&system, chips, rows[i].distance);
		snprintf(system.down, sizeof system.down, "%s", rows[i].down);
		double after = slowest(&system, chips, rows[i].distance);
		if (fabs(before / rows[i].before - 1) > 1e-9 || fabs(after / rows[i].after - 1) > 1e-9)
			fail_msg("%s: %g before, %g after; expected %g and %g", rows[i].down, before, after,
			         rows[i].before, rows[i].after);
	}
}

struct bad_row {
	struct fs_tier net;
	const char *down, *message;
};

static void what_cannot_be_is_refused(void **state)
{
	(void)state;
	const double eight[] = {8}, two[] = {2};
	const struct bad_row rows[] = {
	        {clos(32, 8, 1, 0), "net:leaf0-spine9", "leaf0-spine9"},
	        {clos(32, 8, 1, 0), "nets:leaf0-spine1", "nets"},
	        {grid("torus", 1, two), "net:port0-port1", "no way is left between port"},
	        {grid("torus", 1, eight), "net:port0-port1,net:port4-port5", "no way is left between port"},
	        {clos(32, 8, 1, 0), "net:port3-leaf0", "port3"},
	};
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		struct fs_system system = one_tier(&rows[i].net);
		struct fs_contention *contention;
		struct fs_error error = {""};
		snprintf(system.down, sizeof system.down, "%s", rows[i].down);
		assert_int_equal(
		        fs_contention_create(&system, (uint64_t)rows[i].net.group.value, &contention, &error),
		        -1);
		if (!strstr(error.text, rows[i].message))
			fail_msg("%s: '%s'", rows[i].down, error.text);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	        cmocka_unit_test(closed_forms),
	        cmocka_unit_test(alltoall_is_bound_by_the_bisection),
	        cmocka_unit_test(chips_share_a_port),
	        cmocka_unit_test(two_rounds_share_what_there_is),
	        cmocka_unit_test(more_switches_take_longer),
	        cmocka_unit_test(ports_that_the_job_does_not_fill),
	        cmocka_unit_test(groups_between_which_the_machine_has_others),
	        cmocka_unit_test(a_period_stands_for_all),
	        cmocka_unit_test(a_port_wider_than_the_job),
	        cmocka_unit_test(a_dragonfly_that_is_not_filled),
	        cmocka_unit_test(planes_share_what_one_has_lost),
	        cmocka_unit_test(what_messages_get_of_a_dimension),
	        cmocka_unit_test(twice_the_bandwidth_takes_half_the_time),
	        cmocka_unit_test(a_cable_that_is_down_slows_its_neighbours),
	        cmocka_unit_test(what_cannot_be_is_refused),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
