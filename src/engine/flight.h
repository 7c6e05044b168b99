#ifndef FARSCALE_ENGINE_FLIGHT_H
#define FARSCALE_ENGINE_FLIGHT_H

/** When a kernel of `work_s` seconds that starts at `start_s` ends if compute takes 1 + slowdown as long
 *  until `flight_end_s`, when the last collective in flight ends. */
static inline double fs_kernel_end_s(double start_s, double work_s, double flight_end_s, double slowdown)
{
	double overlap = flight_end_s - start_s;
	overlap = overlap > 0 ? overlap : 0;
	double slowed = overlap / (1 + slowdown); /* work that gets done until the flight ends */
	slowed = slowed < work_s ? slowed : work_s;
	return start_s + work_s + slowdown * slowed;
}

/** A collective that alone would be in flight from start_s to *end_s meets another that alone would be so
 * until *other_end_s: while both are, they take `stretch` and `other_stretch` times as long. */
static inline void fs_flights_share(double start_s, double stretch, double *end_s, double other_stretch,
                                    double *other_end_s)
{
	double mine = *end_s - start_s, others = *other_end_s - start_s;
	if (mine <= 0 || others <= 0)
		return;
	/* what each gets done until the first of them is through */
	double others_meanwhile = mine * (stretch / other_stretch),
	       mine_meanwhile = others * (other_stretch / stretch);
	*end_s += (stretch - 1) * (mine < mine_meanwhile ? mine : mine_meanwhile);
	*other_end_s += (other_stretch - 1) * (others < others_meanwhile ? others : others_meanwhile);
}

#endif
