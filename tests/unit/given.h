#ifndef FARSCALE_TESTS_GIVEN_H
#define FARSCALE_TESTS_GIVEN_H

/* What tests take for granted: models and layouts by name. Include after cmocka.h. */

#include "base/error.h"
#include "layout/layout.h"
#include "model/model.h"

static inline struct fs_model given_model(const char *name)
{
	struct fs_model model;
	struct fs_error error;
	if (fs_model_load(name, &model, &error))
		fail_msg("%s", error.text);
	return model;
}

static inline struct fs_layout given_layout(const struct fs_model *model, const char *text, uint64_t chips)
{
	struct fs_layout layout;
	struct fs_error error;
	if (fs_layout_resolve(text, model, NULL, chips, &layout, &error))
		fail_msg("%s: %s", text, error.text);
	return layout;
}

#endif
