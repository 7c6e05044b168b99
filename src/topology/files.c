#include "topology/files.h"

#include "base/error.h"
#include "config/home.h"
#include "topology/down.h"
#include "topology/tables.h"

#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* A thing found by its name must call itself so: records and overrides use the name inside the file. */
static int check_name(const struct fs_yaml_file *file, const char *given, const char *inside,
                      struct fs_error *error)
{
	if (fs_is_path(given) || strcmp(given, inside) == 0)
		return 0;
	return fs_yaml_fail(file, fs_yaml_get(&file->root, "name"), error,
	                    "name: must be the file's name, '%s', not '%s'", given, inside);
}

static int check_tier_name(const struct fs_system *system, int k, struct fs_error *error)
{
	const char *name = system->tier[k].name;
	if (strchr(name, '.')) /* it stands between the parts of a path */
		return fs_fail(error, "name: the name of a tier without '.' is needed, not '%s'", name);
	for (int j = 0; j < k; j++)
		if (strcmp(system->tier[j].name, name) == 0)
			return fs_fail(error, "name: there already is a tier '%s'", name);
	return 0;
}

static int check_tier_group(const struct fs_system *system, int k, struct fs_error *error)
{
	if (k == 0)
		return 0;
	const struct fs_tier *inner = &system->tier[k - 1], *outer = &system->tier[k];
	double times = outer->group.value / inner->group.value;
	if (times > 1 && times == (double)(uint64_t)times)
		return 0;
	return fs_fail(
	        error,
	        "tier %s: group: a multiple of the %.10g chips that tier %s joins is needed, not %.10g",
	        outer->name, inner->group.value, inner->name, outer->group.value);
}

int fs_system_check(const struct fs_system *system, int *tier, const char **key, struct fs_error *error)
{
	for (int k = 0; k < system->tiers; k++) {
		*tier = k;
		*key = "name";
		if (check_tier_name(system, k, error))
			return -1;
		*key = "group";
		if (check_tier_group(system, k, error) || fs_fabric_check(system, k, key, error))
			return -1;
	}
	*tier = -1;
	*key = "fabric.down";
	return fs_down_check(system, error);
}

/* What stands at a path ("fabric.radix") below a mapping; what is not there stands where it is missing. */
static const struct fs_yaml *find_path(const struct fs_yaml *mapping, const char *path)
{
	char copy[2 * FS_NAME];
	snprintf(copy, sizeof copy, "%s", path);
	for (char *rest = copy, *key; (key = strsep(&rest, "."));) {
		const struct fs_yaml *entry = fs_yaml_get(mapping, key);
		if (!entry)
			break;
		mapping = entry;
	}
	return mapping;
}

static int check_system(const struct fs_yaml_file *file, const struct fs_system *system,
                        struct fs_error *error)
{
	int tier;
	const char *key;
	if (fs_system_check(system, &tier, &key, error) == 0)
		return 0;
	const struct fs_yaml *tiers = fs_yaml_get(&file->root, "tiers");
	const struct fs_yaml *node = find_path(tier < 0 ? &file->root : &tiers->child[tier], key);
	return fs_fail_in(error, "%s:%d:%d", file->path, node->line, node->column);
}

static int check_curve(const struct fs_yaml_file *file, const struct fs_yaml *node,
                       const struct fs_kernel_curve *curve, struct fs_error *error)
{
	const struct fs_yaml *gemm = fs_yaml_get(node, "gemm");
	const struct fs_yaml *flop = fs_yaml_get(gemm, "log10_flop"),
	                     *efficiency = fs_yaml_get(gemm, "efficiency");
	if (curve->points != curve->efficiencies)
		return fs_yaml_fail(file, efficiency, error,
		                    "efficiency: as many numbers as in log10_flop are needed, %d, not %d",
		                    curve->points, curve->efficiencies);
	for (int i = 1; i < curve->points; i++)
		if (curve->log10_flop[i] <= curve->log10_flop[i - 1])
			return fs_yaml_fail(file, &flop->child[i], error,
			                    "log10_flop: must rise, but %.10g follows %.10g",
			                    curve->log10_flop[i], curve->log10_flop[i - 1]);
	return 0;
}

static int check_curves(const struct fs_yaml_file *file, const struct fs_yaml *kernels,
                        const struct fs_stack_file *stack, struct fs_error *error)
{
	for (int i = 0; i < stack->curves; i++) {
		const struct fs_yaml *node = &kernels->child[i];
		if (check_curve(file, node, &stack->curve[i], error))
			return -1;
		for (int j = 0; j < i; j++)
			if (strcmp(stack->curve[i].chip, stack->curve[j].chip) == 0)
				return fs_yaml_fail(file, fs_yaml_get(node, "chip"), error,
				                    "chip: '%s' has a curve already", stack->curve[i].chip);
	}
	return 0;
}

static const struct fs_kernel_curve *find_curve(const struct fs_stack_file *stack, const char *chip)
{
	for (int i = 0; i < stack->curves; i++)
		if (strcmp(stack->curve[i].chip, chip) == 0)
			return &stack->curve[i];
	return NULL;
}

/* The row of the system's chip, of those that `nccl_chips` has. */
static int adopt_nccl(const struct fs_yaml_file *file, const struct fs_yaml *node,
                      const struct fs_stack_file *stack, struct fs_system *system, struct fs_error *error)
{
	const struct fs_yaml *nccl = fs_yaml_get(node, "nccl"), *chips = fs_yaml_get(node, "nccl_chips");
	if (!nccl && !chips)
		return 0;
	if (!nccl || !chips)
		return fs_yaml_fail(file, nccl ? nccl : chips, error,
		                    "nccl and nccl_chips: one needs the other");
	const struct fs_nccl_chip *found = NULL;
	for (int i = 0; i < stack->nccl_chips; i++) {
		const struct fs_nccl_chip *row = &stack->nccl_chip[i];
		if (strcmp(row->chip, system->chip.name) == 0 ||
		    (!found && strcmp(row->chip, "default") == 0))
			found = row;
	}
	if (!found)
		return fs_yaml_fail(file, chips, error,
		                    "nccl_chips: no row for chip %s, and none for 'default'",
		                    system->chip.name);
	system->stack.has_nccl = true;
	system->stack.nccl_chip = *found;
	return 0;
}

