#include "plan/search.h"

#include "base/error.h"
#include "layout/layout_keys.h"
#include "layout/memory.h"
#include "layout/stages.h"
#include "model/model.h"
#include "schedule/schedule.h"
#include "topology/system.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

enum { MOST_VALUES = 1024, LEAST_TOKENS = 1024, MOST_SEQUENCES = 16 };

struct hunt {
	const struct fs_system *system;
	const struct fs_model *model;
	uint64_t chips;
	struct fs_estimator *estimator;
	fs_search_progress *progress;
	void *context;
	struct fs_search *search;
	struct fs_candidate least; /* memory of all that are legal */
	uint64_t since;            /* layouts since progress was last told */
	double share;              /* of the search that is done */
};

/* The values that a key can have when those before it have theirs; ascending. */
struct values {
	int count;
	uint32_t value[MOST_VALUES];
};

static void put(struct values *values, uint32_t value)
{
	if (values->count < MOST_VALUES)
		values->value[values->count++] = value;
}

static void put_range(struct values *values, uint32_t first, uint32_t last)
{
	for (uint32_t value = first; value <= last; value++)
		put(values, value);
}

static void put_divisors(struct values *values, uint64_t number, uint64_t most)
{
	for (uint32_t d = 1; d <= number && d <= most; d++)
		if (number % d == 0)
			put(values, d);
}

static uint64_t left_by(const struct hunt *hunt, uint64_t taken)
{
	return hunt->chips % taken ? 0 : hunt->chips / taken;
}

static void tensor(const struct hunt *hunt, const struct fs_layout *layout, struct values *values)
{
	(void)layout;
	put_divisors(values, hunt->chips, fs_layout_scale_up(hunt->system));
}

static void context(const struct hunt *hunt, const struct fs_layout *layout, struct values *values)
{
	put_divisors(values, left_by(hunt, layout->tp), layout->seq / LEAST_TOKENS);
	if (!values->count && left_by(hunt, layout->tp))
		put(values, 1);
}

static void pipeline(const struct hunt *hunt, const struct fs_layout *layout, struct values *values)
{
	put_divisors(values, left_by(hunt, (uint64_t)layout->tp * layout->cp),
	             (uint64_t)hunt->model->layers + hunt->model->mtp_layers + 2);
}

static uint64_t replicas(const struct hunt *hunt, const struct fs_layout *layout)
{
	return left_by(hunt, (uint64_t)layout->tp * layout->cp * layout->pp);
}

static void experts(const struct hunt *hunt, const struct fs_layout *layout, struct values *values)
{
	uint64_t left = replicas(hunt, layout);
	uint32_t most = hunt->model->experts ? hunt->model->experts : 1;
	for (uint32_t d = 1; d <= most && d <= left; d++)
		if (left % d == 0 && most % d == 0)
			put(values, d);
}

static void data(const struct hunt *hunt, const struct fs_layout *layout, struct values *values)
{
	uint64_t left = replicas(hunt, layout);
	if (left && left % layout->ep == 0)
		put(values, (uint32_t)(left / layout->ep));
}

static void micro_batch(const struct hunt *hunt, const struct fs_layout *layout, struct values *values)
{
	(void)hunt;
	uint64_t ways = (uint64_t)layout->ep * layout->dp;
	if (layout->gbs % ways == 0)
		put_divisors(values, layout->gbs / ways, MOST_SEQUENCES);
}

static void schedule(const struct hunt *hunt, const struct fs_layout *layout, struct values *values)
{
	(void)hunt;
	put_range(values, FS_1F1B, layout->pp > 1 ? FS_ZB1P : FS_1F1B);
}

static void chunks(const struct hunt *hunt, const struct fs_layout *layout, struct values *values)
{
	uint32_t layers = hunt->model->layers + hunt->model->mtp_layers;
	if (layout->schedule == FS_INTERLEAVED)
		put_range(values, 2, (layers + 2) / layout->pp);
	else
		put(values, 1);
}

static void sequence_parallel(const struct hunt *hunt, const struct fs_layout *layout, struct values *values)
{
	(void)hunt;
	put_range(values, 0, layout->tp > 1);
}

