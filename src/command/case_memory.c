#include "command/case_memory.h"

#include "base/error.h"
#include "layout/memory.h"
#include "topology/system.h"

#include <stdio.h>

enum { MOST_STAGES_NAMED = 16 };

static double gigabytes(double bytes)
{
	return bytes / (1024.0 * 1024 * 1024);
}

/* "70.1 66.3 66.3 68.0", of the first stages. */
static void list_stages(const struct fs_layout *layout, const struct fs_model *model, char *text, size_t size)
{
	size_t used = 0;
	for (uint32_t s = 0; s < layout->pp && s < MOST_STAGES_NAMED && used < size; s++) {
		struct fs_memory memory = fs_memory_of_stage(layout, model, s);
		used += (size_t)snprintf(text + used, size - used, "%s%.1f", s ? " " : "",
		                         gigabytes(fs_memory_total(&memory)));
	}
	if (layout->pp > MOST_STAGES_NAMED && used < size)
		snprintf(text + used, size - used, " ...");
}

int fs_case_fits(const char *text, uint64_t chips, const struct fs_system *system,
                 const struct fs_model *model, struct fs_error *error)
{
	struct fs_layout layout;
	char stages[256];
	if (fs_layout_resolve(text, model, system, chips, &layout, error))
		return -1;
	double needed = fs_memory_peak(&layout, model), has = fs_memory_of_chip(&system->chip);
	if (needed <= has)
		return 0;
	list_stages(&layout, model, stages, sizeof stages);
	return fs_fail(
	        error,
	        "%s does not fit: its chips need up to %.1f GB of 2^30 bytes and have %.1f; by stage: %s; "
	        "farscale show MODEL --layout ... shows what takes it, --allow-oom runs it anyway",
	        model->name, gigabytes(needed), gigabytes(has), stages);
}
