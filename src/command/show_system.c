#include "command/show_system.h"

#include "command/fabric_text.h"
#include "config/fields.h"
#include "config/texts.h"
#include "report/escape.h"
#include "report/table.h"
#include "topology/system.h"

#include <string.h>

static const char formula_effective[] = "bandwidth_GBps x efficiency";
static const char formula_half[] = "latency x effective bandwidth: a message of this size gets half of it";
static const char formula_balance[] = "peak / memory bandwidth: kernels below it wait for memory";

/* How many chips are added at once beyond the deployed size, and the tier that joins them. */
static double growth_step(const struct fs_system *system, const char **tier)
{
	int outermost = system->tiers - 1;
	*tier = system->tier[outermost].name;
	return outermost ? system->tier[outermost - 1].group.value : 1;
}

static double effective_GBps(const struct fs_tier *tier)
{
	return tier->bandwidth_GBps.value * tier->efficiency.value; /* of a chip, whatever its port */
}

static double half_bandwidth_KB(const struct fs_tier *tier)
{
	return 1e-3 * fs_tier_alpha_s(tier) / fs_tier_beta_s(tier);
}

static double balance_flop_per_byte(const struct fs_chip *chip)
{
	return chip->peak_bf16_TFLOPS.value / chip->memory_TBps.value;
}

/* One group of numbers of the table: those whose path starts with `prefix`. */
struct view {
	struct fs_table *table;
	struct fs_texts citations; /* numbered in the order in which they are met */
	const char *prefix;
};

/* "[2] [5]" for the citations of one number. */
static const char *references(struct fs_texts *citations, const char *source, char *buffer, size_t size)
{
	size_t used = 0;
	buffer[0] = 0;
	while (*source && used + 16 < size) {
		const char *end = strstr(source, FS_SOURCE_SEPARATOR);
		size_t length = end ? (size_t)(end - source) : strlen(source);
		char citation[1024];
		snprintf(citation, sizeof citation, "%.*s", (int)length, source);
		used += (size_t)snprintf(buffer + used, size - used, "%s[%d]", used ? " " : "",
		                         fs_texts_number(citations, citation) + 1);
		source += length + (end ? strlen(FS_SOURCE_SEPARATOR) : 0);
	}
	return buffer;
}

static void add_cells(struct view *view, const char *path, const char *value, const char *unit, char trust,
                      const char *source)
{
	fs_table_cell(view->table, "%s", path);
	fs_table_cell(view->table, "%s", value);
	fs_table_cell(view->table, "%s", unit);
	fs_table_cell(view->table, "%c", trust);
	fs_table_cell(view->table, "%s", source);
}

static void add_row(const struct fs_setting *setting, void *context)
{
	struct view *view = context;
	char source[256], value[128];
	if (strncmp(setting->path, view->prefix, strlen(view->prefix)) != 0)
		return;
	references(&view->citations, setting->source, source, sizeof source);
	fs_numbers_text(setting->number, setting->count, value, sizeof value);
	add_cells(view, setting->path, setting->word ? setting->word : value, setting->unit, setting->trust,
	          source);
}

static void add_derived(struct view *view, const char *name, double value, const char *unit,
                        const char *formula)
{
	char label[96];
	snprintf(label, sizeof label, "= %s", name);
	fs_table_cell(view->table, "%s", label);
	fs_table_cell(view->table, "%.5g", value);
	fs_table_cell(view->table, "%s", unit);
	fs_table_cell(view->table, "%s", "");
	fs_table_cell(view->table, "%s", formula);
}

static void add_group(struct view *view, const struct fs_system *system, const char *prefix)
{
	view->prefix = prefix;
	fs_system_each_setting(system, add_row, view);
}

static void add_gap(struct view *view)
{
	for (int column = 0; column < 5; column++)
		fs_table_cell(view->table, "%s", "");
}

static void add_curve(struct view *view, const struct fs_kernel_curve *curve)
{
	char label[64], source[256], value[32];
	references(&view->citations, curve->gemm.source, source, sizeof source);
	for (int i = 0; i < curve->points; i++) {
		snprintf(label, sizeof label, "stack.kernel.gemm at 1e%.10g flop", curve->log10_flop[i]);
		fs_numbers_text(&curve->efficiency[i], 1, value, sizeof value);
		add_cells(view, label, value, "of peak", curve->gemm.trust, source);
	}
}

