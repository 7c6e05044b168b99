#include "base/clock.h"

#include <math.h>
#include <time.h>

double fs_clock_s(void)
{
	struct timespec now;
	clock_gettime(CLOCK_MONOTONIC, &now);
	return (double)now.tv_sec + 1e-9 * (double)now.tv_nsec;
}

void fs_clock_sleep_until(double until_s)
{
	double whole = floor(until_s);
	struct timespec until = {(time_t)whole, (long)((until_s - whole) * 1e9)};
	while (fs_clock_s() < until_s)
		clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &until, NULL);
}
