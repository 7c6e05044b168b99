#include "command/fabric_pick.h"

#include <string.h>

int fs_pick_find(const struct fs_pick *pick, uint64_t id)
{
	for (int i = 0; i < pick->count; i++)
		if (pick->id[i] == id)
			return i;
	return -1;
}

void fs_pick_add(struct fs_pick *pick, uint64_t id)
{
	int at = pick->count;
	if (pick->count == FS_MOST_PICKED || fs_pick_find(pick, id) >= 0)
		return;
	while (at > 0 && pick->id[at - 1] > id)
		at--;
	memmove(&pick->id[at + 1], &pick->id[at], (size_t)(pick->count - at) * sizeof *pick->id);
	pick->id[at] = id;
	pick->count++;
}

void fs_pick_spread(struct fs_pick *pick, uint64_t first, uint64_t end, uint64_t most)
{
	uint64_t count = end - first;
	bool all = count <= most;
	for (uint64_t i = 0; i < (all ? count : most - 1); i++)
		fs_pick_add(pick, first + i);
	if (!all)
		fs_pick_add(pick, most > 1 ? end - 1 : first);
}

/* Slots, gaps included, that the ids of first .. end-1 take. */
static double slots(const struct fs_pick *pick, uint64_t first, uint64_t end, double gap)
{
	double sum = 0;
	uint64_t next = first;
	for (int i = 0; i < pick->count; i++) {
		if (pick->id[i] < first || pick->id[i] >= end)
			continue;
		sum += pick->id[i] == next ? 1 : 1 + gap;
		next = pick->id[i] + 1;
	}
	return sum + (next < end ? gap : 0);
}

void fs_row_place(struct fs_row *row, const struct fs_pick *pick, uint64_t first, uint64_t end, double left,
                  double right, double gap)
{
	double sum = slots(pick, first, end, gap), slot = sum > 0 ? (right - left) / sum : 0, x = left;
	uint64_t next = first;
	for (int i = 0; i < pick->count && row->pick.count < FS_MOST_PICKED; i++) {
		if (pick->id[i] < first || pick->id[i] >= end)
			continue;
		x += pick->id[i] == next ? 0 : gap * slot;
		row->x[row->pick.count] = x + slot / 2;
		row->slot[row->pick.count] = slot;
		row->pick.id[row->pick.count++] = pick->id[i];
		x += slot;
		next = pick->id[i] + 1;
	}
}

void fs_row_each_gap(const struct fs_row *row, uint64_t total,
                     void (*visit)(uint64_t left_out, double x, double width, void *context), void *context)
{
	int last = row->pick.count - 1;
	if (last < 0)
		return;
	if (row->pick.id[0] > 0)
		visit(row->pick.id[0], row->x[0] - row->slot[0], row->slot[0], context);
	for (int i = 0; i < last; i++) {
		double a = row->x[i] + row->slot[i] / 2, b = row->x[i + 1] - row->slot[i + 1] / 2;
		if (row->pick.id[i + 1] > row->pick.id[i] + 1)
			visit(row->pick.id[i + 1] - row->pick.id[i] - 1, (a + b) / 2, b - a, context);
	}
	if (row->pick.id[last] + 1 < total)
		visit(total - row->pick.id[last] - 1, row->x[last] + row->slot[last], row->slot[last],
		      context);
}
