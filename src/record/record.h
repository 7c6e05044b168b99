#ifndef FARSCALE_RECORD_RECORD_H
#define FARSCALE_RECORD_RECORD_H

/* What a run or a bench found, as a row: flat, one JSON object a line in files. Field names are an interface
 * that other tools rely on. No MPI, no plots. */

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

#include <jansson.h>

struct fs_error;

struct fs_run_record {
	char system[48], stack[48], model[48], layout[384];
	char plan[384]; /* what the layout was planned by, "auto,gbs=2048"; "" (printed as null): it was given
	                 */
	char overrides[256]; /* the --set values, joined by ';' */
	uint64_t chips, ranks, live_chips, modelled_chips;
	char clock[8];   /* wall or virtual */
	char compute[8]; /* blas or model */
	char pace[8];    /* padded or raw; virtual: "" (printed as null) */
	uint64_t seed, steps;
	double step_s, step_p5_s, step_p95_s; /* chip time; median and percentiles over steps */
	double efficiency;     /* weak scaling: a step of kernels alone, in which nobody waits / step_s */
	double mfu;            /* model flop / (peak * step_s) */
	double tokens_per_s;   /* of all chips */
	double compute_s;      /* mean over chips and steps */
	double exposed_comm_s; /* waiting for collectives in a run without jitter */
	double bubble_s; /* the same, waiting for other pipeline stages; 0 in records from before there were
	                    any */
	double straggler_s;           /* the rest of step_s, at least 0: what jitter and skew add */
	double dilation;              /* wall seconds per chip second; 1 on the virtual clock */
	double resolution_s;          /* chip time that wall time resolves; 0 on the virtual clock */
	double virtual_step_s;        /* wall: the same program on the virtual clock; else NAN (null) */
	double difference;            /* wall: step_s / virtual_step_s - 1; else NAN (null) */
	uint64_t wrong;               /* elements that a collective got wrong (nccl-tests' #wrong) */
	double loss_first, loss_last; /* wall: what the live chips' training did; else NAN (null) */
	char trust[4];                /* weakest letter of the numbers used */
	char fingerprint[20];         /* of all chips' times, 16 hex digits */
	/* Of later records only: */
	uint64_t hosts;        /* that the ranks were on */
	double clock_offset_s; /* wall, several hosts: the largest of any host's clock from the first one's */
	double clock_bound_s;  /* ... by how much that may be wrong, at the end of the run at most; wall
	                          seconds */
	double clock_drift;    /* ... and what clocks were corrected by for each second, 0: nothing */
	double rank_memory_MB; /* the most that a rank had resident, of 10^6 bytes; NAN (null): not asked for
	                        */
};

struct fs_bench_record {
	char collective[16], system[48], stack[48], algorithm[48], clock[16];
	uint64_t chips, ranks, bytes, live_chips, modelled_chips, wrong;
	double time_s, algbw_GBps, busbw_GBps, bound_s;
	double dilation;
	char trust[4], fingerprint[20];
	/* Of later records only, as above: */
	uint64_t hosts;
	double clock_offset_s, clock_bound_s, clock_drift, rank_memory_MB;
};

/** New flat objects, keys in the order of the structs, NAN (and infinity, which JSON lacks) as null, bytes
 * that are not UTF-8 as '?'. Counts must be below 2^63. The caller owns them. */
json_t *fs_run_record_to_json(const struct fs_run_record *record);
json_t *fs_bench_record_to_json(const struct fs_bench_record *record);

/** A new text; bytes that are not UTF-8 (a name cut in the middle, or a hostile one) become '?'. */
json_t *fs_text_to_json(const char *text);

/** Back from JSON; -1 with an error that names the key when one is missing, of the wrong type or too long. */
int fs_run_record_from_json(const json_t *object, struct fs_run_record *record, struct fs_error *error);
int fs_bench_record_from_json(const json_t *object, struct fs_bench_record *record, struct fs_error *error);

/** Prints a flat object, without a line's end, doubles with 17 significant digits. */
void fs_record_print(FILE *out, const json_t *object);

/** Prints a JSON array of flat objects, an object a line. */
void fs_record_print_array(FILE *out, json_t *const *objects, int count);

/** Appends one line to a records file: opened for append, locked, one write, synced. Safe for many processes.
 *  A torn last line that a killed writer left is moved to PATH.torn first. A line that fits only in part
 * (disk full) is cut off again, so the file holds whole lines whatever happens. */
int fs_records_append(const char *path, const json_t *object, struct fs_error *error);

/** Reads a records file. A torn last line is moved to PATH.torn (reported through `torn`), never lost
 * silently; where the file may only be read it is passed over and stays. A broken line elsewhere is an error
 * naming its number. *objects: a new JSON array. A missing file: empty array. */
int fs_records_read(const char *path, json_t **objects, bool *torn, struct fs_error *error);

/** The same for run records as structs: *records (free it) gets *count of them. */
int fs_run_records_read(const char *path, struct fs_run_record **records, int *count, bool *torn,
                        struct fs_error *error);

#endif
