/* A system's file; with "=== chips/NAME.yaml" and "=== stacks/NAME.yaml" what it names, with "=== set" a
 * PATH=VALUE a line. What was read is shown, drawn, and carries out small collectives. */

#include "fuzz/input.h"

#include "base/error.h"
#include "command/fabric_draw.h"
#include "command/fabric_survey.h"
#include "command/show_fabric.h"
#include "command/show_system.h"
#include "plan/program.h"
#include "topology/placement.h"
#include "topology/system.h"

#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

enum { MOST_SETS = 8 };

static char *dump(json_t *object)
{
	char *text = json_dumps(object, JSON_REAL_PRECISION(15));
	json_decref(object);
	fuzz_must(text, "an object can be printed");
	return text;
}

static void show(const struct fs_system *system)
{
	FILE *out = fuzz_print();
	fs_show_system_table(system, out);
	fuzz_must_be_plain(fuzz_printed(out));
	fuzz_must_be_json(dump(fs_show_system_json(system)));
	fs_system_trust(system);
}

static void show_fabric(const struct fs_system *system)
{
	struct fs_fabric_survey *survey;
	struct fs_error error;
	char path[4096];
	if (fs_fabric_survey_create(system, false, &survey, &error)) {
		fuzz_must_be_line(&error);
		return;
	}
	FILE *out = fuzz_print();
	fs_show_fabric_table(survey, out);
	fuzz_must_be_plain(fuzz_printed(out));
	fuzz_must_be_json(dump(fs_show_fabric_json(survey)));
	snprintf(path, sizeof path, "%s/fabric.svg", fuzz_folder());
	fuzz_must(fs_fabric_draw(survey, path, &error) == 0, "what was surveyed can be drawn");
	fs_fabric_survey_destroy(survey);
}

static void bench(const struct fs_system *system, enum fs_collective collective, uint64_t chips, double bytes)
{
	struct fs_system placed = fs_system_place(system, chips);
	struct fs_program *program;
	struct fs_error error;
	if (fs_program_for_collective(&placed, collective, chips, bytes, NULL, &program, &error)) {
		fuzz_must_be_line(&error);
		return;
	}
	fuzz_run(&placed, program);
	fs_program_destroy(program);
}

/* A file beside the system's; others are no part of it. */
static bool may_write(const char *name)
{
	const char *slash = strchr(name, '/');
	return slash && (strncmp(name, "chips/", 6) == 0 || strncmp(name, "stacks/", 7) == 0) &&
	       slash[1 + strspn(slash + 1, "abcdefghijklmnopqrstuvwxyz0123456789-.")] == 0 &&
	       slash[1] != '.' && slash[1];
}

static void make_folders(void)
{
	char path[4096];
	snprintf(path, sizeof path, "%s/chips", fuzz_folder());
	mkdir(path, 0777);
	snprintf(path, sizeof path, "%s/stacks", fuzz_folder());
	mkdir(path, 0777);
}

static int read_sets(char *text, struct fs_override *set)
{
	int count = 0;
	for (char *rest = text, *line; count < MOST_SETS && (line = strsep(&rest, "\n"));)
		if (strchr(line, '=') && *line != '=')
			set[count++].text = line;
	return count;
}

static void load(const struct fs_override *set, int sets)
{
	char path[4096];
	struct fs_system *system;
	struct fs_error error;
	snprintf(path, sizeof path, "%s/system.yaml", fuzz_folder());
	if (fs_system_load(path, NULL, set, sets, &system, &error)) {
		fuzz_must_be_line(&error);
		return;
	}
	show(system);
	show_fabric(system);
	bench(system, FS_ALLREDUCE, 8, 65536);
	bench(system, FS_ALLTOALL, 12, 8);
	fs_system_destroy(system);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct fuzz_part part[FUZZ_MOST_PARTS];
	struct fs_override set[MOST_SETS];
	int parts = fuzz_parts(data, size, part), sets = 0;
	char *text = NULL;
	fuzz_hush();
	make_folders();
	fuzz_write("system.yaml", part[0].bytes, part[0].size);
	for (int i = 1; i < parts; i++) {
		if (may_write(part[i].name)) {
			fuzz_write(part[i].name, part[i].bytes, part[i].size);
		} else if (strcmp(part[i].name, "set") == 0 && !text) {
			text = fuzz_text(part[i].bytes, part[i].size);
			sets = read_sets(text, set);
		}
	}
	load(set, sets);
	for (int i = 1; i < parts; i++)
		if (may_write(part[i].name))
			fuzz_remove(part[i].name);
	free(text);
	return 0;
}
