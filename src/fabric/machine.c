#include "fabric/machine_inside.h"

#include "base/error.h"
#include "fabric/posted.h"
#include "topology/down.h"

#include <stdlib.h>
#include <string.h>

static const double MOST_LINKS = 1e8; /* that may be shared; what is known of them fits into 1 GB */

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
	                .efficiency = given->efficiency.value,
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
	bool beyond = outermost && machine_chip(machine, machine->chips - 1) >= room;
	if (beyond && machine->system->tier[k].fabric.dimensions > 1)
		return fs_fail(error,
		               "%llu chips: tier %s is a %s of %llu chips, and there is none beyond; at most "
		               "so many",
		               (unsigned long long)machine->chips, machine->system->tier[k].name,
		               machine->system->tier[k].fabric.kind, (unsigned long long)room);
	if (beyond)
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

struct fs_network *fs_machine_network_of(const struct fs_machine *machine, int tier, uint64_t group)
{
	const struct damaged *damaged = machine->damages ? find_damaged(machine, tier, group) : NULL;
	return damaged ? damaged->network : machine->tier[tier].network;
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

/* The job's number of the machine's group `group` of a tier, which has gaps where the job does not fill
 * groups; false if none of the job's chips lie there. */
static bool find_group(const struct fs_machine *machine, int k, uint64_t group, uint64_t *of_job)
{
	uint64_t rest = group * machine->tier[k].machine_group, chip = 0;
	for (int j = machine->tiers - 1; j > k; j--) {
		const struct tier *tier = &machine->tier[j];
		uint64_t place = rest / tier->machine_inner;
		if (j < machine->tiers - 1 && place >= tier->group / tier->inner)
			return false;
		chip += place * tier->inner;
		rest %= tier->machine_inner;
	}
	*of_job = k < machine->tiers - 1 ? chip / machine->tier[k].group : group;
	return *of_job < machine->tier[k].groups;
}

/* A cable that the job has nothing to do with must exist, too. */
static int try_elsewhere(const struct fs_machine *machine, const struct fs_down *down, struct fs_error *error)
{
	struct fs_network *network;
	if (fs_machine_group_network(machine->system, down->tier, &network, error))
		return -1;
	int status = fs_network_cut(network, down->cable, error);
	fs_network_destroy(network);
	return status;
}

static int cut_all(struct fs_machine *machine, struct fs_error *error)
{
	const char *rest = machine->system->down;
	struct fs_down down;
	int found;
	while ((found = fs_down_next(machine->system, &rest, &down, error)) > 0) {
		uint64_t group;
		bool ours = down.tier < machine->tiers && find_group(machine, down.tier, down.group, &group);
		if (ours ? damage(machine, down.tier, group, down.cable, error)
		         : try_elsewhere(machine, &down, error))
			return fs_fail_in(error, "fabric.down");
	}
	return found;
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
		if (machine->links > MOST_LINKS)
			return fs_fail(error, "tier %s: %.3g links in %llu groups; at most %.3g in all",
			               machine->system->tier[k].name,
			               (double)tier->groups * (double)tier->links,
			               (unsigned long long)tier->groups, MOST_LINKS);
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

bool fs_machine_varies(const struct fs_machine *machine, int tier)
{
	return tier < machine->tiers && varies(&machine->tier[tier]);
}

bool fs_machine_spreads(const struct fs_machine *machine)
{
	bool any = false;
	for (int k = 0; k < machine->tiers; k++) {
		if (varies(&machine->tier[k]) && !fs_network_spreads(machine->tier[k].network))
			return false;
		any |= varies(&machine->tier[k]);
	}
	return any;
}

bool fs_machine_varies_anywhere(const struct fs_machine *machine)
{
	for (int k = 0; k < machine->tiers; k++)
		if (varies(&machine->tier[k]))
			return true;
	return false;
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
	return fs_network_capacity_Bps(fs_machine_network_of(machine, k, at / tier->links),
	                               (uint32_t)(at % tier->links));
}

int fs_machine_tier(const struct fs_machine *machine, uint64_t a, uint64_t b)
{
	return fs_system_tier_between(machine->system, a, b);
}
