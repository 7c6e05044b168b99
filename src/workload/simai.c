#include "workload/simai.h"

#include "base/error.h"
#include "workload/simai_rows.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { MOST_NODES = 10 * 1000 * 1000 }; /* a gigabyte or so */

/* Rows of a step: what comes once before, micro-batches, what comes once after. */
struct parts {
	uint32_t *begin; /* of each micro-batch */
	uint32_t after;  /* where the last one ends */
	uint64_t batches;
};

/* One stage while it is written down. */
struct stage {
	struct fs_workload *workload;
	const struct fs_simai_file *file;
	struct fs_node_list *list;
	uint64_t stages, stage, chips; /* chips of a stage */
	bool begun;
	uint32_t last; /* what the next kernel waits for */
	struct fs_error *error;
};

static const char *const pass_names[FS_SIMAI_PASSES] = {"forward", "backward", "gradient"};

static struct fs_group group_of(const struct fs_simai_sizes *sizes, enum fs_simai_group kind)
{
	uint64_t data = sizes->chips / (sizes->tp * sizes->pp);
	uint32_t tp = (uint32_t)sizes->tp, ep = (uint32_t)sizes->ep;
	switch (kind) {
	case FS_SIMAI_TENSOR:
		return (struct fs_group){tp, 1};
	case FS_SIMAI_EXPERT:
		return (struct fs_group){ep, tp};
	case FS_SIMAI_DATA:
		return (struct fs_group){(uint32_t)data, tp};
	case FS_SIMAI_SAME_EXPERTS:
		break;
	}
	return (struct fs_group){(uint32_t)(data / sizes->ep), tp * ep};
}

static uint32_t add(struct stage *stage, struct fs_node node)
{
	node.id = stage->list->nodes;
	uint32_t place = fs_list_add(stage->list, &node);
	if (stage->begun)
		fs_list_depend(stage->list, stage->last);
	return place;
}

/* ... and what comes next waits for it. */
static void add_in_turn(struct stage *stage, struct fs_node node)
{
	stage->last = add(stage, node);
	stage->begun = true;
}

static const char *name_of(struct stage *stage, const struct fs_simai_row *row, enum fs_simai_pass pass)
{
	char name[96];
	snprintf(name, sizeof name, "%s %s", row->name, pass_names[pass]);
	return fs_workload_text(stage->workload, name);
}

static void add_work(struct stage *stage, const struct fs_simai_row *row, enum fs_simai_pass pass)
{
	static const char *const streams[] = {"tensor", "expert", "data", "expert data"};
	const struct fs_simai_work *work = &row->pass[pass];
	const char *name = name_of(stage, row, pass);
	struct fs_group group = group_of(&stage->file->sizes, work->group);
	add_in_turn(stage,
	            (struct fs_node){.name = name, .kind = FS_NODE_COMPUTE, .recorded_s = work->compute_s});
	if (!work->communicates || group.size < 2)
		return;
	struct fs_node node = {
	        .name = name,
	        .kind = FS_NODE_COLLECTIVE,
	        .recorded_s = -1,
	        .bytes = work->bytes,
	        .collective = work->collective,
	        .group = group,
	        .stream = fs_workload_stream(stage->workload, streams[work->group], stage->error),
	};
	if (pass == FS_SIMAI_WEIGHT)
		add(stage, node);
	else
		add_in_turn(stage, node);
}

static void add_message(struct stage *stage, enum fs_node_kind kind, uint64_t peer_stage, bool forward)
{
	struct fs_node node = {
	        .name = fs_workload_text(stage->workload,
	                                 forward ? "activations" : "gradients of activations"),
	        .kind = kind,
	        .recorded_s = -1,
	        .bytes = stage->file->sizes.pp_bytes,
	        .peer = peer_stage * stage->chips,
	        .tag = forward ? 0 : 1,
	};
	if (kind == FS_NODE_RECEIVE)
		add_in_turn(stage, node);
	else
		add(stage, node);
}

static void run_forward(struct stage *stage, uint32_t begin, uint32_t end)
{
	if (stage->stage > 0)
		add_message(stage, FS_NODE_RECEIVE, stage->stage - 1, true);
	for (uint32_t i = begin; i < end; i++)
		add_work(stage, &stage->file->row[i], FS_SIMAI_FORWARD);
	if (stage->stage + 1 < stage->stages)
		add_message(stage, FS_NODE_SEND, stage->stage + 1, true);
}

static void rows_backward(struct stage *stage, uint32_t begin, uint32_t end)
{
	for (uint32_t i = end; i > begin; i--) {
		add_work(stage, &stage->file->row[i - 1], FS_SIMAI_INPUT);
		add_work(stage, &stage->file->row[i - 1], FS_SIMAI_WEIGHT);
	}
}

static void run_backward(struct stage *stage, uint32_t begin, uint32_t end)
{
	if (stage->stage + 1 < stage->stages)
		add_message(stage, FS_NODE_RECEIVE, stage->stage + 1, false);
	rows_backward(stage, begin, end);
	if (stage->stage > 0)
		add_message(stage, FS_NODE_SEND, stage->stage - 1, false);
}

