#include "topology/files.h"

#include "base/error.h"
#include "topology/tables.h"

#include <assert.h>
#include <stdbool.h>
#include <stddef.h>
#include <string.h>

/* A rule looks at tier k; on failure *key is the key at fault. The messages start alike: `tier NAME: KEY: `.
 */
typedef int rule(const struct fs_system *system, int k, const char **key, struct fs_error *error);

static const char meshes[] = "full_mesh|torus|ring";

/* Keys that not every fabric has a use for: kinds, routing NULL: any. */
static const struct use {
	const char *path; /* below the tier */
	const char *kinds, *routing;
} uses[] = {
        {"fabric.hop_us", "clos|full_mesh|torus|ring|dragonfly", NULL},
        {"fabric.ecmp_seed", NULL, "ecmp"},
        {"fabric.radix", "clos", NULL},
        {"fabric.levels", "clos", NULL},
        {"fabric.rails", "clos", NULL},
        {"fabric.upper_oversubscription", "clos", NULL},
        {"fabric.dimensions", meshes, NULL},
        {"fabric.dimension_GBps", meshes, NULL},
        {"fabric.router_ports", "dragonfly", NULL},
        {"fabric.group_routers", "dragonfly", NULL},
        {"fabric.global_links", "dragonfly", NULL},
};
enum { USES = sizeof uses / sizeof *uses };

/* Which kinds have which routing, where it is given. */
static const struct {
	const char *routing, *kinds;
} routings[] = {
        {"adaptive", "switch|clos|full_mesh|torus|ring|dragonfly"},
        {"ecmp", "clos|dragonfly"},
        {"dimension_order", meshes},
};

/* Is `word` one of "a|b|c"? */
static bool is_among(const char *word, const char *words)
{
	return fs_field_offers(&(struct fs_field){.choices = words}, word);
}

static const struct fs_field *find_field(const char *path)
{
	const char *key = strchr(path, '.') + 1;
	const struct fs_field *field = fs_fabric_fields;
	while (strcmp(field->key, key) != 0) {
		field++;
		assert(field->key);
	}
	return field;
}

static const char *kind_of(const struct fs_fabric *fabric)
{
	return *fabric->kind ? fabric->kind : "switch";
}

static bool suits(const struct use *use, const struct fs_fabric *fabric)
{
	return (!use->kinds || is_among(kind_of(fabric), use->kinds)) &&
	       (!use->routing || strcmp(fabric->routing, use->routing) == 0);
}

static bool routing_suits(const struct fs_fabric *fabric, const char **kinds)
{
	for (size_t i = 0; i < sizeof routings / sizeof *routings; i++)
		if (strcmp(fabric->routing, routings[i].routing) == 0) {
			*kinds = routings[i].kinds;
			return is_among(kind_of(fabric), *kinds);
		}
	return true; /* not given: the kind's own */
}

static int check_routing(const struct fs_system *system, int k, const char **key, struct fs_error *error)
{
	const struct fs_tier *tier = &system->tier[k];
	const char *kinds;
	*key = "fabric.routing";
	if (routing_suits(&tier->fabric, &kinds))
		return 0;
	return fs_fail(error, "tier %s: fabric.routing: %s is for %s; this fabric is a %s", tier->name,
	               tier->fabric.routing, kinds, kind_of(&tier->fabric));
}

static int check_uses(const struct fs_system *system, int k, const char **key, struct fs_error *error)
{
	const struct fs_tier *tier = &system->tier[k];
	struct fs_fabric fabric = tier->fabric;
	for (int i = 0; i < USES; i++) {
		const struct use *use = &uses[i];
		*key = use->path;
		if (!fs_field_origin(find_field(use->path), &fabric)->trust || suits(use, &fabric))
			continue;
		if (use->routing)
			return fs_fail(error, "tier %s: %s: is for routing %s alone", tier->name, use->path,
			               use->routing);
		return fs_fail(error, "tier %s: %s: is for %s; this fabric is a %s", tier->name, use->path,
		               use->kinds, kind_of(&fabric));
	}
	return 0;
}

static int check_oversubscription(const struct fs_system *system, int k, const char **key,
                                  struct fs_error *error)
{
	const struct fs_tier *tier = &system->tier[k];
	*key = "oversubscription";
	if (tier->oversubscription.value <= 1 || is_among(kind_of(&tier->fabric), "switch|clos"))
		return 0;
	return fs_fail(error,
	               "tier %s: oversubscription: is for switch|clos; this fabric is a %s, where it must "
	               "be 1, not %.10g",
	               tier->name, tier->fabric.kind, tier->oversubscription.value);
}

static double or_one(double value)
{
	return value > 0 ? value : 1;
}

static double chips_per_port(const struct fs_tier *tier)
{
	return or_one(tier->fabric.chips_per_port.value);
}

static bool divides(double divisor, double number)
{
	return (uint64_t)number % (uint64_t)divisor == 0;
}

static int check_ports(const struct fs_system *system, int k, const char **key, struct fs_error *error)
{
	const struct fs_tier *tier = &system->tier[k], *owner = k ? tier - 1 : tier;
	*key = "fabric.chips_per_port";
	if (divides(chips_per_port(tier), owner->group.value))
		return 0;
	return fs_fail(error,
	               "tier %s: fabric.chips_per_port: a divisor of the %.10g chips that tier %s joins is "
	               "needed, not %.10g",
	               tier->name, owner->group.value, owner->name, chips_per_port(tier));
}

