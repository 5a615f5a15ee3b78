#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/mem.h"

#include "shell/spool.h"

#define SUFFIX ".ndjson"
#define ASIDE ".part" /* a file being written */

/* Names begin with the time in hex, all of one length: order is age. */
static void
new_name(struct wall now, char name[SPOOL_NAME])
{
	uint32_t r[2];

	randombytes_buf(r, sizeof(r));
	snprintf(name, SPOOL_NAME, "%016" PRIx64 "-%08" PRIx32 "%08" PRIx32,
	    (uint64_t)now.ms, r[0], r[1]);
}

static bool
is_report(const char *name)
{
	size_t n = strlen(name), s = strlen(SUFFIX);

	return (name[0] != '.' && n > s && n < SPOOL_NAME &&
	    strcmp(name + n - s, SUFFIX) == 0);
}

static int
open_spool(const char *state)
{
	struct buf path;
	int fd;

	buf_init(&path, 4096);
	buf_printf(&path, "%s/" SPOOL_DIR, state);
	fd = open(buf_string(&path),
	    O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	buf_free(&path);
	return (fd);
}

/* As root, hand what we made to whom the directory ${from} belongs. */
static int
hand_over(int fd, int from)
{
	struct stat st;

	if (geteuid() != 0)
		return (0);
	if (fstat(from, &st) != 0)
		return (-1);
	return (fchown(fd, st.st_uid, st.st_gid));
}

/* The spool, made if it is missing. */
static int
make_spool(const char *state)
{
	int dir, fd = open_spool(state);

	if (fd != -1 || errno != ENOENT)
		return (fd);
	dir = open(state, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (dir == -1)
		return (-1);
	if (mkdirat(dir, SPOOL_DIR, 0770) != 0 && errno != EEXIST) {
		close(dir);
		return (-1);
	}
	fd = open_spool(state);
	if (fd != -1 && (hand_over(fd, dir) != 0 || fsync(dir) != 0)) {
		close(fd);
		fd = -1;
	}
	close(dir);
	return (fd);
}

static int
write_all(int fd, const char *p, size_t len)
{
	ssize_t n;

	for (; len > 0; p += n, len -= (size_t)n) {
		n = write(fd, p, len);
		if (n == -1 && errno == EINTR)
			n = 0;
		if (n == -1)
			return (-1);
	}
	return (0);
}

/* Write ${aside}, then give it its name. */
static int
put(int dir, struct wall now, const void *lines, size_t len)
{
	char base[SPOOL_NAME], aside[SPOOL_NAME + 8], name[SPOOL_NAME + 8];
	int fd, rc, why;

	new_name(now, base);
	snprintf(aside, sizeof(aside), "%s" ASIDE, base);
	snprintf(name, sizeof(name), "%s" SUFFIX, base);
	fd = openat(dir, aside, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0640);
	if (fd == -1)
		return (-1);
	rc = write_all(fd, lines, len);
	if (rc == 0)
		rc = hand_over(fd, dir);
	if (rc == 0)
		rc = fsync(fd);
	why = errno;
	if (close(fd) != 0 && rc == 0) {
		rc = -1;
		why = errno;
	}
	if (rc == 0 && (rc = renameat(dir, aside, dir, name)) != 0)
		why = errno;
	if (rc != 0) {
		unlinkat(dir, aside, 0);
		errno = why;
		return (-1);
	}
	return (fsync(dir));
}

/* Read the directory ${fd}, which is closed; -1 if that is not possible. */
static long
names_of(int fd, char (**names)[SPOOL_NAME])
{
	char(*list)[SPOOL_NAME] = NULL;
	struct dirent *e;
	long n = 0;
	DIR *d;

	if ((d = fdopendir(fd)) == NULL) {
		close(fd);
		return (-1);
	}
	while ((e = readdir(d)) != NULL && n < 2 * SPOOL_FILES) {
		if (!is_report(e->d_name))
			continue;
		if (names != NULL) {
			if (n % 64 == 0)
				list = mem_array(list, (size_t)n + 64,
				    sizeof(*list));
			memcpy(list[n], e->d_name, strlen(e->d_name) + 1);
		}
		n++;
	}
	closedir(d);
	if (names != NULL)
		*names = list;
	return (n);
}

enum spool_verdict
spool_write(const char *state, struct wall now, const void *lines, size_t len,
    struct buf *error)
{
	enum spool_verdict v = SPOOL_FAILED;
	int dir = make_spool(state), copy;
	long n;

	if (dir == -1) {
		buf_printf(error, "%s/" SPOOL_DIR ": %s", state,
		    strerror(errno));
		return (SPOOL_FAILED);
	}
	/* Looking must not move the place we write to. */
	copy = openat(dir, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	n = copy == -1 ? -1 : names_of(copy, NULL);
	if (len > SPOOL_BYTES) {
		buf_printf(error, "%zu bytes are too much for the spool", len);
	} else if (n >= SPOOL_FILES) {
		buf_printf(error,
		    "%s/" SPOOL_DIR ": %ld reports are waiting, "
		    "no more are taken",
		    state, n);
		v = SPOOL_FULL;
	} else if (put(dir, now, lines, len) == 0) {
		v = SPOOL_OK;
	} else {
		v = errno == ENOSPC || errno == EDQUOT ? SPOOL_FULL :
							 SPOOL_FAILED;
		buf_printf(error, "%s/" SPOOL_DIR ": %s", state,
		    strerror(errno));
	}
	close(dir);
	return (v);
}

static int
by_name(const void *a, const void *b)
{
	return (strcmp(a, b));
}

size_t
spool_list(const char *state, char (*names)[SPOOL_NAME], size_t most)
{
	char(*list)[SPOOL_NAME] = NULL;
	int fd = open_spool(state);
	size_t n;
	long got;

	if (fd == -1 || (got = names_of(fd, &list)) <= 0)
		return (0);
	qsort(list, (size_t)got, sizeof(*list), by_name);
	n = (size_t)got < most ? (size_t)got : most;
	memcpy(names, list, n * sizeof(*list));
	mem_free(list);
	return (n);
}

/* Append the open file, which does not grow, to ${lines}. */
static int
slurp(int fd, struct buf *lines)
{
	struct stat st;
	uint8_t *room;
	size_t left;
	ssize_t n;

	if (fstat(fd, &st) != 0 || !S_ISREG(st.st_mode) ||
	    st.st_size > (off_t)SPOOL_BYTES)
		return (-1);
	left = (size_t)st.st_size;
	if ((room = buf_room(lines, left)) == NULL)
		return (left == 0 ? 0 : -1);
	for (; left > 0; room += n, left -= (size_t)n) {
		n = read(fd, room, left);
		if (n == -1 && errno == EINTR)
			n = 0;
		else if (n <= 0)
			return (-1);
		lines->len += (size_t)n;
	}
	return (0);
}

int
spool_read(const char *state, const char *name, struct buf *lines)
{
	int dir, fd, rc;

	if ((dir = open_spool(state)) == -1)
		return (-1);
	/* A pipe somebody left must not stop us. */
	fd = openat(dir, name, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
	close(dir);
	if (fd == -1)
		return (-1);
	rc = slurp(fd, lines);
	close(fd);
	return (rc);
}

int
spool_remove(const char *state, const char *name)
{
	int rc, why, dir = open_spool(state);

	if (dir == -1)
		return (-1);
	rc = unlinkat(dir, name, 0);
	why = errno;
	close(dir);
	errno = why;
	return (rc);
}

int
spool_spoil(const char *state, const char *name)
{
	char bad[SPOOL_NAME + 8];
	int rc, why, dir = open_spool(state);

	if (dir == -1)
		return (-1);
	snprintf(bad, sizeof(bad), "%.*s.bad",
	    (int)(strlen(name) - strlen(SUFFIX)), name);
	rc = renameat(dir, name, dir, bad);
	why = errno;
	close(dir);
	errno = why;
	return (rc);
}
