#ifndef FARSCALE_STACK_NCCL_H
#define FARSCALE_STACK_NCCL_H

/* How NCCL's protocols carry messages, for its choice (nccl.c). */

#include "stack/library.h"

/** Of an algorithm whose members pass a buffer on: rings, trees, switches. */
struct fs_transport fs_nccl_transport(const struct fs_system *system, const struct fs_call *call,
                                      enum fs_nccl_protocol protocol);

/** Of switches that reduce and multicast: nothing is a rank's own. */
struct fs_transport fs_nccl_switch_transport(const struct fs_system *system, const struct fs_call *call);

/** Of grouped sends and receives. */
struct fs_transport fs_nccl_peer_transport(const struct fs_system *system, const struct fs_call *call,
                                           enum fs_nccl_protocol protocol);

#endif
