#ifndef FARSCALE_REPORT_TIMELINE_H
#define FARSCALE_REPORT_TIMELINE_H

/* A timeline in Chrome's trace event format, which Perfetto and chrome://tracing show: a process for each
 * chip, a thread for each of its streams, complete events ("X") in microseconds from the first event on. */

#include <stdbool.h>
#include <stdint.h>

struct fs_error;
struct fs_timeline;

/** A value that is shown with an event. */
struct fs_event_value {
	const char *key;
	const char *text; /* NULL: a number */
	double number;
};

enum { FS_EVENT_VALUES = 6 };

struct fs_event {
	uint64_t chip;
	const char *stream, *name, *category; /* copied */
	double begin_s, end_s;
	int values;
	struct fs_event_value value[FS_EVENT_VALUES]; /* keys and texts must outlive the timeline */
};

struct fs_timeline *fs_timeline_create(void);
void fs_timeline_destroy(struct fs_timeline *timeline);

void fs_timeline_add(struct fs_timeline *timeline, const struct fs_event *event);

/** The last event of a chip's stream ends at end_s; there must be one. */
void fs_timeline_prolong(struct fs_timeline *timeline, uint64_t chip, const char *stream, double end_s);

/** Writes the file, "-" is stdout. */
int fs_timeline_write(const struct fs_timeline *timeline, const char *path, struct fs_error *error);

#endif
