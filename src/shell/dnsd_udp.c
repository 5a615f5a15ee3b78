/*
 * One thread of the UDP side: as many questions as have come, at once, and
 * their replies at once.
 */
#include <errno.h>
#include <netinet/in.h>
#include <string.h>

#include "base/mem.h"
#include "shell/clock.h"
#include "shell/dnsd_impl.h"

#define BATCH 64
/*
 * Most bytes of a question. No multiple of a page, or all of a batch would
 * compete for the same few places of the cache.
 */
#define QUERY 1344
#define CONTROL 64 /* bytes: where a question was sent to */

struct mail {
	struct mmsghdr in[BATCH], out[BATCH];
	struct iovec iin[BATCH], iout[BATCH];
	struct sockaddr_storage from[BATCH];
	_Alignas(struct cmsghdr) uint8_t control[BATCH][CONTROL];
	uint8_t query[BATCH][QUERY];
	uint8_t reply[BATCH][DNS_UDP];
};

/* Make the first ${n} places ready to take a question. */
static void
prepare(struct mail *b, unsigned n)
{
	struct msghdr *m;
	unsigned i;

	for (i = 0; i < n; i++) {
		m = &b->in[i].msg_hdr;
		b->iin[i].iov_base = b->query[i];
		b->iin[i].iov_len = QUERY;
		m->msg_name = &b->from[i];
		m->msg_namelen = sizeof(b->from[i]);
		m->msg_iov = &b->iin[i];
		m->msg_iovlen = 1;
		m->msg_control = b->control[i];
		m->msg_controllen = CONTROL;
		m->msg_flags = 0;
	}
}

/* The reply leaves from where the question came to, by any interface. */
static void
return_path(struct msghdr *m)
{
	struct cmsghdr *c = CMSG_FIRSTHDR(m);
	struct in_pktinfo *info4;
	struct in6_pktinfo *info6;

	if (c == NULL)
		return;
	if (c->cmsg_level == IPPROTO_IP && c->cmsg_type == IP_PKTINFO) {
		info4 = (void *)CMSG_DATA(c);
		info4->ipi_ifindex = 0;
		memset(&info4->ipi_addr, 0, sizeof(info4->ipi_addr));
	} else if (c->cmsg_level == IPPROTO_IPV6 &&
	    c->cmsg_type == IPV6_PKTINFO) {
		info6 = (void *)CMSG_DATA(c);
		if (!IN6_IS_ADDR_LINKLOCAL(&info6->ipi6_addr))
			info6->ipi6_ifindex = 0;
	}
}

/* Answer ${n} questions; return the number of replies. */
static unsigned
answer(struct dnsd_worker *w, struct mail *b, unsigned n)
{
	struct dns_asked a = {.now = wall_sec(clock_wall()), .cap = DNS_UDP};
	struct dnsd_question q = {.now = clock_mono()};
	struct dnsd_view *view = dnsd_enter(w);
	unsigned i, replies = 0;
	struct msghdr *m;
	size_t len;

	for (i = 0; i < n; i++) {
		q.from = &b->from[i];
		q.query = b->query[i];
		q.len = b->in[i].msg_len;
		if ((b->in[i].msg_hdr.msg_flags & MSG_TRUNC) != 0)
			q.len = 0;
		len = dnsd_answer(w, view, &a, &q, b->reply[replies]);
		if (len == 0)
			continue;
		b->iout[replies].iov_base = b->reply[replies];
		b->iout[replies].iov_len = len;
		m = &b->out[replies].msg_hdr;
		*m = b->in[i].msg_hdr;
		m->msg_iov = &b->iout[replies];
		m->msg_flags = 0;
		return_path(m);
		replies++;
	}
	dnsd_leave(w);
	return (replies);
}

void *
dnsd_udp(void *worker)
{
	struct dnsd_worker *w = worker;
	struct mail *b = mem_zero(sizeof(*b));
	unsigned n = BATCH, replies, sent;
	int rc;

	while (!atomic_load_explicit(&w->d->stop, memory_order_relaxed)) {
		prepare(b, n);
		n = 0;
		rc = recvmmsg(w->fd, b->in, BATCH, MSG_WAITFORONE, NULL);
		if (rc <= 0)
			continue;
		n = (unsigned)rc;
		replies = answer(w, b, n);
		/* One that cannot be sent must not hold up the others. */
		for (sent = 0; sent < replies;) {
			rc = sendmmsg(w->fd, b->out + sent, replies - sent, 0);
			sent += rc > 0 ? (unsigned)rc : 1;
		}
	}
	mem_free(b);
	return (NULL);
}