static void zero(const struct hunt *hunt, const struct fs_layout *layout, struct values *values)
{
	(void)hunt;
	bool shared = (uint64_t)layout->cp * layout->ep * layout->dp > 1;
	put_range(values, 0, shared ? 3 : 0);
}

/* As usual for what was chosen (layout/layout.h). */
static void gradient_bits(const struct hunt *hunt, const struct fs_layout *layout, struct values *values)
{
	(void)hunt;
	put(values, fs_layout_gradient_bits(layout));
}

static void recompute(const struct hunt *hunt, const struct fs_layout *layout, struct values *values)
{
	(void)hunt;
	put(values, FS_RECOMPUTE_NONE);
	if (!layout->flash)
		put(values, FS_RECOMPUTE_SELECTIVE);
	put_range(values, FS_RECOMPUTE_CHEAP, FS_RECOMPUTE_FULL);
}

/* In this order: what a key can be depends on those before it. */
static const struct axis {
	size_t key; /* offset of a number in struct fs_layout */
	void (*values)(const struct hunt *hunt, const struct fs_layout *layout, struct values *values);
} axes[] = {
        {offsetof(struct fs_layout, tp), tensor},
        {offsetof(struct fs_layout, cp), context},
        {offsetof(struct fs_layout, pp), pipeline},
        {offsetof(struct fs_layout, ep), experts},
        {offsetof(struct fs_layout, dp), data},
        {offsetof(struct fs_layout, mbs), micro_batch},
        {offsetof(struct fs_layout, schedule), schedule},
        {offsetof(struct fs_layout, vpp), chunks},
        {offsetof(struct fs_layout, sp), sequence_parallel},
        {offsetof(struct fs_layout, zero), zero},
        {offsetof(struct fs_layout, gradient_bits), gradient_bits},
        {offsetof(struct fs_layout, recompute), recompute},
};
enum { AXES = sizeof axes / sizeof *axes };

static uint32_t *key_of(struct fs_layout *layout, const struct axis *axis)
{
	return (uint32_t *)(void *)((char *)layout + axis->key);
}

/* Keeps the fastest, in order. */
static void offer(struct fs_search *search, const struct fs_candidate *candidate)
{
	int place = search->found;
	while (place > 0 && candidate->estimate.step_s < search->best[place - 1].estimate.step_s)
		place--;
	if (place == FS_SEARCH_BEST)
		return;
	int last = search->found < FS_SEARCH_BEST ? search->found++ : FS_SEARCH_BEST - 1;
	memmove(&search->best[place + 1], &search->best[place], (size_t)(last - place) * sizeof *candidate);
	search->best[place] = *candidate;
}

static void tell(struct hunt *hunt)
{
	enum { OFTEN = 1024 };
	if (++hunt->since % OFTEN == 0 && hunt->progress)
		hunt->progress(hunt->share, hunt->search->legal, hunt->context);
}

static void try(struct hunt *hunt, const struct fs_layout *layout)
{
	struct fs_candidate candidate = {.layout = *layout};
	struct fs_error refused;
	if (fs_layout_check(layout, hunt->model, &refused) || fs_stages_check(layout, hunt->model, &refused))
		return;
	candidate.layout.microbatches = layout->gbs / (layout->mbs * layout->dp * layout->ep);
	candidate.memory_bytes = fs_memory_peak(&candidate.layout, hunt->model);
	if (!hunt->search->legal++ || candidate.memory_bytes < hunt->least.memory_bytes)
		hunt->least = candidate;
	tell(hunt);
	if (candidate.memory_bytes > fs_memory_of_chip(&hunt->system->chip))
		return;
	hunt->search->fit++;
	fs_estimate(hunt->estimator, &candidate.layout, &candidate.estimate);
	offer(hunt->search, &candidate);
}

