#include "command/session.h"

#include "base/patience.h"
#include "base/speaker.h"
#include "engine/host_clocks.h"
#include "engine/hosts.h"
#include "engine/team.h"
#include "engine/watchdog.h"

#include <stdio.h>

static char **arguments;

void fs_session_remember(char **argv)
{
	arguments = argv;
}

/* Ranks of a host share its calibration, its cores and its clock; other hosts have their own. */
static void settle(struct fs_team *team, struct fs_calibration *calibration, bool quiet)
{
	struct fs_host_clocks clocks;
	char text[128];
	/* Without a writable cache every rank measured for itself; all of a host go by one. */
	fs_team_broadcast_here(team, calibration, sizeof *calibration);
	fs_host_bind(fs_team_rank_here(team), fs_team_ranks_here(team), text, sizeof text);
	fs_host_clocks_look(team, &clocks);
	if (!quiet && fs_speaks())
		fprintf(stderr, "%s%s\n", text, clocks.hosts > 1 ? " (the first host)" : "");
	if (!quiet)
		fs_host_clocks_print(&clocks);
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
	if (real)
		settle(session->team, &session->calibration, quiet);
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
