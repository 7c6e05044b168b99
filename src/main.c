/* farscale COMMAND ...: each command reads config, builds a topology and a model, plans a program, runs it on
 * an engine, records what it found, and reports it. */

#include "base/clock.h"
#include "base/error.h"
#include "base/speaker.h"
#include "command/commands.h"
#include "command/output.h"
#include "command/session.h"

#include <stdio.h>
#include <string.h>

enum { HEARD_WITHIN_S = 1 };

static int version(const struct fs_command *self, int argc, char **argv)
{
	(void)self, (void)argc, (void)argv;
	if (fs_speaks())
		printf("farscale %s\n", FARSCALE_VERSION);
	return FS_DONE;
}

static const struct fs_command *find(const char *name, struct fs_error *error)
{
	static const struct fs_command version_command = {.name = "--version", .run = version};
	if (strcmp(name, "--version") == 0)
		return &version_command;
	if (strcmp(name, "--help") == 0 || strcmp(name, "-h") == 0)
		name = "help";
	return fs_command_find(name, error);
}

/* A launcher ends all ranks when one has failed. All fail for the same reason; who tells it goes first. */
static int leave(int status)
{
	if (status != FS_DONE && !fs_speaks())
		fs_clock_sleep_until(fs_clock_s() + HEARD_WITHIN_S);
	return status;
}

int main(int argc, char **argv)
{
	struct fs_error error;
	fs_session_remember(argv);
	const struct fs_command *command = find(argc > 1 ? argv[1] : "help", &error);
	if (!command) {
		if (fs_speaks())
			fprintf(stderr, "farscale: %s\n", error.text);
		return leave(FS_BAD_INPUT);
	}
	int status = command->run(command, argc > 1 ? argc - 1 : 1, argc > 1 ? argv + 1 : argv);
	return leave(status == FS_DONE ? fs_output_finish(command) : status);
}
