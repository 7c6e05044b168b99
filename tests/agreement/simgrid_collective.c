/*
 * Collectives on SimGrid's flow model:
 *
 *   simgrid_collective ALGORITHM BYTES PLATFORM GBPS LATENCY_US [ALGORITHM BYTES LATER_US]
 *
 * PLATFORM as platforms.h has it. Prints the predicted seconds until the last host has ended. With a second
 * collective, which every host begins LATER_US after the first and goes through beside it, a line for each.
 *
 * In rounds, in each of which a member sends a message and receives one, both posted at once, and goes on
 * when both are done:
 *
 * - ring: allreduce of BYTES; 2 (n - 1) rounds of BYTES / n to the next member
 * - pairwise: all-to-all, BYTES / n for each member; n - 1 rounds, in round r to the member r places on
 * - halving_doubling: allreduce, n a power of two; BYTES / 2, BYTES / 4, ... to farther partners, and back
 *
 * All at once, BYTES each:
 *
 * - shift:PLACES: to the member PLACES on
 * - permutation:SEED: to another each, as permutation.h has it
 * - incast: to member 0
 */

#include "flow_model.h"
#include "permutation.h"
#include "platforms.h"

#include <simgrid/actor.h>
#include <simgrid/comm.h>
#include <simgrid/engine.h>
#include <simgrid/host.h>
#include <simgrid/mailbox.h>

#include <math.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct turn {
	size_t to, from;
	double bytes;
};

struct algorithm {
	const char *name;
	size_t (*rounds)(size_t members);
	struct turn (*turn)(size_t member, size_t round, size_t members, double bytes);
	void (*all_at_once)(uint64_t parameter, size_t members, size_t *to); /* instead of rounds */
};

/* A host that takes part in a collective: an actor. */
struct member {
	size_t rank;
	sg_host_t host;
	struct collective *collective;
};

struct collective {
	const struct algorithm *algorithm;
	double bytes, begin_s, end_s;
	size_t *receiver; /* of a member, where all send at once */
	struct member *member;
	sg_mailbox_t *mailbox; /* `lanes` for each member */
	size_t lanes;
};

static size_t members;

static size_t log2_of(size_t n)
{
	size_t log = 0;
	while (n >>= 1)
		log++;
	return log;
}

static size_t ring_rounds(size_t n)
{
	return 2 * (n - 1);
}

static struct turn ring_turn(size_t self, size_t round, size_t n, double size)
{
	(void)round;
	return (struct turn){(self + 1) % n, (self + n - 1) % n, size / (double)n};
}

static size_t pairwise_rounds(size_t n)
{
	return n - 1;
}

static struct turn pairwise_turn(size_t self, size_t round, size_t n, double size)
{
	size_t distance = round + 1;
	return (struct turn){(self + distance) % n, (self + n - distance) % n, size / (double)n};
}

static size_t halving_doubling_rounds(size_t n)
{
	return 2 * log2_of(n);
}

static struct turn halving_doubling_turn(size_t self, size_t round, size_t n, double size)
{
	size_t halvings = log2_of(n), depth = round < halvings ? round : 2 * halvings - 1 - round;
	size_t partner = self ^ (size_t)1 << depth;
	return (struct turn){partner, partner, ldexp(size, -(int)depth - 1)};
}

static void shift(uint64_t places, size_t n, size_t *to)
{
	for (size_t i = 0; i < n; i++)
		to[i] = (i + places) % n;
}

static void incast(uint64_t parameter, size_t n, size_t *to)
{
	(void)parameter;
	for (size_t i = 0; i < n; i++)
		to[i] = 0;
}

static const struct algorithm algorithms[] = {
        {"ring", ring_rounds, ring_turn, NULL},
        {"pairwise", pairwise_rounds, pairwise_turn, NULL},
        {"halving_doubling", halving_doubling_rounds, halving_doubling_turn, NULL},
        {"shift:", NULL, NULL, shift},
        {"permutation:", NULL, NULL, permutation_fill},
        {"incast", NULL, NULL, incast},
};

/* SimGrid must not be shut down from within an actor, as exit would. */
static void quit(const char *what, const char *which)
{
	fprintf(stderr, "simgrid_collective: %s%s\n", what, which);
	_Exit(2);
}

/* Names that end with a colon have a parameter. */
static const struct algorithm *find_algorithm(const char *text)
{
	for (size_t i = 0; i < sizeof algorithms / sizeof *algorithms; i++) {
		size_t name = strlen(algorithms[i].name);
		bool parameter = algorithms[i].name[name - 1] == ':';
		if (!strncmp(algorithms[i].name, text, name) && !text[name] == !parameter)
			return &algorithms[i];
	}
	quit("ring, pairwise, halving_doubling, shift:PLACES, permutation:SEED or incast, not ", text);
	return NULL;
}

static void *zeroed(size_t count, size_t size)
{
	void *array = calloc(count, size);
	if (!array)
		quit("out of memory", "");
	return array;
}

