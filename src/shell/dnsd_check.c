/*
 * The self-check: asks every zone for its test points where the zone is served,
 * as any client would.
 *
 * A wrong reply means that zones are not to be trusted, and at once nothing is
 * answered as listed. No reply harms nobody but those who get none either, and
 * can be brought about from outside by a flood: it is told, no more. Both are
 * over after one round that is right.
 */
#include <errno.h>
#include <poll.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include <sodium.h>

#include "base/text.h"
#include "shell/clock.h"
#include "shell/dnsd_impl.h"
#include "shell/listener.h"
#include "shell/log.h"
#include "view/dns_probe.h"

#define GOOD_PAUSE 5000 /* ms between rounds */
#define BAD_PAUSE 1000
#define TRIES 4 /* of one question */
#define WAIT 1000 /* ms for one reply */
#define SILENT 2 /* rounds without a reply until it is told */
#define LENGTH 2 /* bytes before a message over TCP */

enum outcome {
	ROUND_GOOD,
	ROUND_AGAIN, /* the zones became other ones */
	ROUND_SILENT,
	ROUND_WRONG,
};

struct round {
	struct dnsd *d;
	struct sockaddr_storage where; /* asked there */
	socklen_t len;
	struct dns_zone zone; /* asked for */
	uint64_t view; /* number of the view it is from */
	char why[512]; /* what was wrong */
};

static enum outcome __attribute__((format(printf, 3, 4)))
say(struct round *r, enum outcome o, const char *fmt, ...)
{
	char address[48];
	va_list ap;
	int n;

	listener_address((struct sockaddr *)&r->where, address);
	n = snprintf(r->why, sizeof(r->why), "dns: at %s, zone %s: ", address,
	    r->zone.text);
	va_start(ap, fmt);
	vsnprintf(r->why + n, sizeof(r->why) - (size_t)n, fmt, ap);
	va_end(ap);
	return (o);
}

/* Whether the zone asked for is still the one that is served. */
static bool
outdated(struct round *r)
{
	bool is;

	pthread_mutex_lock(&r->d->mutex);
	is = r->d->views != r->view;
	pthread_mutex_unlock(&r->d->mutex);
	return (is);
}

/* Copy zone number ${i}; false if there is none. */
static bool
pick_zone(struct round *r, size_t i)
{
	const struct dns_zones *z;
	bool some;

	pthread_mutex_lock(&r->d->mutex);
	z = &atomic_load(&r->d->view)->zones;
	some = i < z->n;
	if (some)
		r->zone = z->zones[i];
	r->view = r->d->views;
	pthread_mutex_unlock(&r->d->mutex);
	return (some);
}

/* Find out where to ask at listener ${i}. */
static int
pick_address(struct round *r, size_t i)
{
	struct sockaddr_in *in4 = (void *)&r->where;
	struct sockaddr_in6 *in6 = (void *)&r->where;

	memset(&r->where, 0, sizeof(r->where));
	r->len = sizeof(r->where);
	if (getsockname(r->d->listeners[i], (struct sockaddr *)&r->where,
		&r->len) != 0)
		return (-1);
	if (r->where.ss_family == AF_INET &&
	    in4->sin_addr.s_addr == htonl(INADDR_ANY))
		in4->sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	else if (r->where.ss_family == AF_INET6 &&
	    IN6_IS_ADDR_UNSPECIFIED(&in6->sin6_addr))
		in6->sin6_addr = in6addr_loopback;
	return (0);
}

/* Open a socket that asks from a port of its own, which the workers know. */
static int
open_socket(struct round *r, int type)
{
	struct sockaddr_storage from = r->where;
	socklen_t len = r->len;
	struct timeval wait = {WAIT / 1000, WAIT % 1000 * 1000};
	int fd = socket(r->where.ss_family, type | SOCK_CLOEXEC, 0);

	if (fd == -1)
		return (-1);
	/* For connect(), too. */
	setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &wait, sizeof(wait));
	if (from.ss_family == AF_INET)
		((struct sockaddr_in *)&from)->sin_port = 0;
	else
		((struct sockaddr_in6 *)&from)->sin6_port = 0;
	if (bind(fd, (struct sockaddr *)&from, len) == 0 &&
	    getsockname(fd, (struct sockaddr *)&from, &len) == 0) {
		dnsd_probe(r->d, &from);
		if (connect(fd, (struct sockaddr *)&r->where, r->len) == 0)
			return (fd);
	}
	close(fd);
	return (-1);
}

