/* "MODEL CHIPS LAYOUT" in a line: a layout's text for a model of the home, on any number of chips. Printed
 * and read again it is the same; its memory and its step's estimate are numbers; a step of it runs where that
 * is small. */

#include "fuzz/input.h"

#include "base/error.h"
#include "command/case_layout.h"
#include "command/options.h"
#include "command/show_layout.h"
#include "layout/layout.h"
#include "layout/memory.h"
#include "model/model.h"
#include "plan/estimate.h"
#include "plan/program.h"
#include "topology/placement.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { MOST_CHIPS = 32, MOST_MICROBATCHES = 16 };

static const char *const names[] = {"llama3-8b", "deepseek-v3", "mixtral-8x7b", "dp-gpt", "dp-moe"};
enum { MODELS = sizeof names / sizeof *names };

static const struct fs_model *find_model(const char *name)
{
	static struct fs_model model[MODELS];
	struct fs_error error;
	for (int i = 0; i < MODELS; i++) {
		if (strcmp(name, names[i]) != 0)
			continue;
		if (!model[i].layers && fs_model_load(name, &model[i], &error)) {
			fprintf(stderr, "%s\n", error.text);
			exit(1);
		}
		return &model[i];
	}
	return NULL;
}

static void check_text(const struct fs_layout *layout, const struct fs_model *model,
                       const struct fs_system *placed, uint64_t chips)
{
	char text[FS_LAYOUT_TEXT], again_text[FS_LAYOUT_TEXT];
	struct fs_layout again;
	struct fs_error error;
	fs_layout_text(layout, model, text, sizeof text);
	fuzz_must(fs_layout_resolve(text, model, placed, chips, &again, &error) == 0,
	          "a layout's text can be read");
	fs_layout_text(&again, model, again_text, sizeof again_text);
	fuzz_must(strcmp(text, again_text) == 0, "a layout's text gives the same layout");
}

static void estimate(const struct fs_layout *layout, const struct fs_model *model,
                     const struct fs_system *placed, uint64_t chips)
{
	struct fs_estimate found;
	struct fs_error error;
	struct fs_estimator *estimator = fs_estimator_create(placed, model, chips, &error);
	if (!estimator) {
		fuzz_must_be_line(&error);
		return;
	}
	fs_estimate(estimator, layout, &found);
	fuzz_must(isfinite(found.step_s) && found.step_s > 0, "an estimated step takes some time");
	fs_estimator_destroy(estimator);
}

static void carry_out(const char *text, const struct fs_model *model, const struct fs_system *placed,
                      uint64_t chips)
{
	struct fs_program *program;
	struct fs_error error;
	if (fs_program_for_model(placed, model, chips, text, &program, &error)) {
		fuzz_must_be_line(&error);
		return;
	}
	fuzz_run(placed, program);
	fs_program_destroy(program);
}

static void use(const char *text, const struct fs_model *model, uint64_t chips)
{
	struct fs_system placed = fs_system_place(fuzz_system("dgx-h100-superpod"), chips);
	struct fs_layout_view view = {.model = model};
	struct fs_error error;
	char plan[FS_LAYOUT_TEXT];
	if (fs_case_plan(text, model, plan, &error))
		fuzz_must_be_line(&error);
	if (fs_layout_resolve(text, model, &placed, chips, &view.layout, &error)) {
		fuzz_must_be_line(&error);
		return;
	}
	check_text(&view.layout, model, &placed, chips);
	fuzz_must(fs_memory_peak(&view.layout, model) > 0, "a layout needs memory");
	FILE *out = fuzz_print();
	fs_show_layout_table(&view, out);
	fuzz_must_be_plain(fuzz_printed(out));
	if (chips > MOST_CHIPS || view.layout.microbatches > MOST_MICROBATCHES)
		return;
	estimate(&view.layout, model, &placed, chips);
	carry_out(text, model, &placed, chips);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char *line = fuzz_text(data, size), *rest = line;
	fuzz_hush();
	line[strcspn(line, "\n")] = 0;
	const char *name = strsep(&rest, " "), *count = strsep(&rest, " ");
	const struct fs_model *model = find_model(name);
	struct fs_chip_list list;
	struct fs_error error;
	if (model && count && fs_chip_list_parse(count, &list, &error))
		fuzz_must_be_line(&error);
	else if (model && count && list.chips[0] <= FS_MAX_GROUP)
		use(rest, model, list.chips[0]);
	free(line);
	return 0;
}
