#include "workload/workload.h"

#include "base/error.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

/* Kahn's algorithm; of those that could be next, the first in the file is (a heap of places). */

struct order {
	const struct fs_node_list *list;
	uint32_t *waits_for; /* how many it still waits for */
	uint64_t *first;     /* those that wait for node i: next[first[i] .. first[i + 1] - 1] */
	uint32_t *next;
	uint32_t *heap, heaped;
	uint32_t *sorted, count;
};

static bool ordered(const struct fs_node_list *list)
{
	for (uint32_t i = 0; i < list->nodes; i++)
		for (uint32_t d = 0; d < list->node[i].dependencies; d++)
			if (list->dependency[list->node[i].first_dependency + d] >= i)
				return false;
	return true;
}

static void push(struct order *order, uint32_t place)
{
	uint32_t i = order->heaped++;
	for (; i > 0 && order->heap[(i - 1) / 2] > place; i = (i - 1) / 2)
		order->heap[i] = order->heap[(i - 1) / 2];
	order->heap[i] = place;
}

static uint32_t pop(struct order *order)
{
	uint32_t least = order->heap[0], moved = order->heap[--order->heaped], i = 0;
	for (uint32_t child = 1; child < order->heaped; child = 2 * i + 1) {
		if (child + 1 < order->heaped && order->heap[child + 1] < order->heap[child])
			child++;
		if (order->heap[child] >= moved)
			break;
		order->heap[i] = order->heap[child];
		i = child;
	}
	order->heap[i] = moved;
	return least;
}

static void find_successors(struct order *order)
{
	const struct fs_node_list *list = order->list;
	for (uint64_t d = 0; d < list->dependencies; d++)
		order->first[list->dependency[d] + 1]++;
	for (uint32_t i = 0; i < list->nodes; i++)
		order->first[i + 1] += order->first[i];
	uint64_t *place = fs_allocate((list->nodes + 1ul) * sizeof *place);
	memcpy(place, order->first, (list->nodes + 1ul) * sizeof *place);
	for (uint32_t i = 0; i < list->nodes; i++) {
		const struct fs_node *node = &list->node[i];
		order->waits_for[i] = node->dependencies;
		for (uint32_t d = 0; d < node->dependencies; d++)
			order->next[place[list->dependency[node->first_dependency + d]]++] = i;
	}
	free(place);
}

static void sort(struct order *order)
{
	for (uint32_t i = 0; i < order->list->nodes; i++)
		if (order->waits_for[i] == 0)
			push(order, i);
	while (order->heaped) {
		uint32_t i = pop(order);
		order->sorted[order->count++] = i;
		for (uint64_t s = order->first[i]; s < order->first[i + 1]; s++)
			if (--order->waits_for[order->next[s]] == 0)
				push(order, order->next[s]);
	}
}

/* Who goes from a node that was never free to one that it waits for, and so on, ends up in a cycle. */
static int refuse_cycle(const struct order *order, struct fs_error *error)
{
	const struct fs_node_list *list = order->list;
	uint32_t at = 0;
	while (order->waits_for[at] == 0)
		at++;
	for (uint32_t steps = 0; steps < list->nodes; steps++) {
		const struct fs_node *node = &list->node[at];
		uint32_t d = 0;
		while (order->waits_for[list->dependency[node->first_dependency + d]] == 0)
			d++;
		at = list->dependency[node->first_dependency + d];
	}
	return fs_fail(error, "%s: node %" PRIu64 " waits for itself, in a cycle of dependencies",
	               list->origin, list->node[at].id);
}

static void rearrange(struct fs_node_list *list, const uint32_t *sorted)
{
	struct fs_node_list new = {.origin = list->origin};
	uint32_t *place = fs_allocate(list->nodes * sizeof *place);
	for (uint32_t i = 0; i < list->nodes; i++)
		place[sorted[i]] = i;
	for (uint32_t i = 0; i < list->nodes; i++) {
		const struct fs_node *node = &list->node[sorted[i]];
		fs_list_add(&new, node);
		for (uint32_t d = 0; d < node->dependencies; d++)
			fs_list_depend(&new, place[list->dependency[node->first_dependency + d]]);
	}
	free(place);
	free(list->node);
	free(list->dependency);
	*list = new;
}

int fs_list_order(struct fs_node_list *list, struct fs_error *error)
{
	if (ordered(list))
		return 0;
	struct order order = {.list = list};
	order.waits_for = fs_allocate_zeroed(list->nodes, sizeof *order.waits_for);
	order.first = fs_allocate_zeroed(list->nodes + 1ul, sizeof *order.first);
	order.next = fs_allocate(list->dependencies * sizeof *order.next);
	order.heap = fs_allocate(list->nodes * sizeof *order.heap);
	order.sorted = fs_allocate(list->nodes * sizeof *order.sorted);
	find_successors(&order);
	sort(&order);
	int status = order.count == list->nodes ? 0 : refuse_cycle(&order, error);
	if (!status)
		rearrange(list, order.sorted);
	free(order.waits_for);
	free(order.first);
	free(order.next);
	free(order.heap);
	free(order.sorted);
	return status;
}
