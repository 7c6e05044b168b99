#ifndef FARSCALE_ENGINE_EXCHANGE_H
#define FARSCALE_ENGINE_EXCHANGE_H

/* Brings every chip of a rank's block the timestamp of the chip that sends to it: arithmetic within the rank, a real
 * message from another rank. The plan is made once per set of links and used for as long as they hold. */

#include "engine/links.h"
#include "engine/team.h"

struct fs_exchange;

struct fs_exchange *fs_exchange_create(struct fs_team *team, uint64_t chips);
void fs_exchange_destroy(struct fs_exchange *exchange);

/** Local: both sides of every message come to the same order on their own. */
void fs_exchange_plan(struct fs_exchange *exchange, const struct fs_links *links);

/** source[i] = time of the chip that sends to the i-th chip of this block (minus infinity if none does).
 *  Collective over the team. */
void fs_exchange_run(struct fs_exchange *exchange, const struct fs_links *links, const double *time, double *source);

#endif
