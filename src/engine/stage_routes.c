#include "engine/stage_routes.h"

#include "base/error.h"
#include "base/random.h"
#include "engine/team.h"

#include <stdlib.h>
#include <string.h>

enum { SLOTS_AT_FIRST = 256 };

static const uint64_t ROOM_BYTES = 512ull << 20;

struct kept {
	const struct fs_step *step; /* NULL: an empty slot */
	uint32_t s;
	struct fs_route *route; /* one for each stage */
};

struct fs_stage_routes {
	struct fs_routes *routes;
	struct fs_stages stages;
	int ranks, rank;
	uint64_t begin, count; /* the rank's block */
	uint64_t kept_bytes;
	uint32_t slots, used; /* a hash table */
	struct kept *kept;
	struct kept passing; /* found last, where there was no room */
};

struct fs_stage_routes *fs_stage_routes_create(struct fs_routes *routes, const struct fs_stages *stages,
                                               int ranks, int rank)
{
	struct fs_stage_routes *created = fs_allocate_zeroed(1, sizeof *created);
	created->routes = routes;
	created->stages = *stages;
	created->ranks = ranks;
	created->rank = rank;
	created->begin = fs_block_begin(stages->chips, ranks, rank);
	created->count = fs_block_begin(stages->chips, ranks, rank + 1) - created->begin;
	created->slots = SLOTS_AT_FIRST;
	created->kept = fs_allocate_zeroed(created->slots, sizeof *created->kept);
	return created;
}

static void clear(const struct fs_stage_routes *routes, struct kept *kept)
{
	for (uint64_t stage = 0; kept->route && stage < routes->stages.stages; stage++)
		fs_route_clear(&kept->route[stage]);
	free(kept->route);
	*kept = (struct kept){0};
}

void fs_stage_routes_destroy(struct fs_stage_routes *routes)
{
	if (!routes)
		return;
	for (uint32_t i = 0; i < routes->slots; i++)
		clear(routes, &routes->kept[i]);
	clear(routes, &routes->passing);
	free(routes->kept);
	free(routes);
}

/* Where it is, or would go. */
static struct kept *slot_of(struct kept *table, uint32_t slots, const struct fs_step *step, uint32_t s)
{
	uint32_t i = (uint32_t)fs_mix64((uint64_t)(uintptr_t)step + ((uint64_t)s << 48)) % slots;
	while (table[i].step && (table[i].step != step || table[i].s != s))
		i = i + 1 == slots ? 0 : i + 1;
	return &table[i];
}

static void grow_table(struct fs_stage_routes *routes)
{
	uint32_t slots = 2 * routes->slots;
	struct kept *table = fs_allocate_zeroed(slots, sizeof *table);
	for (uint32_t i = 0; i < routes->slots; i++)
		if (routes->kept[i].step)
			*slot_of(table, slots, routes->kept[i].step, routes->kept[i].s) = routes->kept[i];
	free(routes->kept);
	routes->kept = table;
	routes->slots = slots;
}

static struct kept *place_for(struct fs_stage_routes *routes, const struct fs_step *step, uint32_t s)
{
	if (routes->kept_bytes > ROOM_BYTES) {
		clear(routes, &routes->passing);
		return &routes->passing;
	}
	if (2 * routes->used >= routes->slots)
		grow_table(routes);
	routes->used++;
	return slot_of(routes->kept, routes->slots, step, s);
}

/* What a whole route is cut down by. */
struct cut {
	const struct fs_stage_routes *routes;
	const struct fs_route *whole;
	struct fs_stage_part part;
	bool leaves; /* senders are of another stage */
	struct fs_route *route;
};

static uint64_t least(uint64_t a, uint64_t b)
{
	return a < b ? a : b;
}

/* The first chip of the stage from `chip` on, before `end`, and how many follow it there; 0: none. */
static uint64_t next_run(const struct cut *cut, uint64_t chip, uint64_t end, uint64_t *first)
{
	const struct fs_stages *stages = &cut->routes->stages;
	uint64_t run;
	*first = fs_stage_chip(stages, cut->part.stage, fs_stage_place(stages, cut->part.stage, chip), &run);
	return *first >= end ? 0 : least(run, end - *first);
}

static uint32_t local_place(const struct cut *cut, uint64_t chip)
{
	return (uint32_t)(fs_stage_place(&cut->routes->stages, cut->part.stage, chip) - cut->part.first);
}

static void cut_incoming(const struct cut *cut)
{
	const struct fs_links *from = &cut->whole->links;
	for (int i = 0; i < from->incoming; i++) {
		struct fs_range range = from->in[i];
		uint64_t end = (uint64_t)range.begin + range.count, chip = range.begin, first, run;
		for (; (run = next_run(cut, chip, end, &first)) > 0; chip = first + run)
			fs_links_add_incoming(&cut->route->links,
			                      (struct fs_range){range.rank, (uint32_t)first, (uint32_t)run});
	}
}

