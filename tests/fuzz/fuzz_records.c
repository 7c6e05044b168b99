/* A file of records, as `report` reads it: tables, CSV, JSON and plots' scripts (gnuplot itself is not
 * started). */

#include "fuzz/input.h"

#include "base/error.h"
#include "record/record.h"
#include "report/bench_rows.h"

#include <stdlib.h>

static void print(const struct fs_run_record *records, int count)
{
	FILE *out = fuzz_print();
	fs_report_run_table(out, records, count);
	fuzz_must_be_plain(fuzz_printed(out));
	out = fuzz_print();
	fs_report_run_csv(out, records, count);
	fuzz_must_be_csv(fuzz_printed(out));
	out = fuzz_print();
	fs_report_run_json(out, records, count);
	fuzz_must_be_json(fuzz_printed(out));
}

static void write_report(const struct fs_run_record *records, int count)
{
	char folder[4096], name[512];
	struct fs_report_done done;
	struct fs_error error;
	snprintf(folder, sizeof folder, "%s/report", fuzz_folder());
	if (fs_report_write(folder, records, count, NULL, &done, &error)) {
		fuzz_must_be_line(&error);
		return;
	}
	for (int i = 0; i < done.files; i++) {
		snprintf(name, sizeof name, "report/%s", done.file[i]);
		fuzz_remove(name);
	}
	fs_report_done_clear(&done);
}

/* Lines of `bench` are read by tests and other tools alone. Of no chips there is none. */
static char *printed(const struct fs_bench_record *record, enum fs_format format)
{
	FILE *out = fuzz_print();
	struct fs_bench_rows rows;
	fs_bench_rows_begin(&rows, out, format);
	fs_bench_rows_add(&rows, record);
	fs_bench_rows_end(&rows);
	return fuzz_printed(out);
}

static void read_benches(const char *path)
{
	json_t *objects, *object;
	size_t i;
	bool torn;
	struct fs_error error;
	struct fs_bench_record record;
	if (fs_records_read(path, &objects, &torn, &error)) {
		fuzz_must_be_line(&error);
		return;
	}
	json_array_foreach(objects, i, object)
	{
		if (fs_bench_record_from_json(object, &record, &error)) {
			fuzz_must_be_line(&error);
			continue;
		}
		if (record.chips == 0)
			continue;
		fuzz_must_be_plain(printed(&record, FS_FORMAT_TABLE));
		fuzz_must_be_csv(printed(&record, FS_FORMAT_CSV));
		fuzz_must_be_json(printed(&record, FS_FORMAT_JSON));
	}
	json_decref(objects);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	setenv("PATH", "/nowhere", 1);
	const char *path = fuzz_write("records.jsonl", data, size);
	struct fs_run_record *records;
	struct fs_error error;
	int count;
	bool torn;
	if (fs_run_records_read(path, &records, &count, &torn, &error)) {
		fuzz_must_be_line(&error);
		read_benches(path);
	} else {
		print(records, count);
		write_report(records, count);
		free(records);
	}
	fuzz_remove("records.jsonl.torn");
	return 0;
}
