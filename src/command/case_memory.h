#ifndef FARSCALE_COMMAND_CASE_MEMORY_H
#define FARSCALE_COMMAND_CASE_MEMORY_H

#include "command/case.h"

struct fs_model;
struct fs_system;

/** Does the case's layout fit into the system's chips (plan/memory.h)? If not, the error says by how much,
 * stage by stage. */
int fs_case_fits(const struct fs_case *one, const struct fs_system *system, const struct fs_model *model,
                 struct fs_error *error);

#endif
