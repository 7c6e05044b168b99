#include "report/timeline.h"

#include "base/error.h"
#include "base/whole_file.h"

#include <errno.h>
#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct timed {
	struct fs_event event; /* stream: the thread's; name, category: owned */
	int thread;
};

struct thread {
	uint64_t chip;
	char *stream;
	uint64_t last; /* event */
};

struct fs_timeline {
	uint64_t count, room;
	struct timed *event;
	int threads;
	struct thread *thread;
};

struct fs_timeline *fs_timeline_create(void)
{
	return fs_allocate_zeroed(1, sizeof(struct fs_timeline));
}

void fs_timeline_destroy(struct fs_timeline *timeline)
{
	for (uint64_t i = 0; i < timeline->count; i++) {
		free((char *)timeline->event[i].event.name);
		free((char *)timeline->event[i].event.category);
	}
	for (int i = 0; i < timeline->threads; i++)
		free(timeline->thread[i].stream);
	free(timeline->event);
	free(timeline->thread);
	free(timeline);
}

/* Few chips, few streams. The last ones are asked for most. */
static int find_thread(const struct fs_timeline *timeline, uint64_t chip, const char *stream)
{
	for (int i = timeline->threads - 1; i >= 0; i--)
		if (timeline->thread[i].chip == chip && strcmp(timeline->thread[i].stream, stream) == 0)
			return i;
	return -1;
}

static int thread_of(struct fs_timeline *timeline, uint64_t chip, const char *stream)
{
	int found = find_thread(timeline, chip, stream);
	if (found >= 0)
		return found;
	timeline->thread = fs_reallocate(timeline->thread,
	                                 (unsigned long)(timeline->threads + 1) * sizeof *timeline->thread);
	timeline->thread[timeline->threads] = (struct thread){chip, fs_duplicate_text(stream), 0};
	return timeline->threads++;
}

void fs_timeline_add(struct fs_timeline *timeline, const struct fs_event *event)
{
	if (timeline->count == timeline->room) {
		timeline->room = timeline->room ? 2 * timeline->room : 1024;
		timeline->event = fs_reallocate(timeline->event, timeline->room * sizeof *timeline->event);
	}
	struct timed *timed = &timeline->event[timeline->count];
	*timed = (struct timed){*event, thread_of(timeline, event->chip, event->stream)};
	timed->event.name = fs_duplicate_text(event->name);
	timed->event.category = fs_duplicate_text(event->category);
	timeline->thread[timed->thread].last = timeline->count++;
}

void fs_timeline_prolong(struct fs_timeline *timeline, uint64_t chip, const char *stream, double end_s)
{
	int thread = find_thread(timeline, chip, stream);
	if (thread >= 0)
		timeline->event[timeline->thread[thread].last].event.end_s = end_s;
}

/* In quotes. Bytes that are not ASCII become '?': a name cut in the middle must not cost the file. */
static void print_text(FILE *out, const char *text)
{
	fputc('"', out);
	for (; *text; text++) {
		unsigned char c = (unsigned char)*text;
		if (c == '"' || c == '\\')
			fprintf(out, "\\%c", c);
		else
			fputc(c < 0x20 || c >= 0x7f ? '?' : c, out);
	}
	fputc('"', out);
}

static void print_values(FILE *out, const struct fs_event *event)
{
	fputs(", \"args\": {", out);
	for (int i = 0; i < event->values; i++) {
		const struct fs_event_value *value = &event->value[i];
		fprintf(out, "%s\"%s\": ", i ? ", " : "", value->key);
		if (value->text)
			print_text(out, value->text);
		else
			fprintf(out, "%.15g", value->number);
	}
	fputc('}', out);
}

static void print_event(FILE *out, const struct timed *timed, double zero_s)
{
	const struct fs_event *event = &timed->event;
	fputs("{\"ph\": \"X\", \"name\": ", out);
	print_text(out, event->name);
	fputs(", \"cat\": ", out);
	print_text(out, event->category);
	/* to a picosecond */
	fprintf(out, ", \"pid\": %" PRIu64 ", \"tid\": %d, \"ts\": %.6f, \"dur\": %.6f", event->chip,
	        timed->thread, (event->begin_s - zero_s) * 1e6, (event->end_s - event->begin_s) * 1e6);
	print_values(out, event);
	fputs("},\n", out);
}

/* Names of threads, and of the processes at their first. */
static void print_threads(FILE *out, const struct fs_timeline *timeline)
{
	for (int i = 0; i < timeline->threads; i++) {
		const struct thread *thread = &timeline->thread[i];
		fprintf(out,
		        "{\"ph\": \"M\", \"name\": \"process_name\", \"pid\": %" PRIu64
		        ", \"args\": {\"name\": \"chip %" PRIu64 "\"}},\n"
		        "{\"ph\": \"M\", \"name\": \"process_sort_index\", \"pid\": %" PRIu64
		        ", \"args\": {\"sort_index\": %" PRIu64 "}},\n"
		        "{\"ph\": \"M\", \"name\": \"thread_name\", \"pid\": %" PRIu64
		        ", \"tid\": %d, \"args\": {\"name\": ",
		        thread->chip, thread->chip, thread->chip, thread->chip, thread->chip, i);
		print_text(out, thread->stream);
		fprintf(out, "}}%s\n", i + 1 < timeline->threads ? "," : "");
	}
}

static void print(FILE *out, const struct fs_timeline *timeline)
{
	double zero_s = timeline->count ? INFINITY : 0;
	for (uint64_t i = 0; i < timeline->count; i++)
		zero_s = fmin(zero_s, timeline->event[i].event.begin_s);
	fputs("{\"displayTimeUnit\": \"ns\", \"traceEvents\": [\n", out);
	for (uint64_t i = 0; i < timeline->count; i++)
		print_event(out, &timeline->event[i], zero_s);
	print_threads(out, timeline);
	fputs("]}\n", out);
}

int fs_timeline_write(const struct fs_timeline *timeline, const char *path, struct fs_error *error)
{
	struct fs_whole_file file;
	if (strcmp(path, "-") == 0) {
		print(stdout, timeline);
		return fflush(stdout) || ferror(stdout)
		               ? fs_fail(error, "cannot write to stdout: %s", strerror(errno))
		               : 0;
	}
	if (fs_whole_file_begin(&file, path, error))
		return -1;
	print(file.out, timeline);
	return fs_whole_file_end(&file, error);
}
