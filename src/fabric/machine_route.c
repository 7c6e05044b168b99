/*
 * From two chips of a job to the links between their ports; and by how many chips all of it can be moved.
 */

#include "fabric/contention.h"
#include "fabric/machine_inside.h"

#include <string.h>

static uint64_t divided_up(uint64_t a, uint64_t b)
{
	return (a + b - 1) / b;
}

static uint64_t most(uint64_t a, uint64_t b)
{
	return a > b ? a : b;
}

/* So many chips of the job, from the first of a group of the tier on, in ports; false if that is no number.
 */
static bool in_ports(const struct tier *tier, uint64_t chips, uint32_t *ports)
{
	uint64_t machine = chips / tier->inner * tier->machine_inner;
	*ports = (uint32_t)(machine / tier->chips_per_port);
	return chips % tier->inner == 0 && machine % tier->chips_per_port == 0;
}

/* The round's rings as ports of the tier see them. Those that come from the tier inside enter a group of it
 * at all ports, those that leave the tier have all its groups as members. Only the last group of all may lack
 * some. */
static bool rings_of_ports(const struct fs_machine *machine, const struct tier *tier,
                           const struct fs_round *round, struct fs_ring *ring)
{
	uint64_t stride = most(round->ring_stride, tier->inner), span = round->ring_span;
	if (span > tier->group) {
		if (span % tier->group != 0 && span != machine->chips)
			return false;
		span = tier->group;
	}
	return span > stride && in_ports(tier, stride, &ring->stride) && in_ports(tier, span, &ring->span);
}

struct leg {
	int tier;
	uint64_t from, to; /* chips of the job */
	double share;      /* of the message */
};

/* Adds the links between the ports of a message, or of a part of one that is cut. Returns the hops after the
 * first. */
static int add_leg(const struct fs_machine *machine, struct leg leg, const struct fs_round *round,
                   uint64_t period, struct fs_uses *uses)
{
	const struct tier *tier = &machine->tier[leg.tier];
	uint64_t a = machine_chip(machine, leg.from), b = machine_chip(machine, leg.to);
	uint64_t group = tier->groups > 1 ? leg.from / tier->group : 0;
	uint64_t first = a % tier->machine_group / tier->chips_per_port,
	         last = b % tier->machine_group / tier->chips_per_port;
	if (first == last)
		return 0; /* chips behind one port: what they tell each other does not leave it */
	const struct fs_network *network = fs_machine_network_of(machine, leg.tier, group);
	uint32_t before = uses->count;
	int hops = 0;
	struct fs_ring ring;
	if (!round->ring_span || !rings_of_ports(machine, tier, round, &ring) ||
	    !fs_network_rings(network, first, last, ring, uses))
		hops = fs_network_route(network, first, last, uses);
	if (!tier->blocks)
		uses->count = before; /* how far it goes is all there is to know */
	uint64_t machine_period = period;
	bool folds = period < machine->chips;
	if (folds) {
		machine_period = machine_chip(machine, period);
		group %= divided_up(period, tier->group);
	}
	for (uint32_t i = before; i < uses->count; i++) {
		struct fs_use *use = &uses->use[i];
		if (folds && machine_period < tier->machine_group)
			use->link =
			        fs_network_fold(network, use->link, machine_period / tier->chips_per_port);
		use->link += (uint32_t)(tier->base + group * tier->links);
		use->share *= (float)leg.share;
	}
	return hops;
}

/* Of the chips of a group of the tier inside, which begins at `first`: up to where those go that share a port
 * with the `i`-th. */
static uint64_t behind_port_of(const struct fs_machine *machine, int k, uint64_t first, uint64_t i,
                               uint64_t parts)
{
	if (machine->tier[k].chips_per_port == 1)
		return i + 1;
	uint64_t port = port_of(machine, k, first + i);
	do
		i++;
	while (i < parts && port_of(machine, k, first + i) == port);
	return i;
}

