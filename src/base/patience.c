#include "base/patience.h"

#include "base/error.h"

#include <stdbool.h>
#include <stdlib.h>

static const char variable[] = "FARSCALE_PATIENCE";
static const double USUAL_S = 60, LEAST_S = 1, MOST_S = 86400;

static bool parse(const char *text, double *seconds)
{
	char *end;
	*seconds = strtod(text, &end);
	return end > text && !*end && *seconds >= LEAST_S && *seconds <= MOST_S;
}

int fs_patience_check(struct fs_error *error)
{
	const char *text = getenv(variable);
	double seconds;
	if (!text || parse(text, &seconds))
		return 0;
	return fs_fail(error, "%s=%.40s is not a number of seconds from %g to %g", variable, text, LEAST_S,
	               MOST_S);
}

double fs_patience_s(void)
{
	const char *text = getenv(variable);
	double seconds;
	return text && parse(text, &seconds) ? seconds : USUAL_S;
}
