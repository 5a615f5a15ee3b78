/*
 * The TCP side: one thread, questions one behind the other on a connection
 * answered in their order. A connection that takes no replies is asked no
 * more questions until it does.
 */
#include <errno.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <string.h>
#include <unistd.h>

#include "base/mem.h"
#include "form/dns_stream.h"
#include "shell/clock.h"
#include "shell/dnsd_impl.h"
#include "shell/log.h"

#define OWN 4 /* more connections for the self-check */
#define PAUSE 1000 /* ms without new connections when there is no descriptor */

struct conn {
	struct dnsd_worker *w;
	int fd;
	struct sockaddr_storage from;
	uint64_t net; /* IPv4 address or IPv6 /64 */
	struct mono begun;
	struct mono last; /* question answered or reply taken */
	bool end; /* no more questions are taken */
	struct dns_stream *stream;
};

struct table {
	struct dnsd_worker *w;
	struct conn *conns[DNSD_TCP + OWN];
	size_t n;
	struct mono deaf; /* takes no connections until then */
	struct pollfd fds[DNSD_TCP + OWN + CONF_LISTENS];
};

/* ---- Connections ---- */

static void
drop(struct table *t, size_t i)
{
	struct conn *c = t->conns[i];

	close(c->fd);
	dns_stream_free(c->stream);
	mem_free(c);
	t->conns[i] = t->conns[--t->n];
}

/* What counts as one client. */
static uint64_t
net_of(const struct sockaddr_storage *from)
{
	const struct sockaddr_in *in4 = (const void *)from;
	const struct sockaddr_in6 *in6 = (const void *)from;
	const uint8_t *p = in6->sin6_addr.s6_addr;
	uint64_t net = 0;

	if (from->ss_family == AF_INET)
		memcpy(&net, &in4->sin_addr, 4);
	else if (IN6_IS_ADDR_V4MAPPED(&in6->sin6_addr))
		memcpy(&net, p + 12, 4);
	else
		memcpy(&net, p, 8);
	return (net);
}

/* True if one more connection of ${net} is one too many. */
static bool
too_many(const struct table *t, uint64_t net)
{
	size_t i, same = 0;

	for (i = 0; i < t->n; i++)
		same += t->conns[i]->net == net;
	return (t->n >= DNSD_TCP || same >= DNSD_TCP_CLIENT);
}

/* Take a connection, if there is one. */
static void
take(struct table *t, int listener, struct mono now)
{
	struct sockaddr_storage from;
	socklen_t len = sizeof(from);
	struct conn *c;
	int on = 1, fd;
	uint64_t net;

	memset(&from, 0, sizeof(from));
	fd = accept4(listener, (struct sockaddr *)&from, &len,
	    SOCK_NONBLOCK | SOCK_CLOEXEC);
	if (fd == -1) {
		if (errno == EMFILE || errno == ENFILE || errno == ENOMEM ||
		    errno == ENOBUFS) {
			log_warn("dns: cannot take a connection: %s",
			    strerror(errno));
			t->deaf.ms = now.ms + PAUSE;
		}
		return;
	}
	net = net_of(&from);
	/* Others must not be able to shut out the self-check. */
	if (dnsd_probing(t->w->d, &from) ? t->n >= DNSD_TCP + OWN :
					   too_many(t, net)) {
		close(fd);
		return;
	}
	setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on));
	c = mem_zero(sizeof(*c));
	c->w = t->w;
	c->fd = fd;
	c->from = from;
	c->net = net;
	c->begun = c->last = now;
	c->stream = dns_stream_new();
	t->conns[t->n++] = c;
}

/* ---- Serving ---- */

static size_t
reply(void *arg, const uint8_t *query, size_t len, uint8_t *out)
{
	struct conn *c = arg;
	struct dns_asked a = {.now = wall_sec(clock_wall()),
	    .cap = DNS_STREAM_REPLY,
	    .tcp = true};
	struct dnsd_question q = {.from = &c->from,
	    .query = query,
	    .len = len,
	    .now = clock_mono()};
	struct dnsd_view *view = dnsd_enter(c->w);
	size_t n = dnsd_answer(c->w, view, &a, &q, out);

	dnsd_leave(c->w);
	return (n);
}

