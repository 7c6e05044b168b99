#ifndef FARSCALE_ENGINE_PATIENCE_H
#define FARSCALE_ENGINE_PATIENCE_H

/* How long ranks wait for one that does not move before they end the job: seconds, by FARSCALE_PATIENCE,
 * else 60. One number for all: a stopped process (watchdog.h), a message that does not come (wall clock),
 * chips' times that do not come (virtual clock). */

struct fs_error;

/** -1 if FARSCALE_PATIENCE is no number of seconds from 1 to a day. */
int fs_patience_check(struct fs_error *error);

double fs_patience_s(void);

#endif
