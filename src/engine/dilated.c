#include "engine/dilated.h"

#include "base/clock.h"

#include <math.h>

double fs_dilated_now_s(const struct fs_dilated_clock *clock)
{
	if (clock->dilation == 0)
		return INFINITY;
	return (fs_clock_s() - clock->epoch_s) / clock->dilation;
}

double fs_dilated_wall_s(const struct fs_dilated_clock *clock, double chip_s)
{
	return clock->epoch_s + clock->dilation * chip_s;
}

void fs_dilated_nap(const struct fs_dilated_clock *clock, double until_s, double most_s)
{
	fs_clock_sleep_until(fmin(fs_dilated_wall_s(clock, until_s), fs_clock_s() + most_s));
}
