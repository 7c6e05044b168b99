#include "command/options.h"

#include "base/error.h"
#include "base/speaker.h"
#include "base/text.h"

#include <ctype.h>
#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static int parse_count(const char *text, bool suffix, uint64_t *value, struct fs_error *error)
{
	char *end;
	errno = 0;
	unsigned long long number = strtoull(text, &end, 10);
	if (!isdigit((unsigned char)text[0]) || errno)
		return fs_fail(error, "'%s' is not a whole number%s", text,
		               errno ? " that fits 64 bits" : "");
	unsigned shift = 0;
	if (suffix && *end) {
		const char *units = "KMGT", *unit = strchr(units, toupper((unsigned char)*end));
		if (unit) {
			shift = 10 * (unsigned)(unit - units + 1);
			end++;
			if (*end == 'i')
				end++;
			if (*end == 'B' || *end == 'b')
				end++;
		}
	}
	if (*end)
		return fs_fail(error, "'%s' is not a whole number%s", text,
		               suffix ? " of bytes (8, 4K, 1M, 1G)" : "");
	if (number > (UINT64_MAX >> 1) >> shift)
		return fs_fail(error, "'%s' is too large", text);
	*value = (uint64_t)number << shift;
	return 0;
}

static int chip_list_add(struct fs_chip_list *list, uint64_t chips, struct fs_error *error)
{
	if (chips < 1)
		return fs_fail(error, "0 is below the least, 1");
	if (list->count == FS_MAX_CHIP_LIST)
		return fs_fail(error, "more than %d numbers", FS_MAX_CHIP_LIST);
	list->chips[list->count++] = chips;
	return 0;
}

static int chip_range(char *item, char *dots, struct fs_chip_list *list, struct fs_error *error)
{
	uint64_t first, last;
	*dots = 0;
	if (parse_count(item, false, &first, error) || parse_count(dots + 2, false, &last, error))
		return -1;
	if (first < 1 || last < first)
		return fs_fail(error, "the range %s..%s must rise, from at least 1", item, dots + 2);
	for (uint64_t chips = first; chips < last; chips *= 2)
		if (chip_list_add(list, chips, error))
			return -1;
	return chip_list_add(list, last, error);
}

int fs_chip_list_parse(const char *text, struct fs_chip_list *list, struct fs_error *error)
{
	char copy[4096];
	struct fs_chip_list parsed = {0};
	if (snprintf(copy, sizeof copy, "%s", text) >= (int)sizeof copy)
		return fs_fail(error, "the list is too long");
	for (char *rest = copy, *item; (item = strsep(&rest, ","));) {
		char *dots = strstr(item, "..");
		uint64_t chips;
		if (dots ? chip_range(item, dots, &parsed, error)
		         : parse_count(item, false, &chips, error) || chip_list_add(&parsed, chips, error))
			return -1;
	}
	*list = parsed;
	return 0;
}

static int parse_choice(const struct fs_option *option, const char *text, struct fs_error *error)
{
	char copy[256];
	snprintf(copy, sizeof copy, "%s", option->choices);
	int index = 0;
	for (char *rest = copy, *item; (item = strsep(&rest, "|")); index++)
		if (strcmp(item, text) == 0) {
			*(int *)option->target = index;
			return 0;
		}
	return fs_fail(error, "'%s' is not one of %s", text, option->choices);
}

static int parse_real(const char *text, double *value, struct fs_error *error)
{
	char *end;
	double number = strtod(text, &end);
	if (end == text || *end || !isfinite(number) || number < 0)
		return fs_fail(error, "'%s' is not a number >= 0", text);
	*value = number;
	return 0;
}

static int parse_bounded(const struct fs_option *option, const char *text, struct fs_error *error)
{
	uint64_t value;
	if (parse_count(text, option->kind == FS_OPTION_SIZE, &value, error))
		return -1;
	if (value < option->least)
		return fs_fail(error, "%s is below the least, %llu", text, (unsigned long long)option->least);
	*(uint64_t *)option->target = value;
	return 0;
}

static int add_override(struct fs_override_list *list, const char *text, struct fs_error *error)
{
	const char *equals = strchr(text, '=');
	if (!equals || equals == text)
		return fs_fail(error, "'%s' is not path=value (for example tier.ib_ndr.bandwidth_GBps=100)",
		               text);
	if (list->count == FS_MAX_OVERRIDES)
		return fs_fail(error, "more than %d of them", FS_MAX_OVERRIDES);
	list->item[list->count++].text = text;
	return 0;
}

