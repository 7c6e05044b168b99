#ifndef FARSCALE_ENGINE_LINKS_H
#define FARSCALE_ENGINE_LINKS_H

/*
 * Who sends to whom in one iteration of a step, over what link, for a block of consecutive chips and for all
 * groups of the collective at once. Neighbours mostly do alike: a segment is a run of chips that all receive
 * from the same distance over the same tier and send to the same distance over the same tier. A shift over a
 * whole cluster has a handful of segments, found without looking at single chips.
 */

#include <stdbool.h>
#include <stdint.h>

struct fs_contention;
struct fs_iteration;
struct fs_system;

struct fs_segment {
	uint32_t begin, count; /* within the block */
	uint32_t place;  /* of the first sender's time: its index in the block, or from `count` on if it is
	                    remote */
	double alpha;    /* s, of the incoming link; minus infinity if nothing comes */
	double beta_in;  /* s/byte of the incoming link, 0 if nothing comes */
	double beta_out; /* s/byte of the outgoing link, 0 if nothing is sent */
};

/** Consecutive chips whose times come from, or go to, another rank. */
struct fs_range {
	int rank;
	uint32_t begin, count; /* incoming: sending chips; outgoing: within the block */
};

struct fs_links {
	uint64_t chips, begin, count; /* of the cluster; the block */
	int ranks;
	bool blocked; /* some messages share links: alphas and betas are what they would be alone */
	int segments, segment_room;
	struct fs_segment *segment; /* ascending; cover the block */
	int incoming, incoming_room;
	struct fs_range *
	        in; /* ascending by chip, disjoint; their times go to places from `count` on, in this order */
	int outgoing, outgoing_room;
	struct fs_range *out; /* ascending by rank, then by chip */
};

void fs_links_create(struct fs_links *links, uint64_t chips, int ranks, int rank);
void fs_links_destroy(struct fs_links *links);

/** contention: may be NULL, if nothing blocks. */
void fs_links_find(struct fs_links *links, const struct fs_system *system, struct fs_contention *contention,
                   const struct fs_iteration *iteration);

/** For those who put links together themselves: appends, in the order above; what continues the one before
 * becomes part of it. */
void fs_links_add_segment(struct fs_links *links, struct fs_segment segment);
void fs_links_add_incoming(struct fs_links *links, struct fs_range range);
void fs_links_add_outgoing(struct fs_links *links, struct fs_range range);

#endif
