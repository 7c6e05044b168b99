#include "workload/simai_rows.h"

#include "base/error.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const double MOST_NS = 1e18, MOST_BYTES = 1e18;
enum { MOST_ROWS = 10 * 1000 * 1000, LINE = 4096, FIELDS = 12, MOST_SIZE = 1 << 24 };

struct reader {
	const char *path;
	FILE *in;
	int line;
	char text[LINE];
};

static int fail_here(const struct reader *reader, struct fs_error *error)
{
	return fs_fail_in(error, "%s:%d", reader->path, reader->line);
}

/* false: the file has ended. */
static bool next_line(struct reader *reader)
{
	reader->line++;
	return fgets(reader->text, sizeof reader->text, reader->in) != NULL;
}

static int number(const char *text, double most, double *value, struct fs_error *error)
{
	char *end;
	*value = strtod(text, &end);
	if (*end || end == text || !(*value >= 0 && *value <= most))
		return fs_fail(error, "'%.40s' is not a number from 0 to %g", text, most);
	return 0;
}

/* --- the first line: "NAME: NUMBER" pairs, of which some writers leave out a colon */

static int read_sizes(char *text, struct fs_simai_sizes *sizes, struct fs_error *error)
{
	const struct {
		const char *key;
		uint64_t *size;
	} keys[] = {{"model_parallel_NPU_group", &sizes->tp},
	            {"ep", &sizes->ep},
	            {"pp", &sizes->pp},
	            {"vpp", &sizes->vpp},
	            {"ga", &sizes->ga},
	            {"all_gpus", &sizes->chips}};
	char *rest = text, *word;
	double value;
	while ((word = strtok_r(NULL, " \t\r\n", &rest))) {
		word[strcspn(word, ":")] = 0;
		char *after = strtok_r(NULL, " \t\r\n", &rest);
		if (!after)
			return fs_fail(error, "'%.40s' without a number", word);
		if (strcmp(word, "pp_comm") == 0) {
			if (number(after, MOST_BYTES, &sizes->pp_bytes, error))
				return -1;
			continue;
		}
		for (size_t i = 0; i < sizeof keys / sizeof *keys; i++)
			if (strcmp(word, keys[i].key) == 0) {
				if (number(after, MOST_SIZE, &value, error))
					return fs_fail_in(error, "%s", word);
				*keys[i].size = (uint64_t)value;
			}
	}
	for (size_t i = 0; i < sizeof keys / sizeof *keys; i++)
		if (*keys[i].size == 0)
			return fs_fail(error, "%s: is not in the first line of sizes, or 0", keys[i].key);
	return 0;
}

static int check_sizes(const struct fs_simai_sizes *sizes, struct fs_error *error)
{
	uint64_t stage = sizes->tp * sizes->ep * sizes->pp; /* below 2^72, but for absurd ones */
	if (sizes->tp > sizes->chips || sizes->ep > sizes->chips || sizes->pp > sizes->chips ||
	    sizes->chips % stage != 0)
		return fs_fail(error,
		               "all_gpus %" PRIu64 " is not a multiple of model_parallel_NPU_group %" PRIu64
		               " x ep %" PRIu64 " x pp %" PRIu64,
		               sizes->chips, sizes->tp, sizes->ep, sizes->pp);
	return 0;
}

static int read_head(struct reader *reader, struct fs_simai_sizes *sizes, struct fs_error *error)
{
	static const char known[] = "HYBRID_TRANSFORMER_FWD_IN_BCKWD", other[] = "HYBRID_TRANSFORMER";
	*sizes = (struct fs_simai_sizes){0};
	if (!next_line(reader)) {
		fs_fail(error, "an empty file");
		return fail_here(reader, error);
	}
	size_t length = strcspn(reader->text, " \t\r\n");
	char *rest = reader->text + length;
	if (*rest)
		*rest++ = 0;
	if (strcmp(reader->text, known) != 0 && strcmp(reader->text, other) != 0) {
		fs_fail(error, "'%.40s' is no kind of workload that is known: %s or %s", reader->text, known,
		        other);
		return fail_here(reader, error);
	}
	if (read_sizes(rest, sizes, error) || check_sizes(sizes, error))
		return fail_here(reader, error);
	return 0;
}

