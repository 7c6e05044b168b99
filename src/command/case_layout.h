#ifndef FARSCALE_COMMAND_CASE_LAYOUT_H
#define FARSCALE_COMMAND_CASE_LAYOUT_H

/*
 * Which layout a case is run in. "tp=8,pp=4": what is not given is derived (layout/layout.h). "auto" or
 * "auto,gbs=2048,seq=8192": what is not given is planned (plan/search.h), so that it is the fastest that
 * fits; of the best estimates some are timed by the engine. Nothing: for plain slices as derived, for other
 * models "auto".
 */

#include "layout/layout.h"

#include <stdbool.h>

struct fs_error;
struct fs_model;
struct fs_system;

/** Is the layout to be planned? Then `plan` gets what records call it: "auto", "auto,gbs=2048"; else "".
 * Fails where that cannot be read or is too long for a record. */
int fs_case_plan(const char *layout, const struct fs_model *model, char plan[FS_LAYOUT_TEXT],
                 struct fs_error *error);

enum fs_planned { FS_PLANNED, FS_PLAN_REFUSED, FS_PLAN_FITS_NOWHERE };

/** The layout that follows from the plan (not ""), complete: it can be given as it is. The system is placed
 * for the chips. Deterministic; seconds. progress: 0 to 1; may be NULL. */
enum fs_planned fs_case_find_layout(const char *plan, const struct fs_system *system,
                                    const struct fs_model *model, uint64_t chips,
                                    void (*progress)(double share, uint64_t layouts, void *context),
                                    void *context, char text[FS_LAYOUT_TEXT], struct fs_error *error);

#endif