/* 1F1B: as many forward passes ahead as there are stages behind, then one of each, then what is left. */
static void run_batches(struct stage *stage, const struct parts *parts)
{
	uint64_t ahead = stage->stages - 1 - stage->stage, forward = 0;
	for (; forward < ahead && forward < parts->batches; forward++)
		run_forward(stage, parts->begin[forward], parts->begin[forward + 1]);
	for (uint64_t backward = 0; backward < parts->batches; backward++) {
		if (forward < parts->batches) {
			run_forward(stage, parts->begin[forward], parts->begin[forward + 1]);
			forward++;
		}
		run_backward(stage, parts->begin[backward], parts->begin[backward + 1]);
	}
}

static void write_stage(struct stage *stage, const struct parts *parts)
{
	for (uint32_t i = 0; i < parts->begin[0]; i++)
		add_work(stage, &stage->file->row[i], FS_SIMAI_FORWARD);
	run_batches(stage, parts);
	rows_backward(stage, 0, parts->begin[0]);
	for (uint32_t i = parts->after; i < stage->file->rows; i++)
		add_work(stage, &stage->file->row[i], FS_SIMAI_FORWARD);
	rows_backward(stage, parts->after, stage->file->rows);
}

static bool comes_last(const char *name)
{
	return strncmp(name, "cross_entropy", strlen("cross_entropy")) == 0 ||
	       strncmp(name, "optimizer", strlen("optimizer")) == 0;
}

static int find_parts(const char *path, const struct fs_simai_file *file, struct parts *parts,
                      struct fs_error *error)
{
	parts->batches = 0;
	parts->begin = fs_allocate_zeroed(file->rows + 2ul, sizeof *parts->begin);
	for (uint32_t i = 0; i < file->rows; i++)
		if (strcmp(file->row[i].name, "embedding_layer") == 0)
			parts->begin[parts->batches++] = i;
	parts->after = file->rows;
	while (parts->after > 0 && comes_last(file->row[parts->after - 1].name))
		parts->after--;
	if (parts->batches == file->sizes.ga && parts->begin[parts->batches - 1] < parts->after) {
		parts->begin[parts->batches] = parts->after;
		return 0;
	}
	uint64_t found = parts->batches;
	free(parts->begin);
	return fs_fail(error,
	               "%s: %" PRIu64 " rows 'embedding_layer'; each of ga %" PRIu64
	               " micro-batches begins with one",
	               path, found, file->sizes.ga);
}

static void write_all(struct fs_workload *workload, const char *path, const struct fs_simai_file *file,
                      const struct parts *parts, struct fs_error *error)
{
	const struct fs_simai_sizes *sizes = &file->sizes;
	uint64_t chips = sizes->chips / sizes->pp;
	for (uint64_t s = 0; s < sizes->pp; s++) {
		int list = fs_workload_add_list(workload, path);
		struct stage stage = {.workload = workload,
		                      .file = file,
		                      .list = &workload->list[list],
		                      .stages = sizes->pp,
		                      .stage = s,
		                      .chips = chips,
		                      .error = error};
		write_stage(&stage, parts);
		fs_workload_add_lane(workload, s * chips, chips, list);
	}
}

static int check(const char *path, const struct fs_simai_file *file, uint64_t chips, struct fs_error *error)
{
	const struct fs_simai_sizes *sizes = &file->sizes;
	if (chips && chips != sizes->chips)
		return fs_fail(error, "%s is a workload of %" PRIu64 " chips; it cannot be run on %" PRIu64,
		               path, sizes->chips, chips);
	if ((double)sizes->pp * (6.0 * file->rows + 4.0 * (double)sizes->ga) > MOST_NODES)
		return fs_fail(error, "%s: %" PRIu64 " stages of %" PRIu32 " rows are more than can be held",
		               path, sizes->pp, file->rows);
	return 0;
}

int fs_simai_read(const char *path, uint64_t chips, struct fs_workload **workload, struct fs_error *error)
{
	struct fs_simai_file file;
	struct parts parts;
	if (fs_simai_rows(path, &file, error))
		return -1;
	if (check(path, &file, chips, error) || find_parts(path, &file, &parts, error)) {
		fs_simai_clear(&file);
		return -1;
	}
	const struct fs_simai_sizes *sizes = &file.sizes;
	*workload = fs_workload_create(path);
	(*workload)->chips = sizes->chips;
	snprintf((*workload)->layout, sizeof(*workload)->layout,
	         "tp=%" PRIu64 ",ep=%" PRIu64 ",pp=%" PRIu64 ",micro_batches=%" PRIu64, sizes->tp, sizes->ep,
	         sizes->pp, sizes->ga);
	write_all(*workload, path, &file, &parts, error);
	free(parts.begin);
	fs_simai_clear(&file);
	return 0;
}
