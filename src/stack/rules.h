#ifndef FARSCALE_STACK_RULES_H
#define FARSCALE_STACK_RULES_H

/* What library.c asks of each library. */

#include "stack/library.h"

/** As fs_library_choices, in any order. */
typedef int fs_library_rule(const struct fs_system *system, const struct fs_call *call,
                            struct fs_choice choice[FS_MAX_CHOICES]);

/** As fs_library_default. */
typedef void fs_library_carrier(const struct fs_system *system, const struct fs_call *call,
                                struct fs_transport *transport);

fs_library_rule fs_nccl_choices;
fs_library_carrier fs_nccl_default;

fs_library_rule fs_hccl_choices;
fs_library_carrier fs_hccl_default;

#endif
