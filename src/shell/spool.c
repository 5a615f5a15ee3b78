#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/mem.h"

#include "shell/spool.h"

#define SUFFIX ".ndjson"
#define ASIDE ".part" /* a file being written */
#define TRIES 8 /* files looked at for one with room */

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
	/* Whoever may write here may append to what others of the group left:
	   files belong to the directory's group, whatever theirs is. */
	if (fd != -1 &&
	    (hand_over(fd, dir) != 0 || fchmod(fd, 02770) != 0 ||
		fsync(dir) != 0)) {
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
		rc = fchmod(fd, 0660);
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

static int
by_name(const void *a, const void *b)
{
	return (strcmp(a, b));
}

/*
 * The names in the directory ${dir}, oldest first, freed with mem_free(); -1 if
 * it cannot be read.
 */
static long
names_of(int dir, char (**names)[SPOOL_NAME])
{
	/* Looking must not move the place of others. */
	int fd = openat(dir, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	char(*list)[SPOOL_NAME] = NULL;
	struct dirent *e;
	long n = 0;
	DIR *d;

	if (fd == -1 || (d = fdopendir(fd)) == NULL) {
		if (fd != -1)
			close(fd);
		return (-1);
	}
	while ((e = readdir(d)) != NULL && n < 2 * SPOOL_FILES) {
		if (!is_report(e->d_name))
			continue;
		if (n % 64 == 0)
			list = mem_array(list, (size_t)n + 64, sizeof(*list));
		memcpy(list[n], e->d_name, strlen(e->d_name) + 1);
		n++;
	}
	closedir(d);
	if (n > 1)
		qsort(list, (size_t)n, sizeof(*list), by_name);
	*names = list;
	return (n);
}

/* Lock ${name} and look at it; -1 if it is not to be had. */
static int
lock_file(int dir, const char *name, int flags, struct stat *st)
{
	int fd, why;

	/* A pipe somebody left must not stop us. */
	fd = openat(dir, name, flags | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
	if (fd == -1)
		return (-1);
	if (flock(fd, LOCK_EX | LOCK_NB) != 0 || fstat(fd, st) != 0) {
		why = errno;
	} else if (st->st_nlink == 0) {
		why = ENOENT; /* it was read and removed meanwhile */
	} else if (!S_ISREG(st->st_mode) || st->st_size > (off_t)SPOOL_BYTES) {
		why = EFBIG;
	} else {
		return (fd);
	}
	close(fd);
	errno = why;
	return (-1);
}

/* Append to the locked file, all or nothing. */
static int
append_all(int fd, const struct stat *st, const void *lines, size_t len)
{
	char last = '\n';
	int rc = 0;

	if (st->st_size > 0 && pread(fd, &last, 1, st->st_size - 1) != 1)
		return (-1);
	if (last != '\n')
		rc = write_all(fd, "\n", 1);
	if (rc == 0)
		rc = write_all(fd, lines, len);
	if (rc == 0)
		rc = fdatasync(fd);
	if (rc != 0 && ftruncate(fd, st->st_size) != 0)
		return (-1); /* a torn line: the next writer ends it */
	return (rc);
}

/* Append to one of ${n} files. Return 0, or -1: none is to be had. */
static int
add_to(int dir, char (*names)[SPOOL_NAME], size_t n, const void *lines,
    size_t len)
{
	struct stat st;
	size_t tries;
	int fd, rc;

	/* The newest first: the daemon takes the oldest. */
	for (tries = 0; n > 0 && tries < TRIES; tries++) {
		fd = lock_file(dir, names[--n], O_RDWR | O_APPEND, &st);
		if (fd == -1)
			continue;
		rc = -1;
		if ((size_t)st.st_size + len + 1 <= SPOOL_BYTES)
			rc = append_all(fd, &st, lines, len);
		close(fd);
		if (rc == 0)
			return (0);
	}
	return (-1);
}

enum spool_verdict
spool_write(const char *state, struct wall now, const void *lines, size_t len,
    struct buf *error)
{
	enum spool_verdict v = SPOOL_OK;
	char(*names)[SPOOL_NAME] = NULL;
	int dir = make_spool(state);
	long n;

	if (dir == -1) {
		buf_printf(error, "%s/" SPOOL_DIR ": %s", state,
		    strerror(errno));
		return (SPOOL_FAILED);
	}
	n = names_of(dir, &names);
	if (len > SPOOL_BYTES) {
		buf_printf(error, "%zu bytes are too much for the spool", len);
		v = SPOOL_FAILED;
	} else if (n > 0 && add_to(dir, names, (size_t)n, lines, len) == 0) {
		v = SPOOL_OK;
	} else if (n >= SPOOL_FILES) {
		buf_printf(error,
		    "%s/" SPOOL_DIR ": %ld files of reports are waiting, "
		    "no more are taken",
		    state, n);
		v = SPOOL_FULL;
	} else if (n == -1 || put(dir, now, lines, len) != 0) {
		v = errno == ENOSPC || errno == EDQUOT ? SPOOL_FULL :
							 SPOOL_FAILED;
		buf_printf(error, "%s/" SPOOL_DIR ": %s", state,
		    strerror(errno));
	}
	mem_free(names);
	close(dir);
	return (v);
}

size_t
spool_list(const char *state, char (*names)[SPOOL_NAME], size_t most)
{
	char(*list)[SPOOL_NAME] = NULL;
	int dir = open_spool(state);
	size_t n = 0;
	long got;

	if (dir == -1)
		return (0);
	got = names_of(dir, &list);
	close(dir);
	if (got > 0)
		n = (size_t)got < most ? (size_t)got : most;
	if (n > 0)
		memcpy(names, list, n * sizeof(*list));
	mem_free(list);
	return (n);
}

/* Append the open file of ${left} bytes to ${lines}. */
static int
slurp(int fd, size_t left, struct buf *lines)
{
	uint8_t *room;
	ssize_t n;

	if ((room = buf_room(lines, left)) == NULL) {
		errno = EFBIG;
		return (left == 0 ? 0 : -1);
	}
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
spool_take(const char *state, const char *name, struct buf *lines)
{
	struct stat st;
	int dir, fd, why;

	if ((dir = open_spool(state)) == -1)
		return (-1);
	fd = lock_file(dir, name, O_RDONLY, &st);
	why = errno;
	close(dir);
	errno = why;
	if (fd != -1 && slurp(fd, (size_t)st.st_size, lines) != 0) {
		why = errno;
		close(fd);
		errno = why;
		fd = -1;
	}
	return (fd);
}

int
spool_remove(const char *state, const char *name, int lock)
{
	int rc = -1, why, dir = open_spool(state);

	why = errno;
	if (dir != -1) {
		rc = unlinkat(dir, name, 0);
		why = errno;
		close(dir);
	}
	spool_leave(lock);
	errno = why;
	return (rc);
}

int
spool_spoil(const char *state, const char *name, int lock)
{
	char bad[SPOOL_NAME + 8];
	int rc = -1, why, dir = open_spool(state);

	snprintf(bad, sizeof(bad), "%.*s.bad",
	    (int)(strlen(name) - strlen(SUFFIX)), name);
	why = errno;
	if (dir != -1) {
		rc = renameat(dir, name, dir, bad);
		why = errno;
		close(dir);
	}
	spool_leave(lock);
	errno = why;
	return (rc);
}

void
spool_leave(int lock)
{
	if (lock != -1)
		close(lock);
}
