#include "topology/system.h"

#include <assert.h>

int fs_system_tier_between(const struct fs_system *system, uint64_t a, uint64_t b)
{
	int k = 0;
	for (; k < system->tiers - 1; k++) {
		uint64_t group = (uint64_t)system->tier[k].group.value;
		if (a / group == b / group)
			break;
	}
	return k;
}

int fs_system_tier_of_span(const struct fs_system *system, uint64_t span)
{
	assert(span > 0);
	int k = 0;
	for (; k < system->tiers - 1; k++)
		if ((uint64_t)system->tier[k].group.value % span == 0)
			break;
	return k;
}

double fs_tier_alpha_s(const struct fs_tier *tier)
{
	return tier->latency_us.value * 1e-6;
}

double fs_tier_beta_s(const struct fs_tier *tier)
{
	double chips = tier->fabric.chips_per_port.value > 1 ? tier->fabric.chips_per_port.value : 1;
	return 1 / (chips * tier->bandwidth_GBps.value * 1e9 * tier->efficiency.value);
}

bool fs_tier_reduces(const struct fs_tier *tier)
{
	return tier->reduction.value > 0;
}

double fs_tier_reduction_alpha_s(const struct fs_tier *tier)
{
	return (tier->latency_us.value + tier->reduction_latency_us.value) * 1e-6;
}

double fs_tier_reduction_beta_s(const struct fs_tier *tier)
{
	assert(fs_tier_reduces(tier));
	return 1 / (tier->bandwidth_GBps.value * 1e9 * tier->reduction.value);
}
