#ifndef FARSCALE_COMMAND_SHOW_SYSTEM_H
#define FARSCALE_COMMAND_SHOW_SYSTEM_H

/* A resolved system, every number with its unit, trust letter and sources. */

#include <stdio.h>

#include <jansson.h>

struct fs_system;

/** An aligned table; sources as numbers that are listed below it. */
void fs_show_system_table(const struct fs_system *system, FILE *out);

/** A new object, nested as the paths are; every number is {value, unit, trust, source}; what is
 *  computed from them is {value, unit, formula} under `derived`. */
json_t *fs_show_system_json(const struct fs_system *system);

#endif
