#include "command/session.h"

#include "base/speaker.h"
#include "engine/patience.h"
#include "engine/team.h"
#include "engine/watchdog.h"

#include <stdio.h>

static char **arguments;

void fs_session_remember(char **argv)
{
	arguments = argv;
}

int fs_session_start(struct fs_session *session, bool real, bool quiet, struct fs_error *error)
{
	*session = (struct fs_session){.calibrated = real};
	if (fs_patience_check(error))
		return -1;
	fs_watchdog_start();
	if (real) {
		struct fs_calibration_options options = {.quiet = quiet};
		if (fs_calibration_ensure(&options, &session->calibration, error) ||
		    fs_calibration_reexec_if_needed(&session->calibration, arguments, error))
			return -1;
		fs_host_sharpen_timer();
	}
	session->team = fs_team_start();
	if (real) {
		/* Without a writable cache every rank measured for itself; all go by one. */
		fs_team_broadcast(session->team, &session->calibration, sizeof session->calibration, 0);
		char text[128];
		fs_host_bind(fs_team_local_rank(), fs_team_local_size(), text, sizeof text);
		if (!quiet && fs_speaks())
			fprintf(stderr, "%s\n", text);
	}
	return 0;
}

void fs_session_finish(struct fs_session *session)
{
	fs_team_finish(session->team);
	session->team = NULL;
}

const struct fs_calibration *fs_session_calibration(const struct fs_session *session)
{
	return session->calibrated ? &session->calibration : NULL;
}
