#ifndef FARSCALE_ENGINE_WATCHDOG_H
#define FARSCALE_ENGINE_WATCHDOG_H

/*
 * Nobody waits for ever for a rank that stopped, and nobody outlives the launcher. A rank that another waits
 * for may be busy for hours (a sweep's last case), so time alone says nothing; what the kernel says of its
 * process does. A thread of each rank looks at the next of its siblings, the launcher's processes on this
 * host, in a ring: of those that stop, one has a neighbour that runs, unless all do. Where there are other
 * hosts, one rank of each has a small process beside it, its guard, that looks at it. None of this needs MPI,
 * so it works while MPI starts, too.
 *
 * One that is traced (a debugger) is not taken for stopped; nor does the time count in which the watching
 * rank was stopped itself, or the guard's launcher (a suspended job).
 */

/** Starts to watch; once per process, others do nothing. Nothing without a launcher (fs_team_launched). A
 * sibling that was stopped for fs_patience_s() ends the job with a line that names it, and so does the
 * launcher's death. Call it before memory is allocated that a guard would share. */
void fs_watchdog_start(void);

#endif
