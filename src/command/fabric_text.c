#include "command/fabric_text.h"

#include "config/fields.h"
#include "topology/fabric.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

/* Appends; cuts when full. */
__attribute__((format(printf, 3, 4))) static void add(char *buffer, size_t size, const char *format, ...)
{
	size_t used = strlen(buffer);
	va_list arguments;
	va_start(arguments, format);
	vsnprintf(buffer + used, size - used, format, arguments);
	va_end(arguments);
}

static const char *routing(const struct fs_fabric *fabric)
{
	static const char *const ordered[] = {"full_mesh", "torus", "ring"};
	for (size_t i = 0; i < sizeof ordered / sizeof *ordered; i++)
		if (!*fabric->routing && strcmp(fabric->kind, ordered[i]) == 0)
			return "dimension_order";
	return *fabric->routing ? fabric->routing : "adaptive";
}

static void add_shape(const struct fs_fabric *fabric, char *buffer, size_t size)
{
	char shape[128];
	if (fabric->dimensions)
		add(buffer, size, " %s",
		    fs_numbers_text(fabric->dimension, fabric->dimensions, shape, sizeof shape));
	if (fabric->radix.value > 0)
		add(buffer, size, " radix %.10g", fabric->radix.value);
	if (fabric->router_ports.value > 0)
		add(buffer, size, " of %.10g ports, %.10g routers, %.10g global links",
		    fabric->router_ports.value, fabric->group_routers.value, fabric->global_links.value);
}

const char *fs_fabric_text(const struct fs_fabric *fabric, char *buffer, size_t size)
{
	snprintf(buffer, size, "%s", *fabric->kind ? fabric->kind : "switch");
	add_shape(fabric, buffer, size);
	if (fabric->levels.value > 0)
		add(buffer, size, ", %.10g level%s", fabric->levels.value,
		    fabric->levels.value > 1 ? "s" : "");
	if (fabric->rails.value > 1)
		add(buffer, size, ", %.10g rails", fabric->rails.value);
	if (fabric->planes.value > 1)
		add(buffer, size, ", %.10g planes", fabric->planes.value);
	if (fabric->chips_per_port.value > 1)
		add(buffer, size, ", %.10g chips a port", fabric->chips_per_port.value);
	if (*fabric->kind && strcmp(fabric->kind, "switch") != 0)
		add(buffer, size, ", %s", routing(fabric));
	return buffer;
}
