#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "shell/infile.h"

#define CHUNK 65536

/* Append all of fd; 0 or an errno. */
static int
slurp(int fd, struct buf *out)
{
	uint8_t *p;
	ssize_t n;
	size_t want;

	for (;;) {
		/* One byte over the limit tells a full file from a long one. */
		want = out->limit - out->len;
		if (want == 0) {
			char c;

			n = read(fd, &c, 1);
			if (n == 1)
				return (EFBIG);
		} else {
			if (want > CHUNK)
				want = CHUNK;
			if ((p = buf_room(out, want)) == NULL)
				return (EFBIG);
			n = read(fd, p, want);
		}
		if (n == -1 && errno == EINTR)
			continue;
		if (n == -1)
			return (errno);
		if (n == 0)
			return (0);
		out->len += (size_t)n;
	}
}

int
infile_read(const char *path, struct buf *out, struct stat *st,
    struct buf *error)
{
	struct stat own;
	int fd, why = 0;

	if ((fd = open(path, O_RDONLY | O_CLOEXEC)) == -1) {
		why = errno;
	} else {
		if (fstat(fd, &own) != 0)
			why = errno;
		else if (S_ISDIR(own.st_mode))
			why = EISDIR;
		else
			why = slurp(fd, out);
		close(fd);
	}
	if (why != 0) {
		if (why == EFBIG)
			buf_printf(error, "%s: larger than %zu bytes", path,
			    out->limit);
		else
			buf_printf(error, "%s: %s", path, strerror(why));
		errno = why;
		return (-1);
	}
	if (st != NULL)
		*st = own;
	return (0);
}
