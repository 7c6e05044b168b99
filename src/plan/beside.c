#include "plan/beside.h"

#include "base/random.h"
#include "cost/cost.h"
#include "cost/peers.h"
#include "fabric/contention.h"

#include <math.h>
#include <stddef.h>

enum { SAMPLES = 8 };

/* The rounds of a schedule that chips send in. */
static uint64_t rounds_of(const struct fs_schedule *schedule)
{
	uint64_t rounds = 0;
	for (int i = 0; i < schedule->steps; i++)
		rounds += fs_step_in_network(&schedule->step[i]) ? 0 : schedule->step[i].repeat;
	return rounds;
}

/* Round `index` of them. */
static struct fs_iteration round_at(const struct fs_flight *flight, uint64_t index)
{
	const struct fs_step *step = flight->schedule->step;
	while (fs_step_in_network(step) || index >= step->repeat) {
		index -= fs_step_in_network(step) ? 0 : step->repeat;
		step++;
	}
	return fs_iteration_of(flight->group, flight->schedule, step, (uint32_t)index);
}

/* A round somewhere in the m-th of equal parts of the schedule. Regular ones would be alike on networks whose
 * dimensions divide the distance between them. */
static struct fs_iteration sample(const struct fs_flight *flight, uint32_t m, uint64_t seed)
{
	double place = m + ldexp((double)(fs_mix64(seed + m) >> 11), -53);
	return round_at(flight, (uint64_t)((double)rounds_of(flight->schedule) * place / SAMPLES));
}

/* What a round takes, but for latency, in seconds per byte of the whole collective; `beside`: or NULL. */
static double round_s(const struct fs_system *system, struct fs_contention *contention,
                      const struct fs_iteration *iteration, const struct fs_iteration *beside)
{
	uint64_t chips = fs_contention_chips(contention);
	struct fs_round mine = fs_iteration_round(iteration, system, chips), other;
	struct fs_shares shares;
	double slowest = 0;
	if (beside)
		other = fs_iteration_round(beside, system, chips);
	fs_contention_solve_beside(contention, &mine, beside ? &other : NULL, &shares);
	for (uint64_t i = 0; i < shares.period; i++)
		slowest = fmax(slowest, shares.beta_s[i]);
	return slowest * (double)fs_step_slots(iteration->schedule, iteration->step, iteration->s) /
	       (double)iteration->schedule->slots;
}

/* Do any of its messages pass a network that blocks? */
static bool meets_links(const struct fs_system *system, struct fs_contention *contention,
                        const struct fs_flight *flight)
{
	for (uint32_t m = 0; m < SAMPLES; m++) {
		struct fs_iteration iteration = sample(flight, m, 0);
		for (int k = fs_cost_tier(system, &iteration); k >= 0; k--)
			if (fs_contention_shares(contention, k))
				return true;
	}
	return false;
}

/* A moment at which the one is in a certain round and the other in another is the more likely the longer both
 * rounds last; the mean is over such moments, and of speeds. */
void fs_beside(const struct fs_system *system, struct fs_contention *contention,
               const struct fs_flight flight[2], double slowdown[2])
{
	double moments = 0, speed[2] = {0, 0};
	slowdown[0] = slowdown[1] = 1;
	for (int i = 0; i < 2; i++)
		if (!rounds_of(flight[i].schedule) || !meets_links(system, contention, &flight[i]))
			return;
	for (uint32_t m = 0; m < SAMPLES; m++) {
		/* the other's in a mixed order: nothing says that both are equally far */
		struct fs_iteration at[2] = {sample(&flight[0], m, 0),
		                             sample(&flight[1], (3 * m + 1) % SAMPLES, SAMPLES)};
		double alone[2], both[2];
		for (int i = 0; i < 2; i++) {
			alone[i] = round_s(system, contention, &at[i], NULL);
			both[i] = round_s(system, contention, &at[i], &at[1 - i]);
		}
		moments += both[0] * both[1];
		for (int i = 0; i < 2; i++)
			speed[i] += alone[i] * both[1 - i];
	}
	for (int i = 0; i < 2; i++)
		slowdown[i] = speed[i] > 0 ? fmax(1, moments / speed[i]) : 1;
}