/* The stack, with the curve that fits the chip, becomes the system's. `node` holds the stack in `file`. */
static int adopt_stack(const struct fs_yaml_file *file, const struct fs_yaml *node,
                       const struct fs_stack_file *stack, struct fs_system *system, struct fs_error *error)
{
	const struct fs_yaml *kernels = fs_yaml_get(node, "kernels");
	if (check_curves(file, kernels, stack, error))
		return -1;
	const struct fs_kernel_curve *curve = find_curve(stack, system->chip.name);
	if (!curve)
		curve = find_curve(stack, "default");
	if (!curve)
		return fs_yaml_fail(file, kernels, error,
		                    "kernels: no curve for chip %s, and none for 'default'",
		                    system->chip.name);
	system->stack = stack->stack;
	system->stack.kernel = *curve;
	return adopt_nccl(file, node, stack, system, error);
}

static int load_chip(const char *path, const char *name, struct fs_system *system, struct fs_error *error)
{
	struct fs_yaml_file *file;
	if (fs_yaml_read(path, &file, error))
		return -1;
	struct fs_decoder decoder = {file, &system->storage->texts, error};
	struct fs_chip chip = {0};
	int result = fs_file_decode(&decoder, "farscale-chip/1", "a chip", fs_chip_fields, &chip);
	if (result == 0)
		result = check_name(file, name, chip.name, error);
	if (result == 0)
		system->chip = chip;
	fs_yaml_destroy(file);
	return result;
}

static int load_stack(const char *path, const char *name, struct fs_system *system, struct fs_error *error)
{
	struct fs_yaml_file *file;
	if (fs_yaml_read(path, &file, error))
		return -1;
	struct fs_decoder decoder = {file, &system->storage->texts, error};
	struct fs_stack_file *stack = fs_allocate_zeroed(1, sizeof *stack);
	int result = fs_file_decode(&decoder, "farscale-stack/1", "a stack", fs_stack_fields, stack);
	if (result == 0)
		result = check_name(file, name, stack->stack.name, error);
	if (result == 0)
		result = adopt_stack(file, &file->root, stack, system, error);
	fs_yaml_destroy(file);
	free(stack);
	return result;
}

/* The file of what `node` of `file` names. */
static int find_named(const struct fs_yaml_file *file, const struct fs_yaml *node,
                      const struct fs_shelf *shelf, char *path, size_t size, struct fs_error *error)
{
	if (fs_shelf_find(shelf, node->text, file->path, path, size, error))
		return fs_fail_in(error, "%s:%d:%d", file->path, node->line, node->column);
	return 0;
}

static int resolve_chip(const struct fs_yaml_file *file, struct fs_system *system, struct fs_error *error)
{
	const struct fs_yaml *node = fs_yaml_get(&file->root, "chip");
	char path[512];
	if (node->kind == FS_YAML_MAPPING) /* described in place, decoded with the system */
		return 0;
	if (find_named(file, node, &fs_shelf_chips, path, sizeof path, error))
		return -1;
	return load_chip(path, node->text, system, error);
}

/* given: the stack that a user asks for instead of the system's own, or NULL. */
static int resolve_stack(const struct fs_yaml_file *file, const char *given, struct fs_system_file *decoded,
                         struct fs_error *error)
{
	const struct fs_yaml *node = fs_yaml_get(&file->root, "stack");
	char path[512];
	if (given) {
		const char *user = fs_is_path(given) ? NULL : file->path;
		if (fs_shelf_find(&fs_shelf_stacks, given, user, path, sizeof path, error))
			return -1;
		return load_stack(path, given, &decoded->system, error);
	}
	if (node->kind == FS_YAML_MAPPING)
		return adopt_stack(file, node, &decoded->stack, &decoded->system, error);
	if (find_named(file, node, &fs_shelf_stacks, path, sizeof path, error))
		return -1;
	return load_stack(path, node->text, &decoded->system, error);
}

static int decode_system(const struct fs_yaml_file *file, const char *name, const char *stack,
                         struct fs_system_file *decoded, struct fs_error *error)
{
	struct fs_decoder decoder = {file, &decoded->system.storage->texts, error};
	if (fs_file_decode(&decoder, "farscale-system/1", "a system", fs_system_fields, decoded) ||
	    check_name(file, name, decoded->system.name, error) ||
	    check_system(file, &decoded->system, error))
		return -1;
	/* The chip first: which curve of the stack fits depends on it. */
	if (resolve_chip(file, &decoded->system, error))
		return -1;
	return resolve_stack(file, stack, decoded, error);
}

int fs_system_compose(const char *name, const char *stack, struct fs_system *system, struct fs_error *error)
{
	struct fs_yaml_file *file;
	if (fs_shelf_find(&fs_shelf_systems, name, NULL, system->file, sizeof system->file, error) ||
	    fs_yaml_read(system->file, &file, error))
		return -1;
	struct fs_system_file *decoded = fs_allocate_zeroed(1, sizeof *decoded);
	decoded->system = *system;
	int result = decode_system(file, name, stack, decoded, error);
	if (result == 0)
		*system = decoded->system;
	fs_yaml_destroy(file);
	free(decoded);
	return result;
}
