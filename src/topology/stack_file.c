#include "topology/stack_file.h"

#include "base/error.h"
#include "topology/files.h"

#include <stdlib.h>
#include <string.h>

enum { LONGEST_CHAIN = 8 };

/* Where stacks look for what they extend: in their own folder. */
static const struct fs_shelf siblings = {"stack", "topologies/stacks", ""};

static struct fs_kernel_curve *find_curve(const struct fs_stack_file *stack, const char *chip)
{
	for (int i = 0; i < stack->curves; i++)
		if (strcmp(stack->curve[i].chip, chip) == 0)
			return (struct fs_kernel_curve *)&stack->curve[i];
	return NULL;
}

/* The key of a curve that this file gives; where it extends another it may give only one of them, or none. */
static const struct fs_yaml *place_of(const struct fs_yaml *kernel, const char *key)
{
	const struct fs_yaml *gemm = fs_yaml_get(kernel, "gemm");
	const struct fs_yaml *list = gemm ? fs_yaml_get(gemm, key) : NULL;
	return list ? list : gemm ? gemm : kernel;
}

static int check_curve(const struct fs_yaml_file *file, const struct fs_yaml *node,
                       const struct fs_kernel_curve *curve, struct fs_error *error)
{
	const struct fs_yaml *flop = place_of(node, "log10_flop");
	if (curve->points != curve->efficiencies)
		return fs_yaml_fail(file, place_of(node, "efficiency"), error,
		                    "efficiency: as many numbers as in log10_flop are needed, %d, not %d",
		                    curve->points, curve->efficiencies);
	for (int i = 1; i < curve->points; i++)
		if (curve->log10_flop[i] <= curve->log10_flop[i - 1])
			return fs_yaml_fail(file, flop->kind == FS_YAML_LIST ? &flop->child[i] : flop, error,
			                    "log10_flop: must rise, but %.10g follows %.10g",
			                    curve->log10_flop[i], curve->log10_flop[i - 1]);
	return 0;
}

/* What this file says of chips; what it extends was checked with its own. */
static int check_curves(const struct fs_yaml_file *file, const struct fs_yaml *stack_node,
                        const struct fs_stack_file *stack, struct fs_error *error)
{
	const struct fs_yaml *kernels = fs_yaml_get(stack_node, "kernels");
	for (int i = 0; kernels && i < kernels->count; i++) {
		const struct fs_yaml *chip = fs_yaml_get(&kernels->child[i], "chip");
		for (int j = 0; j < i; j++)
			if (strcmp(chip->text, fs_yaml_get(&kernels->child[j], "chip")->text) == 0)
				return fs_yaml_fail(file, chip, error, "chip: '%s' has a curve already",
				                    chip->text);
		if (check_curve(file, &kernels->child[i], find_curve(stack, chip->text), error))
			return -1;
	}
	return 0;
}

/* The row of the system's chip, of those that `nccl_chips` has: here, or in what this extends. */
static int adopt_nccl(const struct fs_yaml_file *file, const struct fs_yaml *node,
                      const struct fs_stack_file *stack, struct fs_system *system, struct fs_error *error)
{
	const struct fs_nccl_chip *found = NULL;
	bool nccl = stack->stack.nccl.rate.count > 0;
	if (nccl != (stack->nccl_chips > 0))
		return fs_yaml_fail(file, node, error, "nccl and nccl_chips: one needs the other");
	if (!nccl)
		return 0;
	for (int i = 0; i < stack->nccl_chips; i++) {
		const struct fs_nccl_chip *row = &stack->nccl_chip[i];
		if (strcmp(row->chip, system->chip.name) == 0 ||
		    (!found && strcmp(row->chip, "default") == 0))
			found = row;
	}
	if (!found)
		return fs_yaml_fail(file, node, error,
		                    "nccl_chips: no row for chip %s, and none for 'default'",
		                    system->chip.name);
	system->stack.has_nccl = true;
	system->stack.nccl_chip = *found;
	return 0;
}

int fs_stack_adopt(const struct fs_yaml_file *file, const struct fs_yaml *node,
                   const struct fs_stack_file *stack, struct fs_system *system, struct fs_error *error)
{
	const struct fs_yaml *kernels = fs_yaml_get(node, "kernels");
	if (check_curves(file, node, stack, error))
		return -1;
	const struct fs_kernel_curve *curve = find_curve(stack, system->chip.name);
	if (!curve)
		curve = find_curve(stack, "default");
	if (!curve)
		return fs_yaml_fail(file, kernels ? kernels : node, error,
		                    "kernels: no curve for chip %s, and none for 'default'",
		                    system->chip.name);
	system->stack = stack->stack;
	system->stack.kernel = *curve;
	return adopt_nccl(file, node, stack, system, error);
}

/* Decodes the stack of a file over what it extends. *file is for errors about it, and the caller's to
 * destroy. */
static int read_stack(const char *path, const char *name, const struct fs_stack_chain *chain,
                      struct fs_texts *texts, struct fs_stack_file *stack, struct fs_yaml_file **file,
                      struct fs_error *error)
{
	struct fs_stack_chain here = {path, chain};
	if (fs_yaml_read(path, file, error))
		return -1;
	struct fs_decoder decoder = {*file, texts, error};
	if (fs_stack_prepare(&decoder, &(*file)->root, &here, stack) ||
	    fs_file_decode(&decoder, "farscale-stack/1", "a stack", fs_stack_fields, stack))
		return -1;
	return fs_check_name(*file, name, stack->stack.name, error);
}

/* Does the file, which this stack wants to extend, lead back to itself? */
static int check_chain(const struct fs_decoder *decoder, const struct fs_yaml *node, const char *path,
                       const struct fs_stack_chain *chain)
{
	int length = 0;
	for (; chain; chain = chain->outer, length++)
		if (strcmp(chain->path, path) == 0)
			return fs_yaml_fail(
			        decoder->file, node, decoder->error,
			        "extends: '%s' extends itself in the end; a stack that does not is "
			        "needed",
			        node->text);
	if (length > LONGEST_CHAIN)
		return fs_yaml_fail(decoder->file, node, decoder->error,
		                    "extends: at most %d stacks may extend each other", LONGEST_CHAIN);
	return 0;
}

int fs_stack_prepare(const struct fs_decoder *decoder, const struct fs_yaml *node,
                     const struct fs_stack_chain *chain, struct fs_stack_file *stack)
{
	const struct fs_yaml *extends = fs_yaml_get(node, "extends");
	char path[512];
	if (!extends || extends->kind != FS_YAML_TEXT || !*extends->text) /* decoding refuses what is wrong */
		return 0;
	if (fs_find_named(decoder->file, extends, chain ? &siblings : &fs_shelf_stacks, path, sizeof path,
	                  decoder->error) ||
	    check_chain(decoder, extends, path, chain))
		return -1;
	struct fs_yaml_file *file = NULL;
	int result = read_stack(path, extends->text, chain, decoder->texts, stack, &file, decoder->error);
	if (result == 0)
		result = check_curves(file, &file->root, stack, decoder->error);
	fs_yaml_destroy(file);
	return result;
}

int fs_stack_load(const char *path, const char *name, struct fs_system *system, struct fs_error *error)
{
	struct fs_yaml_file *file = NULL;
	struct fs_stack_file *stack = fs_allocate_zeroed(1, sizeof *stack);
	int result = read_stack(path, name, NULL, &system->storage->texts, stack, &file, error);
	if (result == 0)
		result = fs_stack_adopt(file, &file->root, stack, system, error);
	fs_yaml_destroy(file);
	free(stack);
	return result;
}
