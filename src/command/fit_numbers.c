#include "command/fit_numbers.h"

#include "base/error.h"

#include <stdio.h>
#include <string.h>

static int disagree(const struct fs_free_number *number, const struct fs_system *a, double of_a,
                    const struct fs_system *b, double of_b, struct fs_error *error)
{
	char name[256];
	return fs_fail(error,
	               "%s is %g in %s (%s) and %g in %s (%s); which is meant? for example %s:%s=%g..%g",
	               fs_free_number_name(number, name, sizeof name), of_a, a->name, a->chip.name, of_b,
	               b->name, b->chip.name, strcmp(a->chip.name, b->chip.name) ? a->chip.name : a->name,
	               number->path, number->low, number->high);
}

static int read_one(struct fs_predictor *predictor, const struct fs_free_number *number, double *value,
                    struct fs_error *error)
{
	const struct fs_system *first = NULL;
	for (int i = 0; i < fs_predictor_systems(predictor); i++) {
		const struct fs_system *system = fs_predictor_system(predictor, i);
		double here;
		if (!fs_free_number_concerns(number, system))
			continue;
		if (fs_free_number_read(number, system, &here, error))
			return -1;
		if (first && here != *value)
			return disagree(number, first, *value, system, here, error);
		first = first ? first : system;
		*value = here;
	}
	if (!first)
		return fs_fail(error, "%s:%s: none of the systems, chips and stacks of the sets is called %s",
		               number->where, number->path, number->where);
	return 0;
}

/* Two numbers that are one in some system: "x" and "a100:x". */
static int check_overlap(struct fs_predictor *predictor, const struct fs_free_number *a,
                         const struct fs_free_number *b, struct fs_error *error)
{
	char of_a[256], of_b[256];
	if (strcmp(a->path, b->path) != 0)
		return 0;
	for (int i = 0; i < fs_predictor_systems(predictor); i++) {
		const struct fs_system *system = fs_predictor_system(predictor, i);
		if (fs_free_number_concerns(a, system) && fs_free_number_concerns(b, system))
			return fs_fail(error, "%s and %s are the same number in %s",
			               fs_free_number_name(a, of_a, sizeof of_a),
			               fs_free_number_name(b, of_b, sizeof of_b), system->name);
	}
	return 0;
}

int fs_fit_numbers_read(struct fs_predictor *predictor, const struct fs_free_numbers *numbers, double *value,
                        struct fs_error *error)
{
	for (int i = 0; i < numbers->count; i++) {
		if (read_one(predictor, &numbers->item[i], &value[i], error))
			return -1;
		for (int j = 0; j < i; j++)
			if (check_overlap(predictor, &numbers->item[j], &numbers->item[i], error))
				return -1;
	}
	return 0;
}

bool fs_fit_numbers_write(struct fs_predictor *predictor, const struct fs_free_numbers *numbers,
                          const double *value)
{
	bool sound = true;
	for (int i = 0; i < fs_predictor_systems(predictor); i++) {
		struct fs_system *system = fs_predictor_system(predictor, i);
		for (int k = 0; k < numbers->count; k++)
			if (fs_free_number_concerns(&numbers->item[k], system))
				sound &= fs_free_number_write(&numbers->item[k], system, value[k]);
		sound &= fs_system_is_sound(system);
	}
	return sound;
}
