/*
 * One collective on SimGrid's flow model: simgrid_collective ALGORITHM BYTES PLATFORM GBPS LATENCY_US
 *
 * One actor a host; PLATFORM as platforms.h has it. Prints the predicted seconds until the last has ended.
 *
 * In rounds, in each of which a member sends a message and receives one, both posted at once, and goes on
 * when both are done:
 *
 * - ring: allreduce of BYTES; 2 (n - 1) rounds of BYTES / n to the next member
 * - pairwise: all-to-all, BYTES / n for each member; n - 1 rounds, in round r to the member r places on
 * - halving_doubling: allreduce, n a power of two; BYTES / 2, BYTES / 4, ... to nearer partners, and back
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

struct member {
	size_t rank;
	sg_host_t host;
};

static const struct algorithm *algorithm;
static double bytes;
static size_t members, *receiver; /* receiver: of a member, where all send at once */
static struct member *member;
static sg_mailbox_t *mailbox; /* `lanes` for each member */
static size_t lanes;

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
	size_t partner = self ^ (n >> (depth + 1));
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

static sg_mailbox_t mailbox_of(size_t rank, size_t round)
{
	return mailbox[rank * lanes + round % lanes];
}

/* The payload says whose the message is, so that none is taken for another. */
static void go_through_rounds(const struct member *self)
{
	for (size_t round = 0; round < algorithm->rounds(members); round++) {
		struct turn turn = algorithm->turn(self->rank, round, members, bytes);
		void *sender = NULL;
		sg_comm_t receive = sg_mailbox_get_async(mailbox_of(self->rank, round), &sender);
		sg_comm_t send =
		        sg_mailbox_put_async(mailbox_of(turn.to, round), (void *)self, lround(turn.bytes));
		sg_comm_wait(receive);
		sg_comm_wait(send);
		if (sender != &member[turn.from])
			quit("a message overtook another; this is not the schedule of ", algorithm->name);
	}
}

static void take_part(int argc, char **argv)
{
	(void)argc, (void)argv;
	const struct member *self = sg_actor_self_get_data();
	if (!receiver)
		go_through_rounds(self);
	else if (receiver[self->rank] != self->rank)
		sg_host_sendto(self->host, member[receiver[self->rank]].host, bytes);
}

/* A mailbox holds messages in the order they were posted. Where links are shared, a sender may be rounds
 * ahead of the one that is due, so that every round has its own. */
static void create_mailboxes(bool blocks)
{
	lanes = blocks ? algorithm->rounds(members) : 1;
	mailbox = calloc(members * lanes, sizeof(sg_mailbox_t));
	if (!mailbox)
		quit("out of memory", "");
	for (size_t i = 0; i < members * lanes; i++) {
		char name[32];
		snprintf(name, sizeof name, "%zu", i);
		mailbox[i] = sg_mailbox_by_name(name);
	}
}

static void create_members(void)
{
	member = calloc(members, sizeof *member);
	if (!member)
		quit("out of memory", "");
	for (size_t i = 0; i < members; i++) {
		char name[32];
		snprintf(name, sizeof name, "chip%zu", i);
		member[i] = (struct member){i, sg_host_by_name(name)};
		sg_actor_t actor = sg_actor_init(name, member[i].host);
		sg_actor_set_data(actor, &member[i]);
		sg_actor_start_(actor, take_part, 0, NULL);
	}
}

static void find_receivers(const char *text)
{
	const char *parameter = strchr(text, ':');
	receiver = calloc(members, sizeof *receiver);
	if (!receiver)
		quit("out of memory", "");
	algorithm->all_at_once(parameter ? strtoull(parameter + 1, NULL, 10) : 0, members, receiver);
}

int main(int argc, char **argv)
{
	flow_model_start(&argc, argv);
	if (argc != 6)
		quit("usage: simgrid_collective ALGORITHM BYTES PLATFORM GBPS LATENCY_US", "");
	algorithm = find_algorithm(argv[1]);
	bytes = strtod(argv[2], NULL);
	struct platform platform = platform_parse(argv[3], strtod(argv[4], NULL), strtod(argv[5], NULL));
	members = platform.hosts;
	if (algorithm->turn == halving_doubling_turn && (members & (members - 1)))
		quit("hosts must be a power of two for ", algorithm->name);
	platform_load(&platform);
	if (algorithm->all_at_once)
		find_receivers(argv[1]);
	else
		create_mailboxes(platform_blocks(&platform));
	create_members();
	simgrid_run();
	printf("%.12g\n", simgrid_get_clock());
	free(receiver);
	free(mailbox);
	free(member);
	return 0;
}