static int check_clos(const struct fs_system *system, int k, const char **key, struct fs_error *error)
{
	const struct fs_tier *tier = &system->tier[k], *owner = k ? tier - 1 : tier;
	const struct fs_fabric *fabric = &tier->fabric;
	double ports = owner->group.value / chips_per_port(tier), levels = fabric->levels.value;
	*key = "fabric.radix";
	if (fabric->radix.value < 2)
		return fs_fail(error, "tier %s: fabric.radix: a clos needs it, the ports of a switch",
		               tier->name);
	*key = "fabric.rails";
	if (!divides(or_one(fabric->rails.value), ports))
		return fs_fail(error,
		               "tier %s: fabric.rails: a divisor of the %.10g ports of a group of tier %s is "
		               "needed, not %.10g",
		               tier->name, ports, owner->name, fabric->rails.value);
	*key = "fabric.upper_oversubscription";
	int middle = levels > 2 ? (int)levels - 2 : 0;
	if (levels > 0 && fabric->upper_oversubscriptions > middle)
		return fs_fail(error,
		               "tier %s: fabric.upper_oversubscription: at most one number for each level "
		               "between leaves and top is needed, %d with %.10g levels, not %d",
		               tier->name, middle, levels, fabric->upper_oversubscriptions);
	return 0;
}

static int check_dimensions(const struct fs_tier *tier, struct fs_error *error)
{
	const struct fs_fabric *fabric = &tier->fabric;
	bool ring = strcmp(fabric->kind, "ring") == 0;
	double ports = tier->group.value / chips_per_port(tier), product = 1;
	char text[128];
	for (int i = 0; i < fabric->dimensions; i++)
		product *= fabric->dimension[i];
	if (ring && fabric->dimensions > 1)
		return fs_fail(error, "tier %s: fabric.dimensions: a ring has one, not %d", tier->name,
		               fabric->dimensions);
	if (!ring && fabric->dimensions == 0)
		return fs_fail(error,
		               "tier %s: fabric.dimensions: a %s needs them, with a product of %.10g ports",
		               tier->name, fabric->kind, ports);
	if (fabric->dimensions && product != ports)
		return fs_fail(error,
		               "tier %s: fabric.dimensions: a product of %.10g is needed, the ports of the "
		               "tier (%.10g chips, %.10g at a port), not %s = %.10g",
		               tier->name, ports, tier->group.value, chips_per_port(tier),
		               fs_numbers_text(fabric->dimension, fabric->dimensions, text, sizeof text),
		               product);
	return 0;
}

/* What a port has over all dimensions is all of it, or less. */
static int check_rates(const struct fs_tier *tier, struct fs_error *error)
{
	double sum = 0, port = tier->bandwidth_GBps.value * chips_per_port(tier);
	for (int i = 0; i < tier->fabric.dimension_rates; i++)
		sum += tier->fabric.dimension_GBps[i];
	if (sum <= port * (1 + 1e-9))
		return 0;
	return fs_fail(error,
	               "tier %s: fabric.dimension_GBps: at most %.10g in all, what a port has, not %.10g",
	               tier->name, port, sum);
}

static int check_mesh(const struct fs_system *system, int k, const char **key, struct fs_error *error)
{
	const struct fs_tier *tier = &system->tier[k];
	int dimensions = tier->fabric.dimensions ? tier->fabric.dimensions : 1; /* none given: a ring */
	*key = "fabric.dimensions";
	if (check_dimensions(tier, error))
		return -1;
	*key = "fabric.dimension_GBps";
	if (tier->fabric.dimension_rates && tier->fabric.dimension_rates != dimensions)
		return fs_fail(error,
		               "tier %s: fabric.dimension_GBps: as many numbers as dimensions are needed, "
		               "%d, not %d",
		               tier->name, dimensions, tier->fabric.dimension_rates);
	return check_rates(tier, error);
}

static int check_dragonfly(const struct fs_system *system, int k, const char **key, struct fs_error *error)
{
	static const char *const needed[] = {"fabric.router_ports", "fabric.group_routers",
	                                     "fabric.global_links"};
	struct fs_fabric fabric = system->tier[k].fabric;
	for (size_t i = 0; i < sizeof needed / sizeof *needed; i++) {
		*key = needed[i];
		if (fs_field_origin(find_field(needed[i]), &fabric)->value < 1)
			return fs_fail(error,
			               "tier %s: %s: a dragonfly needs router_ports, group_routers and "
			               "global_links",
			               system->tier[k].name, needed[i]);
	}
	return 0;
}

static const struct {
	const char *kinds; /* NULL: any */
	rule *check;
} rules[] = {
        {NULL, check_routing}, {NULL, check_uses},   {NULL, check_oversubscription}, {NULL, check_ports},
        {"clos", check_clos},  {meshes, check_mesh}, {"dragonfly", check_dragonfly},
};

int fs_fabric_check(const struct fs_system *system, int k, const char **key, struct fs_error *error)
{
	const char *kind = kind_of(&system->tier[k].fabric);
	for (size_t i = 0; i < sizeof rules / sizeof *rules; i++)
		if ((!rules[i].kinds || is_among(kind, rules[i].kinds)) &&
		    rules[i].check(system, k, key, error))
			return -1;
	return 0;
}

static void drop(struct fs_fabric *fabric, const char *path)
{
	const struct fs_field *field = find_field(path);
	if (fs_field_origin(field, fabric)->trust != 'U')
		fs_field_default(field, fabric, NULL);
}

void fs_fabric_adapt(struct fs_fabric *fabric)
{
	const char *kinds;
	if (fabric->origin.kind.trust != 'U' && fabric->origin.routing.trust != 'U')
		return;
	if (!routing_suits(fabric, &kinds))
		drop(fabric, "fabric.routing");
	for (int i = 0; i < USES; i++)
		if (!suits(&uses[i], fabric))
			drop(fabric, uses[i].path);
}
