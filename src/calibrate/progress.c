#include "calibrate/progress.h"

#include <stdarg.h>
#include <stdio.h>
#include <unistd.h>

static bool announced;

void fs_progress(bool quiet, const char *format, ...)
{
	if (quiet)
		return;
	if (!isatty(STDERR_FILENO)) {
		if (!announced)
			fprintf(stderr, "farscale: measuring this host, some seconds\n");
		announced = true;
		return;
	}
	va_list arguments;
	va_start(arguments, format);
	fprintf(stderr, "\r\033[Kfarscale: measuring this host: ");
	vfprintf(stderr, format, arguments);
	va_end(arguments);
	fflush(stderr);
}

void fs_progress_end(bool quiet)
{
	if (!quiet && isatty(STDERR_FILENO))
		fprintf(stderr, "\r\033[K");
	announced = false;
}