static void add_all(struct view *view, const struct fs_system *system)
{
	char prefix[2 * FS_NAME];
	add_group(view, system, "deployed_chips");
	add_gap(view);
	add_group(view, system, "chip.");
	add_derived(view, "balance", balance_flop_per_byte(&system->chip), "flop/B", formula_balance);
	for (int k = 0; k < system->tiers; k++) {
		const struct fs_tier *tier = &system->tier[k];
		snprintf(prefix, sizeof prefix, "tier.%s.", tier->name);
		add_gap(view);
		add_group(view, system, prefix);
		add_derived(view, "effective bandwidth", effective_GBps(tier), "GB/s", formula_effective);
		add_derived(view, "half-bandwidth size", half_bandwidth_KB(tier), "KB", formula_half);
	}
	add_gap(view);
	add_group(view, system, "stack.");
	add_curve(view, &system->stack.kernel);
}

static const char *meaning(char trust)
{
	switch (trust) {
	case 'R':
		return "read in a source";
	case 'D':
		return "derived";
	case 'M':
		return "from memory";
	default:
		return "estimate";
	}
}

/* The tiers of whose fabric anything is given; the others are switches that never block. */
static void print_fabrics(const struct fs_system *system, FILE *out)
{
	char text[256];
	for (int k = 0; k < system->tiers; k++) {
		const struct fs_fabric *fabric = &system->tier[k].fabric;
		fs_fabric_text(fabric, text, sizeof text);
		if (fabric->origin.kind.trust || strcmp(text, "switch") != 0)
			fprintf(out, "  fabric %s: %s\n", system->tier[k].name, text);
	}
	if (*system->down)
		fprintf(out, "  down   %s\n", system->down);
}

static void print_heading(const struct fs_system *system, FILE *out)
{
	char file[sizeof system->file];
	fprintf(out, "%s: %s\n\n", system->name, system->label);
	fprintf(out, "  chip   %s: %s (one chip is a %s)\n", system->chip.name, system->chip.label,
	        system->chip.unit);
	fprintf(out, "  tiers ");
	for (int k = 0; k < system->tiers; k++)
		fprintf(out, " %s%s (%s)", k ? "< " : "", system->tier[k].name, system->tier[k].kind);
	fprintf(out, "\n");
	print_fabrics(system, out);
	fprintf(out, "  stack  %s: %s%s%s; kernels as on %s\n", system->stack.name, system->stack.label,
	        *system->stack.extends ? "; extends " : "", system->stack.extends, system->stack.kernel.chip);
	fprintf(out, "  file   %s\n\n", fs_escape_plain(system->file, file, sizeof file));
}

static void print_footer(const struct fs_system *system, const struct fs_texts *citations, FILE *out)
{
	const char *tier;
	double domain = growth_step(system, &tier);
	char weakest = fs_system_trust(system);
	fprintf(out, "\nDeployed up to %.10g chips; beyond it ", system->deployed_chips.value);
	if (domain > 1)
		fprintf(out, "whole domains of %.10g chips are added on tier %s.\n", domain, tier);
	else
		fprintf(out, "single chips are added on tier %s.\n", tier);
	fprintf(out, "Weakest trust: %c (%s).", weakest, meaning(weakest));
	fprintf(out, " R read in a source, D derived, M from memory, E estimate, U set with --set; = "
	             "computed here.\n");
	fprintf(out, "\nSources\n");
	for (int i = 0; i < citations->count; i++)
		fprintf(out, "  [%d] %s\n", i + 1, citations->text[i]);
}

void fs_show_system_table(const struct fs_system *system, FILE *out)
{
	static const struct fs_column columns[] = {
	        {"number", true}, {"value", false}, {"unit", true}, {"trust", true}, {"source", true}};
	struct view view = {.table = fs_table_create(columns, 5)};
	add_all(&view, system);
	print_heading(system, out);
	fs_table_print(view.table, "  ", out);
	print_footer(system, &view.citations, out);
	fs_table_destroy(view.table);
	fs_texts_clear(&view.citations);
}

