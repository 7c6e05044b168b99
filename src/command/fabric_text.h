#ifndef FARSCALE_COMMAND_FABRIC_TEXT_H
#define FARSCALE_COMMAND_FABRIC_TEXT_H

#include <stddef.h>

struct fs_fabric;

/** A fabric in a few words: "clos radix 64, 8 rails, adaptive", "torus 16x16x16, dimension_order"; what is
 * not given, or 1 of something, is left out. Returns the buffer. */
const char *fs_fabric_text(const struct fs_fabric *fabric, char *buffer, size_t size);

#endif
