#include "fabric/contention.h"

#include "base/error.h"
#include "fabric/fair.h"
#include "fabric/machine.h"
#include "fabric/posted.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

/* Found before. */
struct posted {
	uint64_t key[4];
	struct fs_posted posted;
	struct posted *next;
};

static const uint32_t UNUSED = UINT32_MAX;

/** Chips first, first + apart, ...: their messages are alike, and one flow stands for them. */
struct batch {
	uint64_t first, apart, count;
};

struct fs_contention {
	uint64_t chips;
	struct fs_machine *machine;
	struct fs_fair *fair;
	/* of a round, or two: flows as fair.h wants them, links numbered as they come up */
	uint64_t room; /* of chips */
	uint32_t flows;
	struct batch *batch;  /* flow -> */
	uint32_t *first;      /* flow -> its first use */
	double *finish_s;     /* flow -> */
	double *alpha, *beta; /* chip -> */
	struct fs_uses uses;
	uint32_t links, links_room;
	double *capacity; /* link -> */
	uint64_t *seen;   /* link -> its number in the machine */
	uint32_t *number; /* number in the machine -> link, or UNUSED */
	struct posted *posted;
};

int fs_contention_create(const struct fs_system *placed, uint64_t chips, struct fs_contention **contention,
                         struct fs_error *error)
{
	struct fs_machine *machine;
	if (fs_machine_create(placed, chips, &machine, error))
		return -1;
	struct fs_contention *created = fs_allocate_zeroed(1, sizeof *created);
	created->chips = chips;
	created->machine = machine;
	*contention = created;
	return 0;
}

void fs_contention_destroy(struct fs_contention *contention)
{
	if (!contention)
		return;
	fs_machine_destroy(contention->machine);
	fs_fair_destroy(contention->fair);
	fs_uses_clear(&contention->uses);
	while (contention->posted) {
		struct posted *next = contention->posted->next;
		free(contention->posted);
		contention->posted = next;
	}
	free(contention->batch);
	free(contention->first);
	free(contention->finish_s);
	free(contention->alpha);
	free(contention->beta);
	free(contention->capacity);
	free(contention->seen);
	free(contention->number);
	free(contention);
}

uint64_t fs_contention_chips(const struct fs_contention *contention)
{
	return contention->chips;
}

bool fs_contention_at(const struct fs_contention *contention, int tier)
{
	return contention && fs_machine_varies(contention->machine, tier);
}

bool fs_contention_shares(const struct fs_contention *contention, int tier)
{
	return contention && fs_machine_blocks(contention->machine, tier);
}

bool fs_contention_anywhere(const struct fs_contention *contention)
{
	return contention && fs_machine_varies_anywhere(contention->machine);
}

const struct fs_posted *fs_contention_post(struct fs_contention *contention, const struct fs_posting *posting)
{
	if (!contention || !fs_machine_spreads(contention->machine))
		return NULL;
	for (struct posted *known = contention->posted; known; known = known->next)
		if (memcmp(known->key, posting->key, sizeof known->key) == 0)
			return &known->posted;
	struct posted *found = fs_allocate_zeroed(1, sizeof *found);
	memcpy(found->key, posting->key, sizeof found->key);
	found->posted = fs_machine_post(contention->machine, posting);
	found->next = contention->posted;
	contention->posted = found;
	return &found->posted;
}

static void make_room(struct fs_contention *contention, uint64_t chips)
{
	if (!contention->fair) {
		uint64_t links = fs_machine_links(contention->machine);
		contention->fair = fs_fair_create();
		contention->number = fs_allocate(links * sizeof *contention->number);
		memset(contention->number, 0xff, links * sizeof *contention->number); /* UNUSED */
	}
	if (chips <= contention->room)
		return;
	contention->room = chips;
	contention->batch = fs_reallocate(contention->batch, 2 * chips * sizeof *contention->batch);
	contention->first = fs_reallocate(contention->first, (2 * chips + 1) * sizeof *contention->first);
	contention->finish_s = fs_reallocate(contention->finish_s, 2 * chips * sizeof *contention->finish_s);
	contention->alpha = fs_reallocate(contention->alpha, chips * sizeof *contention->alpha);
	contention->beta = fs_reallocate(contention->beta, chips * sizeof *contention->beta);
}

static uint32_t number_of(struct fs_contention *contention, uint32_t machine_link)
{
	uint32_t *number = &contention->number[machine_link];
	if (*number != UNUSED)
		return *number;
	if (contention->links == contention->links_room) {
		uint32_t room = contention->links_room ? 2 * contention->links_room : 1024;
		contention->capacity =
		        fs_reallocate(contention->capacity, room * sizeof *contention->capacity);
		contention->seen = fs_reallocate(contention->seen, room * sizeof *contention->seen);
		contention->links_room = room;
	}
	contention->capacity[contention->links] = fs_machine_capacity_Bps(contention->machine, machine_link);
	contention->seen[contention->links] = machine_link;
	return *number = contention->links++;
}

