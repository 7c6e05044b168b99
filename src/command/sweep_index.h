#ifndef FARSCALE_COMMAND_SWEEP_INDEX_H
#define FARSCALE_COMMAND_SWEEP_INDEX_H

/* Which case of a sweep a record belongs to. Names, layouts and defaults are compared as they are resolved,
 * so that a system given by its path, or a stack that is the system's own, is known again in a record. */

#include "command/sweep_file.h"

#include <jansson.h>

/** Checks every case and fills *index, to be given to fs_sweep_find (and json_decref), and
 * work_s[sweep->count] as fs_case_check does. `path` stands in errors, among which is a case that stands
 * there twice. Local. */
int fs_sweep_index(const struct fs_sweep *sweep, const char *path, double *work_s, json_t **index,
                   struct fs_error *error);

/** The number of the case that the record belongs to, or -1. */
int fs_sweep_find(const json_t *index, const struct fs_run_record *record);

/** "nvl72-gb200 dp-gpt, 8 chips, live": a case, for people. */
void fs_sweep_name_case(const struct fs_case *one, char *text, size_t size);

#endif
