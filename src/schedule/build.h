#ifndef FARSCALE_SCHEDULE_BUILD_H
#define FARSCALE_SCHEDULE_BUILD_H

/*
 * What builders of schedules share. A builder is called for two members or more, with a schedule that has
 * its collective, algorithm and size, one level, and no slots and steps yet.
 */

#include "schedule/schedule.h"

/** Appends a step; one that is never repeated is left out. */
void fs_add_step(struct fs_schedule *schedule, struct fs_step step);

/** Splits the members into levels along request->domain[]: the groups of a level divide the domain that it is
 * for, so that none straddles two of them, and are as large as they can be (the greatest common divisor of
 * domain and size). Levels of one member are left out, and domains beyond FS_MAX_LEVELS - 1 levels are taken
 * together. */
void fs_split_into_levels(const struct fs_schedule_request *request, struct fs_schedule *schedule);

/** Members of one of the request's servers, 1 if there are none. Groups that no server holds the same number
 * of are cut into pieces that do: a group of 24 over servers of 16 has three of 8. */
uint32_t fs_server_of(const struct fs_schedule_request *request);

/** Whether blocks of so many members lie in domains, or in a whole, whose switches reduce. */
bool fs_blocks_reduce(const struct fs_schedule_request *request, uint32_t members);

/** Rounds of a reduce-scatter or an allgather over one level, in which part j of what the lower levels own
 *  belongs to digit j of the level. They need schedule->slots to be a multiple of what the level cuts. */
void fs_add_ring_reduce_scatter(struct fs_schedule *schedule, int level);
void fs_add_ring_allgather(struct fs_schedule *schedule, int level);
void fs_add_circulant_reduce_scatter(struct fs_schedule *schedule, int level);
void fs_add_circulant_allgather(struct fs_schedule *schedule, int level);

/** A ring up to 16 members, beyond that recursive halving and doubling. */
void fs_add_reduce_scatter(struct fs_schedule *schedule, int level);
void fs_add_allgather(struct fs_schedule *schedule, int level);

/** The same through switches that reduce and multicast. */
void fs_add_switch_reduce_scatter(struct fs_schedule *schedule, int level);
void fs_add_switch_allgather(struct fs_schedule *schedule, int level);

/** Of an in-network step: fills in what the member with this digit exchanges with the switches, if `own` are
 * the slots of its digit. */
void fs_switch_move(const struct fs_step *step, uint32_t digit, struct fs_slots own, struct fs_move *move);

/** Of an in-network step: fs_step_slots. */
uint64_t fs_switch_slots(const struct fs_step *step);

/** Slots that belong to one member of the level after such a reduce-scatter of it and all levels inside. */
uint64_t fs_level_part(const struct fs_schedule *schedule, int level);

#endif
