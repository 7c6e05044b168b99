#ifndef FARSCALE_TESTS_DESCRIPTION_H
#define FARSCALE_TESTS_DESCRIPTION_H

/*
 * A set of flows in plain text, as both sides of a comparison read it from stdin:
 *
 *   bytes 1e9                of every flow
 *   link NAME BYTES_PER_S
 *   flow NAME LINK,LINK,...  links come before the flows that use them
 *
 * Both answer with a line "NAME SECONDS" for each flow, in the order of the description.
 */

#include <stddef.h>

enum { DESCRIPTION_NAME = 32 };

struct described_link {
	char name[DESCRIPTION_NAME];
	double capacity_Bps;
};

struct described_flow {
	char name[DESCRIPTION_NAME];
	size_t first, uses; /* its part of `use` */
};

struct description {
	double bytes;
	size_t links, flows, uses;
	struct described_link *link;
	struct described_flow *flow;
	size_t *use; /* indices of links */
};

/** Ends the program with a line on stderr if it cannot be read. */
struct description read_description(void);
void clear_description(struct description *description);

#endif
