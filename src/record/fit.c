#include "record/fit.h"

#include "record/record.h"

#include <math.h>

static json_t *real_or_null(double value)
{
	return isfinite(value) ? json_real(value) : json_null();
}

/* One of both is NULL. */
static json_t *to_json(const struct fs_fit_number *number, const struct fs_fit_set *set)
{
	json_t *object = json_object();
	const struct {
		const char *key;
		double value;
	} reals[] = {
	        {"in_file", number ? number->in_file : NAN},
	        {"fitted", number ? number->fitted : NAN},
	        {"low", number ? number->low : NAN},
	        {"high", number ? number->high : NAN},
	        {"held_out_least", number ? number->least : NAN},
	        {"held_out_most", number ? number->most : NAN},
	        {"grows_less", number ? number->less : NAN},
	        {"grows_more", number ? number->more : NAN},
	        {"estimate_before", set ? set->estimate.before : NAN},
	        {"estimate_after", set ? set->estimate.after : NAN},
	        {"estimate_held_out", set ? set->estimate.held_out : NAN},
	        {"engine_before", set ? set->engine.before : NAN},
	        {"engine_after", set ? set->engine.after : NAN},
	        {"engine_held_out", set ? set->engine.held_out : NAN},
	};
	json_object_set_new(object, "kind", json_string(number ? "number" : "set"));
	json_object_set_new(object, "name", fs_text_to_json(number ? number->number : set->set));
	json_object_set_new(object, "settled", number ? json_boolean(number->settled) : json_null());
	json_object_set_new(object, "rows", set ? json_integer(set->rows) : json_null());
	json_object_set_new(object, "groups", set ? json_integer(set->groups) : json_null());
	for (size_t i = 0; i < sizeof reals / sizeof *reals; i++)
		json_object_set_new(object, reals[i].key, real_or_null(reals[i].value));
	return object;
}

json_t *fs_fit_number_to_json(const struct fs_fit_number *number)
{
	return to_json(number, NULL);
}

json_t *fs_fit_set_to_json(const struct fs_fit_set *set)
{
	return to_json(NULL, set);
}