static int set_value(const struct fs_option *option, const char *text, struct fs_error *error)
{
	switch (option->kind) {
	case FS_OPTION_FLAG:
		*(bool *)option->target = true;
		return 0;
	case FS_OPTION_TEXT:
		*(const char **)option->target = text;
		return 0;
	case FS_OPTION_COUNT:
	case FS_OPTION_SIZE:
		return parse_bounded(option, text, error);
	case FS_OPTION_REAL:
		return parse_real(text, option->target, error);
	case FS_OPTION_CHOICE:
		return parse_choice(option, text, error);
	case FS_OPTION_CHIPS:
		return fs_chip_list_parse(text, option->target, error);
	case FS_OPTION_OVERRIDE:
		return add_override(option->target, text, error);
	case FS_OPTION_FREE:
		return fs_free_numbers_parse(text, option->target, error);
	}
	return -1;
}

static int unknown(const struct fs_option *options, const char *given, struct fs_error *error)
{
	char name[64];
	const char *names[64];
	int count = 0;
	snprintf(name, sizeof name, "%s", given + strspn(given, "-"));
	name[strcspn(name, "=")] = 0;
	for (; options->name && count < 62; options++)
		names[count++] = options->name;
	names[count++] = "help";
	names[count] = NULL;
	const char *nearest = fs_text_nearest(name, names);
	if (nearest)
		return fs_fail(error, "unknown option %s; did you mean --%s?", given, nearest);
	return fs_fail(error, "unknown option %s; --help lists what there is", given);
}

/* Finds the option that `given` names; *value points behind "=" or a letter's attached value, or is NULL. */
static const struct fs_option *find(const struct fs_option *options, const char *given, const char **value)
{
	*value = NULL;
	for (; options->name; options++) {
		size_t length = strlen(options->name);
		if (given[1] == '-' && strncmp(given + 2, options->name, length) == 0) {
			if (given[2 + length] == '=')
				*value = given + 3 + length;
			if (given[2 + length] == '=' || given[2 + length] == 0)
				return options;
		} else if (given[1] != '-' && options->letter && given[1] == options->letter) {
			if (given[2])
				*value = given + 2;
			return options;
		}
	}
	return NULL;
}

int fs_options_parse(const struct fs_command *command, const struct fs_option *options, int argc, char **argv,
                     const char **positional, int most, struct fs_error *error)
{
	int count = 0;
	bool only_positional = false;
	for (int i = 1; i < argc; i++) {
		const char *given = argv[i], *value;
		if (!only_positional && strcmp(given, "--") == 0) {
			only_positional = true;
			continue;
		}
		if (only_positional || given[0] != '-' || !given[1]) {
			if (count == most)
				return fs_fail(error, "unexpected argument '%s'; usage: farscale %s", given,
				               command->usage);
			positional[count++] = given;
			continue;
		}
		if (strcmp(given, "--help") == 0 || strcmp(given, "-h") == 0) {
			if (fs_speaks())
				fs_options_help(command, options);
			return FS_HELP_PRINTED;
		}
		const struct fs_option *option = find(options, given, &value);
		if (!option)
			return unknown(options, given, error);
		if (option->kind == FS_OPTION_FLAG) {
			if (value)
				return fs_fail(error, "--%s takes no value", option->name);
		} else if (!value && ++i == argc) {
			return fs_fail(error, "--%s needs a value, %s", option->name, option->argument);
		} else if (!value) {
			value = argv[i];
		}
		if (set_value(option, value, error))
			return fs_fail_in(error, "--%s", option->name);
	}
	return count;
}

void fs_options_help(const struct fs_command *command, const struct fs_option *options)
{
	printf("farscale %s: %s\n\nUsage: farscale %s\n", command->name, command->summary, command->usage);
	if (command->about)
		printf("\n%s\n", command->about);
	printf("\nOptions:\n");
	for (; options->name; options++) {
		char left[64];
		const char *argument = options->argument ? options->argument : options->choices;
		char letter[8] = "    ";
		if (options->letter)
			snprintf(letter, sizeof letter, "-%c, ", options->letter);
		bool flag = options->kind == FS_OPTION_FLAG;
		snprintf(left, sizeof left, "%s--%s%s%s", letter, options->name, flag ? "" : " ",
		         flag ? "" : argument);
		printf("  %-34s %s\n", left, options->help);
	}
	printf("  %-34s %s\n", "-h, --help", "this text");
	if (command->examples)
		printf("\nExamples:\n%s\n", command->examples);
}

int fs_command_refuse(const struct fs_command *command, const struct fs_error *error)
{
	if (fs_speaks())
		fprintf(stderr, "farscale %s: %s\n", command->name, error->text);
	return FS_BAD_INPUT;
}
