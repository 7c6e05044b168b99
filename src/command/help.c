#include "command/commands.h"

#include "base/error.h"
#include "base/speaker.h"

#include <stdio.h>

static void list(void)
{
	printf("farscale: how far does your supercluster scale?\n\n"
	       "Usage: farscale COMMAND [options]\n"
	       "       mpirun -n RANKS farscale COMMAND [options]\n\n");
	for (const struct fs_command *command = fs_commands; command->name; command++)
		printf("  %-10s %s\n", command->name, command->summary);
	printf("\nfarscale help COMMAND shows its options and examples. Exit status: 0 done, 1 a check "
	       "failed, 2 bad input.\n");
}

int fs_help_command(const struct fs_command *self, int argc, char **argv)
{
	const struct fs_option none[] = {{NULL}};
	const char *name = NULL;
	struct fs_error error;
	int count = fs_options_parse(self, none, argc, argv, &name, 1, &error);
	if (count == FS_HELP_PRINTED)
		return FS_DONE;
	if (count < 0)
		return fs_command_refuse(self, &error);
	if (!count) {
		if (fs_speaks())
			list();
		return FS_DONE;
	}
	const struct fs_command *command = fs_command_find(name, &error);
	if (!command)
		return fs_command_refuse(self, &error);
	char *help_of[] = {(char *)name, "--help", NULL};
	return command->run(command, 2, help_of);
}
