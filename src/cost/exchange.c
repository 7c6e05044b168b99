#include "cost/exchange.h"

#include "layout/layout.h"
#include "topology/system.h"

#include <math.h>

/* Powers of a chance, the same on all machines. */
static double all_of(double chance, double times)
{
	double all = 1;
	for (int i = 0; i < times; i++)
		all *= chance;
	return all;
}

/* Scale-up domains that the group's chips lie in. */
static double domains(const struct fs_system *system, const struct fs_group *group)
{
	double inside = (double)fs_layout_scale_up(system) / group->stride;
	return group->size / fmax(inside, 1);
}

double fs_exchange_bytes(const struct fs_system *system, const struct fs_action *action)
{
	double all = domains(system, &action->group);
	if (action->copies == 0 || system->stack.forward_tokens.value == 0 || all <= 1)
		return action->bytes;
	double met = fmax(1, all * action->reach);
	double once = met * (1 - all_of(1 - 1 / met, action->copies));
	return action->bytes * once / action->copies;
}
