#ifndef FARSCALE_COMMAND_SHOW_FABRIC_H
#define FARSCALE_COMMAND_SHOW_FABRIC_H

/* The fabric of a system in numbers: links, switches, cables, optical modules, bisection, diameter. */

#include <stdio.h>

#include <jansson.h>

struct fs_fabric_survey;

void fs_show_fabric_table(const struct fs_fabric_survey *survey, FILE *out);

/** A new object. Bandwidths in GB/s, one way, as messages get them. */
json_t *fs_show_fabric_json(const struct fs_fabric_survey *survey);

#endif