double fs_machine_route(const struct fs_machine *machine, int k, uint64_t from, uint64_t to,
                        const struct fs_round *round, uint64_t period, struct fs_uses *uses)
{
	const struct tier *tier = &machine->tier[k];
	int hops = 0;
	if (!varies(tier))
		return tier->alpha_s;
	if (!round->cut[k]) {
		hops = add_leg(machine, (struct leg){k, from, to, 1}, round, period, uses);
		return tier->alpha_s + hops * tier->hop_s;
	}
	uint64_t left = from - from % tier->inner, right = to - to % tier->inner, parts = tier->inner;
	if (left + parts > machine->chips || right + parts > machine->chips)
		parts = machine->chips - (left > right ? left : right); /* the last group may be uneven */
	for (uint64_t i = 0, next; i < parts; i = next) {
		next = behind_port_of(machine, k, left, i, parts);
		struct leg leg = {k, left + i, right + i, (double)(next - i) / (double)parts};
		int way = add_leg(machine, leg, round, period, uses);
		hops = way > hops ? way : hops;
	}
	return tier->alpha_s + hops * tier->hop_s;
}

static uint64_t least(uint64_t a, uint64_t b)
{
	return a < b ? a : b;
}

/* Those that stay in one block of like ports on both sides. Who sends less far than a group of the tier
 * inside is wide may not send over this tier; where the job leaves gaps, neighbours' ports are none. */
uint64_t fs_machine_alike(const struct fs_machine *machine, int k, uint64_t from, uint64_t to,
                          const struct fs_round *round, uint64_t count, uint64_t *rails)
{
	const struct tier *tier = &machine->tier[k];
	uint64_t distance = from < to ? to - from : from - to;
	*rails = 1;
	if (round->cut[k] || tier->chips_per_port > 1 || tier->inner != tier->machine_inner ||
	    distance < tier->inner)
		return 1;
	uint64_t block = fs_network_alike(
	        fs_machine_network_of(machine, k, tier->groups > 1 ? from / tier->group : 0), rails);
	count = least(count, least(tier->group - from % tier->group, tier->group - to % tier->group));
	return least(count, least(block - port_of(machine, k, from) % block,
	                          block - port_of(machine, k, to) % block));
}

static uint64_t greatest_common_divisor(uint64_t a, uint64_t b)
{
	while (b) {
		uint64_t rest = a % b;
		a = b, b = rest;
	}
	return a;
}

/* Or `bound`, if it is larger. */
static uint64_t least_common_multiple(uint64_t a, uint64_t b, uint64_t bound)
{
	uint64_t times = b / greatest_common_divisor(a, b);
	return times >= bound / a + 1 ? bound : a * times;
}

/* Of the outermost network that the job uses, in chips of the job; all if there is none. A job that does not
 * fill a torus, a mesh or a dragonfly has borders. */
static uint64_t network_period(const struct fs_machine *machine)
{
	const struct tier *tier = &machine->tier[machine->tiers - 1];
	const char *kind = machine->system->tier[machine->tiers - 1].fabric.kind;
	if (!varies(tier))
		return tier->inner;
	uint64_t ports = fs_network_period(tier->network);
	bool bordered = strcmp(kind, "clos") != 0 && strcmp(kind, "switch") != 0 && kind[0];
	if (!ports || (bordered && machine->chips != tier->ports * tier->chips_per_port))
		return machine->chips;
	uint64_t bound = machine->chips / tier->inner * tier->machine_inner;
	uint64_t chips = least_common_multiple(ports * tier->chips_per_port, tier->machine_inner, bound);
	return chips / tier->machine_inner * tier->inner;
}

uint64_t fs_machine_period(const struct fs_machine *machine, uint64_t unit)
{
	uint64_t chips = machine->chips;
	if (machine->damages)
		return chips;
	uint64_t period = least_common_multiple(unit, network_period(machine), chips);
	for (int k = 0; k < machine->tiers - 1; k++)
		period = least_common_multiple(period, machine->tier[k].group, chips);
	const struct tier *outermost = &machine->tier[machine->tiers - 1];
	uint64_t ports = period / outermost->inner * outermost->machine_inner / outermost->chips_per_port;
	return ports > 0 && chips % period == 0 && outermost->ports % ports == 0 ? period : chips;
}
