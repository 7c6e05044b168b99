#ifndef FARSCALE_COMMAND_DEAL_H
#define FARSCALE_COMMAND_DEAL_H

/** Deals `count` pieces of work out to `parts`, the heaviest first, each to the part that has least to do by
 * then (Graham's LPT rule: at most a third longer than the best there is). part_of[i]: whose piece i is.
 * Depends on the arguments alone, so that everybody who deals comes to the same. work: in any unit, not
 * negative. */
void fs_deal(const double *work, int count, int parts, int *part_of);

#endif
