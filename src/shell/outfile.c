#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/mem.h"
#include "shell/outfile.h"

#define ASIDE ".XXXXXX"

/* Sync the directory that holds path; 0 or an errno. */
static int
sync_directory(const char *path)
{
	const char *slash = strrchr(path, '/');
	char *dir = mem_string(path);
	int fd, why = 0;

	if (slash == NULL)
		memcpy(dir, ".", path[0] == '\0' ? 1 : 2);
	else
		dir[slash == path ? 1 : slash - path] = '\0';
	fd = open(dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (fd == -1)
		why = errno;
	/* Some file systems cannot sync a directory: nothing to be done. */
	else if (fsync(fd) != 0 && errno != EINVAL)
		why = errno;
	if (fd != -1)
		close(fd);
	mem_free(dir);
	return (why);
}

/* Write all bytes and sync; 0 or an errno. */
static int
fill(int fd, const char *p, size_t len, mode_t mode)
{
	ssize_t n;

	for (; len > 0; p += n, len -= (size_t)n) {
		n = write(fd, p, len);
		if (n == -1 && errno == EINTR)
			n = 0;
		if (n == -1)
			return (errno);
	}
	if (fchmod(fd, mode) != 0 || fsync(fd) != 0)
		return (errno);
	return (0);
}

/* Give the finished file aside its name; 0 or an errno. */
static int
place(const char *aside, const char *path, bool replace)
{
	if (replace) {
		if (rename(aside, path) != 0)
			return (errno);
		return (0);
	}
	/* link() does not replace, rename() would. */
	if (link(aside, path) != 0)
		return (errno);
	unlink(aside);
	return (0);
}

static int
put(const char *path, const void *bytes, size_t len, mode_t mode, bool replace)
{
	size_t size = strlen(path) + sizeof(ASIDE);
	char *aside = mem_alloc(size);
	int fd, why;

	snprintf(aside, size, "%s" ASIDE, path);
	if ((fd = mkostemp(aside, O_CLOEXEC)) == -1) {
		why = errno;
		goto done;
	}
	why = fill(fd, bytes, len, mode);
	if (close(fd) != 0 && why == 0)
		why = errno;
	if (why == 0)
		why = place(aside, path, replace);
	if (why != 0)
		unlink(aside);
	else
		why = sync_directory(path);
done:
	mem_free(aside);
	return (why);
}

static int
tell(const char *path, int why, struct buf *error)
{
	if (why == 0)
		return (0);
	buf_printf(error, "%s: %s", path, strerror(why));
	errno = why;
	return (-1);
}

int
outfile_write(const char *path, const void *bytes, size_t len, mode_t mode,
    struct buf *error)
{
	return (tell(path, put(path, bytes, len, mode, true), error));
}

int
outfile_create(const char *path, const void *bytes, size_t len, mode_t mode,
    struct buf *error)
{
	return (tell(path, put(path, bytes, len, mode, false), error));
}

int
outfile_sync(const char *path, struct buf *error)
{
	return (tell(path, sync_directory(path), error));
}

int
outfile_remove(const char *path, struct buf *error)
{
	return (tell(path, unlink(path) != 0 ? errno : sync_directory(path),
	    error));
}
