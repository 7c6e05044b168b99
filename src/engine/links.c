#include "engine/links.h"

#include "base/error.h"
#include "cost/peers.h"
#include "engine/team.h"
#include "fabric/contention.h"
#include "fabric/posted.h"

#include <math.h>
#include <stdlib.h>

void fs_links_create(struct fs_links *links, uint64_t chips, int ranks, int rank)
{
	uint64_t begin = fs_block_begin(chips, ranks, rank);
	*links = (struct fs_links){.chips = chips, .ranks = ranks, .begin = begin};
	links->count = fs_block_begin(chips, ranks, rank + 1) - begin;
}

void fs_links_destroy(struct fs_links *links)
{
	free(links->segment);
	free(links->in);
	free(links->out);
}

/* What the search for one iteration's segments goes by. */
struct search {
	struct fs_links *links;
	const struct fs_iteration *iteration;
	const struct fs_contention *contention;
	int tiers;
	uint64_t tier_group[FS_MAX_TIERS];
	double alpha[FS_MAX_TIERS], beta[FS_MAX_TIERS];
};

static uint64_t least(uint64_t a, uint64_t b)
{
	return a < b ? a : b;
}

/* The tier that a chip's link over `distance` uses, and (through *count) for how many chips that stays so. */
static int tier_over(const struct search *search, uint64_t chip, int64_t distance, uint64_t *count)
{
	uint64_t length = (uint64_t)llabs(distance);
	for (int k = 0; k < search->tiers - 1; k++) {
		uint64_t group = search->tier_group[k], at = chip % group;
		if (length >= group)
			continue;
		uint64_t border =
		        distance < 0 ? length : group - length; /* of those with room on that side */
		bool inside = distance < 0 ? at >= border : at < border;
		*count = least(*count, at < border ? border - at : group - at);
		if (inside)
			return k;
	}
	return search->tiers - 1;
}

static void *grow(void *array, int count, int *room, unsigned long size)
{
	if (count < *room)
		return array;
	*room = *room ? 2 * *room : 16;
	return fs_reallocate(array, (unsigned long)*room * size);
}

static void add_range(struct fs_range **ranges, int *count, int *room, struct fs_range range)
{
	struct fs_range *last = *count ? &(*ranges)[*count - 1] : NULL;
	if (last && last->rank == range.rank && last->begin + last->count == range.begin) {
		last->count += range.count;
		return;
	}
	*ranges = grow(*ranges, *count, room, sizeof **ranges);
	(*ranges)[(*count)++] = range;
}

static bool alike(const struct fs_segment *a, const struct fs_segment *b)
{
	return a->place + a->count == b->place && a->alpha == b->alpha && a->beta_in == b->beta_in &&
	       a->beta_out == b->beta_out;
}

void fs_links_add_segment(struct fs_links *links, struct fs_segment segment)
{
	struct fs_segment *last = links->segments ? &links->segment[links->segments - 1] : NULL;
	if (last && alike(last, &segment)) {
		last->count += segment.count;
		return;
	}
	links->segment = grow(links->segment, links->segments, &links->segment_room, sizeof segment);
	links->segment[links->segments++] = segment;
}

void fs_links_add_incoming(struct fs_links *links, struct fs_range range)
{
	add_range(&links->in, &links->incoming, &links->incoming_room, range);
}

void fs_links_add_outgoing(struct fs_links *links, struct fs_range range)
{
	add_range(&links->out, &links->outgoing, &links->outgoing_room, range);
}

/* Keeps a run within the chips of one rank on the other side. Returns that rank. */
static int cut_at_owner(const struct fs_links *links, uint64_t first, uint64_t *count)
{
	if (links->ranks == 1)
		return 0;
	int rank = fs_block_owner(links->chips, links->ranks, first);
	*count = least(*count, fs_block_begin(links->chips, links->ranks, rank + 1) - first);
	return rank;
}

static bool here(const struct fs_links *links, uint64_t chip)
{
	return chip >= links->begin && chip < links->begin + links->count;
}

/* Remote senders' places are known only when all have been found; until then a segment has the sender's chip,
 * after a gap that keeps it from looking like the continuation of the block. */
static uint32_t place_of(struct fs_links *links, uint64_t from, int rank, uint64_t count)
{
	if (here(links, from))
		return (uint32_t)(from - links->begin);
	fs_links_add_incoming(links, (struct fs_range){rank, (uint32_t)from, (uint32_t)count});
	return (uint32_t)(links->count + 1 + from);
}

