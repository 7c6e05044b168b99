/*
 * Sets of slots, and how a buffer is cut into them.
 */

#include "schedule/schedule.h"

uint64_t fs_slots_run(const struct fs_slots *set, uint64_t q, uint64_t slots, uint64_t *begin)
{
	*begin = set->base + set->unit * ((set->first + q * set->stride) % set->modulus);
	if (*begin >= slots)
		return 0;
	return set->unit < slots - *begin ? set->unit : slots - *begin;
}

void fs_slots_each(const struct fs_slots *set, uint64_t slots, void (*visit)(uint64_t slot, void *context),
                   void *context)
{
	for (uint64_t q = 0; q < set->count; q++) {
		uint64_t begin, length = fs_slots_run(set, q, slots, &begin);
		for (uint64_t i = 0; i < length; i++)
			visit(begin + i, context);
	}
}

uint64_t fs_slot_begin(uint64_t slot, uint64_t slots, uint64_t elements)
{
	/* slot * elements may not fit 64 bits; its two parts do */
	return slot * (elements / slots) + slot * (elements % slots) / slots;
}
