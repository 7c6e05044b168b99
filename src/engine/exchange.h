#ifndef FARSCALE_ENGINE_EXCHANGE_H
#define FARSCALE_ENGINE_EXCHANGE_H

/* Brings a rank the timestamps of the remote chips that send to its own: a real message for each rank on the
 * other side. Chips of the same rank need none. */

#include "engine/links.h"
#include "engine/team.h"

struct fs_exchange;

struct fs_exchange *fs_exchange_create(struct fs_team *team, uint64_t count);
void fs_exchange_destroy(struct fs_exchange *exchange);

/** time[0 .. count-1] are this block's times; puts those of remote senders behind them, in the places that
 * the links name. Collective over the team; gives up, naming the rank, when one does not answer for two
 * minutes. */
void fs_exchange_run(struct fs_exchange *exchange, const struct fs_links *links, double *time);

/** Sends times to a rank, which fetches them by queue, in order. Returns at once; keeps a copy until they are
 * gone. Local. */
void fs_exchange_post(struct fs_exchange *exchange, int rank, uint32_t queue, const double *time,
                      uint64_t count);

/** Waits for the next times that the rank has posted, or will post, on the queue; gives up as above. */
void fs_exchange_fetch(struct fs_exchange *exchange, int rank, uint32_t queue, double *time, uint64_t count);

#endif
