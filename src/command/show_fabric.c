#include "command/show_fabric.h"

#include "command/fabric_survey.h"
#include "command/fabric_text.h"
#include "report/escape.h"
#include "report/plot.h"
#include "report/summary.h"
#include "report/table.h"

static void add_count(struct fs_table *table, uint64_t count)
{
	char text[32];
	fs_table_cell(table, "%s", fs_plot_thousands(count, text, sizeof text));
}

/* "3:1"; nothing where there is none. */
static void add_ratio(struct fs_table *table, double ratio)
{
	if (ratio > 1)
		fs_table_cell(table, "%.3g:1", ratio);
	else
		fs_table_cell(table, "%s", "");
}

/* Four digits, or more where there are more. */
static void add_rate(struct fs_table *table, double rate)
{
	if (rate >= 9999.5)
		add_count(table, (uint64_t)(rate + 0.5));
	else
		fs_table_cell(table, "%.4g", rate);
}

static void add_tier(struct fs_table *table, const struct fs_tier_survey *of)
{
	char text[256];
	fs_table_cell(table, "%s", of->tier->name);
	add_count(table, of->groups);
	add_count(table, of->chips);
	add_count(table, of->facts.ports);
	add_count(table, of->groups * of->facts.switches);
	add_count(table, of->groups * of->facts.cables);
	add_count(table, of->groups * of->facts.optical_modules);
	add_rate(table, of->facts.bisection_Bps * 1e-12);
	add_rate(table, of->per_chip_Bps * 1e-9);
	fs_table_cell(table, "%.3g", of->full_Bps > 0 ? 100 * of->per_chip_Bps / of->full_Bps : 100);
	fs_table_cell(table, "%d", of->facts.diameter);
	fs_table_cell(table, "%c", of->trust);
	fs_table_cell(table, "%s", fs_fabric_text(&of->tier->fabric, text, sizeof text));
}

static void add_total(struct fs_table *table, const struct fs_fabric_survey *survey)
{
	fs_table_cell(table, "%s", "all tiers");
	for (int column = 1; column < 4; column++)
		fs_table_cell(table, "%s", "");
	add_count(table, survey->switches);
	add_count(table, survey->cables);
	add_count(table, survey->optical_modules);
	for (int column = 7; column < 13; column++)
		fs_table_cell(table, "%s", "");
}

static void print_tiers(const struct fs_fabric_survey *survey, FILE *out)
{
	static const struct fs_column columns[] = {
	        {"tier", true},       {"groups", false},    {"chips", false},  {"ports", false},
	        {"switches", false},  {"cables", false},    {"optics", false}, {"bisection TB/s", false},
	        {"GB/s chip", false}, {"% of full", false}, {"hops", false},   {"trust", true},
	        {"fabric", true}};
	struct fs_table *table = fs_table_create(columns, sizeof columns / sizeof *columns);
	for (int k = 0; k < survey->tiers; k++)
		add_tier(table, &survey->tier[k]);
	add_total(table, survey);
	fs_table_print(table, "  ", out);
	fs_table_destroy(table);
}

static void add_link(struct fs_table *table, const char *tier, const struct fs_bundle *bundle,
                     uint64_t planes)
{
	double count = (double)(bundle->cables * planes);
	fs_table_cell(table, "%s", tier);
	fs_table_cell(table, "%s - %s%s%s", bundle->end[0], bundle->end[1], *bundle->which ? ", " : "",
	              bundle->which);
	add_count(table, bundle->cables * planes);
	add_rate(table, bundle->Bps * 1e-9);
	add_rate(table, count * bundle->Bps * 1e-12);
	add_ratio(table, bundle->oversubscription);
}

/* What joins the parts of an oversubscribed switch is a link as others are, but no cable. */
static struct fs_bundle uplink_of(const struct fs_tier_survey *of)
{
	const struct fs_outline *outline = &of->outline;
	double down_Bps = (double)of->part_ports * outline->port_Bps / (double)outline->planes;
	return (struct fs_bundle){.end = {"part", "switch"},
	                          .which = "uplink",
	                          .cables = outline->parts,
	                          .Bps = outline->uplink_Bps,
	                          .oversubscription = down_Bps / outline->uplink_Bps};
}

static void add_links(struct fs_table *table, const struct fs_tier_survey *of)
{
	const struct fs_outline *outline = &of->outline;
	for (int i = 0; i < outline->bundles; i++)
		add_link(table, i ? "" : of->tier->name, &outline->bundle[i], outline->planes);
	if (outline->parts) {
		struct fs_bundle uplink = uplink_of(of);
		add_link(table, "", &uplink, outline->planes);
	}
}

static void print_links(const struct fs_fabric_survey *survey, FILE *out)
{
	static const struct fs_column columns[] = {{"tier", true},      {"links of a group", true},
	                                           {"count", false},    {"GB/s each", false},
	                                           {"TB/s all", false}, {"oversubscribed", true}};
	struct fs_table *table = fs_table_create(columns, sizeof columns / sizeof *columns);
	for (int k = 0; k < survey->tiers; k++)
		add_links(table, &survey->tier[k]);
	fputc('\n', out);
	fs_table_print(table, "  ", out);
	fs_table_destroy(table);
}

static void print_down(const struct fs_fabric_survey *survey, FILE *out)
{
	char group[32];
	if (survey->downs)
		fputs("\nDown, and not taken off the numbers above\n", out);
	for (int i = 0; i < survey->downs; i++)
		fprintf(out, "  %s, group %s: %s\n", survey->tier[survey->down[i].tier].tier->name,
		        fs_plot_thousands(survey->down[i].group, group, sizeof group), survey->down[i].cable);
}