/* The object at `path` ("tier.sio.group"), made on the way down. */
static json_t *object_at(json_t *root, const char *path)
{
	char copy[3 * FS_NAME];
	snprintf(copy, sizeof copy, "%s", path);
	for (char *rest = copy, *part; (part = strsep(&rest, "."));) {
		json_t *inner = json_object_get(root, part);
		if (!inner) {
			inner = json_object();
			json_object_set_new(root, part, inner);
		}
		root = inner;
	}
	return root;
}

static void set_text(json_t *object, const char *key, const char *text)
{
	json_object_set_new(object, key, json_string(text));
}

static void set_derived(json_t *object, const char *key, double value, const char *unit, const char *formula)
{
	json_t *derived = object_at(object, "derived");
	json_object_set_new(derived, key,
	                    json_pack("{s:f, s:s, s:s}", "value", value, "unit", unit, "formula", formula));
}

static json_t *numbers(const double *value, int count)
{
	json_t *list = json_array();
	for (int i = 0; i < count; i++)
		json_array_append_new(list, json_real(value[i]));
	return list;
}

static void set_setting(const struct fs_setting *setting, void *context)
{
	json_t *object = object_at(context, setting->path);
	char trust[2] = {setting->trust, 0};
	json_object_set_new(object, "value",
	                    setting->word   ? json_string(setting->word)
	                    : setting->list ? numbers(setting->number, setting->count)
	                                    : json_real(*setting->number));
	set_text(object, "unit", setting->unit);
	set_text(object, "trust", trust);
	set_text(object, "source", setting->source);
}

static void set_curve(json_t *root, const struct fs_kernel_curve *curve)
{
	json_t *kernel = object_at(root, "stack.kernel"), *gemm = object_at(kernel, "gemm");
	char trust[2] = {curve->gemm.trust, 0};
	set_text(kernel, "chip", curve->chip);
	json_object_set_new(gemm, "log10_flop", numbers(curve->log10_flop, curve->points));
	json_object_set_new(gemm, "efficiency", numbers(curve->efficiency, curve->points));
	set_text(gemm, "trust", trust);
	set_text(gemm, "source", curve->gemm.source);
}

static void set_tier(json_t *root, const struct fs_tier *tier)
{
	json_t *object = object_at(object_at(root, "tier"), tier->name);
	set_text(object, "kind", tier->kind);
	set_derived(object, "effective_GBps", effective_GBps(tier), "GB/s", formula_effective);
	set_derived(object, "half_bandwidth_KB", half_bandwidth_KB(tier), "KB", formula_half);
}

static void set_growth(json_t *root, const struct fs_system *system)
{
	const char *tier;
	double domain = growth_step(system, &tier);
	json_t *growth = object_at(root, "growth");
	json_object_set_new(growth, "domain_chips", json_real(domain));
	set_text(growth, "tier", tier);
}

json_t *fs_show_system_json(const struct fs_system *system)
{
	char trust[2] = {fs_system_trust(system), 0};
	json_t *root = json_object(), *chip, *stack;
	set_text(root, "name", system->name);
	set_text(root, "label", system->label);
	set_text(root, "file", system->file);
	set_text(root, "trust", trust);
	fs_system_each_setting(system, set_setting, root);
	if (*system->down)
		set_text(object_at(root, "fabric"), "down", system->down);
	chip = object_at(root, "chip");
	set_text(chip, "name", system->chip.name);
	set_text(chip, "label", system->chip.label);
	set_text(chip, "unit", system->chip.unit);
	set_derived(chip, "balance_flop_per_byte", balance_flop_per_byte(&system->chip), "flop/B",
	            formula_balance);
	for (int k = 0; k < system->tiers; k++)
		set_tier(root, &system->tier[k]);
	stack = object_at(root, "stack");
	set_text(stack, "name", system->stack.name);
	set_text(stack, "label", system->stack.label);
	if (*system->stack.extends)
		set_text(stack, "extends", system->stack.extends);
	set_curve(root, &system->stack.kernel);
	set_growth(root, system);
	return root;
}
