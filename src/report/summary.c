#include "report/summary.h"

#include "base/error.h"

#include <math.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

static int compare_doubles(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;
	return (x > y) - (x < y);
}

double fs_quantile(double *values, int count, double q)
{
	int numbers = 0;
	for (int i = 0; i < count; i++)
		if (!isnan(values[i]))
			values[numbers++] = values[i];
	if (numbers == 0)
		return NAN;
	qsort(values, (size_t)numbers, sizeof *values, compare_doubles);
	double at = q * (numbers - 1);
	int below = (int)at;
	if (below == numbers - 1)
		return values[below];
	return values[below] + (at - below) * (values[below + 1] - values[below]);
}

static const char trust_order[] = "RDME";

static long trust_rank(char trust)
{
	const char *place = trust ? strchr(trust_order, trust) : NULL;
	return place ? place - trust_order : (long)sizeof trust_order - 2;
}

char fs_trust_weaker(char a, char b)
{
	long rank_a = trust_rank(a), rank_b = trust_rank(b);
	return trust_order[rank_a > rank_b ? rank_a : rank_b];
}

const char *fs_trust_text(char trust)
{
	static const char *const text[] = {"R: read in a source", "D: derived from sources", "M: from memory",
	                                   "E: an estimate"};
	return text[trust_rank(trust)];
}

static int compare_counts(uint64_t a, uint64_t b)
{
	return (a > b) - (a < b);
}

static int compare_series(const struct fs_run_record *a, const struct fs_run_record *b)
{
	int order = strcmp(a->model, b->model);
	order = order ? order : strcmp(a->system, b->system);
	order = order ? order : strcmp(a->stack, b->stack);
	return order ? order : strcmp(a->overrides, b->overrides);
}

/* "virtual" sorts before "wall" as it should. */
static int compare_points(const struct fs_run_record *a, const struct fs_run_record *b)
{
	int order = compare_series(a, b);
	order = order ? order : compare_counts(a->chips, b->chips);
	order = order ? order : strcmp(a->clock, b->clock);
	order = order ? order : strcmp(a->compute, b->compute);
	order = order ? order : strcmp(a->pace, b->pace);
	return order ? order : strcmp(a->layout, b->layout);
}

/* Seeds, and then places in memory (the order of the file), make the order complete. */
static int compare_records(const void *left, const void *right)
{
	const struct fs_run_record *a = *(const struct fs_run_record *const *)left;
	const struct fs_run_record *b = *(const struct fs_run_record *const *)right;
	int order = compare_points(a, b);
	order = order ? order : compare_counts(a->seed, b->seed);
	return order ? order : (a > b) - (a < b);
}

/* Fields of a record are named by their offsets. */
static double value_at(const struct fs_run_record *record, size_t field)
{
	double value;
	memcpy(&value, (const char *)record + field, sizeof value);
	return value;
}

static double quantile_of(const struct fs_run_record *const *records, int count, size_t field, double q)
{
	double *values = fs_allocate((unsigned long)count * sizeof *values);
	for (int i = 0; i < count; i++)
		values[i] = value_at(records[i], field);
	double result = fs_quantile(values, count, q);
	free(values);
	return result;
}

static double median_of(const struct fs_run_record *const *records, int count, size_t field)
{
	return quantile_of(records, count, field, 0.5);
}

static double mean_of(const struct fs_run_record *const *records, int count, size_t field)
{
	double sum = 0;
	for (int i = 0; i < count; i++)
		sum += value_at(records[i], field);
	return sum / count;
}

