#ifndef FARSCALE_COMMAND_SESSION_H
#define FARSCALE_COMMAND_SESSION_H

/* What a command that runs something needs around it: this host's calibration where real kernels or real time
 * are involved, and the team of ranks. Commands that do not call this never initialise MPI. */

#include "calibrate/calibration.h"

#include <stdbool.h>

struct fs_error;
struct fs_team;

struct fs_session {
	struct fs_team *team;
	bool calibrated;
	struct fs_calibration calibration;
};

/** main's arguments, for starting anew with another OpenBLAS core type. */
void fs_session_remember(char **argv);

/** real: kernels or the wall clock will run. May start the program anew (see calibration.h). Collective. */
int fs_session_start(struct fs_session *session, bool real, bool quiet, struct fs_error *error);

/** Collective. */
void fs_session_finish(struct fs_session *session);

/** NULL unless calibrated. */
const struct fs_calibration *fs_session_calibration(const struct fs_session *session);

#endif
