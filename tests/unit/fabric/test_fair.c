/*
 * Max-min fair rates: stories that can be checked by hand, and what must hold for any flows.
 */

#include "unit/fabric/flows.h"

struct story {
	const char *flows;
	uint32_t links;
	double capacity[MOST_LINKS], rate[8];
};

static const struct story stories[] = {
        /* alone: the narrowest link */
        {"0 1 2", 3, {4, 2, 3}, {2}},
        /* incast, 4:1: a quarter of the last link each */
        {"0 4 | 1 4 | 2 4 | 3 4", 5, {1, 1, 1, 1, 1}, {0.25, 0.25, 0.25, 0.25}},
        /* two share link 0; one of them has only 1 elsewhere, and the other takes what is left of 10 */
        {"0 1 | 0", 2, {10, 1}, {1, 9}},
        /* the parking lot: the long flow meets another on every link, and halves them all */
        {"0 1 2 | 0 | 1 | 2", 3, {1, 1, 1}, {0.5, 0.5, 0.5, 0.5}},
        /* with a narrow link in it, the others have the rest of theirs */
        {"0 1 2 | 0 | 1 | 2", 3, {1, 0.5, 1}, {0.25, 0.75, 0.25, 0.75}},
        /* Bertsekas, Gallager, fig. 6.19 in spirit: 3 on link 0 have 1/3, then link 1 has 2/3 left for one */
        {"0 | 0 | 0 1 | 1 2", 3, {1, 1, 1}, {1.0 / 3, 1.0 / 3, 1.0 / 3, 2.0 / 3}},
        /* half of the first flow's data passes either link: alone on both, it has twice a link */
        {"0:0.5 1:0.5", 2, {1, 1}, {2}},
        /* beside a flow that has link 0 for itself: x/2 + x = 1 there; x/2 of link 1 is no limit */
        {"0:0.5 1:0.5 | 0", 2, {1, 1}, {2.0 / 3, 2.0 / 3}},
        /* x/2 + x + x = 1: 0.4; the halved flow stays, and the one on link 1 has 1 - 0.2 */
        {"0:0.5 1:0.5 | 0 | 0 | 1", 2, {1, 1}, {0.4, 0.4, 0.4, 0.8}},
        /* twice over the same link is twice the load */
        {"0 0 | 0", 1, {3}, {1, 1}},
        /* a link that is down lets nothing through */
        {"0 1 | 1", 2, {0, 1}, {0, 1}},
        /* no link, no limit */
        {"| 0", 1, {1}, {INFINITY, 1}},
};

enum { STORIES = sizeof stories / sizeof *stories };

static void expect_near(double value, double expected)
{
	if (!(fabs(value - expected) <= 1e-12 * fabs(expected) || value == expected))
		fail_msg("%.17g, not %.17g", value, expected);
}

static void stories_come_out(void **state)
{
	struct fs_fair *fair = *state;
	for (int i = 0; i < STORIES; i++) {
		struct flow_set set = {.links = stories[i].links};
		memcpy(set.capacity, stories[i].capacity, sizeof set.capacity);
		write_flows(&set, stories[i].flows);
		struct fs_flows flows = view(&set);
		double rate[MOST_FLOWS], beta[MOST_FLOWS];
		fs_fair_rates(fair, &flows, rate);
		fs_fair_finish(fair, &flows, beta);
		for (uint32_t flow = 0; flow < set.flows; flow++) {
			expect_near(rate[flow], stories[i].rate[flow]);
			expect_near(beta[flow], 1 / stories[i].rate[flow]);
		}
	}
}

/* Two flows share link 0 of 10 bytes/s. The first has 1 byte/s elsewhere, so the second ends after 1/9 s.
 * Then the first could have all of link 0, and still has 1 byte/s: who is slower never gains by whose end
 * comes before. */
static void nobody_speeds_up(void **state)
{
	struct flow_set set = {.links = 2, .capacity = {10, 1}};
	write_flows(&set, "0 1 | 0");
	double end[MOST_FLOWS], beta[MOST_FLOWS];
	plain_finish(&set, end);
	expect_near(end[1], 1.0 / 9);
	expect_near(end[0], 1);
	struct fs_flows flows = view(&set);
	fs_fair_finish(*state, &flows, beta);
	expect_near(beta[1], 1.0 / 9);
	expect_near(beta[0], 1);
}

