#ifndef FARSCALE_ENGINE_STAGE_ROUTES_H
#define FARSCALE_ENGINE_STAGE_ROUTES_H

/*
 * Routes as one pipeline stage sees them: the chips of a block are those of the stage that lie in the rank's
 * block, in order, and so are the places of their senders. What messages get is what they get when all stages
 * send at once (rule 3). Found once, for all stages, and kept while there is room.
 */

#include "engine/routes.h"
#include "engine/stage_chips.h"

struct fs_stage_routes;

/** Borrows routes, made for the same chips, ranks and rank. */
struct fs_stage_routes *fs_stage_routes_create(struct fs_routes *routes, const struct fs_stages *stages,
                                               int ranks, int rank);
void fs_stage_routes_destroy(struct fs_stage_routes *routes);

/** As fs_routes_find. Of a step whose messages leave the stage (a shift along the pipeline), links chip by
 * chip, whose places mean nothing. */
const struct fs_route *fs_stage_routes_find(struct fs_stage_routes *routes, uint64_t stage,
                                            struct fs_group group, const struct fs_schedule *schedule,
                                            const struct fs_step *step, uint32_t s);

#endif
