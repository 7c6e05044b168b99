#include "topology/down.h"

#include "base/error.h"
#include "base/text.h"
#include "config/yaml.h"

#include <stdbool.h>
#include <stdio.h>
#include <string.h>

static int malformed(const char *entry, struct fs_error *error)
{
	char quoted[64];
	return fs_fail(error,
	               "fabric.down: tier:cable or tier/group:cable is needed (ib:leaf0-spine1), not %s",
	               fs_text_quote(entry, quoted, sizeof quoted));
}

/* Cables' names are; what is none of them is printed in places, before anybody looks for it. */
static bool is_one_word(const char *text)
{
	while (*text > ' ' && *text < 0x7f)
		text++;
	return !*text;
}

static int find_tier(const struct fs_system *system, const char *name, int *tier, struct fs_error *error)
{
	const char *names[FS_MAX_TIERS + 1] = {NULL};
	char quoted[64], list[512] = "";
	for (*tier = 0; *tier < system->tiers; (*tier)++) {
		names[*tier] = system->tier[*tier].name;
		if (strcmp(name, names[*tier]) == 0)
			return 0;
		fs_text_join(list, sizeof list, names[*tier]);
	}
	const char *nearest = fs_text_nearest(name, names);
	fs_text_quote(name, quoted, sizeof quoted);
	if (nearest)
		return fs_fail(error, "fabric.down: there is no tier %s; did you mean %s?", quoted, nearest);
	return fs_fail(error, "fabric.down: there is no tier %s; there are: %s", quoted, list);
}

/* "" is group 0. */
static bool parse_group(const char *text, uint64_t *group)
{
	*group = 0;
	if (strlen(text) > 18 || text[strspn(text, "0123456789")])
		return false;
	for (; *text; text++)
		*group = 10 * *group + (uint64_t)(*text - '0');
	return true;
}

static int parse(const struct fs_system *system, const char *entry, struct fs_down *down,
                 struct fs_error *error)
{
	char tier[2 * FS_NAME];
	const char *colon = strchr(entry, ':');
	size_t length = colon ? (size_t)(colon - entry) : 0;
	if (length == 0 || length >= sizeof tier || !colon[1] || strlen(colon + 1) >= sizeof down->cable ||
	    !is_one_word(entry))
		return malformed(entry, error);
	memcpy(tier, entry, length);
	tier[length] = 0;
	char *slash = strchr(tier, '/');
	if (slash)
		*slash = 0;
	if ((slash && !slash[1]) || !parse_group(slash ? slash + 1 : "", &down->group))
		return malformed(entry, error);
	strcpy(down->cable, colon + 1);
	return find_tier(system, tier, &down->tier, error);
}

int fs_down_next(const struct fs_system *system, const char **rest, struct fs_down *down,
                 struct fs_error *error)
{
	char entry[192];
	if (!**rest)
		return 0;
	const char *start = *rest + strspn(*rest, " ");
	size_t length = strcspn(start, ",");
	snprintf(entry, sizeof entry, "%.*s", (int)length, start); /* too long: refused as such below */
	for (size_t end = strlen(entry); end && entry[end - 1] == ' '; end--)
		entry[end - 1] = 0;
	if (parse(system, entry, down, error))
		return -1;
	*rest = start + length + (start[length] == ',');
	if (start[length] == ',' && !**rest)
		return malformed("", error);
	return 1;
}

static bool is_same(const struct fs_down *a, const struct fs_down *b)
{
	return a->tier == b->tier && a->group == b->group && strcmp(a->cable, b->cable) == 0;
}

static bool is_down(const struct fs_system *system, const struct fs_down *wanted)
{
	const char *rest = system->down;
	struct fs_down down;
	struct fs_error ignored;
	while (fs_down_next(system, &rest, &down, &ignored) > 0)
		if (is_same(&down, wanted))
			return true;
	return false;
}

static int append(struct fs_system *system, const struct fs_down *down, struct fs_error *error)
{
	size_t used = strlen(system->down), room = sizeof system->down - used;
	int needed = snprintf(system->down + used, room, "%s%s/%llu:%s", used ? "," : "",
	                      system->tier[down->tier].name, (unsigned long long)down->group, down->cable);
	if ((size_t)needed < room)
		return 0;
	system->down[used] = 0;
	return fs_fail(error, "fabric.down: more than %d bytes of cables in all", FS_MAX_DOWN - 1);
}

int fs_down_add(struct fs_system *system, const char *text, struct fs_error *error)
{
	const char *rest = text;
	const size_t before = strlen(system->down);
	struct fs_down down;
	int added = 0, more = *text ? 1 : malformed(text, error);
	while (more > 0 && (more = fs_down_next(system, &rest, &down, error)) > 0) {
		if (is_down(system, &down))
			continue;
		more = append(system, &down, error) ? -1 : 1;
		added++;
	}
	if (more < 0)
		system->down[before] = 0;
	return more < 0 ? -1 : added;
}

static uint64_t groups(const struct fs_system *system, int tier)
{
	int outermost = system->tiers - 1;
	return (uint64_t)(system->tier[outermost].group.value / system->tier[tier].group.value);
}

int fs_down_check(const struct fs_system *system, struct fs_error *error)
{
	const char *rest = system->down;
	struct fs_down down;
	int more;
	while ((more = fs_down_next(system, &rest, &down, error)) > 0)
		if (down.group >= groups(system, down.tier))
			return fs_fail(error, "fabric.down: tier %s has groups 0 to %llu, not %llu",
			               system->tier[down.tier].name,
			               (unsigned long long)groups(system, down.tier) - 1,
			               (unsigned long long)down.group);
	return more;
}
