#ifndef FARSCALE_STACK_LIBRARY_H
#define FARSCALE_STACK_LIBRARY_H

/*
 * A collective library: which algorithm it takes for a call, over which protocol, and what the software adds
 * to the network's own latency and bandwidth. A library chooses by rules of its own, from what it believes
 * (NCCL: its tuning tables; HCCL: a fixed alpha), which is not always what is fastest; how long the choice
 * takes is the engine's business. A library is a row in library.c: its name and its rule.
 */

#include "schedule/schedule.h"
#include "topology/system.h"

#include <stdbool.h>

enum { FS_MAX_CHOICES = 24 };

/** One collective of one group, as a library sees it. A node is a group of the outermost scale-up tier. */
struct fs_call {
	enum fs_collective collective;
	double bytes;          /* as nccl-tests counts them */
	uint32_t ranks, nodes; /* of the group; ranks is a multiple of nodes */
	uint32_t stride;       /* chips between neighbouring ranks */
	int inside, between;   /* tiers: the outermost that joins a node's ranks, and all ranks */
	/* One way: what a rank gets of its node's links, 0 if it is alone there; what all ranks of a node get
	 * together between nodes, 0 if there is one. */
	double inside_Bps, between_Bps;
	double nominal_inside_Bps, nominal_between_Bps; /* the same by the links' data sheets */
	bool reduces, reduces_between; /* switches reduce: inside every node, between nodes */
};

/** How a library carries the messages of a collective: added to what the tiers do (rule 2 of the rules of
 * time), the same on both clocks. */
struct fs_transport {
	const char *protocol; /* static: "LL", "LL128", "Simple", ... */
	double base_s;        /* once, before a member's first message: kernel, and copies within the chip */
	double hop_s[FS_MAX_TIERS]; /* added to a message's alpha over a tier */
	double rate;                /* the part of a tier's bandwidth that its messages get; > 0 */
	/* Levels of a hierarchy follow each other chunk by chunk: those of its trees, or, without any, of so
	 * many bytes; 0: each waits for the whole. */
	double chunk_bytes;
	/* The part of a level's bytes that costs nothing, as other levels are at work meanwhile; below 0:
	 * they cost more. Found when the schedule is built (cost/choose.c). */
	double hidden[FS_MAX_LEVELS];
};

struct fs_choice {
	const char *algorithm; /* static: of fs_algorithms */
	struct fs_transport transport;
	double believed_s; /* by the library's own rule */
};

/** Describes the call of a group: members `stride` chips apart, `size` of them. `system` as placed. Pure. */
struct fs_call fs_library_call(const struct fs_system *system, enum fs_collective collective, uint32_t size,
                               uint32_t stride, double bytes);

/** Consecutive members that lie in one node, as NCCL counts nodes, or in one of HCCL's servers; 0: there is
 * no library. Pure. */
uint32_t fs_library_server(const struct fs_system *system, uint32_t size, uint32_t stride);

/** What the stack's library can do for the call, in the order of its liking: it takes the first whose
 * schedule can be built. Returns how many; 0: the stack says nothing of a library, or it has nothing for this
 * collective, and what is predicted fastest on the tiers is taken. Pure. */
int fs_library_choices(const struct fs_system *system, const struct fs_call *call,
                       struct fs_choice choice[FS_MAX_CHOICES]);

/** How the library carries the messages of an algorithm that a user names although it has none of that name;
 * false: it adds nothing. */
bool fs_library_default(const struct fs_system *system, const struct fs_call *call,
                        struct fs_transport *transport);

#endif
