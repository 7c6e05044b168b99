#ifndef FARSCALE_ENGINE_PIPE_H
#define FARSCALE_ENGINE_PIPE_H

/*
 * Messages between pipeline stages that have been sent and not yet received: for each queue, first in, first
 * out, when the message of each chip left. A rank keeps those to its own chips.
 */

#include "engine/exchange.h"
#include "engine/stage_chips.h"

struct fs_pipe;

/** queues: their number. Borrows the exchange. */
struct fs_pipe *fs_pipe_create(struct fs_exchange *exchange, const struct fs_stages *stages, int ranks,
                               int rank, uint32_t queues);
void fs_pipe_destroy(struct fs_pipe *pipe);

/** left[]: of this rank's chips of stage `from`, by place. All ranks send and receive in the same order. */
void fs_pipe_send(struct fs_pipe *pipe, uint32_t queue, uint64_t from, uint64_t to, const double *left);

/** When what this rank's chips of stage `to` receive now had left. */
void fs_pipe_receive(struct fs_pipe *pipe, uint32_t queue, uint64_t from, uint64_t to, double *left);

#endif
