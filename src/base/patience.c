#include "engine/patience.h"

#include "base/error.h"

#include <stdlib.h>

static const char variable[] = "FARSCALE_PATIENCE";
static const double USUAL_S = 60, LEAST_S = 1, MOST_S = 86400;

int fs_patience_check(struct fs_error *error)
{
	const char *text = getenv(variable);
	char *end;
	if (!text)
		return 0;
	double seconds = strtod(text, &end);
	if (end == text || *end || !(seconds >= LEAST_S && seconds <= MOST_S))
		return fs_fail(error, "%s=%.40s is not a number of seconds from %g to %g", variable, text,
		               LEAST_S, MOST_S);
	return 0;
}

double fs_patience_s(void)
{
	const char *text = getenv(variable);
	return text ? strtod(text, NULL) : USUAL_S;
}
