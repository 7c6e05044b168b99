/*
 * Messages that all chips send at once: farscale_round permutation:SEED|incast|shift:PLACES BYTES SYSTEM.yaml
 *
 * The system has one tier and as many chips as its group. Prints the seconds until the last message has
 * arrived. A permutation (as permutation.h has it) and a shift are rounds, whose shares contention.h knows.
 * No schedule sends one chip two messages at once, so that an incast (to chip 0) is none: its messages are
 * routed through the same network here, and share the ports as well.
 */

#include "permutation.h"

#include "base/error.h"
#include "fabric/contention.h"
#include "fabric/fair.h"
#include "fabric/network.h"
#include "topology/placement.h"
#include "topology/system.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static void quit(const char *what, const char *which)
{
	fprintf(stderr, "farscale_round: %s%s\n", what, which);
	exit(2);
}

static int64_t receiver_of(uint64_t chip, const void *context, uint64_t *count)
{
	*count = 1;
	const size_t *to = context;
	return to[chip] == chip ? -1 : (int64_t)to[chip];
}

static size_t *receivers(const char *text, uint64_t chips)
{
	size_t *to = fs_allocate(chips * sizeof *to);
	const char *parameter = strchr(text, ':');
	uint64_t number = parameter ? strtoull(parameter + 1, NULL, 10) : 0;
	if (!strncmp(text, "permutation:", 12))
		permutation_fill(number, chips, to);
	else if (!strncmp(text, "shift:", 6))
		for (uint64_t i = 0; i < chips; i++)
			to[i] = (i + number) % chips;
	else
		quit("permutation:SEED, shift:PLACES or incast, not ", text);
	return to;
}

static double round_s(const struct fs_system *system, uint64_t chips, const char *pattern, double bytes)
{
	struct fs_contention *contention;
	struct fs_error error;
	if (fs_contention_create(system, chips, &contention, &error))
		quit(error.text, "");
	size_t *to = receivers(pattern, chips);
	struct fs_round round = {.to = receiver_of, .context = to, .unit = chips};
	struct fs_shares shares;
	double last_s = 0;
	round.beta_s[0] = fs_tier_beta_s(&system->tier[0]);
	fs_contention_solve(contention, &round, &shares);
	for (uint64_t i = 0; i < chips; i++)
		last_s = fmax(last_s,
		              shares.alpha_s[i % shares.period] + bytes * shares.beta_s[i % shares.period]);
	free(to);
	fs_contention_destroy(contention);
	return last_s;
}

static struct fs_network *network_of(const struct fs_tier *tier, uint64_t chips)
{
	struct fs_network *network;
	struct fs_error error;
	if (fs_network_create(&(struct fs_network_request){.tier = tier->name,
	                                                   .fabric = &tier->fabric,
	                                                   .ports = chips,
	                                                   .port_Bps = 1 / fs_tier_beta_s(tier),
	                                                   .oversubscription = tier->oversubscription.value},
	                      &network, &error))
		quit(error.text, "");
	return network;
}

static double incast_s(const struct fs_tier *tier, uint64_t chips, double bytes)
{
	struct fs_network *network = network_of(tier, chips);
	uint32_t links = (uint32_t)fs_network_links(network), senders = (uint32_t)chips - 1;
	uint32_t *first = fs_allocate(chips * sizeof *first);
	double *capacity = fs_allocate(links * sizeof *capacity), *beta = fs_allocate(chips * sizeof *beta);
	double last_s = 0;
	struct fs_uses uses = {0};
	for (uint32_t chip = 1; chip <= senders; chip++) {
		first[chip - 1] = uses.count;
		fs_network_route(network, chip, 0, &uses);
	}
	first[senders] = uses.count;
	for (uint32_t link = 0; link < links; link++)
		capacity[link] = fs_network_capacity_Bps(network, link);
	struct fs_flows flows = {senders, links, first, uses.use, capacity};
	struct fs_fair *fair = fs_fair_create();
	fs_fair_finish(fair, &flows, beta);
	for (uint32_t f = 0; f < senders; f++)
		last_s = fmax(last_s, fs_tier_alpha_s(tier) + bytes * beta[f]);
	fs_fair_destroy(fair);
	fs_uses_clear(&uses);
	free(beta);
	free(capacity);
	free(first);
	fs_network_destroy(network);
	return last_s;
}

int main(int argc, char **argv)
{
	struct fs_system *loaded;
	struct fs_error error;
	if (argc != 4)
		quit("usage: farscale_round PATTERN BYTES SYSTEM", "");
	if (fs_system_load(argv[3], NULL, NULL, 0, &loaded, &error))
		quit(error.text, "");
	uint64_t chips = (uint64_t)loaded->tier[0].group.value;
	struct fs_system system = fs_system_place(loaded, chips);
	double bytes = strtod(argv[2], NULL);
	bool incast = !strcmp(argv[1], "incast");
	printf("%.12g\n",
	       incast ? incast_s(&system.tier[0], chips, bytes) : round_s(&system, chips, argv[1], bytes));
	fs_system_destroy(loaded);
	return 0;
}
