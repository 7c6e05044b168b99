/* farscale COMMAND ...: each command reads config, builds a topology and a model, plans a program, runs it on an engine,
 * records what it found, and reports it. */

#include "base/error.h"
#include "base/speaker.h"
#include "base/text.h"
#include "command/commands.h"
#include "command/session.h"

#include <stdio.h>
#include <string.h>

static int unknown(const char *name)
{
	const char *names[32];
	int count = 0;
	for (const struct fs_command *command = fs_commands; command->name && count < 31; command++)
		names[count++] = command->name;
	names[count] = NULL;
	const char *nearest = fs_text_nearest(name, names);
	if (!fs_speaks())
		return FS_BAD_INPUT;
	if (nearest)
		fprintf(stderr, "farscale: unknown command '%.40s'; did you mean %s?\n", name, nearest);
	else
		fprintf(stderr, "farscale: unknown command '%.40s'; farscale help lists what there is\n", name);
	return FS_BAD_INPUT;
}

int main(int argc, char **argv)
{
	const char *name = argc > 1 ? argv[1] : "help";
	fs_session_remember(argv);
	if (strcmp(name, "--help") == 0 || strcmp(name, "-h") == 0)
		name = "help";
	if (strcmp(name, "--version") == 0) {
		printf("farscale %s\n", FARSCALE_VERSION);
		return FS_DONE;
	}
	for (const struct fs_command *command = fs_commands; command->name; command++)
		if (strcmp(command->name, name) == 0)
			return command->run(command, argc > 1 ? argc - 1 : 1, argc > 1 ? argv + 1 : argv);
	return unknown(name);
}
