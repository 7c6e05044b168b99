#ifndef FARSCALE_COMMAND_SHOW_H
#define FARSCALE_COMMAND_SHOW_H

struct fs_command;

/** `farscale show [SYSTEM | MODEL]`: a resolved system (--fabric: its networks) or a model; without a name,
 *  what there is. */
int fs_show_run(const struct fs_command *self, int argc, char **argv);

#endif