static void forget_links(struct fs_contention *contention)
{
	for (uint32_t link = 0; link < contention->links; link++)
		contention->number[contention->seen[link]] = UNUSED;
	contention->links = 0;
}

static void set_shares(struct fs_contention *contention, const struct batch *batch, double alpha, double beta)
{
	for (uint64_t i = 0, chip = batch->first; i < batch->count; i++, chip += batch->apart) {
		contention->alpha[chip] = alpha;
		contention->beta[chip] = beta;
	}
}

/* Routes the first chip's message, as a flow. The others of the batch have ports of their own, and share all
 * other links with it. */
static void add_batch(struct fs_contention *contention, const struct fs_round *round,
                      const struct batch *batch, int tier, uint64_t to, uint64_t period)
{
	struct fs_uses *uses = &contention->uses;
	uint32_t before = uses->count;
	double alpha = fs_machine_route(contention->machine, tier, batch->first, to, round, period, uses);
	set_shares(contention, batch, alpha + round->hop_s[tier], round->beta_s[tier]);
	for (uint32_t i = before; i < uses->count; i++) {
		struct fs_use *use = &uses->use[i];
		use->link = number_of(contention, use->link);
		if (batch->count > 1 && i > before && i < uses->count - 1)
			use->share *= (float)batch->count;
	}
	if (uses->count == before)
		return;
	contention->batch[contention->flows] = *batch;
	contention->first[contention->flows++] = before;
}

/* Routes the messages of all chips up to the period. batches: let one flow stand for several chips; not where
 * two rounds meet at the chips' ports. */
static void add_round(struct fs_contention *contention, const struct fs_round *round, uint64_t period,
                      bool batches)
{
	uint64_t count, rails = 1;
	for (uint64_t chip = 0; chip < period; chip += count) {
		int64_t to = round->to(chip, round->context, &count);
		count = count < period - chip ? count : period - chip;
		if (to < 0) {
			set_shares(contention, &(struct batch){chip, 1, count}, 0, 0);
			continue;
		}
		int tier = fs_machine_tier(contention->machine, chip, (uint64_t)to);
		count = batches ? fs_machine_alike(contention->machine, tier, chip, (uint64_t)to, round,
		                                   count, &rails)
		                : 1;
		for (uint64_t i = 0; i < rails && i < count; i++)
			add_batch(contention, round,
			          &(struct batch){chip + i, rails, (count - i + rails - 1) / rails}, tier,
			          (uint64_t)to + i, period);
	}
}

static bool all_alike(const struct fs_contention *contention, uint64_t period)
{
	const double *alpha = contention->alpha, *beta = contention->beta;
	for (uint64_t i = 1; i < period; i++)
		if (alpha[i] != alpha[0] || beta[i] != beta[0])
			return false;
	return beta[0] > 0;
}

/* By which both rounds can be moved. */
static uint64_t period_of(const struct fs_contention *contention, const struct fs_round *round,
                          const struct fs_round *beside)
{
	uint64_t mine = fs_machine_period(contention->machine, round->unit), others = mine;
	if (beside)
		others = fs_machine_period(contention->machine, beside->unit);
	if (mine % others == 0)
		return mine;
	return others % mine == 0 ? others : contention->chips;
}

void fs_contention_solve_beside(struct fs_contention *contention, const struct fs_round *round,
                                const struct fs_round *beside, struct fs_shares *shares)
{
	uint64_t period = period_of(contention, round, beside);
	make_room(contention, period);
	contention->flows = contention->uses.count = 0;
	if (beside)
		add_round(contention, beside, period, false);
	uint32_t begin = contention->flows;
	add_round(contention, round, period, !beside);
	contention->first[contention->flows] = contention->uses.count;
	struct fs_flows all = {contention->flows, contention->links, contention->first, contention->uses.use,
	                       contention->capacity};
	fs_fair_finish(contention->fair, &all, contention->finish_s);
	for (uint32_t f = begin; f < contention->flows; f++) {
		const struct batch *batch = &contention->batch[f];
		double beta = fmax(contention->beta[batch->first], contention->finish_s[f]);
		set_shares(contention, batch, contention->alpha[batch->first], beta);
	}
	forget_links(contention);
	*shares = (struct fs_shares){period, all_alike(contention, period), contention->alpha,
	                             contention->beta};
}

void fs_contention_solve(struct fs_contention *contention, const struct fs_round *round,
                         struct fs_shares *shares)
{
	fs_contention_solve_beside(contention, round, NULL, shares);
}
