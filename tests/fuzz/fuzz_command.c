/* A command line, an argument a line, without the program's name; "=== NAME" begins a file that it may name,
 * in the folder where it runs. Commands run as they do for a user, but for what takes long or reaches beyond
 * that folder: calibration, live runs, large numbers, large models, paths. */

#include "fuzz/input.h"

#include "base/error.h"
#include "command/commands.h"
#include "command/options.h"

#include <ctype.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { MOST_ARGUMENTS = 32, LARGEST = 39 };

static bool any(int count, char **arguments, const char *text)
{
	for (int i = 0; i < count; i++)
		if (strstr(arguments[i], text))
			return true;
	return false;
}

/* What is written is named by arguments. */
static bool leads_outside(int count, char **arguments)
{
	for (int i = 0; i < count; i++)
		if (strchr(arguments[i], '/') && strncmp(arguments[i], "fabric.down=", 12) != 0)
			return true;
	return false;
}

static bool has_large_number(const char *text)
{
	for (int number = 0; *text; text++) {
		number = isdigit((unsigned char)*text) ? 10 * number + *text - '0' : 0;
		if (number > LARGEST)
			return true;
	}
	return false;
}

/* Of these what is larger is a name (cloudmatrix-384), and nothing that takes long. */
static bool has_large_numbers(int count, char **arguments)
{
	bool options = false;
	for (int i = 1; i < count; i++) {
		options = options || arguments[i][0] == '-';
		if (options && has_large_number(arguments[i]))
			return true;
	}
	return false;
}

static bool is_slow(int count, char **arguments)
{
	static const char *const words[] = {"wall",  "blas",    "llama", "deepseek", "gpt3", "gpt-",
	                                    "mpt",   "mixtral", "qwen",  "pangu",    "grok", "nemotron",
	                                    "like=", "auto",    "live:", "dp-moe-"};
	const char *command = arguments[0];
	if (strcmp(command, "calibrate") == 0 && count > 1)
		return !any(count, arguments, "--help");
	if (strcmp(command, "calibrate") == 0 || has_large_numbers(count, arguments))
		return true;
	if (strcmp(command, "validate") == 0 && !any(count, arguments, ".yaml"))
		return true;
	bool runs = strcmp(command, "show") != 0 && strcmp(command, "help") != 0;
	for (size_t i = 0; runs && i < sizeof words / sizeof *words; i++)
		if (any(count, arguments, words[i]))
			return true;
	return strcmp(command, "plan") == 0;
}

static void run(int count, char **arguments)
{
	struct fs_error error;
	const struct fs_command *command = fs_command_find(arguments[0], &error);
	if (!command) {
		fuzz_must_be_line(&error);
		return;
	}
	int status = command->run(command, count, arguments);
	fuzz_must(status >= 0 && status <= 2, "an exit status is 0, 1 or 2");
}

static bool is_file_name(const char *name)
{
	return *name && *name != '.' && name[strspn(name, "abcdefghijklmnopqrstuvwxyz0123456789.")] == 0;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct fuzz_part part[FUZZ_MOST_PARTS];
	char *arguments[MOST_ARGUMENTS + 1];
	int count = 0, parts = fuzz_parts(data, size, part);
	char *text = fuzz_text(part[0].bytes, part[0].size);
	fuzz_hush();
	setenv("PATH", "/nowhere", 1);
	for (char *rest = text, *line; count < MOST_ARGUMENTS && (line = strsep(&rest, "\n"));)
		if (rest || *line)
			arguments[count++] = line;
	arguments[count] = NULL;
	if (count > 0 && !leads_outside(count, arguments) && !is_slow(count, arguments)) {
		for (int i = 1; i < parts; i++)
			if (is_file_name(part[i].name))
				fuzz_write(part[i].name, part[i].bytes, part[i].size);
		int here = open(".", O_RDONLY | O_DIRECTORY);
		fuzz_must(chdir(fuzz_folder()) == 0, "the folder is there");
		run(count, arguments);
		fuzz_must(here >= 0 && fchdir(here) == 0, "there is a way back");
		close(here);
		fuzz_clear();
	}
	free(text);
	return 0;
}
