#ifndef FARSCALE_ENGINE_TEAM_H
#define FARSCALE_ENGINE_TEAM_H

/*
 * The ranks that work together. Alone (without mpirun) a team is one rank and MPI is never initialised.
 * No function here spins: ranks that wait for others sleep, because on a small machine others need the core.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct fs_error;
struct fs_team;

/** Whether mpirun (or srun with PMIx) started this process. */
bool fs_team_launched(void);

/** How many ranks fs_team_start will find; known before MPI is initialised. */
int fs_team_expected_ranks(void);

/** Initialises MPI when launched by it, and returns the team of all ranks. Collective. Once per process. */
struct fs_team *fs_team_start(void);

/** Ends MPI. Collective. */
void fs_team_finish(struct fs_team *world);

int fs_team_rank(const struct fs_team *team);
int fs_team_ranks(const struct fs_team *team);

/** The first `ranks` ranks of `team`; NULL on the others. Collective over `team`. Destroy it (NULL is fine).
 */
struct fs_team *fs_team_first(struct fs_team *team, int ranks);
/** The ranks that give the same colour, in the order of what they give for a place. Collective. Destroy it.
 */
struct fs_team *fs_team_split(struct fs_team *team, int colour, int place);
/** A team of this rank alone. Local. */
struct fs_team *fs_team_alone(void);
void fs_team_destroy(struct fs_team *team);

/** Collective over the team: everyone has arrived; root's bytes are everyone's; sums; maxima. */
void fs_team_barrier(struct fs_team *team);
void fs_team_broadcast(struct fs_team *team, void *bytes, size_t count, int root);
void fs_team_sum_integers(struct fs_team *team, uint64_t *values, int count);
void fs_team_maximum(struct fs_team *team, double *values, int count);
/** Sum of all ranks' values, to 2^-40 each and exact from there, so that it does not depend on who holds
 * which. |values| below 2^40; good for a million ranks. */
double fs_team_sum_exact(struct fs_team *team, const double *values, uint64_t count);
/** Plain sums, whose last bits depend on the number of ranks. */
void fs_team_sum(struct fs_team *team, double *values, size_t count);
void fs_team_sum_floats(struct fs_team *team, float *values, size_t count);
/** Everyone's `count` bytes go to the rank `distance` after it, round in a circle. */
void fs_team_shift(struct fs_team *team, const void *mine, size_t count, void *received, int distance);
/** Block r of `mine`, of `count` bytes, goes to rank r; block r of `received` comes from it. In log2(ranks)
 * messages of half of everything (Bruck et al. 1997), so that few ranks have to know each other. */
void fs_team_exchange(struct fs_team *team, const void *mine, size_t count, void *received);

/** Ends the job on all ranks at once, with a line on stderr. */
__attribute__((noreturn, format(printf, 2, 3))) void fs_team_abort(struct fs_team *team, const char *format,
                                                                   ...);

/** First chip of rank `rank`'s consecutive block when `ranks` share `chips` as evenly as they can. */
uint64_t fs_block_begin(uint64_t chips, int ranks, int rank);
/** The rank whose block holds `chip`. */
int fs_block_owner(uint64_t chips, int ranks, uint64_t chip);

#endif