static void cut_outgoing(const struct cut *cut)
{
	const struct fs_links *from = &cut->whole->links;
	for (int i = 0; i < from->outgoing; i++) {
		struct fs_range range = from->out[i];
		uint64_t chip = cut->routes->begin + range.begin, end = chip + range.count, first, run;
		for (; (run = next_run(cut, chip, end, &first)) > 0; chip = first + run)
			fs_links_add_outgoing(
			        &cut->route->links,
			        (struct fs_range){range.rank, local_place(cut, first), (uint32_t)run});
	}
}

/* The chip whose time is at this place, of the whole, behind the block's own. */
static uint64_t remote_chip(const struct fs_links *links, uint64_t place)
{
	uint64_t at = place - links->count;
	int i = 0;
	for (; at >= links->in[i].count; i++)
		at -= links->in[i].count;
	return links->in[i].begin + at;
}

static uint32_t remote_place(const struct fs_links *links, uint64_t chip)
{
	uint64_t before = links->count;
	int i = 0;
	for (; chip >= (uint64_t)links->in[i].begin + links->in[i].count; i++)
		before += links->in[i].count;
	return (uint32_t)(before + chip - links->in[i].begin);
}

static uint32_t sender_place(const struct cut *cut, uint64_t place)
{
	if (cut->leaves)
		return 0;
	if (place < cut->whole->links.count)
		return local_place(cut, cut->routes->begin + place);
	return remote_place(&cut->route->links, remote_chip(&cut->whole->links, place));
}

static void cut_segments(const struct cut *cut)
{
	const struct fs_links *from = &cut->whole->links;
	for (int i = 0; i < from->segments; i++) {
		struct fs_segment segment = from->segment[i];
		uint64_t chip = cut->routes->begin + segment.begin, begin = chip, first, run;
		for (; (run = next_run(cut, chip, begin + segment.count, &first)) > 0; chip = first + run) {
			struct fs_segment part = segment;
			part.begin = local_place(cut, first);
			part.count = (uint32_t)run;
			part.place = sender_place(cut, segment.place + (first - begin));
			fs_links_add_segment(&cut->route->links, part);
		}
	}
}

/* Where each chip's message gets a share of its own: the same chips', one after the other. */
static void copy_shares(const struct cut *cut)
{
	const struct fs_chip_links *from = &cut->whole->chip;
	struct fs_chip_links *to = &cut->route->chip;
	uint64_t run;
	for (uint64_t i = 0; i < cut->part.count; i += run) {
		uint64_t at =
		        fs_stage_chip(&cut->routes->stages, cut->part.stage, cut->part.first + i, &run) -
		        cut->routes->begin;
		run = least(run, cut->part.count - i);
		memcpy(to->alpha + i, from->alpha + at, run * sizeof *to->alpha);
		memcpy(to->beta_in + i, from->beta_in + at, run * sizeof *to->beta_in);
		memcpy(to->beta_out + i, from->beta_out + at, run * sizeof *to->beta_out);
	}
}

static void cut_down(const struct fs_stage_routes *routes, const struct fs_route *whole, uint64_t stage,
                     bool leaves, struct fs_route *route)
{
	const struct cut cut = {
	        .routes = routes,
	        .whole = whole,
	        .part = fs_stage_part_of(&routes->stages, stage, routes->begin, routes->count),
	        .leaves = leaves,
	        .route = route};
	fs_links_create(&route->links, routes->stages.chips, routes->ranks, routes->rank);
	route->links.count = cut.part.count;
	if (cut.part.count == 0)
		return;
	if (!leaves) {
		cut_incoming(&cut);
		cut_outgoing(&cut);
	}
	cut_segments(&cut);
	if (leaves || whole->by_chip || fs_route_is_patchy(route))
		fs_route_by_chip(route);
	if (whole->by_chip)
		copy_shares(&cut);
}

/* Does the pipeline's digit move? */
static bool leaves_stage(const struct fs_stages *stages, struct fs_group group)
{
	return group.size > 1 && (uint64_t)group.stride == stages->stride && group.size == stages->stages &&
	       stages->stages > 1;
}

const struct fs_route *fs_stage_routes_find(struct fs_stage_routes *routes, uint64_t stage,
                                            struct fs_group group, const struct fs_schedule *schedule,
                                            const struct fs_step *step, uint32_t s)
{
	if (routes->stages.stages == 1)
		return fs_routes_find(routes->routes, group, schedule, step, s);
	uint32_t wanted = fs_routes_distinct(step, s);
	const struct kept *known = slot_of(routes->kept, routes->slots, step, wanted);
	if (known->step)
		return &known->route[stage];
	if (routes->passing.step == step && routes->passing.s == wanted)
		return &routes->passing.route[stage];
	const struct fs_route *whole = fs_routes_find(routes->routes, group, schedule, step, s);
	struct kept *kept = place_for(routes, step, wanted);
	*kept = (struct kept){step, wanted, fs_allocate_zeroed(routes->stages.stages, sizeof *kept->route)};
	for (uint64_t i = 0; i < routes->stages.stages; i++) {
		cut_down(routes, whole, i, leaves_stage(&routes->stages, group), &kept->route[i]);
		routes->kept_bytes += fs_route_bytes(&kept->route[i]);
	}
	return &kept->route[stage];
}
