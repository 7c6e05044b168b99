#ifndef FARSCALE_COMMAND_FABRIC_SURVEY_H
#define FARSCALE_COMMAND_FABRIC_SURVEY_H

/*
 * The networks of all tiers of a system, with every group full: what `show --fabric` tells and draws. Tier by
 * tier, as the system describes them: where a file has two tiers for what is one network in truth (leaf and
 * spine, each with its latency), both are counted.
 */

#include "fabric/network.h"
#include "fabric/outline.h"
#include "topology/down.h"
#include "topology/system.h"

struct fs_error;

struct fs_tier_survey {
	const struct fs_tier *tier;
	uint64_t groups, chips; /* how many of the tier; chips of one */
	uint64_t chips_per_port;
	uint64_t part_ports;        /* of a group of the tier inside; 1 or more */
	uint64_t shown;             /* the group that is drawn: the first in which something is down, or 0 */
	struct fs_network *network; /* of that group */
	struct fs_network_facts facts;
	struct fs_outline outline;
	/** What a chip of one half gets when all send to the other half, one way; 0 where there are no
	 * halves. full: of a network that never blocks. */
	double per_chip_Bps, full_Bps;
	char trust; /* the weakest letter of the numbers used */
};

struct fs_fabric_survey {
	const struct fs_system *system; /* borrowed */
	uint64_t chips;
	int tiers;
	struct fs_tier_survey tier[FS_MAX_TIERS];
	uint64_t switches, cables, optical_modules; /* of all groups of all tiers */
	int downs;
	struct fs_down *down; /* by tier, group and as given */
};

/** Fails where a network cannot be built (with its place in the system's file if nothing was overridden) or a
 * cable that is down does not exist. */
int fs_fabric_survey_create(const struct fs_system *system, bool overridden, struct fs_fabric_survey **survey,
                            struct fs_error *error);
void fs_fabric_survey_destroy(struct fs_fabric_survey *survey);

#endif
