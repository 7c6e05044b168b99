#include "fabric/posted.h"

#include "base/error.h"
#include "fabric/contention.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

static const uint64_t MOST_MESSAGES = 1 << 18;

struct tally {
	const struct fs_machine *machine;
	const struct fs_posting *posting;
	uint64_t period;
	struct fs_uses uses;
	double *load; /* link -> messages */
	uint8_t *tier;
	double messages[FS_MAX_TIERS],
	        alpha[FS_MAX_TIERS]; /* over each tier: how many, and the sum of theirs */
	double *sends;               /* chip, tier -> messages */
};

static void count_message(struct tally *tally, uint64_t chip, int64_t to)
{
	const struct fs_round round = {0};
	if (to < 0)
		return;
	int tier = fs_machine_tier(tally->machine, chip, (uint64_t)to);
	tally->uses.count = 0;
	tally->alpha[tier] += fs_machine_route(tally->machine, tier, chip, (uint64_t)to, &round,
	                                       tally->period, &tally->uses);
	tally->messages[tier]++;
	tally->sends[chip * FS_MAX_TIERS + (uint64_t)tier]++;
	for (uint32_t i = 0; i < tally->uses.count; i++) {
		const struct fs_use *use = &tally->uses.use[i];
		tally->load[use->link] += (double)use->share;
		tally->tier[use->link] = (uint8_t)tier;
	}
}

/* Rounds that stand for all lie apart by the golden ratio: no dimension of the network has a like period. */
static uint32_t pick(uint32_t i, uint32_t picked, uint32_t rounds)
{
	static const double golden = 0.61803398874989485;
	return picked == rounds ? i : (uint32_t)(fmod(i * golden, 1) * rounds);
}

static void count_all(struct tally *tally)
{
	uint32_t rounds = tally->posting->rounds;
	double fit = fmax(64, (double)(MOST_MESSAGES / tally->period));
	uint32_t picked = rounds < fit ? rounds : (uint32_t)fit;
	for (uint32_t i = 0; i < picked; i++) {
		uint32_t s = pick(i, picked, rounds);
		for (uint64_t chip = 0; chip < tally->period; chip++)
			count_message(tally, chip, tally->posting->to(chip, s, tally->posting->context));
	}
}

/* The most that one chip sends over each tier. */
static double most_sent(const struct tally *tally, int tier)
{
	double most = 0;
	for (uint64_t chip = 0; chip < tally->period; chip++)
		most = fmax(most, tally->sends[chip * FS_MAX_TIERS + (uint64_t)tier]);
	return most;
}

static struct fs_posted evaluate(const struct tally *tally, uint64_t links)
{
	struct fs_posted posted = {{0}, {0}};
	double busy[FS_MAX_TIERS] = {0};
	for (uint64_t link = 0; link < links; link++)
		if (tally->load[link] > 0) {
			double *longest = &busy[tally->tier[link]];
			*longest =
			        fmax(*longest, tally->load[link] / fs_machine_capacity_Bps(tally->machine,
			                                                                   (uint32_t)link));
		}
	double port[FS_MAX_TIERS],
	        ports = 0; /* how long a chip's messages hold its port, if nothing else does */
	for (int k = 0; k < FS_MAX_TIERS; k++)
		ports += port[k] = most_sent(tally, k) * tally->posting->beta_s[k];
	for (int k = 0; k < FS_MAX_TIERS; k++)
		if (tally->messages[k] > 0) {
			/* While links are busy, the port has time for the messages over other tiers. */
			double left = busy[k] - (ports - port[k]);
			posted.alpha_s[k] = tally->alpha[k] / tally->messages[k];
			posted.beta_s[k] = fmax(tally->posting->beta_s[k], left / most_sent(tally, k));
		}
	return posted;
}

struct fs_posted fs_machine_post(const struct fs_machine *machine, const struct fs_posting *posting)
{
	struct tally tally = {.machine = machine, .posting = posting};
	uint64_t links = fs_machine_links(machine);
	tally.period = fs_machine_period(machine, posting->unit);
	tally.load = fs_allocate_zeroed(links, sizeof *tally.load);
	tally.tier = fs_allocate_zeroed(links, sizeof *tally.tier);
	tally.sends = fs_allocate_zeroed(tally.period * FS_MAX_TIERS, sizeof *tally.sends);
	count_all(&tally);
	struct fs_posted posted = evaluate(&tally, links);
	fs_uses_clear(&tally.uses);
	free(tally.load);
	free(tally.tier);
	free(tally.sends);
	return posted;
}
