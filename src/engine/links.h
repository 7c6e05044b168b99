#ifndef FARSCALE_ENGINE_LINKS_H
#define FARSCALE_ENGINE_LINKS_H

/* Who sends to whom in one iteration of a step, over what link, for a block of consecutive chips and for all
 * groups of the collective at once. */

#include "plan/program.h"

struct fs_system;

#define FS_NO_CHIP UINT32_MAX

struct fs_links {
	uint64_t begin, count; /* the block of chips */
	uint32_t *from, *to;   /* chip, or FS_NO_CHIP */
	double *alpha;         /* s, of the incoming link */
	double *beta_in;       /* s/byte of the incoming link, 0 if nothing comes */
	double *beta_out;      /* s/byte of the outgoing link, 0 if nothing is sent */
};

void fs_links_create(struct fs_links *links, uint64_t begin, uint64_t count);
void fs_links_destroy(struct fs_links *links);

void fs_links_find(struct fs_links *links, const struct fs_system *system, struct fs_group group,
                   const struct fs_schedule *schedule, const struct fs_step *step, uint32_t s);

#endif