/* All values of the axis, and for each all of those that follow; `share` of the search in all. */
static void descend(struct hunt *hunt, const struct fs_layout *layout, int axis, double share)
{
	struct fs_layout next = *layout;
	struct values values = {0};
	if (axis == AXES) {
		try(hunt, layout);
		hunt->share += share;
		return;
	}
	uint32_t *key = key_of(&next, &axes[axis]);
	if (*key == FS_UNSET)
		axes[axis].values(hunt, layout, &values);
	else
		put(&values, *key);
	for (int i = 0; i < values.count; i++) {
		*key = values.value[i];
		descend(hunt, &next, axis + 1, share / values.count);
	}
	if (!values.count)
		hunt->share += share;
}

/* What is not searched and not given. */
static void set_rest(struct fs_layout *layout, const struct fs_model *model, uint64_t chips)
{
	struct fs_layout usual = *layout;
	if (layout->gbs == FS_UNSET)
		usual.gbs = (uint32_t)chips;
	fs_layout_set_usual(&usual, model);
	for (int i = 0; i < AXES; i++)
		*key_of(&usual, &axes[i]) = *key_of(layout, &axes[i]);
	*layout = usual;
}

static int check_found(const struct hunt *hunt, struct fs_error *error)
{
	char text[FS_LAYOUT_TEXT];
	const struct fs_search *search = hunt->search;
	if (!search->legal)
		return fs_fail(error,
		               "no layout of %s on %llu chips is possible with what was given; farscale show "
		               "%s --layout ... -n %llu says of one why",
		               hunt->model->name, (unsigned long long)hunt->chips, hunt->model->name,
		               (unsigned long long)hunt->chips);
	fs_layout_text(&hunt->least.layout, hunt->model, text, sizeof text);
	if (!search->fit)
		return fs_fail(
		        error,
		        "none of %llu layouts of %s on %llu chips fits: the least is %.2f GB on a chip, with "
		        "%s; %s has %.2f GB",
		        (unsigned long long)search->legal, hunt->model->name, (unsigned long long)hunt->chips,
		        hunt->least.memory_bytes / 1e9, text, hunt->system->chip.name,
		        fs_memory_of_chip(&hunt->system->chip) / 1e9);
	return 0;
}

int fs_search_layouts(const struct fs_system *system, const struct fs_model *model, uint64_t chips,
                      const char *fixed, fs_search_progress *progress, void *told, struct fs_search *search,
                      struct fs_error *error)
{
	struct hunt hunt = {.system = system,
	                    .model = model,
	                    .chips = chips,
	                    .progress = progress,
	                    .context = told,
	                    .search = search};
	struct fs_layout layout = {0};
	if (chips > FS_MAX_GROUP)
		return fs_fail(error, "%llu chips; at most %d", (unsigned long long)chips, FS_MAX_GROUP);
	if (fs_layout_read(fixed, &layout, error))
		return -1;
	set_rest(&layout, model, chips);
	hunt.estimator = fs_estimator_create(system, model, chips, error);
	if (!hunt.estimator)
		return -1;
	*search = (struct fs_search){0};
	descend(&hunt, &layout, 0, 1);
	fs_estimator_destroy(hunt.estimator);
	return check_found(&hunt, error);
}

int fs_search_check(const char *fixed, struct fs_error *error)
{
	struct fs_layout layout = {0};
	return fs_layout_read(fixed, &layout, error);
}

/* Moves the candidate to its place among those before it, which are in order. */
static void sort_in(struct fs_candidate *best, int place)
{
	struct fs_candidate candidate = best[place];
	for (; place > 0 && candidate.timed_s < best[place - 1].timed_s; place--)
		best[place] = best[place - 1];
	best[place] = candidate;
}

int fs_search_time_again(struct fs_search *search,
                         double (*time)(const struct fs_layout *layout, void *context,
                                        struct fs_error *error),
                         void *told, struct fs_error *error)
{
	struct fs_search timed = *search;
	for (int i = 0; i < timed.found; i++) {
		double seconds = time(&timed.best[i].layout, told, error);
		if (seconds < 0)
			return -1;
		if (seconds == 0)
			break;
		timed.best[i].timed_s = seconds;
		sort_in(timed.best, i);
	}
	*search = timed;
	return 0;
}
