#ifndef FARSCALE_PLAN_SEARCH_H
#define FARSCALE_PLAN_SEARCH_H

/*
 * The fastest layouts of a model that fit a system's chips: all that are legal are estimated
 * (plan/estimate.h).
 *
 * Searched is every key that `fixed` does not give, of
 *   tp        divisors of the chips, within the innermost scale-up tier of more than two chips
 *   cp, pp    divisors of the chips that are left; cp: no chip has less than 1024 tokens of a sequence
 *   ep        divisors of both the chips that are left and the experts; dp: what is left
 *   mbs       divisors of a replica's sequences, at most 16
 *   schedule  all four, where pp > 1; vpp: as many chunks of a stage as there are layers
 *   sp        0 and 1; zero: 0 to 3, where there are replicas; recompute: all (selective: where flash=0)
 * The rest is as usual (layout/layout.h), but for gbs: as many sequences as chips.
 */

#include "layout/layout.h"
#include "plan/estimate.h"

struct fs_error;

enum { FS_SEARCH_BEST = 100 };

struct fs_candidate {
	struct fs_layout layout;
	struct fs_estimate estimate;
	double memory_bytes; /* on the fullest chip */
	double timed_s;      /* a step by fs_search_time_again; 0: not timed */
};

struct fs_search {
	uint64_t legal, fit; /* layouts */
	int found;
	struct fs_candidate best[FS_SEARCH_BEST]; /* fastest first; of equals the one tried first */
};

/** Called from time to time with how many layouts were looked at; may be NULL. */
typedef void fs_search_progress(double share, uint64_t layouts, void *context);

/** fixed: "gbs=2048,seq=8192,..." or NULL. Fails if nothing is legal, or nothing fits: then the error says
 * what the least memory is, and what there is. The system is placed for `chips`. Local, deterministic. */
int fs_search_layouts(const struct fs_system *system, const struct fs_model *model, uint64_t chips,
                      const char *fixed, fs_search_progress *progress, void *context,
                      struct fs_search *search, struct fs_error *error);

/** Is `fixed` a text that could be given? Otherwise fails as fs_search_layouts would. */
int fs_search_check(const char *fixed, struct fs_error *error);

/** Times the found layouts anew (say, by the engine), best estimate first, and sorts those that were timed
 * by that, the rest behind them. time: seconds of a step; 0 to leave it and all that follow as they are; a
 * negative number to fail with the error it has set, and nothing changed. */
int fs_search_time_again(struct fs_search *search,
                         double (*time)(const struct fs_layout *layout, void *context,
                                        struct fs_error *error),
                         void *context, struct fs_error *error);

#endif
