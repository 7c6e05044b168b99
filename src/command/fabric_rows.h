#ifndef FARSCALE_COMMAND_FABRIC_ROWS_H
#define FARSCALE_COMMAND_FABRIC_ROWS_H

/*
 * What of a network of switches is drawn, and at which x. Row 0 are the ports, row l + 1 the switches of
 * level l. A row of many shows some pods, and of each some switches, so that what is drawn hangs together:
 * every shown switch has a cable to a shown one below. What is down is shown as far as there is room.
 */

#include "command/fabric_pick.h"
#include "command/fabric_survey.h"

enum { FS_MAX_ROWS = FS_MAX_CLOS_LEVELS + 1, FS_MOST_IN_ROW = 24 };

struct fs_rows {
	const struct fs_tier_survey *of; /* borrowed */
	uint64_t plane;
	/* Of an oversubscribed switch with its parts as a level of their own, of "part"s with one uplink. */
	struct fs_outline outline;
	bool parts;
	struct fs_row pods[FS_MAX_CLOS_LEVELS]; /* those shown, by level; the top has one */
	struct fs_row row[FS_MAX_ROWS];
};

/** Between left and right. */
void fs_rows_choose(const struct fs_tier_survey *of, uint64_t plane, double left, double right,
                    struct fs_rows *rows);

/** The leaf, switch or part that a port hangs on. */
uint64_t fs_rows_leaf(const struct fs_rows *rows, uint64_t port);

/** Cable u of those that lead up from a switch of a row, or from a port (u = 0). */
struct fs_outline_cable fs_rows_cable(const struct fs_rows *rows, int row, uint64_t from, uint64_t u);

/** How many lead up from each. */
uint64_t fs_rows_up(const struct fs_rows *rows, int row);

#endif
