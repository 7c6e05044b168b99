#ifndef FARSCALE_COMMAND_RELAY_H
#define FARSCALE_COMMAND_RELAY_H

/* A case on the virtual clock is two runs of its program, one after the other. Who asked for progress sees
 * one. */

#include "engine/engine.h"

struct fs_relay {
	void (*progress)(void *context, const struct fs_progress *progress);
	void *context;
	struct fs_progress before; /* this run: of both, what is done when it begins; all chip-steps */
	double share;              /* this run's, of both */
};

/** Makes the run of `options` report through `relay`, as a part of something longer. */
void fs_relay_on(struct fs_relay *relay, struct fs_engine_options *options);

/** Makes the runs that `first` and `second` ask for report to first's progress as halves of one; nothing
 * where that is NULL. relay[] must live as long as both run. */
void fs_relay_both(const struct fs_program *program, struct fs_engine_options *first,
                   struct fs_engine_options *second, struct fs_relay relay[2]);

#endif
