#include "base/minimise.h"

#include "base/random.h"

#include <assert.h>
#include <math.h>
#include <string.h>

/* Nelder and Mead's own coefficients. */
static const double REFLECT = 1, EXPAND = 2, CONTRACT = 0.5, SHRINK = 0.5;

struct corner {
	double at[FS_MOST_UNKNOWNS]; /* in the unit cube */
	double value;
};

struct search {
	int count, evaluations;
	const struct fs_range *range;
	fs_objective *objective;
	void *context;
	const struct fs_minimise_options *options;
	struct corner corner[FS_MOST_UNKNOWNS + 1]; /* best first */
};

static double into(const struct fs_range *range, double x)
{
	double part = range->low > 0 && x > 0 ? fs_log(x / range->low) / fs_log(range->high / range->low)
	                                      : (x - range->low) / (range->high - range->low);
	return fmin(1, fmax(0, part));
}

/* The faces are the bounds themselves, to the last bit. */
static double out_of(const struct fs_range *range, double part)
{
	if (part <= 0 || part >= 1)
		return part <= 0 ? range->low : range->high;
	double x = range->low > 0 ? range->low * fs_exp(part * fs_log(range->high / range->low))
	                          : range->low + part * (range->high - range->low);
	return fmin(range->high, fmax(range->low, x));
}

static void place(const struct search *search, const double *at, double *x)
{
	for (int i = 0; i < search->count; i++)
		x[i] = out_of(&search->range[i], at[i]);
}

static void evaluate(struct search *search, struct corner *corner)
{
	double x[FS_MOST_UNKNOWNS];
	for (int i = 0; i < search->count; i++)
		corner->at[i] = fmin(1, fmax(0, corner->at[i]));
	place(search, corner->at, x);
	corner->value = search->objective(x, search->context);
	assert(!isnan(corner->value));
	search->evaluations++;
}

/* The radical inverse: the digits of i behind the point, the last one first. */
static double inverse(int i, int base)
{
	double part = 0, digit = 1.0 / base;
	for (; i > 0; i /= base, digit /= base)
		part += i % base * digit;
	return part;
}

/* Halton's points; the best one becomes the first corner, if it is better. */
static void look_around(struct search *search)
{
	static const int primes[] = {2, 3, 5, 7, 11, 13, 17, 19, 23, 29, 31, 37, 41, 43, 47, 53};
	static_assert(sizeof primes / sizeof *primes == FS_MOST_UNKNOWNS, "a prime for each");
	for (int i = 1; i <= search->options->around; i++) {
		struct corner tried = {.value = 0};
		for (int k = 0; k < search->count; k++)
			tried.at[k] = inverse(i, primes[k]);
		evaluate(search, &tried);
		if (tried.value < search->corner[0].value)
			search->corner[0] = tried;
	}
}

/* By insertion: of equal ones the older stays in front. */
static void sort(struct search *search)
{
	for (int i = 1; i <= search->count; i++) {
		struct corner moved = search->corner[i];
		int to = i;
		for (; to > 0 && search->corner[to - 1].value > moved.value; to--)
			search->corner[to] = search->corner[to - 1];
		search->corner[to] = moved;
	}
}

/* Which way the sides of unknowns of even and of odd number go from the best point, simplex after simplex:
 * where a function has edges, a flat simplex may see no way down that another one sees. */
static const double ways[][2] = {{1, 1}, {-1, -1}, {1, -1}, {-1, 1}};
enum { WAYS = sizeof ways / sizeof *ways };

/* A side goes the other way where there is no room. */
static void begin(struct search *search, int simplex)
{
	for (int i = 0; i < search->count; i++) {
		struct corner *corner = &search->corner[i + 1];
		*corner = search->corner[0];
		double side = ways[simplex % WAYS][i % 2] * search->options->side;
		corner->at[i] += corner->at[i] + side > 1 || corner->at[i] + side < 0 ? -side : side;
		evaluate(search, corner);
	}
	sort(search);
}

static bool has_settled(const struct search *search)
{
	const struct corner *best = &search->corner[0], *worst = &search->corner[search->count];
	double width = 0;
	for (int k = 1; k <= search->count; k++)
		for (int i = 0; i < search->count; i++)
			width = fmax(width, fabs(search->corner[k].at[i] - best->at[i]));
	/* Where all values are alike there is nothing to walk down, however wide it is. */
	return worst->value - best->value <= search->options->value &&
	       (width <= search->options->place || worst->value == best->value);
}

/* The point so far from the centre of all corners but the worst, away from it; negative: towards it. */
static struct corner step(struct search *search, double times)
{
	const struct corner *worst = &search->corner[search->count];
	struct corner tried = {.value = 0};
	for (int i = 0; i < search->count; i++) {
		double centre = 0;
		for (int k = 0; k < search->count; k++)
			centre += search->corner[k].at[i];
		centre /= search->count;
		tried.at[i] = centre + times * (centre - worst->at[i]);
	}
	evaluate(search, &tried);
	return tried;
}

static void shrink(struct search *search)
{
	for (int k = 1; k <= search->count; k++) {
		for (int i = 0; i < search->count; i++) {
			double best = search->corner[0].at[i];
			search->corner[k].at[i] = best + SHRINK * (search->corner[k].at[i] - best);
		}
		evaluate(search, &search->corner[k]);
	}
}

static void move(struct search *search)
{
	struct corner *worst = &search->corner[search->count], reflected = step(search, REFLECT), further;
	if (reflected.value < search->corner[0].value) {
		further = step(search, EXPAND);
		*worst = further.value < reflected.value ? further : reflected;
	} else if (reflected.value < search->corner[search->count - 1].value) {
		*worst = reflected;
	} else {
		bool outside = reflected.value < worst->value;
		further = step(search, outside ? CONTRACT : -CONTRACT);
		if (further.value < (outside ? reflected.value : worst->value))
			*worst = further;
		else
			shrink(search);
	}
	sort(search);
}

/* Walks a simplex until it settles; false: it ran into the limit. */
static bool walk(struct search *search, int simplex)
{
	begin(search, simplex);
	while (!has_settled(search)) {
		if (search->evaluations >= search->options->evaluations)
			return false;
		move(search);
	}
	return true;
}

struct fs_minimum fs_minimise(int count, const struct fs_range *range, double *x, fs_objective *objective,
                              void *context, const struct fs_minimise_options *options)
{
	assert(count >= 1 && count <= FS_MOST_UNKNOWNS);
	struct search search = {.count = count,
	                        .range = range,
	                        .objective = objective,
	                        .context = context,
	                        .options = options};
	for (int i = 0; i < count; i++)
		search.corner[0].at[i] = into(&range[i], x[i]);
	evaluate(&search, &search.corner[0]);
	look_around(&search);
	bool settled = walk(&search, 0);
	for (int restart = 1; settled && restart <= options->restarts; restart++)
		settled = walk(&search, restart);
	place(&search, search.corner[0].at, x);
	return (struct fs_minimum){search.corner[0].value, search.evaluations, settled};
}