static sg_mailbox_t mailbox_of(const struct collective *collective, size_t rank, size_t round)
{
	return collective->mailbox[rank * collective->lanes + round % collective->lanes];
}

/* The payload says whose the message is, so that none is taken for another. */
static void go_through_rounds(const struct member *self)
{
	const struct collective *collective = self->collective;
	const struct algorithm *algorithm = collective->algorithm;
	for (size_t round = 0; round < algorithm->rounds(members); round++) {
		struct turn turn = algorithm->turn(self->rank, round, members, collective->bytes);
		void *sender = NULL;
		sg_comm_t receive = sg_mailbox_get_async(mailbox_of(collective, self->rank, round), &sender);
		sg_comm_t send = sg_mailbox_put_async(mailbox_of(collective, turn.to, round), (void *)self,
		                                      lround(turn.bytes));
		sg_comm_wait(receive);
		sg_comm_wait(send);
		if (sender != &collective->member[turn.from])
			quit("a message overtook another; this is not the schedule of ", algorithm->name);
	}
}

static void take_part(int argc, char **argv)
{
	(void)argc, (void)argv;
	const struct member *self = sg_actor_self_get_data();
	struct collective *collective = self->collective;
	size_t *receiver = collective->receiver;
	sg_actor_sleep_for(collective->begin_s);
	if (!receiver)
		go_through_rounds(self);
	else if (receiver[self->rank] != self->rank)
		sg_host_sendto(self->host, collective->member[receiver[self->rank]].host, collective->bytes);
	collective->end_s = fmax(collective->end_s, simgrid_get_clock());
}

/* A mailbox holds messages in the order they were posted. Where links are shared, a sender may be rounds
 * ahead of the one that is due, so that every round has its own. */
static void create_mailboxes(struct collective *collective, size_t number, bool blocks)
{
	collective->lanes = blocks ? collective->algorithm->rounds(members) : 1;
	collective->mailbox = zeroed(members * collective->lanes, sizeof(sg_mailbox_t));
	for (size_t i = 0; i < members * collective->lanes; i++) {
		char name[64];
		snprintf(name, sizeof name, "%zu.%zu", number, i);
		collective->mailbox[i] = sg_mailbox_by_name(name);
	}
}

static void create_members(struct collective *collective)
{
	collective->member = zeroed(members, sizeof *collective->member);
	for (size_t i = 0; i < members; i++) {
		char name[32];
		snprintf(name, sizeof name, "chip%zu", i);
		collective->member[i] = (struct member){i, sg_host_by_name(name), collective};
		sg_actor_t actor = sg_actor_init(name, collective->member[i].host);
		sg_actor_set_data(actor, &collective->member[i]);
		sg_actor_start_(actor, take_part, 0, NULL);
	}
}

static void find_receivers(struct collective *collective, const char *text)
{
	const char *parameter = strchr(text, ':');
	collective->receiver = zeroed(members, sizeof *collective->receiver);
	collective->algorithm->all_at_once(parameter ? strtoull(parameter + 1, NULL, 10) : 0, members,
	                                   collective->receiver);
}

static struct collective parse(const char *text, const char *bytes, const char *later_us)
{
	return (struct collective){.algorithm = find_algorithm(text),
	                           .bytes = strtod(bytes, NULL),
	                           .begin_s = strtod(later_us, NULL) * 1e-6};
}

static void create(struct collective *collective, size_t number, const char *text, bool blocks)
{
	const struct algorithm *algorithm = collective->algorithm;
	if (algorithm->turn == halving_doubling_turn && (members & (members - 1)))
		quit("hosts must be a power of two for ", algorithm->name);
	if (algorithm->all_at_once)
		find_receivers(collective, text);
	else
		create_mailboxes(collective, number, blocks);
	create_members(collective);
}

static void clear(struct collective *collective)
{
	free(collective->receiver);
	free(collective->mailbox);
	free(collective->member);
}

int main(int argc, char **argv)
{
	flow_model_start(&argc, argv);
	if (argc != 6 && argc != 9)
		quit("usage: simgrid_collective ALGORITHM BYTES PLATFORM GBPS LATENCY_US "
		     "[ALGORITHM BYTES LATER_US]",
		     "");
	const char *text[] = {argv[1], argc == 9 ? argv[6] : NULL};
	size_t count = argc == 9 ? 2 : 1;
	struct platform platform = platform_parse(argv[3], strtod(argv[4], NULL), strtod(argv[5], NULL));
	struct collective collective[2] = {parse(argv[1], argv[2], "0")};
	if (count == 2)
		collective[1] = parse(argv[6], argv[7], argv[8]);
	members = platform.hosts;
	platform_load(&platform);
	for (size_t i = 0; i < count; i++)
		create(&collective[i], i, text[i], count == 2 || platform_blocks(&platform));
	simgrid_run();
	for (size_t i = 0; i < count; i++) {
		printf("%.12g\n", collective[i].end_s);
		clear(&collective[i]);
	}
	return 0;
}