/* Is there a tier whose network is known by no more than that it does not block? */
static bool has_plain_switch(const struct fs_fabric_survey *survey)
{
	for (int k = 0; k < survey->tiers; k++)
		if (!survey->tier[k].tier->fabric.origin.kind.trust)
			return true;
	return false;
}

static void print_notes(const struct fs_fabric_survey *survey, FILE *out)
{
	char weakest = 'R';
	for (int k = 0; k < survey->tiers; k++)
		weakest = fs_trust_weaker(weakest, survey->tier[k].trust);
	fputs("\nSwitches, cables and optical modules (two for each cable between switches, or between ports "
	      "of a mesh): of all\n"
	      "groups. Everything else: of one group, all planes together. Bandwidths are one way and what "
	      "messages get of them\n"
	      "(bandwidth x efficiency). GB/s chip: what each chip of one half gets when all send to the "
	      "other half. Hops: most\n"
	      "cables on a shortest way.\n",
	      out);
	if (has_plain_switch(survey))
		fputs("A tier of which the file tells no fabric counts as one switch that never blocks, "
		      "however many "
		      "it is made of.\n",
		      out);
	fprintf(out, "Weakest trust: %s.\n", fs_trust_text(weakest));
}

void fs_show_fabric_table(const struct fs_fabric_survey *survey, FILE *out)
{
	const struct fs_system *system = survey->system;
	char chips[32], deployed[32], label[sizeof system->label];
	fprintf(out, "%s: %s\n\n  fabric of %s chips, every group full (deployed up to %s)\n\n", system->name,
	        fs_escape_plain(system->label, label, sizeof label),
	        fs_plot_thousands(survey->chips, chips, sizeof chips),
	        fs_plot_thousands((uint64_t)system->deployed_chips.value, deployed, sizeof deployed));
	print_tiers(survey, out);
	print_links(survey, out);
	print_down(survey, out);
	print_notes(survey, out);
}

static json_t *counts_json(uint64_t switches, uint64_t cables, uint64_t optical_modules)
{
	return json_pack("{s:I, s:I, s:I}", "switches", (json_int_t)switches, "cables", (json_int_t)cables,
	                 "optical_modules", (json_int_t)optical_modules);
}

static json_t *link_json(const struct fs_bundle *bundle, uint64_t planes)
{
	return json_pack("{s:s, s:s, s:s, s:I, s:f, s:f}", "from", bundle->end[0], "to", bundle->end[1],
	                 "which", bundle->which, "count", (json_int_t)(bundle->cables * planes), "GBps",
	                 bundle->Bps * 1e-9, "oversubscription", bundle->oversubscription);
}

static json_t *links_json(const struct fs_tier_survey *of)
{
	json_t *links = json_array();
	for (int i = 0; i < of->outline.bundles; i++)
		json_array_append_new(links, link_json(&of->outline.bundle[i], of->outline.planes));
	if (of->outline.parts) {
		struct fs_bundle uplink = uplink_of(of);
		json_array_append_new(links, link_json(&uplink, of->outline.planes));
	}
	return links;
}

static json_t *tier_json(const struct fs_tier_survey *of)
{
	char text[256], trust[2] = {of->trust, 0};
	const struct fs_network_facts *facts = &of->facts;
	json_t *object = json_pack("{s:s, s:s, s:I}", "kind", of->tier->kind, "fabric",
	                           fs_fabric_text(&of->tier->fabric, text, sizeof text), "groups",
	                           (json_int_t)of->groups);
	json_t *group = counts_json(facts->switches, facts->cables, facts->optical_modules);
	json_object_update_new(
	        group, json_pack("{s:I, s:I, s:f, s:f, s:f, s:I, s:o}", "chips", (json_int_t)of->chips,
	                         "ports", (json_int_t)facts->ports, "bisection_GBps",
	                         facts->bisection_Bps * 1e-9, "bisection_per_chip_GBps",
	                         of->per_chip_Bps * 1e-9, "full_bisection_per_chip_GBps", of->full_Bps * 1e-9,
	                         "diameter_hops", (json_int_t)facts->diameter, "links", links_json(of)));
	json_object_set_new(object, "group", group);
	json_object_set_new(object, "all_groups",
	                    counts_json(of->groups * facts->switches, of->groups * facts->cables,
	                                of->groups * facts->optical_modules));
	json_object_set_new(object, "trust", json_string(trust));
	return object;
}

static json_t *down_json(const struct fs_fabric_survey *survey)
{
	json_t *list = json_array();
	for (int i = 0; i < survey->downs; i++)
		json_array_append_new(list, json_pack("{s:s, s:I, s:s}", "tier",
		                                      survey->tier[survey->down[i].tier].tier->name, "group",
		                                      (json_int_t)survey->down[i].group, "cable",
		                                      survey->down[i].cable));
	return list;
}

json_t *fs_show_fabric_json(const struct fs_fabric_survey *survey)
{
	const struct fs_system *system = survey->system;
	json_t *tiers = json_object();
	for (int k = 0; k < survey->tiers; k++)
		json_object_set_new(tiers, survey->tier[k].tier->name, tier_json(&survey->tier[k]));
	return json_pack("{s:s, s:s, s:s, s:I, s:o, s:o, s:o}", "name", system->name, "label", system->label,
	                 "file", system->file, "chips", (json_int_t)survey->chips, "tier", tiers, "total",
	                 counts_json(survey->switches, survey->cables, survey->optical_modules), "down",
	                 down_json(survey));
}
