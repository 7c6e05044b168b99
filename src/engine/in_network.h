#ifndef FARSCALE_ENGINE_IN_NETWORK_H
#define FARSCALE_ENGINE_IN_NETWORK_H

/*
 * Time of a step through switches that reduce or multicast, for all groups of the step at once. The switches
 * have what they need when the last member that hands in has reached the step, alpha later they have it to
 * give; a port is held for as long as the step's bytes take it:
 *   end = max(own time, last + alpha) + hold   for those who get something
 *   end = own time + hold                      for those who only hand in
 */

#include <stdbool.h>
#include <stdint.h>

struct fs_team;

struct fs_in_network {
	uint64_t chips, begin, count; /* of the cluster; this rank's, which may be none */
	uint64_t from, until; /* only groups of these chips are there; `count` is of them. stride * size
	                       * divides both */
	uint64_t stride;      /* chips are in one group if they differ only in digit ... */
	uint64_t size;        /* ... (chip / stride) mod size; stride * size divides chips */
	bool from_first;      /* only digit 0 hands in, and only the others get something */
	double alpha_s, hold_s;
};

/** time[i]: of chip begin + i, before and after. Collective over the team, where its ranks share a group. The
 * same bits for any number of ranks. */
void fs_in_network_advance(struct fs_team *team, const struct fs_in_network *step, double *time);

#endif
