/*
 * The step through switches, against the rule looked up member by member.
 */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/random.h"
#include "engine/in_network.h"
#include "engine/team.h"

#include <math.h>
#include <string.h>

enum { MOST = 5 * 7 * 9 };

static double end_by_rule(const struct fs_in_network *step, const double *time, uint64_t chip)
{
	uint64_t digit = chip / step->stride % step->size, first = chip - digit * step->stride;
	double last = time[first];
	for (uint64_t i = 1; i < step->size && !step->from_first; i++)
		last = fmax(last, time[first + i * step->stride]);
	if (step->from_first && digit == 0)
		return time[chip] + step->hold_s;
	return fmax(time[chip], last + step->alpha_s) + step->hold_s;
}

static void every_shape_follows_the_rule(void **state)
{
	(void)state;
	static const struct {
		uint64_t stride, size, blocks;
	} shapes[] = {{1, 1, 9}, {1, 9, 1},  {1, 5, 63}, {5, 7, 9},
	              {9, 7, 1}, {45, 7, 1}, {63, 5, 1}, {7, 1, 3}};
	struct fs_team *team = fs_team_alone();
	for (size_t i = 0; i < sizeof shapes / sizeof *shapes; i++)
		for (int from_first = 0; from_first < 2; from_first++) {
			uint64_t chips = shapes[i].stride * shapes[i].size * shapes[i].blocks;
			struct fs_in_network step = {.chips = chips,
			                             .until = chips,
			                             .count = chips,
			                             .stride = shapes[i].stride,
			                             .size = shapes[i].size,
			                             .from_first = from_first,
			                             .alpha_s = 0.125,
			                             .hold_s = 0.5};
			double before[MOST] = {0}, after[MOST];
			assert_true(chips <= MOST);
			for (uint64_t chip = 0; chip < chips; chip++)
				before[chip] = (double)(fs_mix64(chip * 8 + i) % 1000) / 1000;
			memcpy(after, before, sizeof after);
			fs_in_network_advance(team, &step, after);
			for (uint64_t chip = 0; chip < chips; chip++)
				assert_true(after[chip] == end_by_rule(&step, before, chip));
		}
	fs_team_destroy(team);
}

int main(void)
{
	const struct CMUnitTest tests[] = {cmocka_unit_test(every_shape_follows_the_rule)};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
