#include "command/fabric_survey.h"

#include "base/error.h"
#include "config/yaml.h"
#include "fabric/machine.h"
#include "report/summary.h"

#include <stdlib.h>
#include <string.h>

/* What facts rest on, besides all of `fabric`. */
static const char *const used[] = {"group", "bandwidth_GBps", "efficiency", "oversubscription"};

struct trust {
	char prefix[2 * FS_NAME];
	char weakest;
};

static void weaken(const struct fs_setting *setting, void *context)
{
	struct trust *trust = context;
	size_t length = strlen(trust->prefix);
	if (strncmp(setting->path, trust->prefix, length) != 0)
		return;
	const char *key = setting->path + length;
	bool counts = strncmp(key, "fabric.", 7) == 0;
	for (size_t i = 0; i < sizeof used / sizeof *used; i++)
		counts = counts || strcmp(key, used[i]) == 0;
	if (counts)
		trust->weakest = fs_trust_weaker(trust->weakest, setting->trust);
}

static char trust_of(const struct fs_system *system, const struct fs_tier *tier)
{
	struct trust trust = {.weakest = 'R'};
	snprintf(trust.prefix, sizeof trust.prefix, "tier.%s.", tier->name);
	fs_system_each_setting(system, weaken, &trust);
	return trust.weakest;
}

/* Puts FILE:LINE:COLUMN of a tier's fabric, or of the tier, before the error. */
static int fail_in_file(const struct fs_system *system, int k, struct fs_error *error)
{
	struct fs_yaml_file *file;
	struct fs_error ignored;
	if (fs_yaml_read(system->file, &file, &ignored))
		return -1;
	const struct fs_yaml *tiers = fs_yaml_get(&file->root, "tiers"), *node = NULL;
	if (tiers && k < tiers->count) {
		node = fs_yaml_get(&tiers->child[k], "fabric");
		node = node ? node : &tiers->child[k];
	}
	if (node)
		fs_fail_in(error, "%s:%d:%d", file->path, node->line, node->column);
	fs_yaml_destroy(file);
	return -1;
}

static void derive_facts(struct fs_tier_survey *of)
{
	fs_network_facts(of->network, &of->facts);
	fs_network_outline(of->network, &of->outline);
	uint64_t half = of->facts.ports / 2 * of->chips_per_port;
	of->per_chip_Bps = half ? of->facts.bisection_Bps / (double)half : 0;
	of->full_Bps = half ? of->outline.port_Bps / (double)of->chips_per_port : 0;
}

static int survey_tier(struct fs_fabric_survey *survey, int k, struct fs_error *error)
{
	const struct fs_tier *tier = &survey->system->tier[k];
	struct fs_tier_survey *of = &survey->tier[k];
	double shared = tier->fabric.chips_per_port.value;
	of->tier = tier;
	of->chips = (uint64_t)tier->group.value;
	of->groups = survey->chips / of->chips;
	of->chips_per_port = shared > 1 ? (uint64_t)shared : 1;
	of->part_ports = k ? (survey->tier[k - 1].chips + of->chips_per_port - 1) / of->chips_per_port : 1;
	of->trust = trust_of(survey->system, tier);
	if (fs_machine_group_network(survey->system, k, &of->network, error))
		return -1;
	derive_facts(of);
	survey->switches += of->groups * of->facts.switches;
	survey->cables += of->groups * of->facts.cables;
	survey->optical_modules += of->groups * of->facts.optical_modules;
	return 0;
}

static int by_place(const void *left, const void *right)
{
	const struct fs_down *a = left, *b = right;
	if (a->tier != b->tier)
		return a->tier < b->tier ? -1 : 1;
	if (a->group != b->group)
		return a->group < b->group ? -1 : 1;
	return strcmp(a->cable, b->cable);
}

static int list_down(struct fs_fabric_survey *survey, struct fs_error *error)
{
	const char *rest = survey->system->down;
	struct fs_down down;
	int found;
	while ((found = fs_down_next(survey->system, &rest, &down, error)) > 0) {
		survey->down = fs_reallocate(survey->down,
		                             (unsigned long)(survey->downs + 1) * sizeof *survey->down);
		survey->down[survey->downs++] = down;
	}
	if (survey->downs)
		qsort(survey->down, (size_t)survey->downs, sizeof *survey->down, by_place);
	return found;
}

/* Is this the first group of its tier in which something is down? */
static bool is_first_group(const struct fs_fabric_survey *survey, int i)
{
	while (i > 0 && survey->down[i - 1].tier == survey->down[i].tier &&
	       survey->down[i - 1].group == survey->down[i].group)
		i--;
	return i == 0 || survey->down[i - 1].tier != survey->down[i].tier;
}

/* In a group that is not drawn, all that counts is whether there is such a cable. */
static int cut(struct fs_fabric_survey *survey, int i, struct fs_error *error)
{
	const struct fs_down *down = &survey->down[i];
	struct fs_tier_survey *of = &survey->tier[down->tier];
	if (is_first_group(survey, i)) {
		of->shown = down->group;
		return fs_network_cut(of->network, down->cable, error);
	}
	struct fs_network *other;
	if (fs_machine_group_network(survey->system, down->tier, &other, error))
		return -1;
	int status = fs_network_cut(other, down->cable, error);
	fs_network_destroy(other);
	return status;
}

int fs_fabric_survey_create(const struct fs_system *system, bool overridden, struct fs_fabric_survey **survey,
                            struct fs_error *error)
{
	struct fs_fabric_survey *made = fs_allocate_zeroed(1, sizeof *made);
	int status = 0;
	made->system = system;
	made->chips = (uint64_t)system->tier[system->tiers - 1].group.value;
	for (; made->tiers < system->tiers && !status; made->tiers++)
		if ((status = survey_tier(made, made->tiers, error)) && !overridden)
			fail_in_file(system, made->tiers, error);
	if (!status)
		status = list_down(made, error);
	for (int i = 0; i < made->downs && !status; i++)
		if ((status = cut(made, i, error)))
			fs_fail_in(error, "fabric.down");
	if (status) {
		fs_fabric_survey_destroy(made);
		return -1;
	}
	*survey = made;
	return 0;
}

void fs_fabric_survey_destroy(struct fs_fabric_survey *survey)
{
	if (!survey)
		return;
	for (int k = 0; k < survey->tiers; k++)
		fs_network_destroy(survey->tier[k].network);
	free(survey->down);
	free(survey);
}
