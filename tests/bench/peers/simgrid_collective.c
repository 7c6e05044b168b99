/*
 * One collective on SimGrid's flow model: simgrid_collective ALGORITHM BYTES PLATFORM.xml [--cfg=...]
 *
 * One actor a host of the platform. In every round a member sends one message and receives one, both posted
 * at once, and goes on when both are done. Prints the predicted seconds. ring              allreduce of BYTES
 * over n members: 2 (n - 1) rounds of BYTES / n to the next member pairwise          all-to-all, BYTES / n
 * for each member: n - 1 rounds, in round r to the member r places on halving_doubling  allreduce, n a power
 * of two: BYTES / 2, BYTES / 4, ... to partners ever nearer, and back again
 */

#include <simgrid/actor.h>
#include <simgrid/comm.h>
#include <simgrid/engine.h>
#include <simgrid/host.h>
#include <simgrid/mailbox.h>

#include <math.h>
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
};

struct member {
	size_t rank;
	sg_host_t host;
	sg_mailbox_t mailbox;
};

static const struct algorithm *algorithm;
static double bytes;
static size_t members;
static struct member *member;

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

static const struct algorithm algorithms[] = {
        {"ring", ring_rounds, ring_turn},
        {"pairwise", pairwise_rounds, pairwise_turn},
        {"halving_doubling", halving_doubling_rounds, halving_doubling_turn},
};

/* SimGrid must not be shut down from within an actor, as exit would. */
static void quit(const char *what, const char *which)
{
	fprintf(stderr, "simgrid_collective: %s%s\n", what, which);
	_Exit(2);
}

static const struct algorithm *find_algorithm(const char *name)
{
	for (size_t i = 0; i < sizeof algorithms / sizeof *algorithms; i++)
		if (!strcmp(algorithms[i].name, name))
			return &algorithms[i];
	quit("ring, pairwise or halving_doubling, not ", name);
	return NULL;
}

/* A mailbox holds messages in the order they were posted, so a sender that runs ahead could be taken for the
 * one that is due; the payload says who it was. */
static void take_part(int argc, char **argv)
{
	(void)argc, (void)argv;
	struct member *self = sg_actor_self_get_data();
	for (size_t round = 0; round < algorithm->rounds(members); round++) {
		struct turn turn = algorithm->turn(self->rank, round, members, bytes);
		void *sender = NULL;
		sg_comm_t receive = sg_mailbox_get_async(self->mailbox, &sender);
		sg_comm_t send = sg_mailbox_put_async(member[turn.to].mailbox, self, lround(turn.bytes));
		sg_comm_wait(receive);
		sg_comm_wait(send);
		if (sender != &member[turn.from])
			quit("a message overtook another; this is not the schedule of ", algorithm->name);
	}
}

static void create_members(void)
{
	sg_host_t *hosts = sg_host_list();
	member = calloc(members, sizeof *member);
	if (!member)
		quit("out of memory", "");
	for (size_t i = 0; i < members; i++) {
		const char *name = sg_host_get_name(hosts[i]);
		member[i] = (struct member){i, hosts[i], sg_mailbox_by_name(name)};
		sg_actor_t actor = sg_actor_init(name, hosts[i]);
		sg_actor_set_data(actor, &member[i]);
		sg_actor_start_(actor, take_part, 0, NULL);
	}
	free(hosts);
}

int main(int argc, char **argv)
{
	simgrid_init(&argc, argv); /* takes the --cfg options away */
	if (argc != 4)
		quit("usage: simgrid_collective ALGORITHM BYTES PLATFORM.xml [--cfg=...]", "");
	algorithm = find_algorithm(argv[1]);
	bytes = strtod(argv[2], NULL);
	simgrid_load_platform(argv[3]);
	members = sg_host_count();
	if (algorithm->turn == halving_doubling_turn && (members & (members - 1)))
		quit("hosts must be a power of two for ", algorithm->name);
	create_members();
	simgrid_run();
	printf("%.12g\n", simgrid_get_clock());
	return 0;
}
