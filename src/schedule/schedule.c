/*
 * From a request to a schedule.
 */

#include "schedule/build.h"

#include "base/error.h"

#include <assert.h>
#include <math.h>

static int check_request(const struct fs_schedule_request *request, struct fs_error *error)
{
	if (request->size < 1 || request->size > FS_MAX_GROUP)
		return fs_fail(error, "a group of %u members; allowed are 1 to %d", request->size,
		               FS_MAX_GROUP);
	if (!isfinite(request->bytes) || request->bytes < 0)
		return fs_fail(error, "a collective of %g bytes; allowed is 0 or more", request->bytes);
	if (request->domains < 0 || request->domains > FS_MAX_LEVELS)
		return fs_fail(error, "%d nested domains; allowed are 0 to %d", request->domains,
		               FS_MAX_LEVELS);
	for (int i = 0; i < request->domains; i++) {
		uint32_t inner = i ? request->domain[i - 1] : 1;
		if (request->domain[i] < 1 || request->domain[i] % inner != 0)
			return fs_fail(error,
			               "a domain of %u members around domains of %u; it must be a multiple",
			               request->domain[i], inner);
	}
	return 0;
}

/* What evaluation rests on. */
static bool is_valid(const struct fs_schedule *schedule)
{
	bool valid = schedule->levels >= 1 && schedule->slots >= 1 &&
	             fs_level_stride(schedule, schedule->levels) == schedule->size;
	for (int i = 0; i < schedule->steps; i++) {
		const struct fs_step *step = &schedule->step[i];
		valid = valid && step->level >= 0 && step->level < schedule->levels;
		valid = valid && step->unit >= 1 && step->count >= 1 && step->modulus >= 1;
	}
	return valid;
}

int fs_schedule_build(const struct fs_schedule_request *request, const char *name,
                      struct fs_schedule *schedule, struct fs_error *error)
{
	const struct fs_algorithm *algorithm = fs_algorithm_find(request->collective, name, error);
	if (!algorithm || check_request(request, error))
		return -1;
	struct fs_schedule built = {
	        .collective = request->collective,
	        .algorithm = algorithm->name,
	        .size = request->size,
	        .levels = 1,
	        .level_size = {request->size},
	};
	if (request->size == 1)
		built.slots = 1;
	else if (algorithm->build(request, &built, error))
		return -1;
	bool valid = is_valid(&built);
	assert(valid);
	(void)valid;
	*schedule = built;
	return 0;
}

void fs_add_step(struct fs_schedule *schedule, struct fs_step step)
{
	if (step.repeat == 0)
		return;
	assert(schedule->steps < FS_MAX_STEPS);
	schedule->step[schedule->steps++] = step;
}