/* --- rows */

static int read_collective(const char *text, enum fs_simai_pass pass, struct fs_simai_work *work,
                           struct fs_error *error)
{
	static const struct {
		const char *name;
		enum fs_collective collective;
	} kinds[] = {{"ALLREDUCE", FS_ALLREDUCE},
	             {"ALLGATHER", FS_ALLGATHER},
	             {"REDUCESCATTER", FS_REDUCE_SCATTER},
	             {"ALLTOALL", FS_ALLTOALL}};
	static const struct {
		const char *suffix;
		enum fs_simai_group group;
	} groups[] = {{"_EP", FS_SIMAI_EXPERT}, {"_DP_EP", FS_SIMAI_SAME_EXPERTS}};
	work->communicates = strcmp(text, "NONE") != 0;
	if (!work->communicates)
		return 0;
	for (size_t k = 0; k < sizeof kinds / sizeof *kinds; k++) {
		size_t length = strlen(kinds[k].name);
		if (strncmp(text, kinds[k].name, length) != 0)
			continue;
		work->collective = kinds[k].collective;
		work->group = pass == FS_SIMAI_WEIGHT ? FS_SIMAI_DATA : FS_SIMAI_TENSOR;
		if (!text[length])
			return 0;
		for (size_t g = 0; g < sizeof groups / sizeof *groups; g++)
			if (strcmp(text + length, groups[g].suffix) == 0) {
				work->group = groups[g].group;
				return 0;
			}
	}
	return fs_fail(error,
	               "'%.40s' is no collective; known are NONE, ALLREDUCE, ALLGATHER, REDUCESCATTER and "
	               "ALLTOALL, with _EP or _DP_EP",
	               text);
}

static int read_row(struct reader *reader, struct fs_simai_row *row, struct fs_error *error)
{
	char *field[FIELDS], *rest = reader->text;
	double value;
	for (int i = 0; i < FIELDS; i++)
		if (!(field[i] = strtok_r(NULL, " \t\r\n", &rest)))
			return fs_fail(error, "%d fields; a row has %d", i, FIELDS);
	snprintf(row->name, sizeof row->name, "%s", field[0]);
	for (int pass = 0; pass < FS_SIMAI_PASSES; pass++) {
		struct fs_simai_work *work = &row->pass[pass];
		char **at = &field[2 + 3 * pass];
		if (number(at[0], MOST_NS, &value, error) ||
		    read_collective(at[1], (enum fs_simai_pass)pass, work, error) ||
		    number(at[2], MOST_BYTES, &work->bytes, error))
			return -1;
		work->compute_s = value * 1e-9;
	}
	return 0;
}

static int read_rows(struct reader *reader, struct fs_simai_file *file, struct fs_error *error)
{
	double rows;
	if (!next_line(reader)) {
		fs_fail(error, "the file ends where the number of rows should be");
		return fail_here(reader, error);
	}
	reader->text[strcspn(reader->text, "\r\n")] = 0;
	if (number(reader->text, MOST_ROWS, &rows, error))
		return fail_here(reader, error);
	file->rows = (uint32_t)rows;
	file->row = fs_allocate_zeroed(file->rows + 1ul, sizeof *file->row);
	for (uint32_t i = 0; i < file->rows; i++) {
		if (!next_line(reader))
			fs_fail(error, "the file ends after %" PRIu32 " of %" PRIu32 " rows", i, file->rows);
		else if (!read_row(reader, &file->row[i], error))
			continue;
		return fail_here(reader, error);
	}
	return 0;
}

int fs_simai_rows(const char *path, struct fs_simai_file *file, struct fs_error *error)
{
	struct reader reader = {.path = path, .in = fopen(path, "r")};
	*file = (struct fs_simai_file){0};
	if (!reader.in)
		return fs_fail(error, "%s: %s", path, strerror(errno));
	int status = read_head(&reader, &file->sizes, error) || read_rows(&reader, file, error) ? -1 : 0;
	fclose(reader.in);
	if (status)
		fs_simai_clear(file);
	return status;
}

void fs_simai_clear(struct fs_simai_file *file)
{
	free(file->row);
	file->row = NULL;
}
