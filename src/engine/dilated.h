#ifndef FARSCALE_ENGINE_DILATED_H
#define FARSCALE_ENGINE_DILATED_H

/* Dilated time: chip seconds since the start of a run against this host's clock. */

struct fs_dilated_clock {
	double epoch_s;  /* fs_clock_s() at chip time 0 */
	double dilation; /* wall seconds per chip second; 0: everything is due at once */
};

double fs_dilated_now_s(const struct fs_dilated_clock *clock); /* chip time; infinite at dilation 0 */
double fs_dilated_wall_s(const struct fs_dilated_clock *clock, double chip_s);

/** Sleeps until chip time `until_s`, but no longer than `most_s` of wall time. */
void fs_dilated_nap(const struct fs_dilated_clock *clock, double until_s, double most_s);

#endif
