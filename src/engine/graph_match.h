#ifndef FARSCALE_ENGINE_GRAPH_MATCH_H
#define FARSCALE_ENGINE_GRAPH_MATCH_H

/* Which nodes of different lanes belong together: members of a collective, both ends of a message. */

#include <stdbool.h>
#include <stdint.h>

struct fs_error;
struct fs_workload;

struct fs_member {
	int lane;
	uint32_t node;
};

/** A collective of one group, or a message: the sender's end, then the receiver's. */
struct fs_meeting {
	uint64_t first; /* in the members */
	uint32_t members;
	uint32_t there; /* for those who execute: how many have got to it */
	double time_s;  /* ... and when the last one did */
};

struct fs_meetings {
	uint64_t count, member_count;
	struct fs_meeting *meeting;
	struct fs_member *member;
	uint64_t **of; /* [lane][node]: the meeting of a node that has one */
};

int fs_meetings_find(const struct fs_workload *workload, struct fs_meetings *meetings,
                     struct fs_error *error);
void fs_meetings_clear(const struct fs_workload *workload, struct fs_meetings *meetings);

#endif