/* Read what has come; -1 if the connection broke. */
static int
receive(struct conn *c)
{
	uint8_t *p;
	size_t room = dns_stream_room(c->stream, &p);
	ssize_t n;

	if (room == 0 || c->end)
		return (0);
	n = recv(c->fd, p, room, 0);
	if (n == -1)
		return (errno == EAGAIN || errno == EINTR ? 0 : -1);
	c->end = n == 0;
	dns_stream_input(c->stream, (size_t)n);
	return (0);
}

/* Send what is there; -1 if the connection broke. */
static int
push(struct conn *c, struct mono now)
{
	const uint8_t *p;
	size_t len = dns_stream_output(c->stream, &p);
	ssize_t n;

	if (len == 0)
		return (0);
	n = send(c->fd, p, len, MSG_NOSIGNAL);
	if (n == -1)
		return (errno == EAGAIN || errno == EINTR ? 0 : -1);
	dns_stream_sent(c->stream, (size_t)n);
	c->last = now;
	return (0);
}

static bool
unsent(const struct conn *c)
{
	const uint8_t *p;

	return (dns_stream_output(c->stream, &p) > 0);
}

/* Read, answer, send as far as that goes; -1 if the connection must go. */
static int
serve(struct conn *c, bool readable, struct mono now)
{
	bool waited;
	int answered;

	if (readable && receive(c) != 0)
		return (-1);
	do {
		/* Replies that were not taken left no room for others. */
		waited = unsent(c);
		answered = dns_stream_answer(c->stream, reply, c);
		if (answered > 0)
			c->last = now;
		if (answered == -1)
			c->end = true;
		if (push(c, now) != 0)
			return (-1);
	} while (!unsent(c) && (answered > 0 || (waited && answered == 0)));
	/* What is there is sent, and is not a whole question. */
	return (c->end && !unsent(c) ? -1 : 0);
}

static bool
too_old(const struct conn *c, struct mono now)
{
	return (now.ms - c->last.ms > DNSD_IDLE ||
	    now.ms - c->begun.ms > DNSD_WHOLE);
}

/* Say what to wait for; return how many descriptors. */
static size_t
watch(struct table *t)
{
	struct dnsd *d = t->w->d;
	size_t i, n = 0;

	for (i = 0; i < t->n; i++) {
		t->fds[n].fd = t->conns[i]->fd;
		t->fds[n++].events = unsent(t->conns[i]) ? POLLOUT : POLLIN;
	}
	for (i = 0; i < d->nlisteners && clock_mono().ms >= t->deaf.ms; i++) {
		t->fds[n].fd = d->listeners[i];
		t->fds[n++].events = POLLIN;
	}
	return (n);
}

void *
dnsd_tcp(void *worker)
{
	struct dnsd_worker *w = worker;
	struct table *t = mem_zero(sizeof(*t));
	size_t i, n, before;
	struct mono now;

	t->w = w;
	while (!atomic_load_explicit(&w->d->stop, memory_order_relaxed)) {
		n = watch(t);
		if (poll(t->fds, n, DNSD_POLL) < 0)
			continue;
		now = clock_mono();
		before = t->n;
		/* From behind: what is dropped is replaced by the last. */
		for (i = before; i-- > 0;)
			if ((t->fds[i].revents != 0 &&
				serve(t->conns[i], t->fds[i].events == POLLIN,
				    now) != 0) ||
			    too_old(t->conns[i], now))
				drop(t, i);
		for (i = before; i < n; i++)
			if (t->fds[i].revents != 0)
				take(t, t->fds[i].fd, now);
	}
	while (t->n > 0)
		drop(t, t->n - 1);
	mem_free(t);
	return (NULL);
}
