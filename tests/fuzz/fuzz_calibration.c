/* What this host was measured to do, as the cache keeps it. What is accepted can be stored and read again. */

#include "fuzz/input.h"

#include "base/error.h"
#include "calibrate/cache.h"
#include "calibrate/json.h"

#include <string.h>

static void check_stored(const struct fs_calibration *calibration)
{
	struct fs_calibration again;
	struct fs_error error;
	json_t *json = fs_calibration_to_json(calibration);
	char *text = json_dumps(json, 0);
	fuzz_must(text, "a calibration can be printed");
	fuzz_must(fs_calibration_from_json(json, &again, &error) == 0, "a calibration can be read again");
	json_decref(json);
	fuzz_must_be_json(text);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct fs_cache cache;
	struct fs_calibration calibration;
	struct fs_error error;
	json_error_t reason;
	snprintf(cache.file, sizeof cache.file, "%s", fuzz_write("host.json", data, size));
	if (fs_cache_load(&cache, "0123456789abcdef", NULL, &calibration, &error))
		fuzz_must_be_line(&error);
	json_t *json = json_loadb((const char *)data, size, JSON_REJECT_DUPLICATES, &reason);
	if (json && fs_calibration_from_json(json, &calibration, &error))
		fuzz_must_be_line(&error);
	else if (json)
		check_stored(&calibration);
	json_decref(json);
	return 0;
}
