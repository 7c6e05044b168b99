#include "fabric/outline.h"

#include "fabric/clos.h"
#include "fabric/dragonfly.h"
#include "fabric/grid.h"

#include <assert.h>

static struct fs_bundle *add_bundle(const struct fs_network *network, struct fs_outline *outline, int class,
                                    const char *a, const char *b, uint64_t cables)
{
	const struct fs_link_class *links = &network->class[class];
	struct fs_bundle *bundle = &outline->bundle[outline->bundles];
	assert(outline->bundles < FS_MAX_BUNDLES);
	*bundle = (struct fs_bundle){.end = {a, b},
	                             .which = "",
	                             .first = outline->bundles ? bundle[-1].first + bundle[-1].cables : 0,
	                             .cables = cables,
	                             .Bps = links->Bps / links->width / network->planes,
	                             .oversubscription = 1};
	outline->bundles++;
	return bundle;
}

static void outline_switch(const struct fs_network *network, struct fs_outline *outline)
{
	outline->levels = 1;
	outline->level[0] = (struct fs_outline_level){"switch", 1, 1, 1, network->ports, 0};
	outline->rails = 1;
	add_bundle(network, outline, FS_PORT_OUT, "port", "switch", network->ports);
	if (network->classes == FS_FIRST_INNER)
		return;
	const struct fs_link_class *uplinks = &network->class[FS_FIRST_INNER];
	outline->parts = uplinks->count;
	outline->uplink_Bps = uplinks->Bps / network->planes;
}

static void outline_clos(const struct fs_network *network, struct fs_outline *outline)
{
	static const char *const words[FS_MAX_CLOS_LEVELS] = {"leaf", "spine", "core", "super"};
	const struct fs_clos *clos = network->shape;
	struct fs_network_facts facts;
	int top = clos->levels - 1;
	uint64_t below = 0;
	fs_network_facts(network, &facts);
	outline->levels = clos->levels;
	outline->rails = clos->rails;
	add_bundle(network, outline, FS_PORT_OUT, "port", words[0], network->ports);
	for (int l = 0; l < top; l++) {
		uint64_t switches = (uint64_t)clos->pods[l] * clos->switches[l];
		outline->level[l] = (struct fs_outline_level){words[l],          switches,      clos->pods[l],
		                                              clos->switches[l], clos->down[l], clos->up[l]};
		add_bundle(network, outline, fs_clos_up(l), words[l], words[l + 1], switches * clos->up[l])
		        ->oversubscription = (double)clos->down[l] / clos->up[l];
		below += switches;
	}
	uint64_t tops = facts.switches / network->planes - below;
	outline->level[top] = (struct fs_outline_level){words[top], tops, 1, tops, clos->down[top], 0};
}

static void outline_grid(const struct fs_network *network, struct fs_outline *outline)
{
	static const char *const which[FS_MAX_DIMENSIONS] = {"dimension 1", "dimension 2", "dimension 3",
	                                                     "dimension 4", "dimension 5"};
	const struct fs_grid *grid = network->shape;
	outline->axes = grid->axes;
	outline->mesh = grid->mesh;
	for (int i = 0; i < grid->axes; i++) {
		uint64_t next = i + 1 < grid->axes ? grid->axis[i + 1].cables : network->cables;
		outline->size[i] = grid->axis[i].size;
		add_bundle(network, outline, grid->axis[i].class, "port", "port", next - grid->axis[i].cables)
		        ->which = grid->axes > 1 ? which[i] : "";
	}
}

static void outline_dragonfly(const struct fs_network *network, struct fs_outline *outline)
{
	const struct fs_dragonfly *fly = network->shape;
	uint64_t locals = network->class[FS_LOCAL].count / 2, globals = network->class[FS_GLOBAL].count / 2;
	outline->groups = fly->groups;
	outline->group_routers = fly->routers;
	outline->router_ports = fly->router_ports;
	add_bundle(network, outline, FS_PORT_OUT, "port", "router", network->ports);
	if (locals > 0)
		add_bundle(network, outline, FS_LOCAL, "router", "router", locals)->which = "within groups";
	if (globals > 0)
		add_bundle(network, outline, FS_GLOBAL, "router", "router", globals)->which =
		        "between groups";
}

void fs_network_outline(const struct fs_network *network, struct fs_outline *outline)
{
	static const struct {
		const struct fs_kind *kind;
		void (*tell)(const struct fs_network *network, struct fs_outline *outline);
	} kinds[] = {{&fs_kind_switch, outline_switch},  {&fs_kind_clos, outline_clos},
	             {&fs_kind_full_mesh, outline_grid}, {&fs_kind_torus, outline_grid},
	             {&fs_kind_ring, outline_grid},      {&fs_kind_dragonfly, outline_dragonfly}};
	*outline = (struct fs_outline){.kind = network->kind->name,
	                               .ports = network->ports,
	                               .planes = network->planes,
	                               .port_Bps = network->port_Bps};
	for (size_t i = 0; i < sizeof kinds / sizeof *kinds; i++)
		if (network->kind == kinds[i].kind)
			kinds[i].tell(network, outline);
	assert(outline->bundles > 0 || network->cables == 0);
}

/* The inverse of fs_clos_leaf. */
uint64_t fs_outline_port(const struct fs_outline *outline, uint64_t leaf, uint64_t j)
{
	uint64_t down = outline->level[0].down;
	if (j >= down)
		return outline->ports;
	return (leaf / outline->rails * down + j) * outline->rails + leaf % outline->rails;
}

struct fs_outline_cable fs_network_cable(const struct fs_network *network, uint64_t plane, uint64_t cable)
{
	struct fs_cable is;
	assert(plane < network->planes && cable < network->cables);
	network->kind->cable(network, cable, &is);
	return (struct fs_outline_cable){.end = {is.end[0].number, is.end[1].number},
	                                 .parallel = is.parallel,
	                                 .down = !fs_cable_is_up(network, (uint32_t)plane, cable)};
}

uint64_t fs_network_next_down(const struct fs_network *network, uint64_t plane, uint64_t from)
{
	if (!network->broken)
		return UINT64_MAX;
	for (; from < network->cables; from++) {
		uint64_t bit = plane * network->cables + from, word = network->broken[bit / 64] >> bit % 64;
		if (word & 1)
			return from;
		if (word == 0)
			from += 63 - bit % 64;
	}
	return UINT64_MAX;
}
