#include "record/validation.h"

#include "record/record.h"

#include <math.h>

double fs_validation_error(const struct fs_validation_record *record)
{
	return record->predicted / record->measured - 1;
}

static json_t *text_or_null(const char *text)
{
	return *text ? fs_text_to_json(text) : json_null();
}

static json_t *number_or_null(double value)
{
	return isfinite(value) ? json_real(value) : json_null();
}

json_t *fs_validation_record_to_json(const struct fs_validation_record *record)
{
	json_t *object = json_object();
	json_object_set_new(object, "set", fs_text_to_json(record->set));
	json_object_set_new(object, "row", fs_text_to_json(record->row));
	json_object_set_new(object, "quantity", fs_text_to_json(record->quantity));
	json_object_set_new(object, "system", fs_text_to_json(record->system));
	json_object_set_new(object, "stack", fs_text_to_json(record->stack));
	json_object_set_new(object, "model", text_or_null(record->model));
	json_object_set_new(object, "layout", text_or_null(record->layout));
	json_object_set_new(object, "collective", text_or_null(record->collective));
	json_object_set_new(object, "part", text_or_null(record->part));
	json_object_set_new(object, "chips", json_integer((json_int_t)record->chips));
	json_object_set_new(object, "bytes", number_or_null(record->bytes > 0 ? record->bytes : NAN));
	json_object_set_new(object, "measured", number_or_null(record->measured));
	json_object_set_new(object, "predicted", number_or_null(record->predicted));
	json_object_set_new(object, "error", number_or_null(fs_validation_error(record)));
	json_object_set_new(object, "held_out", number_or_null(record->held_out));
	json_object_set_new(object, "reason", text_or_null(record->reason));
	json_object_set_new(object, "layouts_of", text_or_null(record->layouts_of));
	json_object_set_new(object, "file", fs_text_to_json(record->file));
	json_object_set_new(object, "line", json_integer(record->line));
	return object;
}
