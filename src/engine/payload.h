#ifndef FARSCALE_ENGINE_PAYLOAD_H
#define FARSCALE_ENGINE_PAYLOAD_H

/* The real data of a live chip's collective, and how sets of its slots are put into messages. */

#include "schedule/schedule.h"

#include <stddef.h>

struct fs_payload {
	const struct fs_schedule *schedule; /* its slots cut the buffer */
	float *buffer;
	size_t floats;
};

/** All return how many floats the set of slots has. Pack copies them to `message`, place copies them back to
 * their slots, add adds them there. */
size_t fs_payload_count(const struct fs_payload *payload, const struct fs_slots *set);
size_t fs_payload_pack(const struct fs_payload *payload, const struct fs_slots *set, float *message);
size_t fs_payload_place(const struct fs_payload *payload, const struct fs_slots *set, float *message);
size_t fs_payload_add(const struct fs_payload *payload, const struct fs_slots *set, float *message);

#endif
