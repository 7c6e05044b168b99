#ifndef FARSCALE_FABRIC_MACHINE_INSIDE_H
#define FARSCALE_FABRIC_MACHINE_INSIDE_H

/* What machine.c builds and machine_route.c goes by. */

#include "fabric/machine.h"

/* A group whose network differs from the others': it has cables that are down. */
struct damaged {
	int tier;
	uint64_t group; /* of the job */
	struct fs_network *network;
};

struct tier {
	bool blocks;
	struct fs_network *network; /* of any undamaged group */
	uint64_t group, inner;      /* chips of the job in a group of this tier, and of the tier inside */
	uint64_t machine_group, machine_inner; /* the same for the machine's own chips */
	uint64_t chips_per_port, ports;
	uint64_t groups, links, base; /* how many the job uses, links of each, number of the first */
	double alpha_s, hop_s;
};

struct fs_machine {
	uint64_t chips;
	int tiers; /* those that the job uses */
	struct tier tier[FS_MAX_TIERS];
	const struct fs_system *system;
	uint64_t links;
	int damages;
	struct damaged *damaged;
};

/* The machine's number of a chip of the job: groups that the job does not fill leave gaps. */
static inline uint64_t machine_chip(const struct fs_machine *machine, uint64_t chip)
{
	uint64_t result = 0;
	for (int k = machine->tiers - 1; k >= 0; k--) {
		const struct tier *tier = &machine->tier[k];
		result += chip / tier->inner * tier->machine_inner;
		chip %= tier->inner;
	}
	return result;
}

static inline uint64_t port_of(const struct fs_machine *machine, int k, uint64_t chip)
{
	const struct tier *tier = &machine->tier[k];
	return machine_chip(machine, chip) % tier->machine_group / tier->chips_per_port;
}

/* Or do messages over it differ in how far they go? */
static inline bool varies(const struct tier *tier)
{
	return tier->blocks || tier->hop_s > 0;
}

/** The network of one of the job's groups of a tier: all are alike but for what is down. */
struct fs_network *fs_machine_network_of(const struct fs_machine *machine, int tier, uint64_t group);

#endif
