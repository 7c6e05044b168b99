#ifndef FARSCALE_RECORD_VALIDATION_H
#define FARSCALE_RECORD_VALIDATION_H

/* What `validate` found: a row for each published measurement, and one for each set of them. Field names are
 * an interface that other tools rely on. */

#include <stdbool.h>
#include <stdint.h>

#include <jansson.h>

struct fs_validation_record {
	char set[64], row[128], quantity[16]; /* step, memory, collective or phase */
	char system[64], stack[64], model[320], layout[256], collective[32], part[32];
	uint64_t chips;
	double bytes;               /* of a collective; else 0 (null) */
	double measured, predicted; /* seconds or bytes; predicted NAN (null): it could not be predicted */
	char reason[1024];          /* ... and why; else "" */
	double held_out;     /* the error of a fit to all rows of other models; NAN (null): there was none */
	char layouts_of[64]; /* what rows share that differ in their layout alone; "" */
	char file[256];
	int line;
};

/** predicted / measured - 1; NAN where nothing was predicted. */
double fs_validation_error(const struct fs_validation_record *record);

/** A new flat object, keys in the order of the struct, `error` after `predicted`; "" and 0 bytes as null. */
json_t *fs_validation_record_to_json(const struct fs_validation_record *record);

struct fs_validation_summary {
	char set[64], label[160], quantity[16];
	char unit[8]; /* in which the source gives its figures, and how much it is in seconds or bytes */
	double unit_value;
	int rows, predicted, left_out; /* left_out: rows of the source that the set does not have */
	/* Of errors, as shares, over what was predicted; NAN: nothing was. */
	double mean, median; /* of their absolute values */
	double bias;         /* their mean */
	double held_out;     /* the mean of rows' absolute held_out errors */
	double worst;        /* the one that is largest in size, and its row */
	char worst_row[128];
	double rank; /* Spearman's correlation over layouts, mean over what they are layouts of; NAN: none */
	double bar_mean, bar_median, bar_worst; /* 0: none */
	bool met;                               /* all rows were predicted, and no bar is exceeded */
};

#endif
