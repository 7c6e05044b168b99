#include "calibrate/cache.h"

#include "base/error.h"
#include "base/whole_file.h"
#include "calibrate/json.h"
#include "calibrate/measure.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

enum { LARGEST_FILE = 65536 };

/* Makes every folder of an absolute path that is missing, from the root on. */
static int make_folders(const char *path, struct fs_error *error)
{
	char part[PATH_MAX];
	for (const char *end = path; *end;) {
		end += strcspn(end + 1, "/") + 1;
		snprintf(part, sizeof part, "%.*s", (int)(end - path), path);
		if (mkdir(part, 0700) && errno != EEXIST)
			return fs_fail(error, "%s: %s", part, strerror(errno));
	}
	return 0;
}

static int find_folder(char *folder, size_t size, struct fs_error *error)
{
	const char *cache = getenv("XDG_CACHE_HOME"), *home = getenv("HOME");
	int length;
	if (cache && cache[0] == '/')
		length = snprintf(folder, size, "%s/farscale", cache);
	else if (home && home[0] == '/' && access(home, X_OK) == 0) /* a home that is not there is not made */
		length = snprintf(folder, size, "%s/.cache/farscale", home);
	else
		return fs_fail(error, "there is no home directory");
	if ((size_t)length >= size)
		return fs_fail(error, "the path of the home directory is too long");
	return 0;
}

int fs_cache_open(const char *key, struct fs_cache *cache, struct fs_error *error)
{
	char folder[PATH_MAX - 64];
	if (find_folder(folder, sizeof folder, error) || make_folders(folder, error))
		return -1;
	if (access(folder, W_OK | X_OK))
		return fs_fail(error, "%s: %s", folder, strerror(errno));
	snprintf(cache->file, sizeof cache->file, "%s/host-%.16s.json", folder, key);
	snprintf(cache->lock, sizeof cache->lock, "%s/host-%.16s.lock", folder, key);
	return 0;
}

int fs_cache_lock(const struct fs_cache *cache, double patience_s, struct fs_error *error)
{
	int lock = open(cache->lock, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK, 0600);
	if (lock < 0)
		return fs_fail(error, "%s: %s", cache->lock, strerror(errno));
	/* Asked again and again instead of once and blocking: nobody shall wait for ever for a stopped
	 * process. */
	double deadline = fs_now_s() + patience_s;
	while (flock(lock, LOCK_EX | LOCK_NB)) {
		bool taken = errno == EWOULDBLOCK || errno == EINTR;
		if (!taken || fs_now_s() >= deadline) {
			fs_fail(error, "%s: %s", cache->lock, taken ? "taken for too long" : strerror(errno));
			close(lock);
			return -1;
		}
		nanosleep(&(struct timespec){.tv_nsec = 20 * 1000 * 1000}, NULL);
	}
	return lock;
}

void fs_cache_unlock(int lock)
{
	close(lock);
}

static struct fs_cache_version version_of(const struct stat *about)
{
	return (struct fs_cache_version){about->st_ino, about->st_size, about->st_mtim};
}

struct fs_cache_version fs_cache_version(const struct fs_cache *cache)
{
	struct stat about;
	/* Opened: of a file on a server, a name's attributes may be a minute old. */
	int file = open(cache->file, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
	bool there = file >= 0 && fstat(file, &about) == 0;
	if (file >= 0)
		close(file);
	return there ? version_of(&about) : (struct fs_cache_version){0};
}

static bool same_version(struct fs_cache_version a, const struct fs_cache_version *b)
{
	return a.inode == b->inode && a.bytes == b->bytes && a.modified.tv_sec == b->modified.tv_sec &&
	       a.modified.tv_nsec == b->modified.tv_nsec;
}

/* The text of a regular file of sane size; O_NONBLOCK because opening a pipe would wait for its other end. */
static int read_text(const char *path, const struct fs_cache_version *not_this, char *text, size_t size,
                     struct fs_error *error)
{
	struct stat about;
	int file = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
	if (file < 0)
		return fs_fail(error, "%s: %s", path, strerror(errno));
	ssize_t got = -1;
	if (fstat(file, &about) || !S_ISREG(about.st_mode) || about.st_size >= (off_t)size)
		fs_fail(error, "%s: not a file of calibration", path);
	else if (not_this && same_version(version_of(&about), not_this))
		fs_fail(error, "%s: the old one", path);
	else if ((got = read(file, text, size - 1)) < 0)
		fs_fail(error, "%s: %s", path, strerror(errno));
	close(file);
	if (got < 0)
		return -1;
	text[got] = 0;
	return 0;
}

int fs_cache_load(const struct fs_cache *cache, const char *key, const struct fs_cache_version *not_this,
                  struct fs_calibration *calibration, struct fs_error *error)
{
	char *text = fs_allocate(LARGEST_FILE);
	struct fs_calibration read;
	json_error_t where;
	json_t *json = NULL;
	int result = read_text(cache->file, not_this, text, LARGEST_FILE, error);
	if (result == 0 && !(json = json_loads(text, JSON_REJECT_DUPLICATES, &where)))
		result = fs_fail(error, "%s:%d:%d: %s", cache->file, where.line, where.column, where.text);
	if (result == 0 && fs_calibration_from_json(json, &read, error))
		result = fs_fail_in(error, "%s", cache->file);
	if (result == 0 && strcmp(read.host.key, key) != 0)
		result = fs_fail(error, "%s: measured on another host", cache->file);
	if (result == 0)
		*calibration = read;
	json_decref(json);
	free(text);
	return result;
}

int fs_cache_store(const struct fs_cache *cache, const struct fs_calibration *calibration,
                   struct fs_error *error)
{
	struct fs_whole_file file;
	if (fs_whole_file_begin(&file, cache->file, error))
		return -1;
	json_t *json = fs_calibration_to_json(calibration);
	json_dumpf(json, file.out, JSON_INDENT(2));
	json_decref(json);
	return fs_whole_file_end(&file, error);
}
