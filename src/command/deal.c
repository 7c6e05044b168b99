#include "command/deal.h"

#include "base/error.h"

#include <stdlib.h>

struct piece {
	int index;
	double work;
};

static int by_work(const void *a, const void *b)
{
	const struct piece *first = a, *second = b;
	if (first->work != second->work)
		return first->work < second->work ? 1 : -1;
	return first->index - second->index;
}

static int idlest_of(const double *load, int parts)
{
	int idlest = 0;
	for (int part = 1; part < parts; part++)
		idlest = load[part] < load[idlest] ? part : idlest;
	return idlest;
}

void fs_deal(const double *work, int count, int parts, int *part_of)
{
	struct piece *piece = fs_allocate((size_t)(count + 1) * sizeof *piece);
	double *load = fs_allocate_zeroed((size_t)parts, sizeof *load);
	for (int i = 0; i < count; i++)
		piece[i] = (struct piece){i, work[i]};
	qsort(piece, (size_t)count, sizeof *piece, by_work);
	for (int i = 0; i < count; i++) {
		int idlest = idlest_of(load, parts);
		load[idlest] += piece[i].work;
		part_of[piece[i].index] = idlest;
	}
	free(load);
	free(piece);
}
