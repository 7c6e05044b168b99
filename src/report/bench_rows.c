#include "report/bench_rows.h"

#include "base/text.h"
#include "report/csv.h"
#include "report/escape.h"
#include "report/summary.h"

#include <assert.h>
#include <inttypes.h>
#include <math.h>
#include <stdbool.h>
#include <string.h>

/* The lines of nccl-tests (src/util.cu there): whoever parses those parses these. The out-of-place columns
 * are the only ones, and two more stand behind them. */

enum { BYTES_PER_ELEMENT = 4 }; /* float, as nccl-tests' default */

/* nccl-tests counts the elements of one chip's part where a collective deals in parts. */
static uint64_t elements(const struct fs_bench_record *record)
{
	static const char *const parts[] = {"allgather", "reduce_scatter", "alltoall"};
	assert(record->chips > 0);
	uint64_t count = record->bytes / BYTES_PER_ELEMENT;
	for (int i = 0; i < 3; i++)
		if (strcmp(record->collective, parts[i]) == 0)
			return count / record->chips;
	return count;
}

static const char *redop(const char *collective)
{
	static const char *const none[] = {"allgather", "alltoall", "broadcast"};
	for (int i = 0; i < 3; i++)
		if (strcmp(collective, none[i]) == 0)
			return "none";
	return "sum";
}

/* At most `width` characters as long as that holds the digits before the point. */
static void print_number(FILE *out, double value, int width)
{
	double limit = 1;
	for (int i = 0; i < width - 3; i++)
		limit *= 10;
	int digits = value < limit ? 2 : value < 10 * limit ? 1 : 0;
	fprintf(out, "  %*.*f", width, digits, value);
}

/* Real networks at hand may be slow ones. */
static void print_bandwidth(FILE *out, const struct fs_bench_record *record, double GBps)
{
	if (GBps < 0.1 && strcmp(record->clock, "unthrottled") == 0)
		fprintf(out, "  %6.4f", GBps);
	else
		print_number(out, GBps, 6);
}

static bool moves_payload(const struct fs_bench_record *record)
{
	return strcmp(record->clock, "virtual") != 0;
}

static void print_clock(FILE *out, const struct fs_bench_record *record)
{
	char bound[32];
	if (strcmp(record->clock, "virtual") == 0)
		fprintf(out, "# virtual clock: no payload moves, so there is none to be wrong");
	else if (strcmp(record->clock, "unthrottled") == 0)
		fprintf(out, "# unthrottled: all bytes, as fast as this network carries them; only bound is "
		             "the system's");
	else
		fprintf(out, "# wall clock, time dilated %.*f times", record->dilation < 100 ? 1 : 0,
		        record->dilation);
	if (record->hosts > 1 && moves_payload(record))
		fprintf(out, "; %" PRIu64 " hosts, whose clocks are known to %s", record->hosts,
		        fs_text_seconds(record->clock_bound_s, bound, sizeof bound));
	fputc('\n', out);
}

static void print_header(FILE *out, const struct fs_bench_record *record)
{
	static const char titles[] = "# %10s  %12s  %8s  %6s  %6s  %7s  %6s  %6s  %6s  %10s%s\n";
	char what[256], plain[256];
	snprintf(what, sizeof what, "# %s on %s (stack %s)", record->collective, record->system,
	         record->stack);
	fprintf(out, "%s: %" PRIu64 " chips, %" PRIu64 " live, %" PRIu64 " modelled; %" PRIu64 " rank%s\n",
	        fs_escape_plain(what, plain, sizeof plain), record->chips, record->live_chips,
	        record->modelled_chips, record->ranks, record->ranks == 1 ? "" : "s");
	print_clock(out, record);
	fprintf(out, "# weakest number behind these: %s\n#\n", fs_trust_text(record->trust[0]));
	fprintf(out, titles, "size", "count", "type", "redop", "root", "time", "algbw", "busbw", "#wrong",
	        "bound", "  algorithm");
	fprintf(out, titles, "(B)", "(elements)", "", "", "", "(us)", "(GB/s)", "(GB/s)", "", "(us)", "");
}

