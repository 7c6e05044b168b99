#include "workload/names.h"

#include "base/error.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

struct fs_names {
	uint64_t count, room; /* room: a power of two, more than half of it empty */
	char **text;
};

enum { FIRST_ROOM = 256 };

struct fs_names *fs_names_create(void)
{
	struct fs_names *names = fs_allocate_zeroed(1, sizeof *names);
	names->room = FIRST_ROOM;
	names->text = fs_allocate_zeroed(names->room, sizeof *names->text);
	return names;
}

void fs_names_destroy(struct fs_names *names)
{
	if (!names)
		return;
	for (uint64_t i = 0; i < names->room; i++)
		free(names->text[i]);
	free(names->text);
	free(names);
}

/* FNV-1a. */
static uint64_t hash_of(const char *text)
{
	uint64_t hash = 0xcbf29ce484222325u;
	for (; *text; text++)
		hash = (hash ^ (unsigned char)*text) * 0x100000001b3u;
	return hash;
}

/* Where the text is, or would be. */
static char **place_of(char **table, uint64_t room, const char *text)
{
	uint64_t i = hash_of(text) & (room - 1);
	while (table[i] && strcmp(table[i], text) != 0)
		i = (i + 1) & (room - 1);
	return &table[i];
}

static void grow(struct fs_names *names)
{
	uint64_t room = 2 * names->room;
	char **table = fs_allocate_zeroed(room, sizeof *table);
	for (uint64_t i = 0; i < names->room; i++)
		if (names->text[i])
			*place_of(table, room, names->text[i]) = names->text[i];
	free(names->text);
	names->text = table;
	names->room = room;
}

const char *fs_names_keep(struct fs_names *names, const char *text)
{
	char **place = place_of(names->text, names->room, text);
	if (*place)
		return *place;
	if (2 * (names->count + 1) > names->room) {
		grow(names);
		place = place_of(names->text, names->room, text);
	}
	names->count++;
	*place = fs_duplicate_text(text);
	return *place;
}
