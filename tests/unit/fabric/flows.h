#ifndef FARSCALE_TESTS_FLOWS_H
#define FARSCALE_TESTS_FLOWS_H

/* Sets of flows for tests: written down, or drawn at random; and what they get, the plain and slow way. */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "fabric/fair.h"

#include <math.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

enum { MOST_FLOWS = 48, MOST_LINKS = 24, MOST_USES = 6 * MOST_FLOWS };

struct flow_set {
	uint32_t flows, links, uses;
	uint32_t first[MOST_FLOWS + 1];
	struct fs_use use[MOST_USES];
	double capacity[MOST_LINKS];
};

static inline struct fs_flows view(const struct flow_set *set)
{
	return (struct fs_flows){set->flows, set->links, set->first, set->use, set->capacity};
}

static inline void add_use(struct flow_set *set, uint32_t link, float share)
{
	assert_true(set->uses < MOST_USES && link < set->links);
	set->use[set->uses++] = (struct fs_use){link, share};
}

static inline void end_flow(struct flow_set *set)
{
	assert_true(set->flows < MOST_FLOWS);
	set->first[++set->flows] = set->uses;
}

/* "0 1 | 2:0.5": one flow over links 0 and 1, one that sends half over link 2. */
static inline void write_flows(struct flow_set *set, const char *text)
{
	for (const char *at = text; *at;) {
		char *end;
		if (*at == '|')
			end_flow(set);
		if (*at == '|' || *at == ' ') {
			at++;
			continue;
		}
		uint32_t link = (uint32_t)strtoul(at, &end, 10);
		assert_true(end > at);
		add_use(set, link, *end == ':' ? strtof(end + 1, &end) : 1);
		at = end;
	}
	end_flow(set);
}

static inline uint64_t draw(uint64_t *state) /* xorshift64 */
{
	*state ^= *state << 13;
	*state ^= *state >> 7;
	*state ^= *state << 17;
	return *state;
}

static inline double draw_between(uint64_t *state, double low, double high)
{
	return low + (high - low) * ldexp((double)(draw(state) >> 11), -53);
}

/* Up to 6 different links for each flow; shares of 1 or less; capacities of a few kinds or all different. */
static inline void draw_flows(struct flow_set *set, uint64_t seed)
{
	static const float shares[] = {1, 1, 1, 0.5f, 0.25f, 1.0f / 3, 0.1f};
	uint64_t state = seed * 0x9e3779b97f4a7c15u + 1;
	*set = (struct flow_set){.links = 1 + (uint32_t)(draw(&state) % MOST_LINKS)};
	bool alike = draw(&state) % 2, whole = draw(&state) % 2;
	for (uint32_t link = 0; link < set->links; link++)
		set->capacity[link] =
		        alike ? 1e9 * (double)(1 + draw(&state) % 3) : draw_between(&state, 1e8, 1e11);
	uint32_t flows = 1 + (uint32_t)(draw(&state) % (MOST_FLOWS - 1));
	while (set->flows < flows) {
		uint32_t used = 0;
		for (uint64_t uses = 1 + draw(&state) % 6; uses > 0; uses--) {
			uint32_t link = (uint32_t)(draw(&state) % set->links);
			if (!(used & 1u << link))
				add_use(set, link, whole ? 1 : shares[draw(&state) % 7]);
			used |= 1u << link;
		}
		end_flow(set);
	}
}

/* One filling, as the textbook has it: of all links the one that allows its growing flows least. */
static inline void plain_rates(const struct flow_set *set, const bool *done, double *rate)
{
	bool growing[MOST_FLOWS];
	for (uint32_t flow = 0; flow < set->flows; flow++) {
		growing[flow] = !done[flow];
		rate[flow] = 0;
	}
	for (;;) {
		double left[MOST_LINKS], weight[MOST_LINKS] = {0}, least = INFINITY;
		memcpy(left, set->capacity, sizeof left);
		for (uint32_t flow = 0; flow < set->flows; flow++)
			for (uint32_t i = set->first[flow]; i < set->first[flow + 1]; i++) {
				double share = (double)set->use[i].share;
				left[set->use[i].link] -= share * rate[flow];
				weight[set->use[i].link] += growing[flow] ? share : 0;
			}
		for (uint32_t link = 0; link < set->links; link++)
			if (weight[link] > 0)
				least = fmin(least, left[link] / weight[link]);
		if (least == INFINITY)
			return;
		bool freezes[MOST_FLOWS] = {false};
		for (uint32_t flow = 0; flow < set->flows; flow++)
			for (uint32_t i = set->first[flow]; growing[flow] && i < set->first[flow + 1]; i++) {
				uint32_t link = set->use[i].link;
				freezes[flow] |= left[link] / weight[link] <= least * (1 + 1e-12);
			}
		for (uint32_t flow = 0; flow < set->flows; flow++)
			if (freezes[flow]) {
				growing[flow] = false;
				rate[flow] = least;
			}
	}
}

/* Completion after completion, with a new filling for each. */
static inline void plain_finish(const struct flow_set *set, double *end)
{
	bool done[MOST_FLOWS] = {false};
	double bytes[MOST_FLOWS], rate[MOST_FLOWS], now = 0;
	for (uint32_t flow = 0; flow < set->flows; flow++)
		bytes[flow] = 1;
	for (uint32_t left = set->flows; left > 0;) {
		double wait = INFINITY;
		plain_rates(set, done, rate);
		for (uint32_t flow = 0; flow < set->flows; flow++)
			if (!done[flow])
				wait = fmin(wait, bytes[flow] / rate[flow]);
		now += wait;
		for (uint32_t flow = 0; flow < set->flows; flow++) {
			bytes[flow] -= rate[flow] * wait;
			if (done[flow] || bytes[flow] > 1e-12)
				continue;
			done[flow] = true;
			end[flow] = now;
			left--;
		}
	}
}

#endif