static void print_row(FILE *out, const struct fs_bench_record *record)
{
	char algorithm[64];
	int root = strcmp(record->collective, "broadcast") == 0 ? 0 : -1;
	fprintf(out, "%12" PRIu64 "  %12" PRIu64 "  %8s  %6s  %6d", record->bytes, elements(record), "float",
	        redop(record->collective), root);
	print_number(out, record->time_s * 1e6, 7);
	print_bandwidth(out, record, record->algbw_GBps);
	print_bandwidth(out, record, record->busbw_GBps);
	if (moves_payload(record))
		fprintf(out, "  %6" PRIu64, record->wrong);
	else
		fprintf(out, "  %6s", "N/A");
	print_number(out, record->bound_s * 1e6, 10);
	fprintf(out, "  %s\n", fs_escape_plain(record->algorithm, algorithm, sizeof algorithm));
}

static bool same_block(const struct fs_bench_record *a, const struct fs_bench_record *b)
{
	return a->chips == b->chips && strcmp(a->system, b->system) == 0 && strcmp(a->stack, b->stack) == 0 &&
	       strcmp(a->collective, b->collective) == 0 && strcmp(a->clock, b->clock) == 0;
}

static void begin_block(struct fs_bench_rows *rows, const struct fs_bench_record *first)
{
	rows->first = *first;
	rows->rows = rows->wrong = 0;
	rows->busbw_GBps = rows->memory_MB = 0;
	print_header(rows->out, first);
}

static void end_block(const struct fs_bench_rows *rows)
{
	if (rows->rows == 0)
		return;
	fprintf(rows->out, "# Out of bounds values : %" PRIu64 " %s\n", rows->wrong,
	        rows->wrong ? "FAILED" : "OK");
	fprintf(rows->out, "# Avg bus bandwidth    : %g\n", rows->busbw_GBps / (double)rows->rows);
	if (rows->memory_MB > 0)
		fprintf(rows->out, "# Memory of a rank     : %.0f MB at most\n", rows->memory_MB);
	fprintf(rows->out, "#\n");
}

static void add_to_table(struct fs_bench_rows *rows, const struct fs_bench_record *record)
{
	if (rows->rows == 0 || !same_block(&rows->first, record)) {
		end_block(rows);
		begin_block(rows, record);
	}
	print_row(rows->out, record);
	rows->rows++;
	rows->wrong += record->wrong;
	rows->busbw_GBps += record->busbw_GBps;
	rows->memory_MB = fmax(rows->memory_MB, record->ranks > 1 ? record->rank_memory_MB : 0);
}

static void add_object(struct fs_bench_rows *rows, const struct fs_bench_record *record)
{
	json_t *object = fs_bench_record_to_json(record);
	if (rows->format == FS_FORMAT_JSON) {
		fputs(rows->printed ? ",\n" : "[\n", rows->out);
		fs_record_print(rows->out, object);
	} else {
		if (!rows->printed)
			fs_csv_print_header(rows->out, object);
		fs_csv_print_line(rows->out, object);
	}
	json_decref(object);
}

void fs_bench_rows_begin(struct fs_bench_rows *rows, FILE *out, enum fs_format format)
{
	*rows = (struct fs_bench_rows){.out = out, .format = format};
}

void fs_bench_rows_add(struct fs_bench_rows *rows, const struct fs_bench_record *record)
{
	if (rows->format == FS_FORMAT_TABLE)
		add_to_table(rows, record);
	else
		add_object(rows, record);
	rows->printed++;
	fflush(rows->out);
}

void fs_bench_rows_end(struct fs_bench_rows *rows)
{
	if (rows->format == FS_FORMAT_TABLE)
		end_block(rows);
	else if (rows->format == FS_FORMAT_JSON && rows->printed)
		fputs("\n]\n", rows->out);
}