static struct fs_point point_of(const struct fs_run_record *const *records, int count)
{
	struct fs_point point = {
	        .first = records[0],
	        .records = count,
	        .live = strcmp(records[0]->clock, "wall") == 0,
	        .mfu = median_of(records, count, offsetof(struct fs_run_record, mfu)),
	        .tokens_per_s = median_of(records, count, offsetof(struct fs_run_record, tokens_per_s)),
	        .difference = median_of(records, count, offsetof(struct fs_run_record, difference)),
	        .compute_s = mean_of(records, count, offsetof(struct fs_run_record, compute_s)),
	        .exposed_comm_s = mean_of(records, count, offsetof(struct fs_run_record, exposed_comm_s)),
	        .bubble_s = mean_of(records, count, offsetof(struct fs_run_record, bubble_s)),
	        .straggler_s = mean_of(records, count, offsetof(struct fs_run_record, straggler_s)),
	};
	struct fs_spread step = {
	        .low = quantile_of(records, count, offsetof(struct fs_run_record, step_p5_s), 0.05),
	        .median = median_of(records, count, offsetof(struct fs_run_record, step_s)),
	        .high = quantile_of(records, count, offsetof(struct fs_run_record, step_p95_s), 0.95),
	};
	/* Efficiency goes with 1 / step: the slowest steps are the least efficient. */
	double efficiency = median_of(records, count, offsetof(struct fs_run_record, efficiency));
	point.step_s = step;
	point.efficiency.low = efficiency * step.median / step.high;
	point.efficiency.median = efficiency;
	point.efficiency.high = efficiency * step.median / step.low;
	for (int i = 0; i < count; i++)
		point.wrong += records[i]->wrong;
	return point;
}

/* How many of the first records are one point, or one series, with the first. */
static int run_length(const struct fs_run_record *const *records, int count,
                      int (*compare)(const struct fs_run_record *a, const struct fs_run_record *b))
{
	int length = 1;
	while (length < count && compare(records[0], records[length]) == 0)
		length++;
	return length;
}

static void name_series(struct fs_summary *summary)
{
	for (int i = 0; i < summary->count; i++) {
		const struct fs_run_record *own = summary->series[i].first;
		bool stacks = false, overrides = false;
		for (int j = 0; j < summary->count; j++) {
			const struct fs_run_record *other = summary->series[j].first;
			if (strcmp(own->model, other->model) || strcmp(own->system, other->system))
				continue;
			stacks |= strcmp(own->stack, other->stack) != 0;
			overrides |= strcmp(own->overrides, other->overrides) != 0;
		}
		overrides &= *own->overrides != 0;
		snprintf(summary->series[i].label, sizeof summary->series[i].label, "%s%s%s%s%s", own->system,
		         stacks ? ", " : "", stacks ? own->stack : "", overrides ? ", " : "",
		         overrides ? own->overrides : "");
	}
}

struct fs_summary *fs_summary_create(const struct fs_run_record *records, int count)
{
	struct fs_summary *summary = fs_allocate_zeroed(1, sizeof *summary);
	unsigned long room = (unsigned long)count + 1;
	const struct fs_run_record **sorted = fs_allocate(room * sizeof *sorted);
	summary->series = fs_allocate_zeroed(room, sizeof *summary->series);
	summary->points = fs_allocate_zeroed(room, sizeof *summary->points);
	summary->trust = 'R';
	for (int i = 0; i < count; i++) {
		sorted[i] = &records[i];
		summary->trust = fs_trust_weaker(summary->trust, records[i].trust[0]);
	}
	qsort(sorted, (size_t)count, sizeof *sorted, compare_records);
	struct fs_point *next = summary->points;
	for (int begin = 0; begin < count;) {
		int end = begin + run_length(sorted + begin, count - begin, compare_series);
		struct fs_series *series = &summary->series[summary->count++];
		series->first = sorted[begin];
		series->point = next;
		while (begin < end) {
			int length = run_length(sorted + begin, end - begin, compare_points);
			*next++ = point_of(sorted + begin, length);
			begin += length;
		}
		series->points = (int)(next - series->point);
	}
	free(sorted);
	name_series(summary);
	return summary;
}

void fs_summary_destroy(struct fs_summary *summary)
{
	if (!summary)
		return;
	free(summary->points);
	free(summary->series);
	free(summary);
}

int fs_summary_same_model(const struct fs_summary *summary, int first)
{
	int length = 1;
	while (first + length < summary->count &&
	       strcmp(summary->series[first].first->model, summary->series[first + length].first->model) == 0)
		length++;
	return length;
}
