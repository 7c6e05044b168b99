#ifndef FARSCALE_PLAN_LAYOUT_H
#define FARSCALE_PLAN_LAYOUT_H

/* How a model is spread over chips: dp data-parallel replicas of ep neighbouring chips that share the
 * experts. */

#include <stddef.h>
#include <stdint.h>

struct fs_error;
struct fs_model;
struct fs_system;

struct fs_layout {
	uint32_t dp, ep;    /* dp * ep = chips */
	uint32_t bucket_MB; /* gradients of neighbouring layers go together until there are this many bytes */
};

/** Reads "dp=D,ep=E,bucket_MB=M" (or NULL); what is not given is derived: ep = the largest number that
 * divides both the chips and the experts and stays within the innermost scale-up tier of more than two chips;
 * dp = chips / ep; bucket_MB = 256. Fails when the product is not the number of chips or the experts cannot
 * be dealt out. */
int fs_layout_resolve(const char *text, const struct fs_model *model, const struct fs_system *system,
                      uint64_t chips, struct fs_layout *layout, struct fs_error *error);

/** "dp=16,bucket_MB=256" or "dp=2,ep=8,bucket_MB=256". */
void fs_layout_text(const struct fs_layout *layout, const struct fs_model *model, char *text, size_t size);

#endif
