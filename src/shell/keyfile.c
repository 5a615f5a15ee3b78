#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <sodium.h>

#include "base/mem.h"
#include "base/text.h"
#include "shell/keyfile.h"

#define MARK "virbl-ed25519-seed "
#define LENGTH (sizeof(MARK) - 1 + 2 * KEY_SEED + 1)

/* Make the name of the new file ${path} as durable as its contents. */
static int
sync_directory(const char *path)
{
	const char *slash = strrchr(path, '/');
	char *dir = mem_string(slash == NULL ? "." : path);
	int fd, rc;

	if (slash != NULL)
		dir[slash == path ? 1 : slash - path] = '\0';
	fd = open(dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	mem_free(dir);
	if (fd == -1)
		return (-1);
	rc = fsync(fd);
	close(fd);
	return (rc);
}

int
keyfile_create(const char *path, struct key *key, struct buf *error)
{
	uint8_t seed[KEY_SEED];
	char line[LENGTH + 1];
	int fd, rc = -1;

	fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
	if (fd == -1) {
		buf_printf(error, "%s: cannot make the key file: %s", path,
		    strerror(errno));
		return (-1);
	}
	randombytes_buf(seed, sizeof(seed));
	memcpy(line, MARK, sizeof(MARK));
	text_hex(seed, sizeof(seed), line + sizeof(MARK) - 1);
	line[LENGTH - 1] = '\n';
	if (write(fd, line, LENGTH) != (ssize_t)LENGTH || fsync(fd) != 0 ||
	    sync_directory(path) != 0) {
		buf_printf(error, "%s: cannot write the key: %s", path,
		    strerror(errno));
		unlink(path);
	} else {
		key_from_seed(key, seed);
		rc = 0;
	}
	sodium_memzero(seed, sizeof(seed));
	sodium_memzero(line, sizeof(line));
	close(fd);
	return (rc);
}

/* Complain if others than the owner may read the key in ${fd}. */
static int
check_mode(const char *path, int fd, struct buf *error)
{
	struct stat st;

	if (fstat(fd, &st) != 0 || !S_ISREG(st.st_mode)) {
		buf_printf(error, "%s: not a regular file", path);
		return (-1);
	}
	if ((st.st_mode & 077) == 0)
		return (0);
	buf_printf(error,
	    "%s: the secret key is open to others (mode %04o): "
	    "chmod 600 %s, and think about whether it was read",
	    path, (unsigned)(st.st_mode & 07777), path);
	return (-1);
}

int
keyfile_read(const char *path, struct key *key, struct buf *error)
{
	uint8_t seed[KEY_SEED];
	char line[LENGTH + 2] = "";
	ssize_t n;
	int fd, rc = -1;

	fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd == -1) {
		buf_printf(error, "%s: cannot read the key: %s%s", path,
		    strerror(errno),
		    errno == ENOENT ? ": make one with virbl init" : "");
		return (-1);
	}
	if (check_mode(path, fd, error) != 0)
		goto done;
	n = read(fd, line, LENGTH + 1);
	if (n == (ssize_t)LENGTH && line[n - 1] == '\n')
		line[n - 1] = '\0';
	else if (n != (ssize_t)LENGTH - 1)
		line[0] = '\0';
	if (strncmp(line, MARK, sizeof(MARK) - 1) != 0 ||
	    text_unhex(line + sizeof(MARK) - 1, seed, KEY_SEED) != 0) {
		buf_printf(error,
		    "%s: not a key file of virbl (one line "
		    "\"" MARK "\" and 64 hex digits)",
		    path);
		goto done;
	}
	key_from_seed(key, seed);
	rc = 0;
done:
	sodium_memzero(seed, sizeof(seed));
	sodium_memzero(line, sizeof(line));
	close(fd);
	return (rc);
}
