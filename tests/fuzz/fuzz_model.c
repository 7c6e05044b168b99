/* A model: a file, or "custom:..." as a command line has it; with "=== layout" how it is spread over eight
 * chips. What was read is shown, laid out, and trained for a step where that is small. */

#include "fuzz/input.h"

#include "base/error.h"
#include "command/show_layout.h"
#include "command/show_model.h"
#include "layout/layout.h"
#include "model/flop.h"
#include "model/model.h"
#include "plan/program.h"
#include "topology/placement.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { CHIPS = 8, MOST_LAYERS = 64, MOST_MICROBATCHES = 64 };

static char *dump(json_t *object)
{
	char *text = json_dumps(object, JSON_REAL_PRECISION(15));
	json_decref(object);
	fuzz_must(text, "an object can be printed");
	return text;
}

static void show(const struct fs_model *model)
{
	FILE *out = fuzz_print();
	fs_show_model_table(model, out);
	fuzz_must_be_plain(fuzz_printed(out));
	fuzz_must_be_json(dump(fs_show_model_json(model)));
	fuzz_must(isfinite(fs_model_step_flop(model)) && fs_model_step_flop(model) > 0, "a model has flop");
}

static void train(const struct fs_model *model, const char *layout)
{
	struct fs_system placed = fs_system_place(fuzz_system("dgx-h100-superpod"), CHIPS);
	struct fs_program *program;
	struct fs_error error;
	if (fs_program_for_model(&placed, model, CHIPS, layout, &program, &error)) {
		fuzz_must_be_line(&error);
		return;
	}
	fuzz_run(&placed, program);
	fs_program_destroy(program);
}

static void lay_out(const struct fs_model *model, const char *layout)
{
	struct fs_layout_view view = {.model = model};
	struct fs_error error;
	if (fs_layout_resolve(layout, model, fuzz_system("dgx-h100-superpod"), CHIPS, &view.layout, &error)) {
		fuzz_must_be_line(&error);
		return;
	}
	FILE *out = fuzz_print();
	fs_show_layout_table(&view, out);
	fuzz_must_be_plain(fuzz_printed(out));
	json_t *root = fs_show_model_json(model);
	fs_show_layout_json(&view, root);
	fuzz_must_be_json(dump(root));
	if (model->layers + model->mtp_layers <= MOST_LAYERS && view.layout.microbatches <= MOST_MICROBATCHES)
		train(model, layout);
}

static int load(const struct fuzz_part *part, struct fs_model *model, struct fs_error *error)
{
	char *text = fuzz_text(part->bytes, part->size);
	text[strcspn(text, "\n")] = 0;
	int status = fs_model_is_custom(text)
	                     ? fs_model_load(text, model, error)
	                     : fs_model_load(fuzz_write("model.yaml", part->bytes, part->size), model, error);
	free(text);
	return status;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct fuzz_part part[FUZZ_MOST_PARTS];
	int parts = fuzz_parts(data, size, part);
	struct fs_model model;
	struct fs_error error;
	fuzz_hush();
	if (load(&part[0], &model, &error)) {
		fuzz_must_be_line(&error);
		return 0;
	}
	show(&model);
	char *layout = parts > 1 ? fuzz_text(part[1].bytes, part[1].size) : NULL;
	if (layout)
		layout[strcspn(layout, "\n")] = 0;
	lay_out(&model, layout);
	free(layout);
	return 0;
}
