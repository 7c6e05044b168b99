#ifndef FARSCALE_FABRIC_FAIR_H
#define FARSCALE_FABRIC_FAIR_H

/*
 * Max-min fair sharing of links by flows: all rates grow alike until a link is full; its flows stay at what
 * they have, the others go on (progressive filling; Bertsekas, Gallager, Data Networks, sec. 6.5.2). A flow
 * that passes a link with a share of its data uses that share of its rate there; one that stands for several
 * that are alike, each of its rate, uses the sum of their shares.
 *
 * A workspace keeps its arrays between calls. Results do not depend on the order of flows, to the last bit.
 */

#include "fabric/network.h"

struct fs_fair;

struct fs_fair *fs_fair_create(void);
void fs_fair_destroy(struct fs_fair *fair);

/** Flow f uses use[first[f]] .. use[first[f + 1] - 1]; links are numbered 0 .. links-1; capacity[] in
 * bytes/s. Shares are taken in units of 2^-31; those that are less count as one. */
struct fs_flows {
	uint32_t flows, links;
	const uint32_t *first;
	const struct fs_use *use;
	const double *capacity;
};

/** rate_Bps[f]: max-min fair rates while all flows run. A flow that uses no link: infinite. */
void fs_fair_rates(struct fs_fair *fair, const struct fs_flows *flows, double *rate_Bps);

/** beta_s[f]: seconds per byte until flow f is done when all flows have equally many bytes and start at once,
 * each at any time at its max-min fair rate among those that are not done. Independent of how many bytes. A
 * flow that uses no link: 0. It is 1 / rate_Bps[f] (why: fair.c), so this costs one filling. */
void fs_fair_finish(struct fs_fair *fair, const struct fs_flows *flows, double *beta_s);

#endif
