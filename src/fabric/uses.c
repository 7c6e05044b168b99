#include "fabric/kind.h"

#include "base/error.h"

#include <stdlib.h>

void fs_uses_add(struct fs_uses *uses, uint32_t link, double share)
{
	if (uses->count == uses->room) {
		uses->room = uses->room ? 2 * uses->room : 64;
		uses->use = fs_reallocate(uses->use, uses->room * sizeof *uses->use);
	}
	uses->use[uses->count++] = (struct fs_use){link, (float)share};
}

void fs_uses_clear(struct fs_uses *uses)
{
	free(uses->use);
	*uses = (struct fs_uses){0};
}

void fs_uses_scale(struct fs_uses *uses, uint32_t first, double factor)
{
	for (uint32_t i = first; i < uses->count; i++)
		uses->use[i].share = (float)(uses->use[i].share * factor);
}
