#include "engine/payload.h"

#include "kernels/live.h"

#include <string.h>

struct packing {
	const struct fs_payload *payload;
	float *message;
	size_t at;
	enum { COUNT, PACK, PLACE, ADD } what;
};

static void pack_slot(uint64_t slot, void *context)
{
	struct packing *packing = context;
	uint64_t slots = packing->payload->schedule->slots, floats = packing->payload->floats;
	size_t begin = fs_slot_begin(slot, slots, floats),
	       count = fs_slot_begin(slot + 1, slots, floats) - begin;
	float *part = packing->payload->buffer + begin;
	if (packing->what == PACK)
		memcpy(packing->message + packing->at, part, count * sizeof *part);
	else if (packing->what == PLACE)
		memcpy(part, packing->message + packing->at, count * sizeof *part);
	else if (packing->what == ADD)
		fs_reduce_add(part, packing->message + packing->at, count);
	packing->at += count;
}

static size_t each(const struct fs_payload *payload, const struct fs_slots *set, float *message, int what)
{
	struct packing packing = {.payload = payload, .message = message, .what = what};
	fs_slots_each(set, payload->schedule->slots, pack_slot, &packing);
	return packing.at;
}

size_t fs_payload_count(const struct fs_payload *payload, const struct fs_slots *set)
{
	return each(payload, set, NULL, COUNT);
}

size_t fs_payload_pack(const struct fs_payload *payload, const struct fs_slots *set, float *message)
{
	return each(payload, set, message, PACK);
}

size_t fs_payload_place(const struct fs_payload *payload, const struct fs_slots *set, float *message)
{
	return each(payload, set, message, PLACE);
}

size_t fs_payload_add(const struct fs_payload *payload, const struct fs_slots *set, float *message)
{
	return each(payload, set, message, ADD);
}
