#ifndef FARSCALE_BASE_CLOCK_H
#define FARSCALE_BASE_CLOCK_H

/** Seconds on this host's monotonic clock, which all its processes share. */
double fs_clock_s(void);

/** Sleeps until fs_clock_s() would return `until_s`, or returns at once when it is past. Wakes up late, never
 * early. */
void fs_clock_sleep_until(double until_s);

#endif
