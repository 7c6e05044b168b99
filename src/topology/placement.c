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

static uint64_t machine_group(const struct fs_tier *tier)
{
	return tier->machine_group ? tier->machine_group : (uint64_t)tier->group.value;
}

uint64_t fs_placed_chip(const struct fs_system *placed, uint64_t chip)
{
	uint64_t result = 0;
	for (int k = placed->tiers - 2; k >= 0; k--) {
		uint64_t group = (uint64_t)placed->tier[k].group.value;
		result += chip / group * machine_group(&placed->tier[k]);
		chip %= group;
	}
	return result + chip;
}

double fs_placed_ports(const struct fs_system *placed, int tier, int inner)
{
	double behind = placed->tier[tier].fabric.chips_per_port.value;
	uint64_t chips_per_port = behind > 1 ? (uint64_t)behind : 1;
	uint64_t chips = inner < 0 ? 1 : (uint64_t)placed->tier[inner].group.value;
	uint64_t room = inner < 0 ? 1 : machine_group(&placed->tier[inner]);
	uint64_t ports = fs_placed_chip(placed, chips - 1) / chips_per_port + 1;
	/* A group that begins behind one port and ends behind another. */
	bool aligned = room % chips_per_port == 0 || chips_per_port % room == 0;
	return (double)(aligned ? ports : ports + 1);
}
