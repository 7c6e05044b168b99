#include "schedule/fold.h"

#include "schedule/schedule.h"

uint32_t fs_fold_participants(uint32_t size)
{
	uint32_t power = 1;
	while (power <= size / 2)
		power *= 2;
	return power;
}

int64_t fs_fold_participant(uint32_t size, uint32_t member)
{
	uint32_t surplus = size - fs_fold_participants(size);
	if (member >= 2 * surplus)
		return member - surplus;
	if (member % 2 == 1)
		return member / 2;
	return FS_NOBODY;
}

uint32_t fs_fold_member(uint32_t size, uint32_t participant)
{
	uint32_t surplus = size - fs_fold_participants(size);
	return participant < surplus ? 2 * participant + 1 : participant + surplus;
}
