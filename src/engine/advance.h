#ifndef FARSCALE_ENGINE_ADVANCE_H
#define FARSCALE_ENGINE_ADVANCE_H

/*
 * Rule 2 of the rules of time, for all chips of a block at once: one iteration of a step, in which every
 * message is of `bytes` bytes. The loops that decide how fast the virtual clock is.
 *
 * hold_s: besides its bytes, a message holds its two ports for so long (LogGP's o). Of every chip: where it
 * is not 0, all send and all receive.
 *
 * A message's head is here alpha after it left. The port that receives is held for hold + n * beta from when
 * it is free and the head is there; the port that sends is held for as long; the next iteration starts when
 * both are free.
 */

#include <stdint.h>

struct fs_route;

/** now[i]: when chip i got here (places from `count` on: remote senders). next[i]: when it is through the
 * iteration. */
void fs_advance(const struct fs_route *route, double bytes, double hold_s, const double *now, double *next);

/** The same when sends do not wait for receives, and the two ports run on their own. */
void fs_advance_ports(const struct fs_route *route, double bytes, double hold_s, const double *now,
                      double *next, double *receive_port);

#endif