static void
close_socket(struct round *r, int fd)
{
	dnsd_probe(r->d, NULL);
	close(fd);
}

/* Wait for something to read until ${end}; false if nothing came. */
static bool
readable(struct dnsd *d, int fd, struct mono end)
{
	struct pollfd p = {.fd = fd, .events = POLLIN};
	int64_t left;

	while ((left = end.ms - clock_mono().ms) > 0 && !atomic_load(&d->stop))
		if (poll(&p, 1, (int)(left < DNSD_POLL ? left : DNSD_POLL)) > 0)
			return (true);
	return (false);
}

/* Judge a reply; ROUND_SILENT if it is none to this question. */
static enum outcome
judge(struct round *r, unsigned point, const uint8_t *query,
    const uint8_t *reply, size_t len)
{
	const char *why = dns_probe_judge(&r->zone, point, query, reply, len);

	if (why == NULL)
		return (ROUND_GOOD);
	if (*why == '\0')
		return (ROUND_SILENT);
	if (outdated(r))
		return (ROUND_AGAIN);
	return (say(r, ROUND_WRONG, "the test point %s %s",
	    dns_probe_name(point), why));
}

/* Ask once over UDP for test point ${point}. */
static enum outcome
ask_udp(struct round *r, unsigned point, const uint8_t *query, size_t len)
{
	struct mono end = {clock_mono().ms + WAIT};
	enum outcome o = ROUND_SILENT;
	uint8_t reply[DNS_UDP];
	int fd = open_socket(r, SOCK_DGRAM);
	ssize_t n;

	if (fd == -1)
		return (
		    say(r, ROUND_SILENT, "cannot ask: %s", strerror(errno)));
	say(r, ROUND_SILENT, "no answer for the test point %s",
	    dns_probe_name(point));
	if (send(fd, query, len, 0) == (ssize_t)len)
		while (o == ROUND_SILENT && readable(r->d, fd, end)) {
			n = recv(fd, reply, sizeof(reply), 0);
			if (n < 0)
				break;
			o = judge(r, point, query, reply, (size_t)n);
		}
	close_socket(r, fd);
	return (o);
}

/* Read ${n} bytes, -1 if they do not come in time. */
static int
read_all(struct dnsd *d, int fd, uint8_t *p, size_t n)
{
	struct mono end = {clock_mono().ms + WAIT};
	ssize_t got;

	for (; n > 0; p += got, n -= (size_t)got) {
		if (!readable(d, fd, end))
			return (-1);
		got = recv(fd, p, n, 0);
		if (got <= 0)
			return (-1);
	}
	return (0);
}

/* Ask once over TCP. */
static enum outcome
ask_tcp(struct round *r, unsigned point, const uint8_t *query, size_t len)
{
	uint8_t message[LENGTH + DNS_PROBE], reply[DNS_UDP];
	int fd = open_socket(r, SOCK_STREAM);
	enum outcome o = ROUND_SILENT;
	size_t n;

	if (fd == -1)
		return (say(r, ROUND_SILENT, "no connection by TCP: %s",
		    strerror(errno)));
	say(r, ROUND_SILENT, "no answer by TCP for the test point %s",
	    dns_probe_name(point));
	message[0] = (uint8_t)(len >> 8);
	message[1] = (uint8_t)len;
	memcpy(message + LENGTH, query, len);
	if (send(fd, message, LENGTH + len, MSG_NOSIGNAL) ==
		(ssize_t)(LENGTH + len) &&
	    read_all(r->d, fd, reply, LENGTH) == 0) {
		n = (size_t)reply[0] << 8 | reply[1];
		if (n <= sizeof(reply) && read_all(r->d, fd, reply, n) == 0)
			o = judge(r, point, query, reply, n);
	}
	close_socket(r, fd);
	return (o);
}

