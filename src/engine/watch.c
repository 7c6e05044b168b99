#include "engine/watch.h"

#include "base/error.h"

#include <stdlib.h>

void fs_watch_create(struct fs_watch *watch, const struct fs_engine_options *options, uint64_t first_chip,
                     uint64_t chips)
{
	*watch = (struct fs_watch){.options = options, .first_chip = first_chip};
	if (!options->observe)
		return;
	watch->place = fs_allocate_zeroed((unsigned long)options->observed_count + 1, sizeof *watch->place);
	watch->begin_s =
	        fs_allocate_zeroed((unsigned long)options->observed_count + 1, sizeof *watch->begin_s);
	for (int i = 0; i < options->observed_count; i++)
		if (options->observed[i] >= first_chip && options->observed[i] - first_chip < chips)
			watch->place[watch->count++] = options->observed[i] - first_chip;
}

void fs_watch_destroy(struct fs_watch *watch)
{
	free(watch->place);
	free(watch->begin_s);
}

void fs_watch_step(struct fs_watch *watch, uint32_t step)
{
	watch->now = watch->count && step == watch->options->warmup;
}

void fs_watch_begin(struct fs_watch *watch, const double *time)
{
	for (int i = 0; watch->now && i < watch->count; i++)
		watch->begin_s[i] = time[watch->place[i]];
}

static void tell(const struct fs_watch *watch, const struct fs_op *op, const double *time, bool longer)
{
	for (int i = 0; watch->now && i < watch->count; i++) {
		const struct fs_span span = {
		        .chip = watch->first_chip + watch->place[i],
		        .op = op,
		        .begin_s = watch->begin_s[i],
		        .end_s = time[watch->place[i]],
		        .longer = longer,
		};
		if (longer || span.end_s > span.begin_s)
			watch->options->observe(watch->options->observe_context, &span);
	}
}

void fs_watch_end(struct fs_watch *watch, const struct fs_op *op, const double *time)
{
	tell(watch, op, time, false);
}

void fs_watch_longer(struct fs_watch *watch, const struct fs_op *op, const double *time)
{
	tell(watch, op, time, true);
}
