#include "topology/system.h"

#include "base/error.h"
#include "topology/files.h"
#include "topology/tables.h"

#include <stdlib.h>
#include <string.h>

static int override_all(struct fs_system *system, const struct fs_override *overrides, int count,
                        struct fs_error *error)
{
	int tier;
	const char *key;
	for (int i = 0; i < count; i++)
		if (fs_system_override(system, overrides[i].text, error))
			return -1;
	/* Only now: two overrides may be right together and wrong one by one. */
	if (fs_system_check(system, &tier, &key, error))
		return fs_fail_in(error, "--set");
	return 0;
}

int fs_system_load(const char *name, const char *stack, const struct fs_override *overrides,
                   int override_count, struct fs_system **system, struct fs_error *error)
{
	struct fs_system *loaded = fs_allocate_zeroed(1, sizeof *loaded);
	loaded->storage = fs_allocate_zeroed(1, sizeof *loaded->storage);
	if (fs_system_compose(name, stack, loaded, error) ||
	    override_all(loaded, overrides, override_count, error)) {
		fs_system_destroy(loaded);
		return -1;
	}
	*system = loaded;
	return 0;
}

void fs_system_destroy(struct fs_system *system)
{
	if (!system)
		return;
	fs_texts_clear(&system->storage->texts);
	free(system->storage);
	free(system);
}

struct visit {
	void (*visit)(const char *path, const char *unit, const struct fs_quantity *quantity, void *context);
	void *context;
};

static void pass_on(const char *path, const struct fs_field *field, struct fs_quantity *quantity,
                    void *context)
{
	const struct visit *visit = context;
	visit->visit(path, field->unit, quantity, visit->context);
}

void fs_system_each_quantity(const struct fs_system *system,
                             void (*visit)(const char *path, const char *unit,
                                           const struct fs_quantity *quantity, void *context),
                             void *context)
{
	/* The walk lends its visitor the right to write, for overrides; this visitor does not use it. */
	fs_system_walk((struct fs_system *)system, pass_on, &(struct visit){visit, context});
}

static int doubt(char trust)
{
	static const char order[] = "RDME";
	const char *letter = strchr(order, trust == 'U' ? 'E' : trust);
	return (int)(letter - order);
}

static void weaken(const char *path, const char *unit, const struct fs_quantity *quantity, void *context)
{
	(void)path;
	(void)unit;
	char *weakest = context;
	if (doubt(quantity->trust) > doubt(*weakest))
		*weakest = "RDME"[doubt(quantity->trust)];
}

char fs_system_trust(const struct fs_system *system)
{
	char weakest = 'R';
	fs_system_each_quantity(system, weaken, &weakest);
	weaken("stack.kernel.gemm", "", &system->stack.kernel.gemm, &weakest);
	return weakest;
}
