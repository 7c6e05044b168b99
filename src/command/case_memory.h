#ifndef FARSCALE_COMMAND_CASE_MEMORY_H
#define FARSCALE_COMMAND_CASE_MEMORY_H

#include <stdint.h>

struct fs_error;
struct fs_model;
struct fs_system;

/** Does the layout (text, or NULL for the default) fit into the system's chips (layout/memory.h)? If not, the
 * error says by how much, stage by stage. */
int fs_case_fits(const char *text, uint64_t chips, const struct fs_system *system,
                 const struct fs_model *model, struct fs_error *error);

#endif
