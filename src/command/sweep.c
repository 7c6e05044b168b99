#include "command/commands.h"
int fs_sweep_command(const struct fs_command *self, int argc, char **argv) { (void)self; (void)argc; (void)argv; return 2; }
