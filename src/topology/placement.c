#include "topology/placement.h"

static uint64_t largest_divisor(uint64_t number, uint64_t most)
{
	uint64_t divisor = number < most ? number : most;
	while (number % divisor)
		divisor--;
	return divisor;
}

struct fs_system fs_system_place(const struct fs_system *system, uint64_t chips)
{
	struct fs_system placed = *system;
	uint64_t inner = 1,
	         inner_room = 1; /* chips of the job, and of the machine, in a group of the tier inside */
	for (int k = 0; k < system->tiers; k++) {
		uint64_t room = (uint64_t)system->tier[k].group.value, parts = room / inner_room;
		if (chips % inner == 0) {
			uint64_t needed = chips / inner, even = largest_divisor(needed, parts);
			if (2 * even > parts || even == needed)
				parts = even;
		}
		inner *= parts;
		inner_room = room;
		placed.tier[k].group.value = (double)inner;
		placed.tier[k].machine_group = room;
	}
	return placed;
}
