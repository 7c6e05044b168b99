#ifndef FARSCALE_COST_EXCHANGE_H
#define FARSCALE_COST_EXCHANGE_H

/*
 * What of an action's bytes the network carries. All of it; but where the stack forwards tokens (DeepEP:
 * DeepSeek-V3, arXiv 2412.19437, sec. 3.2.2) and experts lie in several scale-up domains, a token goes to
 * each of these once, and on to its experts from there, over links of the domain, at the same time. k experts
 * on n domains, each as likely as the others, are on n (1 - (1 - 1/n)^k) of them.
 */

#include "phase/phase.h"

struct fs_system;

/** Bytes per chip, as nccl-tests counts them: those of the action, or fewer. Pure. */
double fs_exchange_bytes(const struct fs_system *system, const struct fs_action *action);

#endif
