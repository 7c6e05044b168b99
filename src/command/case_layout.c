#include "command/case_layout.h"

#include "base/error.h"
#include "command/retime.h"
#include "plan/program.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Of the best estimates so many are timed by the engine, if that takes no longer than about this. */
enum { TIMED = 8 };
static const double TIMED_S = 1;

static const char automatic[] = "auto";

static bool asks(const char *layout, const struct fs_model *model)
{
	size_t length = strlen(automatic);
	if (!layout)
		return !fs_program_plain(model);
	return strncmp(layout, automatic, length) == 0 && (!layout[length] || layout[length] == ',');
}

/* What follows "auto,"; NULL: nothing. */
static const char *fixed_by(const char *plan)
{
	size_t length = strlen(automatic);
	return plan[length] ? plan + length + 1 : NULL;
}

int fs_case_plan(const char *layout, const struct fs_model *model, char plan[FS_LAYOUT_TEXT],
                 struct fs_error *error)
{
	*plan = 0;
	if (!asks(layout, model))
		return 0;
	if (snprintf(plan, FS_LAYOUT_TEXT, "%s", layout ? layout : automatic) >= FS_LAYOUT_TEXT)
		return fs_fail(error, "layout: '%.40s...' is too long", layout);
	return fs_search_check(fixed_by(plan), error);
}

enum fs_planned fs_case_find_layout(const char *plan, const struct fs_system *system,
                                    const struct fs_model *model, uint64_t chips,
                                    void (*progress)(double share, uint64_t layouts, void *context),
                                    void *context, char text[FS_LAYOUT_TEXT], struct fs_error *error)
{
	const struct fs_retiming retiming = {.system = system,
	                                     .model = model,
	                                     .chips = chips,
	                                     .most = TIMED,
	                                     .effort = TIMED_S * FS_CHIP_STEPS_A_SECOND};
	enum fs_planned result = FS_PLANNED;
	struct fs_search *search = fs_allocate_zeroed(1, sizeof *search);
	if (fs_search_layouts(system, model, chips, fixed_by(plan), progress, context, search, error))
		result = search->legal ? FS_PLAN_FITS_NOWHERE : FS_PLAN_REFUSED;
	else if (fs_retime(&retiming, search, error))
		result = FS_PLAN_REFUSED;
	else
		fs_layout_text(&search->best[0].layout, model, text, FS_LAYOUT_TEXT);
	free(search);
	return result;
}
