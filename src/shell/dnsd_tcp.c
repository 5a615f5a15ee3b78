/*
 * The TCP side: one thread, questions one behind the other on a connection
 * answered in their order. A connection that takes no replies is asked no
 * more questions until it does.
 */
#include <errno.h>
#include <poll.h>
#include <string.h>
#include <unistd.h>

#include "base/mem.h"
#include "shell/clock.h"
#include "shell/dnsd_impl.h"
#include "shell/listener.h"

#define LENGTH 2 /* bytes before each message */
#define OUT (LENGTH + DNSD_REPLY)

struct conn {
	int fd;
	struct sockaddr_storage from;
	char address[48];
	struct mono begun;
	struct mono last; /* question or progress */
	size_t have; /* bytes of in */
	size_t sent, len; /* of out */
	bool end; /* the client sends no more */
	uint8_t in[LENGTH + DNSD_QUERY];
	uint8_t out[OUT];
};

struct table {
	struct dnsd *d;
	struct conn *conns[DNSD_TCP];
	size_t n;
	struct pollfd fds[DNSD_TCP + CONF_LISTENS];
};

static void
drop(struct table *t, size_t i)
{
	close(t->conns[i]->fd);
	mem_free(t->conns[i]);
	t->conns[i] = t->conns[--t->n];
}

static void
take(struct table *t, int listener)
{
	struct sockaddr_storage from;
	socklen_t len = sizeof(from);
	struct conn *c;
	size_t i, same = 0;
	char address[48];
	int fd = accept4(listener, (struct sockaddr *)&from, &len,
	    SOCK_NONBLOCK | SOCK_CLOEXEC);

	if (fd == -1)
		return;
	listener_address((struct sockaddr *)&from, address);
	for (i = 0; i < t->n; i++)
		same += strcmp(t->conns[i]->address, address) == 0;
	if (t->n == DNSD_TCP || same >= DNSD_TCP_CLIENT) {
		close(fd);
		return;
	}
	c = mem_zero(sizeof(*c));
	c->fd = fd;
	c->from = from;
	memcpy(c->address, address, sizeof(address));
	c->begun = c->last = clock_mono();
	t->conns[t->n++] = c;
}

/*
 * Answer the first question that is complete. Return 1 if one was, 0 if not,
 * -1 if the connection must go.
 */
static int
answer(struct dnsd *d, struct conn *c)
{
	struct dns_asked a = {.now = wall_sec(clock_wall()),
	    .cap = DNSD_REPLY,
	    .tcp = true};
	struct dnsd_question q = {.from = &c->from, .now = clock_mono()};
	size_t len;

	if (c->have < LENGTH || c->len != 0)
		return (0);
	q.len = (size_t)c->in[0] << 8 | c->in[1];
	if (q.len > DNSD_QUERY)
		return (-1);
	if (c->have < LENGTH + q.len)
		return (0);
	q.query = c->in + LENGTH;
	pthread_rwlock_rdlock(&d->lock);
	len = dnsd_answer(d, &a, &q, c->out + LENGTH);
	pthread_rwlock_unlock(&d->lock);
	if (len == 0)
		return (-1);
	c->out[0] = (uint8_t)(len >> 8);
	c->out[1] = (uint8_t)len;
	c->len = LENGTH + len;
	c->have -= LENGTH + q.len;
	memmove(c->in, c->in + LENGTH + q.len, c->have);
	c->last = clock_mono();
	return (1);
}

/* Send what is left of the reply; -1 if the connection must go. */
static int
push(struct conn *c)
{
	ssize_t n;

	if (c->len == 0)
		return (0);
	n = send(c->fd, c->out + c->sent, c->len - c->sent, MSG_NOSIGNAL);
	if (n == -1)
		return (errno == EAGAIN || errno == EINTR ? 0 : -1);
	c->sent += (size_t)n;
	if (c->sent == c->len)
		c->sent = c->len = 0;
	return (0);
}

/* Read, answer, send as far as that goes; -1 if the connection must go. */
static int
serve(struct dnsd *d, struct conn *c, bool readable)
{
	ssize_t n;
	int rc;

	if (readable && c->have < sizeof(c->in) && !c->end) {
		n = recv(c->fd, c->in + c->have, sizeof(c->in) - c->have, 0);
		if (n == -1 && errno != EAGAIN && errno != EINTR)
			return (-1);
		c->end = n == 0;
		c->have += n > 0 ? (size_t)n : 0;
	}
	do {
		if (push(c) != 0)
			return (-1);
		rc = answer(d, c);
	} while (rc == 1);
	/* Nothing to send, and what is there is not a whole question. */
	return (rc == -1 || (c->end && c->len == 0) ? -1 : 0);
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
	struct conn *c;
	size_t i, n = 0;

	for (i = 0; i < t->n; i++) {
		c = t->conns[i];
		t->fds[n].fd = c->fd;
		t->fds[n++].events = c->len != 0 ? POLLOUT : POLLIN;
	}
	for (i = 0; i < t->d->nlisteners; i++) {
		t->fds[n].fd = t->d->listeners[i];
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

	t->d = w->d;
	while (!atomic_load_explicit(&w->d->stop, memory_order_relaxed)) {
		n = watch(t);
		if (poll(t->fds, n, DNSD_POLL) < 0)
			continue;
		now = clock_mono();
		before = t->n;
		/* From behind: what is dropped is replaced by the last. */
		for (i = before; i-- > 0;)
			if ((t->fds[i].revents != 0 &&
				serve(t->d, t->conns[i],
				    t->fds[i].events == POLLIN) != 0) ||
			    too_old(t->conns[i], now))
				drop(t, i);
		for (i = before; i < n; i++)
			if (t->fds[i].revents != 0)
				take(t, t->fds[i].fd);
	}
	while (t->n > 0)
		drop(t, t->n - 1);
	mem_free(t);
	return (NULL);
}
