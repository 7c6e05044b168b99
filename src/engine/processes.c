#include "engine/processes.h"

#include <dirent.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { ROOM = 65536 };

/* A whole small file of the kernel's, as a text. "" if it cannot be read. */
static char *read_file(const char *path, char text[ROOM])
{
	int file = open(path, O_RDONLY | O_CLOEXEC);
	size_t used = 0;
	ssize_t got = 0;
	while (file >= 0 && used + 1 < ROOM && (got = read(file, text + used, ROOM - 1 - used)) > 0)
		used += (size_t)got;
	if (file >= 0)
		close(file);
	text[used] = 0;
	return text;
}

/* Process ids: the next higher one than self, the lowest of others; 0: none. */
struct ring {
	long self, next, lowest;
};

static void add_children(struct ring *ring, const char *text)
{
	char *end;
	for (long child; child = strtol(text, &end, 10), end != text; text = end) {
		if (child != ring->self && (ring->lowest == 0 || child < ring->lowest))
			ring->lowest = child;
		if (child > ring->self && (ring->next == 0 || child < ring->next))
			ring->next = child;
	}
}

/* The kernel lists children by the thread that made them. */
pid_t fs_process_next_sibling(pid_t parent)
{
	static char text[ROOM];
	struct ring ring = {.self = getpid()};
	char path[64 + NAME_MAX];
	snprintf(path, sizeof path, "/proc/%d/task", (int)parent);
	DIR *threads = opendir(path);
	for (struct dirent *thread; threads && (thread = readdir(threads));) {
		snprintf(path, sizeof path, "/proc/%d/task/%s/children", (int)parent, thread->d_name);
		add_children(&ring, read_file(path, text));
	}
	if (threads)
		closedir(threads);
	return (pid_t)(ring.next ? ring.next : ring.lowest);
}

bool fs_process_is_of_first_thread(void)
{
	static char text[ROOM];
	char path[64], *end;
	snprintf(path, sizeof path, "/proc/%d/task/%d/children", (int)getppid(), (int)getppid());
	for (char *at = read_file(path, text);; at = end) {
		long child = strtol(at, &end, 10);
		if (end == at)
			return false;
		if (child == getpid())
			return true;
	}
}

/* The state stands behind the name, which is in parentheses and may hold anything. */
bool fs_process_is_stopped(pid_t process)
{
	static char text[ROOM];
	char path[64];
	snprintf(path, sizeof path, "/proc/%d/stat", (int)process);
	const char *behind_name = strrchr(read_file(path, text), ')');
	return behind_name && behind_name[1] == ' ' && behind_name[2] == 'T';
}

const char *fs_process_rank(pid_t process)
{
	static const char *const names[] = {"OMPI_COMM_WORLD_RANK=", "PMIX_RANK=", "PMI_RANK="};
	static char text[ROOM];
	char path[64];
	snprintf(path, sizeof path, "/proc/%d/environ", (int)process);
	memset(text, 0, sizeof text);
	read_file(path, text);
	for (size_t i = 0; i < sizeof names / sizeof *names; i++)
		for (const char *at = text; at < text + ROOM - 1 && *at; at += strlen(at) + 1)
			if (strncmp(at, names[i], strlen(names[i])) == 0)
				return at + strlen(names[i]);
	return "";
}
