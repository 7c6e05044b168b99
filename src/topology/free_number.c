#include "topology/free_number.h"

#include "base/error.h"
#include "config/fields.h"
#include "topology/files.h"

#include <stdio.h>
#include <string.h>

static const char shape[] =
        "[WHERE:]PATH=LOW..HIGH is needed, for example stack.kernel.memory_efficiency=0.5..1";

/* Copies what lies before `end`; false: too long, or nothing. */
static bool cut(const char *text, const char *end, char *part, size_t size)
{
	size_t length = (size_t)(end - text);
	if (length == 0 || length >= size)
		return false;
	memcpy(part, text, length);
	part[length] = 0;
	return true;
}

/* "LOW..HIGH"; the dots of numbers are single. */
static int parse_bounds(const char *text, struct fs_free_number *number, struct fs_error *error)
{
	char low[64];
	const char *dots = strstr(text, "..");
	if (!dots || !cut(text, dots, low, sizeof low) || !fs_number_parse(low, &number->low) ||
	    !fs_number_parse(dots + 2, &number->high))
		return fs_fail(error, "%s", shape);
	if (number->low >= number->high)
		return fs_fail(error, "the range %s..%s must rise", low, dots + 2);
	return 0;
}

static int parse_one(const char *text, struct fs_free_number *number, struct fs_error *error)
{
	const char *equals = strchr(text, '='), *colon = strchr(text, ':'), *path = text;
	*number = (struct fs_free_number){.low = 0};
	if (!equals)
		return fs_fail(error, "%s", shape);
	if (colon && colon < equals) {
		if (!cut(text, colon, number->where, sizeof number->where))
			return fs_fail(error, "%s", shape);
		path = colon + 1;
	}
	if (!cut(path, equals, number->path, sizeof number->path))
		return fs_fail(error, "%s", shape);
	return parse_bounds(equals + 1, number, error);
}

static struct fs_free_number *find(struct fs_free_numbers *numbers, const struct fs_free_number *number)
{
	for (int i = 0; i < numbers->count; i++)
		if (strcmp(numbers->item[i].path, number->path) == 0 &&
		    strcmp(numbers->item[i].where, number->where) == 0)
			return &numbers->item[i];
	return NULL;
}

static int add(struct fs_free_numbers *numbers, const struct fs_free_number *number, struct fs_error *error)
{
	if (numbers->count == FS_MOST_FREE)
		return fs_fail(error, "more than %d numbers", FS_MOST_FREE);
	numbers->item[numbers->count++] = *number;
	return 0;
}

int fs_free_numbers_parse(const char *text, struct fs_free_numbers *numbers, struct fs_error *error)
{
	char copy[4096], quoted[64];
	if (snprintf(copy, sizeof copy, "%s", text) >= (int)sizeof copy)
		return fs_fail(error, "the list is too long");
	for (char *rest = copy, *item; (item = strsep(&rest, ","));) {
		struct fs_free_number number;
		if (parse_one(item, &number, error))
			return fs_fail_in(error, "%s", fs_text_quote(item, quoted, sizeof quoted));
		if (find(numbers, &number))
			return fs_fail(error, "%s is given twice", number.path);
		if (add(numbers, &number, error))
			return -1;
	}
	return 0;
}

int fs_free_numbers_join(struct fs_free_numbers *numbers, const struct fs_free_numbers *more,
                         struct fs_error *error)
{
	for (int i = 0; i < more->count; i++) {
		const struct fs_free_number *other = &more->item[i];
		struct fs_free_number *known = find(numbers, other);
		if (!known && add(numbers, other, error))
			return -1;
		if (known) {
			known->low = other->low < known->low ? other->low : known->low;
			known->high = other->high > known->high ? other->high : known->high;
		}
	}
	return 0;
}

const char *fs_free_number_name(const struct fs_free_number *number, char *buffer, size_t size)
{
	snprintf(buffer, size, "%s%s%s", number->where, *number->where ? ":" : "", number->path);
	return buffer;
}

bool fs_free_number_concerns(const struct fs_free_number *number, const struct fs_system *system)
{
	const char *where = number->where;
	return !*where || strcmp(where, system->name) == 0 || strcmp(where, system->chip.name) == 0 ||
	       strcmp(where, system->stack.name) == 0;
}

/* NULL: failed. */
static struct fs_quantity *find_quantity(const struct fs_free_number *number, struct fs_system *system,
                                         const struct fs_field **field, struct fs_error *error)
{
	void *base;
	const char *reason = NULL;
	if (fs_system_find(system, number->path, field, &base, error))
		return NULL;
	if ((*field)->kind != FS_FIELD_QUANTITY)
		reason = (*field)->kind == FS_FIELD_NUMBERS ? "a single number is needed, not a list"
		                                            : "a single number is needed, not a word";
	else if ((*field)->whole)
		reason = "a number that may have a fraction is needed";
	if (reason)
		fs_fail(error, "%s", reason);
	return reason ? NULL : (void *)((char *)base + (*field)->offset);
}

static int read_within(const struct fs_free_number *number, const struct fs_system *system, double *value,
                       struct fs_error *error)
{
	const struct fs_field *field;
	char allowed[128];
	/* The walk lends the right to write, which is not used here. */
	const struct fs_quantity *quantity = find_quantity(number, (struct fs_system *)system, &field, error);
	if (!quantity)
		return -1;
	if (!fs_field_allows(field, number->low) || !fs_field_allows(field, number->high))
		return fs_fail(error, "%g..%g: %s is needed", number->low, number->high,
		               fs_field_allowed(field, allowed, sizeof allowed));
	*value = quantity->value;
	return 0;
}

int fs_free_number_read(const struct fs_free_number *number, const struct fs_system *system, double *value,
                        struct fs_error *error)
{
	char name[256];
	if (read_within(number, system, value, error))
		return fs_fail_in(error, "%s", fs_free_number_name(number, name, sizeof name));
	return 0;
}

bool fs_free_number_write(const struct fs_free_number *number, struct fs_system *system, double value)
{
	const struct fs_field *field;
	struct fs_error error;
	struct fs_quantity *quantity = find_quantity(number, system, &field, &error);
	if (!quantity || !fs_field_allows(field, value))
		return false;
	quantity->value = value;
	return true;
}

bool fs_system_is_sound(const struct fs_system *system)
{
	int tier;
	const char *key;
	struct fs_error error;
	return fs_system_check(system, &tier, &key, &error) == 0;
}
