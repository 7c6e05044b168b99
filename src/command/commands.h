#ifndef FARSCALE_COMMAND_COMMANDS_H
#define FARSCALE_COMMAND_COMMANDS_H

/* The functions behind the rows of fs_commands[]; one file each. */

#include "command/options.h"

int fs_show_run(const struct fs_command *self, int argc, char **argv);
int fs_calibrate_run(const struct fs_command *self, int argc, char **argv);
int fs_bench_command(const struct fs_command *self, int argc, char **argv);
int fs_run_command(const struct fs_command *self, int argc, char **argv);
int fs_sweep_command(const struct fs_command *self, int argc, char **argv);
int fs_report_command(const struct fs_command *self, int argc, char **argv);
int fs_validate_command(const struct fs_command *self, int argc, char **argv);
int fs_help_command(const struct fs_command *self, int argc, char **argv);

#endif
