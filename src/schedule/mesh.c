/*
 * Servers whose chips are all joined to each other, as HCCL sees them. Inside, one round: everybody sends to
 * everybody at once. Between servers, members at the same place exchange, by one of HCCL's other algorithms:
 * an allgather first between servers, with the least data, and then inside; a reduce-scatter backwards.
 * `mesh` alone takes the whole group for one server. Huawei, CANN documentation, HCCL, "Mesh" and the
 * division of work between levels 0 and 1.
 */

#include "schedule/parts.h"

#include <stddef.h>

typedef void rounds_between(struct fs_schedule *schedule, bool reduce);

/* Everybody sends every other one what belongs to the members of that one's digit, or what those of its own
 * digit have. */
static void add_mesh(struct fs_schedule *schedule, bool reduce)
{
	uint32_t size = schedule->level_size[0];
	fs_add_step(schedule, (struct fs_step){
	                              .pattern = FS_SHIFT,
	                              .repeat = size - 1,
	                              .distance = 1,
	                              .advance = 1,
	                              .reduce = reduce,
	                              .independent = true,
	                              .unit = 1,
	                              .modulus = schedule->slots,
	                              .stride = size,
	                              .count = schedule->slots / size,
	                              .first = reduce,
	                              .first_digit = 1,
	                              .first_advance = reduce,
	                      });
}

static int build(uint32_t server, rounds_between *between, struct fs_schedule *schedule)
{
	uint32_t size = schedule->size;
	schedule->slots = size;
	schedule->levels = 0;
	if (server > 1)
		schedule->level_size[schedule->levels++] = server;
	if (server < size)
		schedule->level_size[schedule->levels++] = size / server;
	for (int way = 0; way < 2; way++) {
		bool gather = way == 1;
		if (schedule->collective == (gather ? FS_REDUCE_SCATTER : FS_ALLGATHER))
			continue;
		if (!gather && server > 1)
			add_mesh(schedule, true);
		if (server < size)
			between(schedule, !gather);
		if (gather && server > 1)
			add_mesh(schedule, false);
	}
	return 0;
}

static uint32_t common_divisor(uint32_t a, uint32_t b)
{
	while (b) {
		uint32_t rest = a % b;
		a = b;
		b = rest;
	}
	return a;
}

/* Groups that no server holds the same number of are cut into pieces that do: a group of 24 over servers of
 * 16 has three of 8. */
static uint32_t server_of(const struct fs_schedule_request *request)
{
	return request->server ? common_divisor(request->size, request->server) : 1;
}

int fs_mesh(const struct fs_schedule_request *request, struct fs_schedule *schedule, struct fs_error *error)
{
	(void)error;
	return build(request->size, NULL, schedule);
}

int fs_mesh_ring(const struct fs_schedule_request *request, struct fs_schedule *schedule,
                 struct fs_error *error)
{
	(void)error;
	return build(server_of(request), fs_add_place_ring, schedule);
}

int fs_mesh_nhr(const struct fs_schedule_request *request, struct fs_schedule *schedule,
                struct fs_error *error)
{
	(void)error;
	return build(server_of(request), fs_add_place_nhr, schedule);
}

int fs_mesh_nb(const struct fs_schedule_request *request, struct fs_schedule *schedule,
               struct fs_error *error)
{
	(void)error;
	return build(server_of(request), fs_add_place_nb, schedule);
}