/* For sets of flows with seeds 1, 2, ... */
enum { SEEDS = 2000 };

static void it_is_what_the_plain_way_says(void **state)
{
	for (uint64_t seed = 1; seed <= SEEDS; seed++) {
		struct flow_set set;
		draw_flows(&set, seed);
		struct fs_flows flows = view(&set);
		bool done[MOST_FLOWS] = {false};
		double rate[MOST_FLOWS], beta[MOST_FLOWS], plain_rate[MOST_FLOWS], plain_end[MOST_FLOWS];
		fs_fair_rates(*state, &flows, rate);
		fs_fair_finish(*state, &flows, beta);
		plain_rates(&set, done, plain_rate);
		plain_finish(&set, plain_end);
		for (uint32_t flow = 0; flow < set.flows; flow++)
			if (fabs(rate[flow] / plain_rate[flow] - 1) > 1e-9 ||
			    fabs(beta[flow] / plain_end[flow] - 1) > 1e-9)
				fail_msg("seed %lu, flow %u of %u: rate %.12g, not %.12g; end %.12g, not "
				         "%.12g",
				         (unsigned long)seed, flow, set.flows, rate[flow], plain_rate[flow],
				         beta[flow], plain_end[flow]);
	}
}

/* No link carries more than it can, and every flow has a full link on which none is faster. */
static void expect_fair(const struct fs_flows *flows, const double *rate)
{
	double *load = calloc(flows->links, sizeof *load), *fastest = calloc(flows->links, sizeof *fastest);
	assert_true(load && fastest);
	for (uint32_t flow = 0; flow < flows->flows; flow++)
		for (uint32_t i = flows->first[flow]; i < flows->first[flow + 1]; i++) {
			load[flows->use[i].link] += (double)flows->use[i].share * rate[flow];
			fastest[flows->use[i].link] = fmax(fastest[flows->use[i].link], rate[flow]);
		}
	for (uint32_t link = 0; link < flows->links; link++)
		assert_true(load[link] <= flows->capacity[link] * (1 + 1e-9));
	for (uint32_t flow = 0; flow < flows->flows; flow++) {
		bool held = false;
		for (uint32_t i = flows->first[flow]; i < flows->first[flow + 1]; i++) {
			uint32_t link = flows->use[i].link;
			held |= load[link] >= flows->capacity[link] * (1 - 1e-9) &&
			        rate[flow] >= fastest[link] * (1 - 1e-9);
		}
		assert_true(held);
	}
	free(load);
	free(fastest);
}

static void rates_are_feasible_and_fair(void **state)
{
	for (uint64_t seed = 1; seed <= SEEDS; seed++) {
		struct flow_set set;
		draw_flows(&set, seed);
		struct fs_flows flows = view(&set);
		double rate[MOST_FLOWS];
		fs_fair_rates(*state, &flows, rate);
		expect_fair(&flows, rate);
	}
}

static double last_end(struct fs_fair *fair, const struct flow_set *set)
{
	struct fs_flows flows = view(set);
	double beta[MOST_FLOWS], last = 0;
	fs_fair_finish(fair, &flows, beta);
	for (uint32_t flow = 0; flow < set->flows; flow++)
		last = fmax(last, beta[flow]);
	return last;
}

static double worst_link(const struct flow_set *set)
{
	double load[MOST_LINKS] = {0}, worst = 0;
	for (uint32_t i = 0; i < set->uses; i++)
		load[set->use[i].link] += (double)set->use[i].share;
	for (uint32_t link = 0; link < set->links; link++)
		worst = fmax(worst, load[link] / set->capacity[link]);
	return worst;
}

/* Max-min fairness loses nothing in the end: the last flow is done when the worst link has moved its load. */
static void the_last_ends_with_the_worst_link(void **state)
{
	for (uint64_t seed = 1; seed <= SEEDS; seed++) {
		struct flow_set set;
		draw_flows(&set, seed);
		double last = last_end(*state, &set);
		expect_near(last, worst_link(&set));
		add_use(&set, 0, 1);
		end_flow(&set);
		assert_true(last_end(*state, &set) >= last * (1 - 1e-12));
	}
}

