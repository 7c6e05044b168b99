#define _GNU_SOURCE /* memmem */
#include "fuzz/input.h"

#include "base/error.h"
#include "engine/engine.h"
#include "engine/team.h"
#include "topology/system.h"

#include <ftw.h>
#include <limits.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <jansson.h>

static const char mark[] = "=== ";

/* The newline before the next part, which belongs to neither, or the end. */
static const uint8_t *next_mark(const uint8_t *at, const uint8_t *end)
{
	const uint8_t *found = memmem(at, (size_t)(end - at), "\n=== ", 5);
	return found ? found : end;
}

/* Reads the line with the name; returns what is behind it. */
static const uint8_t *read_name(const uint8_t *at, const uint8_t *end, char *name, size_t size)
{
	at += strlen(mark);
	const uint8_t *newline = memchr(at, '\n', (size_t)(end - at));
	const uint8_t *line_end = newline ? newline : end;
	snprintf(name, size, "%.*s", (int)(line_end - at), (const char *)at);
	return newline ? newline + 1 : end;
}

int fuzz_parts(const uint8_t *data, size_t size, struct fuzz_part part[FUZZ_MOST_PARTS])
{
	const uint8_t *at = data, *end = data + size;
	int count = 0;
	if (!data || size == 0) {
		part[0] = (struct fuzz_part){.bytes = (const uint8_t *)"", .size = 0};
		return 1;
	}
	bool named = size >= strlen(mark) && memcmp(data, mark, strlen(mark)) == 0;
	while (at < end && count < FUZZ_MOST_PARTS) {
		struct fuzz_part *one = &part[count++];
		one->name[0] = 0;
		if (named)
			at = read_name(at, end, one->name, sizeof one->name);
		one->bytes = at;
		at = count < FUZZ_MOST_PARTS && at < end ? next_mark(at, end) : end;
		one->size = (size_t)(at - one->bytes);
		at += at < end;
		named = true;
	}
	return count;
}

char *fuzz_text(const uint8_t *bytes, size_t size)
{
	char *text = fs_allocate(size + 1);
	if (size)
		memcpy(text, bytes, size);
	text[size] = 0;
	return text;
}

static char folder[PATH_MAX];
static pid_t owner;

static int remove_below(const char *path, const struct stat *status, int flag, struct FTW *place)
{
	(void)status, (void)flag;
	return place->level > 0 ? remove(path) : 0;
}

void fuzz_clear(void)
{
	nftw(fuzz_folder(), remove_below, 16, FTW_DEPTH | FTW_PHYS);
}

static void remove_folder(void)
{
	if (getpid() != owner)
		return;
	fuzz_clear();
	rmdir(folder);
}

const char *fuzz_folder(void)
{
	if (*folder)
		return folder;
	const char *place = getenv("TMPDIR");
	snprintf(folder, sizeof folder, "%s/farscale-fuzz-XXXXXX", place && *place ? place : "/tmp");
	if (!mkdtemp(folder)) {
		perror(folder);
		exit(1);
	}
	owner = getpid();
	atexit(remove_folder);
	return folder;
}

static const char *path_of(const char *name)
{
	static char path[2 * PATH_MAX];
	snprintf(path, sizeof path, "%s/%s", fuzz_folder(), name);
	return path;
}

const char *fuzz_write(const char *name, const uint8_t *bytes, size_t size)
{
	const char *path = path_of(name);
	FILE *file = fopen(path, "wb");
	if (!file || fwrite(bytes, 1, size, file) != size || fclose(file)) {
		perror(path);
		exit(1);
	}
	return path;
}

void fuzz_remove(const char *name)
{
	unlink(path_of(name));
}

void fuzz_hush(void)
{
	static bool hushed;
	if (hushed)
		return;
	hushed = true;
	stdout = fopen("/dev/null", "w");
	stderr = fopen("/dev/null", "w");
	if (!stdout || !stderr)
		abort();
}

static char *printed;
static size_t printed_size;

FILE *fuzz_print(void)
{
	return open_memstream(&printed, &printed_size);
}

char *fuzz_printed(FILE *out)
{
	fclose(out);
	return printed;
}

void fuzz_must(bool holds, const char *what)
{
	if (holds)
		return;
	dprintf(STDERR_FILENO, "does not hold: %s\n", what);
	abort();
}

