/* Gives every file of the folders and files named to a harness, as libFuzzer does with -runs=0. For compilers
 * without it. A file that takes longer than some seconds ends the program. */

#include "fuzz/input.h"

#include <dirent.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

enum { PATIENCE_S = 20 };

static int files;
static double longest_s;

static double now_s(void)
{
	struct timespec now;
	clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &now);
	return (double)now.tv_sec + 1e-9 * (double)now.tv_nsec;
}

static void die(const char *path)
{
	fprintf(stderr, "%s: %s\n", path, strerror(errno));
	exit(1);
}

static void replay_file(const char *path, size_t size)
{
	uint8_t *bytes = malloc(size + 1);
	FILE *file = fopen(path, "rb");
	if (!bytes || !file || fread(bytes, 1, size, file) != size)
		die(path);
	fclose(file);
	/* On a crash the last line says where. Harnesses may have sent stdout elsewhere. */
	dprintf(STDOUT_FILENO, "%s\n", path);
	double begin_s = now_s();
	alarm(PATIENCE_S);
	LLVMFuzzerTestOneInput(bytes, size);
	alarm(0);
	double took_s = now_s() - begin_s;
	longest_s = took_s > longest_s ? took_s : longest_s;
	files++;
	free(bytes);
}

static void replay(const char *path)
{
	struct stat status;
	if (stat(path, &status))
		die(path);
	if (!S_ISDIR(status.st_mode)) {
		replay_file(path, (size_t)status.st_size);
		return;
	}
	struct dirent **entry;
	int count = scandir(path, &entry, NULL, alphasort);
	if (count < 0)
		die(path);
	for (int i = 0; i < count; i++) {
		char below[4096];
		snprintf(below, sizeof below, "%s/%s", path, entry[i]->d_name);
		if (entry[i]->d_name[0] != '.')
			replay(below);
		free(entry[i]);
	}
	free(entry);
}

int main(int argc, char **argv)
{
	for (int i = 1; i < argc; i++) {
		char *path = realpath(argv[i], NULL); /* harnesses may change the folder */
		if (!path)
			die(argv[i]);
		replay(path);
		free(path);
	}
	dprintf(STDOUT_FILENO, "%d files, the longest %.3f s\n", files, longest_s);
	return files ? 0 : 1;
}