/* Adds the segment that begins with `chip`; returns its length. */
static uint64_t add_from(const struct search *search, uint64_t chip)
{
	struct fs_links *links = search->links;
	struct fs_peers peers = fs_peers_of(search->iteration, chip);
	uint64_t count = least(peers.count, links->begin + links->count - chip);
	struct fs_segment segment = {.begin = (uint32_t)(chip - links->begin), .alpha = -INFINITY};
	int in = -1, out = -1, in_rank = 0, out_rank = 0;
	if (peers.from != FS_NO_PEER) {
		in = tier_over(search, chip, peers.from, &count);
		in_rank = cut_at_owner(links, chip + (uint64_t)peers.from, &count);
	}
	if (peers.to != FS_NO_PEER) {
		out = tier_over(search, chip, peers.to, &count);
		out_rank = cut_at_owner(links, chip + (uint64_t)peers.to, &count);
	}
	segment.count = (uint32_t)count;
	segment.place = segment.begin;
	if (in >= 0) {
		segment.place = place_of(links, chip + (uint64_t)peers.from, in_rank, count);
		links->blocked |= fs_contention_at(search->contention, in);
		segment.alpha = search->alpha[in];
		segment.beta_in = search->beta[in];
	}
	if (out >= 0) {
		links->blocked |= fs_contention_at(search->contention, out);
		segment.beta_out = search->beta[out];
		if (!here(links, chip + (uint64_t)peers.to))
			fs_links_add_outgoing(links,
			                      (struct fs_range){out_rank, segment.begin, segment.count});
	}
	fs_links_add_segment(links, segment);
	return count;
}

static int by_begin(const void *a, const void *b)
{
	uint32_t x = ((const struct fs_range *)a)->begin, y = ((const struct fs_range *)b)->begin;
	return (x > y) - (x < y);
}

static int by_rank(const void *a, const void *b)
{
	const struct fs_range *x = a, *y = b;
	return x->rank != y->rank ? (x->rank > y->rank) - (x->rank < y->rank) : by_begin(a, b);
}

/* Both ends of a message put it in the order of the sending chips. */
static void order_ranges(struct fs_links *links)
{
	if (links->incoming)
		qsort(links->in, (size_t)links->incoming, sizeof *links->in, by_begin);
	if (links->outgoing)
		qsort(links->out, (size_t)links->outgoing, sizeof *links->out, by_rank);
}

/* The place behind the block's own times at which the time of remote chip `chip` arrives. */
static uint32_t remote_place(const struct fs_links *links, const uint32_t *before, uint32_t chip)
{
	int low = 0, high = links->incoming - 1;
	while (low < high) {
		int middle = (low + high + 1) / 2;
		if (links->in[middle].begin <= chip)
			low = middle;
		else
			high = middle - 1;
	}
	return (uint32_t)links->count + before[low] + (chip - links->in[low].begin);
}

static void settle_places(struct fs_links *links)
{
	if (!links->incoming)
		return;
	uint32_t *before = fs_allocate((unsigned long)links->incoming * sizeof *before), sum = 0;
	for (int i = 0; i < links->incoming; i++) {
		before[i] = sum;
		sum += links->in[i].count;
	}
	for (int i = 0; i < links->segments; i++) {
		struct fs_segment *segment = &links->segment[i];
		if (segment->place > links->count)
			segment->place =
			        remote_place(links, before, segment->place - (uint32_t)links->count - 1);
	}
	free(before);
}

static struct search prepare(struct fs_links *links, const struct fs_system *system,
                             struct fs_contention *contention, const struct fs_iteration *iteration)
{
	const struct fs_posted *posted = fs_iteration_posted(iteration, system, contention);
	struct search search = {links, iteration, posted ? NULL : contention, .tiers = system->tiers};
	for (int k = 0; k < system->tiers; k++) {
		search.tier_group[k] = (uint64_t)system->tier[k].group.value;
		search.alpha[k] = (posted ? posted->alpha_s[k] : fs_tier_alpha_s(&system->tier[k])) +
		                  fs_iteration_hop_s(iteration, k);
		search.beta[k] = posted ? posted->beta_s[k] : fs_iteration_beta_s(iteration, system, k);
	}
	return search;
}

void fs_links_find(struct fs_links *links, const struct fs_system *system, struct fs_contention *contention,
                   const struct fs_iteration *iteration)
{
	struct search search = prepare(links, system, contention, iteration);
	links->segments = links->incoming = links->outgoing = 0;
	links->blocked = false;
	for (uint64_t chip = links->begin; chip < links->begin + links->count;)
		chip += add_from(&search, chip);
	order_ranges(links);
	settle_places(links);
}
