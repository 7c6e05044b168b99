#ifndef FARSCALE_BASE_PATIENCE_H
#define FARSCALE_BASE_PATIENCE_H

/* How long others wait for a process that does not move before they give up: seconds, by FARSCALE_PATIENCE,
 * else 60. One number for all: a stopped rank (engine/watchdog.h), a message that does not come (wall clock),
 * chips' times that do not come (virtual clock), records that somebody has locked. */

struct fs_error;

/** -1 if FARSCALE_PATIENCE is no number of seconds from 1 to a day. */
int fs_patience_check(struct fs_error *error);

/** 60 where FARSCALE_PATIENCE is no such number. */
double fs_patience_s(void);

#endif
