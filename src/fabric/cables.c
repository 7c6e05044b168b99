/*
 * A network as cables: their names, what they add up to, and what it means that one is down.
 */

#include "fabric/kind.h"

#include "base/error.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { NAME = 96 };

static void name_end(const struct fs_cable *cable, int end, char *name)
{
	snprintf(name, NAME, "%s%" PRIu64, cable->end[end].word, cable->end[end].number);
}

/* PLANE:END-END.PARALLEL, without what is 0 of plane and parallel. */
static void name_cable(const struct fs_cable *cable, uint32_t plane, char *name)
{
	char prefix[16] = "", suffix[24] = "";
	if (plane > 0)
		snprintf(prefix, sizeof prefix, "p%" PRIu32 ":", plane);
	if (cable->parallel > 0)
		snprintf(suffix, sizeof suffix, ".%" PRIu64, cable->parallel);
	snprintf(name, NAME, "%s%s%" PRIu64 "-%s%" PRIu64 "%s", prefix, cable->end[0].word,
	         cable->end[0].number, cable->end[1].word, cable->end[1].number, suffix);
}

static double cable_Bps(const struct fs_network *network, const struct fs_cable *cable)
{
	const struct fs_link_class *class = fs_network_class(network, cable->link[0]);
	return class->Bps / class->width / network->planes;
}

void fs_network_each_link(const struct fs_network *network, uint64_t most,
                          void (*visit)(const char *name, const char *a, const char *b, double Bps,
                                        void *context),
                          void *context)
{
	uint64_t all = network->cables * network->planes;
	for (uint64_t i = 0; i < all && i < most; i++) {
		struct fs_cable cable;
		char name[NAME], a[NAME], b[NAME];
		uint32_t plane = (uint32_t)(i / network->cables);
		network->kind->cable(network, i % network->cables, &cable);
		name_cable(&cable, plane, name);
		name_end(&cable, 0, a);
		name_end(&cable, 1, b);
		bool up = fs_cable_is_up(network, plane, i % network->cables);
		visit(name, a, b, up ? cable_Bps(network, &cable) : 0, context);
	}
}

static int no_such_cable(const struct fs_network *network, const char *name, struct fs_error *error)
{
	char first[NAME], last[NAME];
	struct fs_cable cable;
	if (network->cables == 0)
		return fs_fail(error, "tier %s: no link '%s'; its %s has none", network->tier, name,
		               network->kind->name);
	network->kind->cable(network, 0, &cable);
	name_cable(&cable, 0, first);
	network->kind->cable(network, network->cables - 1, &cable);
	name_cable(&cable, network->planes - 1, last);
	return fs_fail(error, "tier %s: no link '%s'; its %" PRIu64 " links are called %s to %s",
	               network->tier, name, network->cables * network->planes, first, last);
}

/* The cable of that name, through *found, and its plane. Compares numbers, not text: there may be millions.
 */
static int find_cable(const struct fs_network *network, const char *name, uint32_t *plane, uint64_t *found,
                      struct fs_error *error)
{
	char word[2][16], same[NAME];
	uint64_t number[2];
	const char *ends = strchr(name, ':');
	*plane = 0, *found = 0;
	if (ends && sscanf(name, "p%" SCNu32, plane) != 1)
		return no_such_cable(network, name, error);
	if (*plane >= network->planes ||
	    sscanf(ends ? ends + 1 : name, "%15[a-z]%" SCNu64 "-%15[a-z]%" SCNu64, word[0], &number[0],
	           word[1], &number[1]) != 4)
		return no_such_cable(network, name, error);
	for (*found = 0; *found < network->cables; ++*found) {
		struct fs_cable cable;
		network->kind->cable(network, *found, &cable);
		if (cable.end[0].number != number[0] || cable.end[1].number != number[1])
			continue;
		name_cable(&cable, *plane, same);
		if (strcmp(name, same) == 0)
			return 0;
	}
	return no_such_cable(network, name, error);
}

/* From the first cut on, planes differ. */
static int prepare(struct fs_network *network, struct fs_error *error)
{
	const uint64_t most = 100000000;
	if (network->broken)
		return 0;
	if ((uint64_t)network->links * network->planes > most || network->cables * network->planes > most)
		return fs_fail(error,
		               "tier %s: more than %" PRIu64
		               " links in %u planes that a link that is down makes different",
		               network->tier, most, network->planes);
	network->told = network->planes;
	network->lost = fs_allocate_zeroed((uint64_t)network->links * network->told, sizeof *network->lost);
	network->broken =
	        fs_allocate_zeroed(network->cables * network->told / 64 + 1, sizeof *network->broken);
	return 0;
}

int fs_network_cut(struct fs_network *network, const char *name, struct fs_error *error)
{
	uint32_t plane;
	uint64_t found;
	if (find_cable(network, name, &plane, &found, error) != 0)
		return -1;
	if (!fs_cable_is_up(network, plane, found))
		return fs_fail(error, "tier %s: link '%s' is down already; name each once", network->tier,
		               name);
	if (prepare(network, error) != 0)
		return -1;
	struct fs_cable cable;
	uint64_t bit = plane * network->cables + found;
	network->kind->cable(network, found, &cable);
	network->broken[bit / 64] |= UINT64_C(1) << bit % 64;
	for (int way = 0; way < 2; way++)
		network->lost[(uint64_t)plane * network->links + cable.link[way]]++;
	return 0;
}

void fs_network_facts(const struct fs_network *network, struct fs_network_facts *facts)
{
	struct fs_cable cable;
	uint64_t to_ports = 0;
	*facts = (struct fs_network_facts){.ports = network->ports};
	network->kind->facts(network, facts);
	/* A port's cable makes up its port's links; where ports are joined directly, cables start behind. */
	if (network->cables > 0) {
		network->kind->cable(network, 0, &cable);
		to_ports = cable.link[0] < network->class[FS_PORT_IN].base ? network->ports : 0;
	}
	facts->switches *= network->planes;
	facts->cables = network->cables * network->planes;
	facts->fabric_cables = (network->cables - to_ports) * network->planes;
	facts->optical_modules = 2 * facts->fabric_cables;
}
