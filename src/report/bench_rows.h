#ifndef FARSCALE_REPORT_BENCH_ROWS_H
#define FARSCALE_REPORT_BENCH_ROWS_H

/* What `bench` prints: each row as soon as it is measured, so that a bench that is cut off has printed what
 * it found. */

#include "record/record.h"
#include "report/report.h"

#include <stdio.h>

/** Rows on their way to `out`. */
struct fs_bench_rows {
	FILE *out;
	enum fs_format format;
	uint64_t printed;
	/* Of the table's block, which has one number of chips: */
	struct fs_bench_record first;
	uint64_t rows, wrong;
	double busbw_GBps, memory_MB; /* the sum; the most */
};

/** Nothing is printed before the first row. */
void fs_bench_rows_begin(struct fs_bench_rows *rows, FILE *out, enum fs_format format);

/** Prints a row, and what goes before it, and flushes. Table: nccl-tests' columns and two more, algorithm and
 * bound, in blocks. CSV: the records' keys as a header, a line for each. JSON: one array of flat objects. */
void fs_bench_rows_add(struct fs_bench_rows *rows, const struct fs_bench_record *record);

/** Prints what goes behind the last row, if there is one. */
void fs_bench_rows_end(struct fs_bench_rows *rows);

#endif