static void twice_the_capacity_is_half_the_time(void **state)
{
	for (uint64_t seed = 1; seed <= SEEDS; seed++) {
		struct flow_set set;
		draw_flows(&set, seed);
		struct fs_flows flows = view(&set);
		double before[MOST_FLOWS], after[MOST_FLOWS];
		fs_fair_finish(*state, &flows, before);
		for (uint32_t link = 0; link < set.links; link++)
			set.capacity[link] *= 2;
		fs_fair_finish(*state, &flows, after);
		for (uint32_t flow = 0; flow < set.flows; flow++)
			assert_true(before[flow] == 2 * after[flow]);
	}
}

/* Flows and links in any other order: the same bits. */
static void order_does_not_matter(void **state)
{
	for (uint64_t seed = 1; seed <= SEEDS; seed++) {
		struct flow_set set, turned = {0};
		draw_flows(&set, seed);
		turned.links = set.links;
		for (uint32_t link = 0; link < set.links; link++)
			turned.capacity[set.links - 1 - link] = set.capacity[link];
		uint32_t shift = (uint32_t)(seed % set.flows);
		for (uint32_t flow = 0; flow < set.flows; flow++) {
			uint32_t other = (set.flows - 1 - flow + shift) % set.flows;
			for (uint32_t i = set.first[other + 1]; i-- > set.first[other];)
				add_use(&turned, set.links - 1 - set.use[i].link, set.use[i].share);
			end_flow(&turned);
		}
		struct fs_flows flows = view(&set), turned_flows = view(&turned);
		double rate[MOST_FLOWS], turned_rate[MOST_FLOWS];
		fs_fair_rates(*state, &flows, rate);
		fs_fair_rates(*state, &turned_flows, turned_rate);
		for (uint32_t flow = 0; flow < set.flows; flow++)
			assert_true(turned_rate[flow] == rate[(set.flows - 1 - flow + shift) % set.flows]);
	}
}

/* A permutation of 4,096 ports over a Clos in which the links up and down are drawn at random: ports, two
 * levels up, two down. */
static void a_large_set_is_fair(void **state)
{
	enum { PORTS = 4096, USES = 6 };
	struct fs_use *use = calloc(PORTS * USES, sizeof *use);
	uint32_t *first = calloc(PORTS + 1, sizeof *first);
	double *capacity = calloc(PORTS * USES, sizeof *capacity), *rate = calloc(PORTS, sizeof *rate);
	assert_true(use && first && capacity && rate);
	uint64_t random = 7;
	for (uint32_t i = 0; i < PORTS * USES; i++) {
		uint32_t from = i / USES, to = (from * 1025 + 77) % PORTS, hop = i % USES;
		uint32_t near = hop <= USES / 2 - 1 ? from : to, block = hop == 1 || hop == 4 ? 32 : 512;
		uint32_t place = hop == 0 || hop == 5 ? near : near / block * block + draw(&random) % block;
		use[i] = (struct fs_use){hop * PORTS + place, 1};
		first[from + 1] = i + 1;
		capacity[i] = 50e9;
	}
	struct fs_flows flows = {PORTS, PORTS * USES, first, use, capacity};
	fs_fair_rates(*state, &flows, rate);
	expect_fair(&flows, rate);
	double slowest = INFINITY;
	for (uint32_t flow = 0; flow < PORTS; flow++)
		slowest = fmin(slowest, rate[flow]);
	assert_true(slowest <= 50e9 / 5); /* somewhere five or more met */
	free(use);
	free(first);
	free(capacity);
	free(rate);
}

static int set_up(void **state)
{
	*state = fs_fair_create();
	return 0;
}

static int tear_down(void **state)
{
	fs_fair_destroy(*state);
	return 0;
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	        cmocka_unit_test(stories_come_out),
	        cmocka_unit_test(nobody_speeds_up),
	        cmocka_unit_test(it_is_what_the_plain_way_says),
	        cmocka_unit_test(rates_are_feasible_and_fair),
	        cmocka_unit_test(the_last_ends_with_the_worst_link),
	        cmocka_unit_test(twice_the_capacity_is_half_the_time),
	        cmocka_unit_test(order_does_not_matter),
	        cmocka_unit_test(a_large_set_is_fair),
	};
	return cmocka_run_group_tests(tests, set_up, tear_down);
}
