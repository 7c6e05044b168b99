#include "schedule/parts.h"

static uint64_t positive_modulo(int64_t number, int64_t modulus)
{
	int64_t rest = number % modulus;
	return (uint64_t)(rest < 0 ? rest + modulus : rest);
}

void fs_add_part_round(struct fs_schedule *schedule, struct fs_part_round round, bool reduce)
{
	int level = schedule->levels - 1;
	int64_t stride = fs_level_stride(schedule, level), size = schedule->level_size[level];
	fs_add_step(schedule, (struct fs_step){
	                              .pattern = FS_SHIFT,
	                              .level = level,
	                              .repeat = 1,
	                              .distance = (int64_t)positive_modulo(round.distance, size),
	                              .reduce = reduce,
	                              .own_place = true,
	                              .unit = 1,
	                              .modulus = schedule->slots,
	                              .stride = positive_modulo(round.apart, size) * (uint64_t)stride,
	                              .count = round.count,
	                              .first = round.first * stride,
	                              .first_digit = stride,
	                      });
}

void fs_add_place_ring(struct fs_schedule *schedule, bool reduce)
{
	int level = schedule->levels - 1;
	int64_t stride = fs_level_stride(schedule, level);
	fs_add_step(schedule, (struct fs_step){
	                              .pattern = FS_SHIFT,
	                              .level = level,
	                              .repeat = schedule->level_size[level] - 1,
	                              .distance = 1,
	                              .reduce = reduce,
	                              .own_place = true,
	                              .unit = 1,
	                              .modulus = schedule->slots,
	                              .stride = 1,
	                              .count = 1,
	                              .first = reduce ? -stride : 0,
	                              .first_digit = stride,
	                              .first_advance = -stride,
	                      });
}
