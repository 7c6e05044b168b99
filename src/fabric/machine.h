#ifndef FARSCALE_FABRIC_MACHINE_H
#define FARSCALE_FABRIC_MACHINE_H

/*
 * The networks of all tiers of a machine, as a job sees them: from the job's chips to the links that a
 * message between two of them takes. All links have one number, 0 .. links-1, whichever tier and group they
 * belong to.
 */

#include "fabric/network.h"
#include "topology/system.h"

struct fs_machine;
struct fs_round;

/** `placed` (borrowed) as fs_system_place made it for `chips` chips. Cuts the cables that system->down names.
 * Local. Fails, with one line, where a network cannot be built, a cable does not exist, or a chip of the job
 * is cut off. */
int fs_machine_create(const struct fs_system *placed, uint64_t chips, struct fs_machine **machine,
                      struct fs_error *error);
void fs_machine_destroy(struct fs_machine *machine);

/** Can messages over this tier slow each other though no chip sends or receives two at once? Other tiers have
 * no links here. */
bool fs_machine_blocks(const struct fs_machine *machine, int tier);
/** Or do some messages over it, or over any tier, pass more switches than others? */
bool fs_machine_varies(const struct fs_machine *machine, int tier);
bool fs_machine_varies_anywhere(const struct fs_machine *machine);

uint64_t fs_machine_links(const struct fs_machine *machine);
double fs_machine_capacity_Bps(const struct fs_machine *machine, uint32_t link);

/** The tier that two chips of the job talk over. */
int fs_machine_tier(const struct fs_machine *machine, uint64_t a, uint64_t b);

/** Appends the links of a message of the round between two chips of the job over `tier`, which is theirs.
 * Links that are like each other after moving by multiples of `period` chips are given the same number.
 * Returns the message's latency in seconds. */
double fs_machine_route(const struct fs_machine *machine, int tier, uint64_t from, uint64_t to,
                        const struct fs_round *round, uint64_t period, struct fs_uses *uses);

/** Chips from..from + result - 1 of at most `count`, all of which send equally far (the first to `to`, over
 * `tier`), and of which those that lie a multiple of *rails apart take the same links, but for their ports',
 * the first and the last of a route. */
uint64_t fs_machine_alike(const struct fs_machine *machine, int tier, uint64_t from, uint64_t to,
                          const struct fs_round *round, uint64_t count, uint64_t *rails);

/** The least multiple of `unit` chips by which the job's chips can be moved, cyclically, such that all tiers
 * and links stay the same; all chips if there is none. */
uint64_t fs_machine_period(const struct fs_machine *machine, uint64_t unit);

/** The network of a whole group of a tier of the machine itself, without any job, with nothing down. Fails as
 * fs_network_create. */
int fs_machine_group_network(const struct fs_system *system, int tier, struct fs_network **network,
                             struct fs_error *error);

#endif
