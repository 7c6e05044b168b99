#include "engine/watch.h"

#include "base/error.h"

#include <stdlib.h>

void fs_watch_create(struct fs_watch *watch, const struct fs_engine_options *options)
{
	*watch = (struct fs_watch){.options = options};
	if (!options->observe)
		return;
	unsigned long room = (unsigned long)options->observed_count + 1;
	watch->chip = fs_allocate_zeroed(room, sizeof *watch->chip);
	watch->place = fs_allocate_zeroed(room, sizeof *watch->place);
	watch->begin_s = fs_allocate_zeroed(room, sizeof *watch->begin_s);
}

void fs_watch_chip(struct fs_watch *watch, uint64_t chip, uint64_t place)
{
	watch->chip[watch->count] = chip;
	watch->place[watch->count++] = place;
}

void fs_watch_destroy(struct fs_watch *watch)
{
	free(watch->chip);
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

static void tell(const struct fs_watch *watch, const struct fs_op *op, uint64_t at, uint64_t count,
                 const double *time, bool longer)
{
	for (int i = 0; watch->now && i < watch->count; i++) {
		uint64_t place = watch->place[i];
		const struct fs_span span = {
		        .chip = watch->chip[i],
		        .op = op,
		        .begin_s = watch->begin_s[i],
		        .end_s = time[place],
		        .longer = longer,
		};
		if (place >= at && place - at < count && (longer || span.end_s > span.begin_s))
			watch->options->observe(watch->options->observe_context, &span);
	}
}

void fs_watch_end(struct fs_watch *watch, const struct fs_op *op, uint64_t at, uint64_t count,
                  const double *time)
{
	tell(watch, op, at, count, time, false);
}

void fs_watch_longer(struct fs_watch *watch, const struct fs_op *op, uint64_t at, uint64_t count,
                     const double *time)
{
	tell(watch, op, at, count, time, true);
}