/* Ask for test point ${point} until there is an answer or hope is lost. */
static enum outcome
ask(struct round *r, unsigned point, bool tcp)
{
	uint8_t query[DNS_PROBE];
	enum outcome o = ROUND_SILENT;
	uint16_t id;
	size_t len;
	int i;

	for (i = 0; i < TRIES && o == ROUND_SILENT; i++) {
		if (atomic_load(&r->d->stop))
			return (ROUND_AGAIN);
		randombytes_buf(&id, sizeof(id));
		len = dns_probe_query(&r->zone, point, id, query);
		if (len == 0)
			return (ROUND_GOOD);
		o = tcp ? ask_tcp(r, point, query, len) :
			  ask_udp(r, point, query, len);
	}
	return (o);
}

/* Ask for the test points of one zone at one address. */
static enum outcome
check_zone(struct round *r, bool tcp)
{
	enum outcome o = ROUND_GOOD;
	unsigned point;

	for (point = 0; point < DNS_PROBES && o == ROUND_GOOD; point++)
		o = ask(r, point, false);
	if (o == ROUND_GOOD && tcp)
		o = ask(r, 0, true);
	return (o);
}

/* Ask for all of them everywhere. */
static enum outcome
check_all(struct round *r)
{
	enum outcome o;
	size_t i, k;

	for (i = 0; i < r->d->nlisteners; i++) {
		if (pick_address(r, i) != 0)
			continue;
		for (k = 0; pick_zone(r, k); k++) {
			/* The way by TCP is the same for all zones. */
			o = check_zone(r, k == 0);
			if (o != ROUND_GOOD)
				return (o);
		}
	}
	return (ROUND_GOOD);
}

/* Draw the conclusions; each change is told once. */
static void
conclude(struct dnsd *d, const char *problem, bool failing)
{
	bool news, was = atomic_load(&d->failing);

	pthread_mutex_lock(&d->mutex);
	news = strcmp(d->problem, problem) != 0;
	text_copy(d->problem, sizeof(d->problem), problem);
	d->checked = true;
	pthread_mutex_unlock(&d->mutex);
	atomic_store(&d->failing, failing);
	if (news && *problem != '\0')
		log_error("%s", problem);
	if (failing && !was)
		log_error("dns: nothing is answered as listed until the test "
			  "points are right");
	if (news && *problem == '\0')
		log_info("dns: the test points are answered as they should "
			 "be");
}

/* Sleep, unless it is time to stop. */
static void
rest(struct dnsd *d, unsigned ms)
{
	struct timespec until;
	struct mono end = {clock_mono().ms + ms};

	until.tv_sec = end.ms / 1000;
	until.tv_nsec = end.ms % 1000 * 1000000;
	pthread_mutex_lock(&d->mutex);
	while (!atomic_load(&d->stop) && clock_mono().ms < end.ms)
		pthread_cond_timedwait(&d->wake, &d->mutex, &until);
	pthread_mutex_unlock(&d->mutex);
}

void *
dnsd_check(void *dnsd)
{
	struct round r = {.d = dnsd};
	struct dnsd *d = dnsd;
	unsigned silent = 0;

	while (!atomic_load(&d->stop)) {
		switch (check_all(&r)) {
		case ROUND_GOOD:
			silent = 0;
			conclude(d, "", false);
			rest(d, GOOD_PAUSE);
			break;
		case ROUND_WRONG:
			silent = 0;
			conclude(d, r.why, true);
			rest(d, BAD_PAUSE);
			break;
		case ROUND_SILENT:
			if (++silent >= SILENT)
				conclude(d, r.why, atomic_load(&d->failing));
			rest(d, BAD_PAUSE);
			break;
		case ROUND_AGAIN:
			break;
		}
	}
	return (NULL);
}
