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
	for (int k = 0; k < system->tiers; k++)
		fs_fabric_adapt(&system->tier[k].fabric);
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
	void (*visit)(const struct fs_setting *setting, void *context);
	void *context;
};

static void pass_on(const char *path, const struct fs_field *field, void *base, void *context)
{
	const struct visit *visit = context;
	const struct fs_quantity *origin = fs_field_origin(field, base);
	const void *member = (const char *)base + field->offset;
	struct fs_setting setting = {.path = path,
	                             .unit = field->unit ? field->unit : "",
	                             .list = field->kind == FS_FIELD_NUMBERS,
	                             .trust = origin->trust,
	                             .source = origin->source};
	if (!origin->trust)
		return;
	if (field->kind == FS_FIELD_CHOICE) {
		setting.word = member;
	} else {
		setting.number = setting.list ? member : &origin->value;
		setting.count = setting.list ? *(const int *)(void *)((char *)base + field->count) : 1;
	}
	visit->visit(&setting, visit->context);
}

void fs_system_each_setting(const struct fs_system *system,
                            void (*visit)(const struct fs_setting *setting, void *context), void *context)
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

static void weaken(char trust, char *weakest)
{
	if (doubt(trust) > doubt(*weakest))
		*weakest = "RDME"[doubt(trust)];
}

static void weaken_by(const struct fs_setting *setting, void *weakest)
{
	weaken(setting->trust, weakest);
}

char fs_system_trust(const struct fs_system *system)
{
	char weakest = 'R';
	fs_system_each_setting(system, weaken_by, &weakest);
	weaken(system->stack.kernel.gemm.trust, &weakest);
	return weakest;
}
