#include "fabric/machine.h"

#include "base/error.h"
#include "topology/down.h"

#include <stdlib.h>
#include <string.h>

/* A group whose network differs from the others': it has cables that are down. */
struct damaged {
	int tier;
	uint64_t group;
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

static uint64_t divided_up(uint64_t a, uint64_t b)
{
	return (a + b - 1) / b;
}

static uint64_t most(uint64_t a, uint64_t b)
{
	return a > b ? a : b;
}

static uint64_t one_at_least(const struct fs_quantity *quantity)
{
	return quantity->value > 1 ? (uint64_t)quantity->value : 1;
}

/* The machine's number of a chip of the job: groups that the job does not fill leave gaps. */
static uint64_t machine_chip(const struct fs_machine *machine, uint64_t chip)
{
	uint64_t result = 0;
	for (int k = machine->tiers - 1; k >= 0; k--) {
		const struct tier *tier = &machine->tier[k];
		result += chip / tier->inner * tier->machine_inner;
		chip %= tier->inner;
	}
	return result;
}

static uint64_t machine_group(const struct fs_tier *tier)
{
	return tier->machine_group ? tier->machine_group : (uint64_t)tier->group.value;
}

static struct tier describe(const struct fs_system *placed, int k)
{
	const struct fs_tier *given = &placed->tier[k], *inner = k ? given - 1 : NULL;
	return (struct tier){
	        .group = (uint64_t)given->group.value,
	        .inner = inner ? (uint64_t)inner->group.value : 1,
	        .machine_group = machine_group(given),
	        .machine_inner = inner ? machine_group(inner) : 1,
	        .chips_per_port = one_at_least(&given->fabric.chips_per_port),
	        .alpha_s = fs_tier_alpha_s(given),
	        .hop_s = given->fabric.hop_us.value * 1e-6,
	};
}

static int build_network(const struct fs_machine *machine, int k, struct fs_network **network,
                         struct fs_error *error)
{
	const struct fs_tier *given = &machine->system->tier[k];
	const struct tier *tier = &machine->tier[k];
	return fs_network_create(
	        &(struct fs_network_request){
	                .tier = given->name,
	                .fabric = &given->fabric,
	                .ports = tier->ports,
	                .port_Bps = 1 / fs_tier_beta_s(given),
	                .oversubscription =
	                        given->oversubscription.value > 1 ? given->oversubscription.value : 1,
	                .part_ports = divided_up(tier->machine_inner, tier->chips_per_port),
	        },
	        network, error);
}

int fs_machine_group_network(const struct fs_system *system, int tier, struct fs_network **network,
                             struct fs_error *error)
{
	struct fs_machine machine = {.system = system};
	struct tier *of = &machine.tier[tier];
	*of = describe(system, tier);
	of->ports = divided_up(of->machine_group, of->chips_per_port);
	return build_network(&machine, tier, network, error);
}

/* The outermost tier that a job uses has as many ports as the machine, or more where the job is larger. */
static int build_tier(struct fs_machine *machine, int k, struct fs_error *error)
{
	struct tier *tier = &machine->tier[k];
	uint64_t room = tier->machine_group;
	bool outermost = k == machine->system->tiers - 1;
	if (outermost && machine_chip(machine, machine->chips - 1) >= room)
		room = divided_up(machine_chip(machine, machine->chips - 1) + 1, tier->machine_inner) *
		       tier->machine_inner;
	tier->machine_group = room;
	tier->ports = divided_up(room, tier->chips_per_port);
	tier->groups = outermost ? 1 : divided_up(machine->chips, tier->group);
	if (build_network(machine, k, &tier->network, error))
		return -1;
	tier->blocks = fs_network_blocks(tier->network) || tier->chips_per_port > 1;
	return 0;
}

static struct damaged *find_damaged(const struct fs_machine *machine, int tier, uint64_t group)
{
	for (int i = 0; i < machine->damages; i++)
		if (machine->damaged[i].tier == tier && machine->damaged[i].group == group)
			return &machine->damaged[i];
	return NULL;
}

static struct fs_network *network_of(const struct fs_machine *machine, int tier, uint64_t group)
{
	const struct damaged *damaged = machine->damages ? find_damaged(machine, tier, group) : NULL;
	return damaged ? damaged->network : machine->tier[tier].network;
}

const struct fs_network *fs_machine_network(const struct fs_machine *machine, int tier, uint64_t group)
{
	return network_of(machine, tier, group);
}

static int damage(struct fs_machine *machine, int tier, uint64_t group, const char *cable,
                  struct fs_error *error)
{
	struct damaged *damaged = find_damaged(machine, tier, group);
	if (!damaged) {
		struct fs_network *network;
		if (build_network(machine, tier, &network, error))
			return -1;
		machine->damaged = fs_reallocate(machine->damaged, (unsigned long)(machine->damages + 1) *
		                                                           sizeof *machine->damaged);
		damaged = &machine->damaged[machine->damages++];
		*damaged = (struct damaged){tier, group, network};
	}
	machine->tier[tier].blocks = true;
	return fs_network_cut(damaged->network, cable, error);
}

/* What lies outside the job does not matter to it. */
static int cut_all(struct fs_machine *machine, struct fs_error *error)
{
	const char *rest = machine->system->down;
	struct fs_down down;
	int found;
	while ((found = fs_down_next(machine->system, &rest, &down, error)) > 0) {
		if (down.tier >= machine->tiers || down.group >= machine->tier[down.tier].groups)
			continue;
		if (damage(machine, down.tier, down.group, down.cable, error))
			return fs_fail_in(error, "fabric.down: tier %s",
			                  machine->system->tier[down.tier].name);
	}
	return found;
}

static uint64_t port_of(const struct fs_machine *machine, int k, uint64_t chip)
{
	const struct tier *tier = &machine->tier[k];
	return machine_chip(machine, chip) % tier->machine_group / tier->chips_per_port;
}

/* Everybody must reach the first port of its group, and be reached, where something is down. */
static int check_connected(const struct fs_machine *machine, struct fs_error *error)
{
	struct fs_uses uses = {0};
	int status = 0;
	for (int i = 0; i < machine->damages && !status; i++) {
		const struct damaged *damaged = &machine->damaged[i];
		const struct tier *tier = &machine->tier[damaged->tier];
		uint64_t first = damaged->group * tier->group, hub = port_of(machine, damaged->tier, first);
		for (uint64_t chip = first; chip < first + tier->group && chip < machine->chips; chip++) {
			uint64_t port = port_of(machine, damaged->tier, chip);
			uses.count = 0;
			if (port != hub && (fs_network_route(damaged->network, hub, port, &uses) < 0 ||
			                    fs_network_route(damaged->network, port, hub, &uses) < 0)) {
				status = fs_fail(
				        error,
				        "fabric.down: tier %s: no way is left between port%llu and port%llu",
				        machine->system->tier[damaged->tier].name, (unsigned long long)hub,
				        (unsigned long long)port);
				break;
			}
		}
	}
	fs_uses_clear(&uses);
	return status;
}

static int number_links(struct fs_machine *machine, struct fs_error *error)
{
	for (int k = 0; k < machine->tiers; k++) {
		struct tier *tier = &machine->tier[k];
		tier->base = machine->links;
		tier->links = fs_network_links(tier->network);
		for (int i = 0; i < machine->damages; i++) /* planes that differ are told apart */
			if (machine->damaged[i].tier == k)
				tier->links =
				        most(tier->links, fs_network_links(machine->damaged[i].network));
		if (tier->blocks)
			machine->links += tier->groups * tier->links;
		if (machine->links >= UINT32_MAX)
			return fs_fail(
			        error, "tier %s: %.3g links in %llu groups are more than can be numbered",
			        machine->system->tier[k].name, (double)tier->groups * (double)tier->links,
			        (unsigned long long)tier->groups);
	}
	return 0;
}

int fs_machine_create(const struct fs_system *placed, uint64_t chips, struct fs_machine **machine,
                      struct fs_error *error)
{
	struct fs_machine *created = fs_allocate_zeroed(1, sizeof *created);
	created->chips = chips;
	created->system = placed;
	created->tiers = fs_system_tier_between(placed, 0, chips - 1) + 1;
	for (int k = 0; k < created->tiers; k++)
		created->tier[k] = describe(placed, k);
	int status = 0;
	for (int k = 0; k < created->tiers && !status; k++)
		status = build_tier(created, k, error);
	if (status || cut_all(created, error) || number_links(created, error) ||
	    check_connected(created, error)) {
		fs_machine_destroy(created);
		return -1;
	}
	*machine = created;
	return 0;
}

void fs_machine_destroy(struct fs_machine *machine)
{
	if (!machine)
		return;
	for (int k = 0; k < machine->tiers; k++)
		fs_network_destroy(machine->tier[k].network);
	for (int i = 0; i < machine->damages; i++)
		fs_network_destroy(machine->damaged[i].network);
	free(machine->damaged);
	free(machine);
}

bool fs_machine_blocks(const struct fs_machine *machine, int tier)
{
	return tier < machine->tiers && machine->tier[tier].blocks;
}

bool fs_machine_blocks_anywhere(const struct fs_machine *machine)
{
	return machine->links > 0;
}

uint64_t fs_machine_links(const struct fs_machine *machine)
{
	return machine->links;
}

double fs_machine_capacity_Bps(const struct fs_machine *machine, uint32_t link)
{
	int k = machine->tiers - 1;
	while (!machine->tier[k].blocks || link < machine->tier[k].base)
		k--;
	const struct tier *tier = &machine->tier[k];
	uint64_t at = link - tier->base;
	return fs_network_capacity_Bps(network_of(machine, k, at / tier->links),
	                               (uint32_t)(at % tier->links));
}

int fs_machine_tier(const struct fs_machine *machine, uint64_t a, uint64_t b)
{
	return fs_system_tier_between(machine->system, a, b);
}

/* The message between one pair of ports, or a part of one that is cut. Returns the hops after the first. */
static int add_route(const struct fs_machine *machine, int k, uint64_t from, uint64_t to, double share,
                     uint64_t period, struct fs_uses *uses)
{
	const struct tier *tier = &machine->tier[k];
	uint64_t a = machine_chip(machine, from), b = machine_chip(machine, to),
	         group = a / tier->machine_group;
	uint64_t first = a % tier->machine_group / tier->chips_per_port,
	         last = b % tier->machine_group / tier->chips_per_port;
	if (first == last)
		return 0; /* chips behind one port: what they tell each other does not leave it */
	const struct fs_network *network = network_of(machine, k, group);
	uint32_t before = uses->count;
	int hops = fs_network_route(network, first, last, uses);
	uint64_t machine_period = period;
	bool folds = period < machine->chips;
	if (folds) {
		machine_period = machine_chip(machine, period);
		group %= divided_up(machine_period, tier->machine_group);
	}
	for (uint32_t i = before; i < uses->count; i++) {
		struct fs_use *use = &uses->use[i];
		if (folds && machine_period < tier->machine_group)
			use->link =
			        fs_network_fold(network, use->link, machine_period / tier->chips_per_port);
		use->link += (uint32_t)(tier->base + group * tier->links);
		use->share *= (float)share;
	}
	return hops;
}

double fs_machine_route(const struct fs_machine *machine, int k, uint64_t from, uint64_t to, bool cut,
                        uint64_t period, struct fs_uses *uses)
{
	const struct tier *tier = &machine->tier[k];
	int hops = 0;
	if (!tier->blocks)
		return tier->alpha_s;
	if (!cut) {
		hops = add_route(machine, k, from, to, 1, period, uses);
		return tier->alpha_s + hops * tier->hop_s;
	}
	uint64_t left = from - from % tier->inner, right = to - to % tier->inner, parts = tier->inner;
	if (left + parts > machine->chips || right + parts > machine->chips)
		parts = machine->chips - (left > right ? left : right); /* the last group may be uneven */
	for (uint64_t i = 0; i < parts; i += tier->chips_per_port) {
		int way = add_route(machine, k, left + i, right + i,
		                    (double)tier->chips_per_port / (double)(parts), period, uses);
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
uint64_t fs_machine_alike(const struct fs_machine *machine, int k, uint64_t from, uint64_t to, bool cut,
                          uint64_t count, uint64_t *rails)
{
	const struct tier *tier = &machine->tier[k];
	uint64_t distance = from < to ? to - from : from - to;
	*rails = 1;
	if (cut || tier->chips_per_port > 1 || tier->inner != tier->machine_inner || distance < tier->inner)
		return 1;
	uint64_t block = fs_network_alike(network_of(machine, k, from / tier->group), rails);
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
 * fill a torus or a dragonfly has borders. */
static uint64_t network_period(const struct fs_machine *machine)
{
	const struct tier *tier = &machine->tier[machine->tiers - 1];
	const char *kind = machine->system->tier[machine->tiers - 1].fabric.kind;
	if (!tier->blocks)
		return tier->inner;
	uint64_t ports = fs_network_period(tier->network);
	bool bordered =
	        strcmp(kind, "torus") == 0 || strcmp(kind, "ring") == 0 || strcmp(kind, "full_mesh") == 0;
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
	return chips % period == 0 && outermost->ports % ports == 0 ? period : chips;
}
