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

struct fs_contention {
	uint64_t chips;
	struct fs_machine *machine;
	struct fs_fair *fair;
	/* of a round: flows as fair.h wants them, links numbered as they come up */
	uint64_t room;        /* of chips */
	uint64_t *sender;     /* flow -> chip */
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
	free(contention->sender);
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
	if (!contention || !fs_machine_is_direct(contention->machine))
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
	contention->sender = fs_reallocate(contention->sender, chips * sizeof *contention->sender);
	contention->first = fs_reallocate(contention->first, (chips + 1) * sizeof *contention->first);
	contention->finish_s = fs_reallocate(contention->finish_s, chips * sizeof *contention->finish_s);
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

/* Routes the message of one chip; returns whether links are used. */
static bool add_message(struct fs_contention *contention, const struct fs_round *round, uint64_t chip,
                        uint64_t period)
{
	struct fs_machine *machine = contention->machine;
	int64_t to = round->to(chip, round->context);
	contention->alpha[chip] = contention->beta[chip] = 0;
	if (to < 0)
		return false;
	int tier = fs_machine_tier(machine, chip, (uint64_t)to);
	contention->beta[chip] = round->beta_s[tier];
	struct fs_uses *uses = &contention->uses;
	uint32_t before = uses->count;
	contention->alpha[chip] = fs_machine_route(machine, tier, chip, (uint64_t)to, round, period, uses);
	for (uint32_t i = before; i < uses->count; i++)
		uses->use[i].link = number_of(contention, uses->use[i].link);
	return uses->count > before;
}

static bool all_alike(const struct fs_contention *contention, const struct fs_round *round, uint64_t period)
{
	const double *alpha = contention->alpha, *beta = contention->beta;
	for (uint64_t i = 1; i < period; i++)
		if (alpha[i] != alpha[0] || beta[i] != beta[0])
			return false;
	return round->to(0, round->context) >= 0;
}

void fs_contention_solve(struct fs_contention *contention, const struct fs_round *round,
                         struct fs_shares *shares)
{
	uint64_t period = fs_machine_period(contention->machine, round->unit);
	make_room(contention, period);
	uint32_t flows = 0;
	contention->uses.count = 0;
	for (uint64_t chip = 0; chip < period; chip++) {
		contention->first[flows] = contention->uses.count;
		if (add_message(contention, round, chip, period))
			contention->sender[flows++] = chip;
	}
	contention->first[flows] = contention->uses.count;
	struct fs_flows all = {flows, contention->links, contention->first, contention->uses.use,
	                       contention->capacity};
	fs_fair_finish(contention->fair, &all, contention->finish_s);
	for (uint32_t f = 0; f < flows; f++) {
		double *beta = &contention->beta[contention->sender[f]];
		*beta = fmax(*beta, contention->finish_s[f]);
	}
	forget_links(contention);
	*shares = (struct fs_shares){period, all_alike(contention, round, period), contention->alpha,
	                             contention->beta};
}
