#include "schedule/build.h"

static uint32_t common_divisor(uint32_t a, uint32_t b)
{
	while (b) {
		uint32_t rest = a % b;
		a = b;
		b = rest;
	}
	return a;
}

uint32_t fs_server_of(const struct fs_schedule_request *request)
{
	return request->server ? common_divisor(request->size, request->server) : 1;
}

static void add_level(struct fs_schedule *schedule, uint32_t size)
{
	if (size > 1)
		schedule->level_size[schedule->levels++] = size;
}

void fs_split_into_levels(const struct fs_schedule_request *request, struct fs_schedule *schedule)
{
	uint32_t inside = 1;
	schedule->levels = 0;
	for (int i = 0; i < request->domains && schedule->levels < FS_MAX_LEVELS - 1; i++) {
		uint32_t domain = request->domain[i];
		uint32_t group =
		        domain < request->size ? common_divisor(request->size, domain) : request->size;
		add_level(schedule, group / inside);
		inside = group;
	}
	add_level(schedule, request->size / inside);
}

uint32_t fs_level_stride(const struct fs_schedule *schedule, int level)
{
	uint32_t stride = 1;
	for (int i = 0; i < level; i++)
		stride *= schedule->level_size[i];
	return stride;
}

uint64_t fs_level_part(const struct fs_schedule *schedule, int level)
{
	return schedule->slots / fs_level_stride(schedule, level + 1);
}
