#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netdb.h>
#include <netinet/in.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include <sodium.h>

#include "base/text.h"
#include "shell/listener.h"

#define BACKLOG 512

/* Split "ADDR:PORT" or "[ADDR]:PORT" into ${host} and the port after it. */
static const char *
split(const char *where, char *host, size_t size)
{
	const char *colon = strrchr(where, ':');
	size_t len;

	if (colon == NULL)
		return (NULL);
	len = (size_t)(colon - where);
	if (len >= 2 && where[0] == '[' && where[len - 1] == ']') {
		where++;
		len -= 2;
	}
	if (len == 0 || len >= size)
		return (NULL);
	memcpy(host, where, len);
	host[len] = '\0';
	return (colon + 1);
}

/* True if ${sa} stands for all addresses of the host. */
static bool
is_any(const struct sockaddr *sa)
{
	const struct sockaddr_in *in4 = (const void *)sa;
	const struct sockaddr_in6 *in6 = (const void *)sa;

	return (sa->sa_family == AF_INET ?
		in4->sin_addr.s_addr == htonl(INADDR_ANY) :
		IN6_IS_ADDR_UNSPECIFIED(&in6->sin6_addr));
}

static int
open_one(const struct addrinfo *ai)
{
	int fd, on = 1, off = 0, tcp = ai->ai_socktype == SOCK_STREAM;
	/* Where a packet went to is known, but for these. */
	bool info = !tcp && is_any(ai->ai_addr);

	fd = socket(ai->ai_family, ai->ai_socktype | SOCK_CLOEXEC, 0);
	if (fd == -1)
		return (-1);
	setsockopt(fd, SOL_SOCKET, tcp ? SO_REUSEADDR : SO_REUSEPORT, &on,
	    sizeof(on));
	if (ai->ai_family == AF_INET6)
		setsockopt(fd, IPPROTO_IPV6, IPV6_V6ONLY, &off, sizeof(off));
	if (info && ai->ai_family == AF_INET6)
		setsockopt(fd, IPPROTO_IPV6, IPV6_RECVPKTINFO, &on, sizeof(on));
	else if (info)
		setsockopt(fd, IPPROTO_IP, IP_PKTINFO, &on, sizeof(on));
	if (bind(fd, ai->ai_addr, ai->ai_addrlen) == 0 &&
	    (!tcp || listen(fd, BACKLOG) == 0))
		return (fd);
	close(fd);
	return (-1);
}

static int
open_where(const char *where, int type, struct buf *error)
{
	struct addrinfo hints, *list;
	char host[256];
	const char *port = split(where, host, sizeof(host));
	int fd;

	memset(&hints, 0, sizeof(hints));
	hints.ai_socktype = type;
	hints.ai_flags = AI_NUMERICHOST | AI_NUMERICSERV | AI_PASSIVE;
	if (port == NULL || getaddrinfo(host, port, &hints, &list) != 0) {
		buf_printf(error,
		    "listen %s: not ADDRESS:PORT, as in "
		    "127.0.0.1:7480 or [::]:7443",
		    where);
		return (-1);
	}
	fd = open_one(list);
	if (fd == -1)
		buf_printf(error, "listen %s: %s%s", where, strerror(errno),
		    errno == EADDRINUSE ? ": another program listens there" :
					  "");
	freeaddrinfo(list);
	return (fd);
}

int
listener_tcp(const char *where, struct buf *error)
{
	return (open_where(where, SOCK_STREAM, error));
}

int
listener_udp(const char *where, struct buf *error)
{
	return (open_where(where, SOCK_DGRAM, error));
}

/* True if somebody answers on the socket at ${sun}. */
static int
in_use(const struct sockaddr_un *sun)
{
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0), rc;

	if (fd == -1)
		return (1);
	rc = connect(fd, (const struct sockaddr *)sun, sizeof(*sun));
	close(fd);
	return (rc == 0);
}

int
listener_unix(const char *path, struct buf *error)
{
	struct sockaddr_un sun;
	struct stat st;
	int fd;

	memset(&sun, 0, sizeof(sun));
	sun.sun_family = AF_UNIX;
	if (text_copy(sun.sun_path, sizeof(sun.sun_path), path) != 0) {
		buf_printf(error, "%s: longer than a socket path may be (%zu)",
		    path, sizeof(sun.sun_path) - 1);
		return (-1);
	}
	if (lstat(path, &st) == 0) {
		if (!S_ISSOCK(st.st_mode) || in_use(&sun)) {
			buf_printf(error, "%s: %s", path,
			    S_ISSOCK(st.st_mode) ?
				"another virbld is serving" :
				"exists and is not a socket");
			return (-1);
		}
		unlink(path);
	}
	fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	if (fd != -1 && bind(fd, (struct sockaddr *)&sun, sizeof(sun)) == 0 &&
	    chmod(path, 0660) == 0 && listen(fd, BACKLOG) == 0)
		return (fd);
	buf_printf(error, "%s: %s", path, strerror(errno));
	if (fd != -1)
		close(fd);
	return (-1);
}

int
listener_file(const char *path, struct buf *out, struct buf *error)
{
	uint8_t chunk[4096];
	ssize_t n = -1;
	int fd;

	fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd != -1) {
		while ((n = read(fd, chunk, sizeof(chunk))) > 0)
			buf_add(out, chunk, (size_t)n);
		close(fd);
	}
	sodium_memzero(chunk, sizeof(chunk));
	if (n == 0 && !out->full)
		return (0);
	buf_printf(error, "%s: cannot be read: %s", path,
	    out->full ? "too long" : strerror(errno));
	return (-1);
}

void
listener_wipe(struct buf *secret)
{
	if (secret->data != NULL)
		sodium_memzero(secret->data, secret->cap);
	buf_free(secret);
}

void
listener_address(const struct sockaddr *sa, char out[48])
{
	const struct sockaddr_in *in4 = (const void *)sa;
	const struct sockaddr_in6 *in6 = (const void *)sa;
	const void *p = NULL;
	int family = sa->sa_family;

	out[0] = '\0';
	if (family == AF_INET) {
		p = &in4->sin_addr;
	} else if (family == AF_INET6) {
		p = &in6->sin6_addr;
		if (IN6_IS_ADDR_V4MAPPED(&in6->sin6_addr)) {
			family = AF_INET;
			p = &in6->sin6_addr.s6_addr[12];
		}
	}
	if (p != NULL && inet_ntop(family, p, out, 48) == NULL)
		out[0] = '\0';
}