/* Neither C0 nor C1 (in UTF-8: C2 80 to C2 9F) controls, nor DEL. */
static bool is_plain(const char *text, bool lines)
{
	for (const unsigned char *c = (const unsigned char *)text; *c; c++)
		if ((*c < 0x20 && !(lines && (*c == '\n' || *c == '\t'))) || *c == 0x7f ||
		    (c[0] == 0xc2 && c[1] >= 0x80 && c[1] < 0xa0))
			return false;
	return true;
}

void fuzz_must_be_line(const struct fs_error *error)
{
	fuzz_must(memchr(error->text, 0, sizeof error->text), "an error's text ends");
	fuzz_must(*error->text, "an error says something");
	fuzz_must(is_plain(error->text, false), "an error is one plain line");
}

void fuzz_must_be_plain(char *text)
{
	fuzz_must(is_plain(text, true), "what is printed is plain text");
	free(text);
}

void fuzz_must_be_json(char *text)
{
	json_error_t error;
	json_t *value = json_loads(text, JSON_DECODE_ANY | JSON_REJECT_DUPLICATES, &error);
	fuzz_must(value, "what is printed as JSON is JSON");
	json_decref(value);
	free(text);
}

/* RFC 4180: behind the cell at `at`; NULL: it is none. */
static const char *cell_end(const char *at)
{
	if (*at != '"')
		return at + strcspn(at, ",\n\"\r");
	for (at++; *at && (*at != '"' || at[1] == '"'); at++)
		at += *at == '"';
	return *at ? at + 1 : NULL;
}

void fuzz_must_be_csv(char *text)
{
	int columns = 0, cells = 0;
	for (const char *at = text; *at; at++) {
		fuzz_must(*at == '"' || !strchr("=+@\t", *at), "no cell begins a formula");
		at = cell_end(at);
		cells++;
		fuzz_must(at && (*at == ',' || *at == '\n'), "a cell of CSV ends");
		if (*at == ',')
			continue;
		columns = columns ? columns : cells;
		fuzz_must(cells == columns, "lines of CSV have as many cells");
		cells = 0;
	}
	free(text);
}

static struct {
	const char *name;
	struct fs_system *system;
} loaded[8];

static void unload(void)
{
	for (size_t i = 0; i < sizeof loaded / sizeof *loaded; i++)
		fs_system_destroy(loaded[i].system);
}

const struct fs_system *fuzz_system(const char *name)
{
	struct fs_error error;
	size_t i = 0;
	while (loaded[i].name && strcmp(loaded[i].name, name) != 0)
		i++;
	if (loaded[i].system)
		return loaded[i].system;
	if (i == 0)
		atexit(unload);
	if (fs_system_load(name, NULL, NULL, 0, &loaded[i].system, &error)) {
		fprintf(stderr, "%s\n", error.text);
		exit(1);
	}
	loaded[i].name = name;
	return loaded[i].system;
}

void fuzz_run(const struct fs_system *placed, const struct fs_program *program)
{
	static const double most = 20e3; /* chip-steps */
	struct fs_engine_options options = {
	        .compute = FS_COMPUTE_MODEL, .jitter = true, .seed = 1, .warmup = 1, .steps = 1};
	struct fs_outcome outcome;
	struct fs_error error;
	double effort = fs_virtual_effort(program, &options);
	fuzz_must(effort >= 0 && !isnan(effort), "effort is a number");
	if (effort > most)
		return;
	struct fs_team *team = fs_team_alone();
	if (fs_virtual_run(team, placed, program, &options, &outcome, &error)) {
		fuzz_must_be_line(&error);
	} else {
		fuzz_must(outcome.step_s[0] > 0 && isfinite(outcome.step_s[0]), "a step takes some time");
		fs_outcome_clear(&outcome);
	}
	fs_team_destroy(team);
}

/* libfyaml 0.7.12 loses some hundred bytes over a key with many '' in it. (A parser that we forget would be
 * lost in libfyaml as well: unit/config/test_yaml under valgrind, which suppresses nothing, finds that.) */
const char *__lsan_default_suppressions(void);
const char *__lsan_default_suppressions(void)
{
	return "leak:libfyaml.so";
}
