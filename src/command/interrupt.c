#include "command/interrupt.h"

#include "base/speaker.h"

#include <limits.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

static const struct {
	int number;
	const char *name;
} signals[] = {
        {SIGINT, "SIGINT"},   {SIGTERM, "SIGTERM"}, {SIGHUP, "SIGHUP"},
        {SIGUSR1, "SIGUSR1"}, {SIGXCPU, "SIGXCPU"},
};

enum { SIGNALS = sizeof signals / sizeof *signals };

static char line[SIGNALS][PATH_MAX + 256]; /* written beforehand: a handler may not print */

/* The first signal has made the default its action again (SA_RESETHAND); so has the second nobody to wait
 * for. */
static void end(int number)
{
	for (int i = 0; i < SIGNALS; i++)
		if (signals[i].number == number && *line[i] &&
		    write(STDERR_FILENO, line[i], strlen(line[i])) < 0)
			break; /* nobody reads; nothing to be done */
	raise(number);
}

void fs_interrupt_advise(const char *command, const char *advice)
{
	struct sigaction action = {.sa_handler = end, .sa_flags = (int)SA_RESETHAND}, before;
	for (int i = 0; i < SIGNALS; i++) {
		if (fs_speaks())
			snprintf(line[i], sizeof line[i], "\nfarscale %s: ended by %s; %s\n", command,
			         signals[i].name, advice);
		/* Whoever started it under nohup wants it to go on. */
		if (sigaction(signals[i].number, NULL, &before) == 0 && before.sa_handler != SIG_IGN)
			sigaction(signals[i].number, &action, NULL);
	}
}
