/*
 * One question: who asks, what is answered, and counting it.
 */
#include <string.h>

#include "shell/dnsd_impl.h"
#include "view/dns_text.h"

/* Split ${from} into its port and address. */
static in_port_t
split(const struct sockaddr_storage *from, uint64_t address[2])
{
	const struct sockaddr_in *in4 = (const void *)from;
	const struct sockaddr_in6 *in6 = (const void *)from;

	address[0] = address[1] = 0;
	if (from->ss_family == AF_INET) {
		memcpy(address, &in4->sin_addr, sizeof(in4->sin_addr));
		return (in4->sin_port);
	}
	memcpy(address, &in6->sin6_addr, sizeof(in6->sin6_addr));
	return (in6->sin6_port);
}

void
dnsd_probe(struct dnsd *d, const struct sockaddr_storage *from)
{
	uint64_t address[2];
	in_port_t port;

	atomic_store_explicit(&d->probe, 0, memory_order_relaxed);
	if (from == NULL)
		return;
	port = split(from, address);
	atomic_store_explicit(&d->probe_address[0], address[0],
	    memory_order_relaxed);
	atomic_store_explicit(&d->probe_address[1], address[1],
	    memory_order_relaxed);
	atomic_store_explicit(&d->probe, port, memory_order_release);
}

bool
dnsd_probing(struct dnsd *d, const struct sockaddr_storage *from)
{
	in_port_t port = atomic_load_explicit(&d->probe, memory_order_acquire);
	uint64_t address[2];

	return (port != 0 && split(from, address) == port &&
	    atomic_load_explicit(&d->probe_address[0], memory_order_relaxed) ==
		address[0] &&
	    atomic_load_explicit(&d->probe_address[1], memory_order_relaxed) ==
		address[1]);
}

/* Who asks for a text, and when. */
struct asking {
	struct dnsd_worker *w;
	const struct dns_zones *zones;
	uint32_t now;
};

static void
text(void *arg, const char *list, uint64_t subject, char out[DNS_STRING + 1])
{
	struct asking *asking = arg;
	struct node *node = asking->w->d->node;
	const struct engine *e = node_lock_soon(node, asking->w->patience);

	/* An engine that is busy for long must not hold up other answers. */
	if (e == NULL) {
		asking->w->patience = 0;
		dns_text_brief(list, asking->zones->url, subject, out);
		return;
	}
	dns_text_write(e, list, subject, asking->now, out);
	node_unlock(node);
}

/* Add one; each counter has one thread that writes it. */
static void
count(_Atomic uint64_t *counter)
{
	atomic_store_explicit(counter,
	    atomic_load_explicit(counter, memory_order_relaxed) + 1,
	    memory_order_relaxed);
}

size_t
dnsd_answer(struct dnsd_worker *w, struct dnsd_view *view, struct dns_asked *a,
    const struct dnsd_question *q, uint8_t *reply)
{
	static const enum dns_manner manners[] = {[DNSGATE_PASS] = DNS_OPEN,
	    [DNSGATE_REFUSE] = DNS_REFUSING,
	    [DNSGATE_TCP] = DNS_TO_TCP};
	struct asking asking = {w, &view->zones, a->now};
	bool probing = dnsd_probing(w->d, q->from);
	enum dnsgate_verdict v;
	size_t len, zone;

	a->zones = &view->zones;
	a->text = text;
	a->arg = &asking;
	a->manner = DNS_OPEN;
	if (probing)
		return (dns_answer(a, q->query, q->len, reply));
	v = dnsgate_check(view->gate, q->from, a->tcp, q->now);
	if (v == DNSGATE_TCP || v == DNSGATE_DROP)
		count(&w->limited);
	if (v == DNSGATE_DROP)
		return (0);
	a->manner = manners[v];
	if (a->manner == DNS_OPEN &&
	    atomic_load_explicit(&w->d->failing, memory_order_relaxed))
		a->manner = DNS_FAILING;
	len = dns_answer(a, q->query, q->len, reply);
	zone =
	    a->zone != NULL ? (size_t)(a->zone - view->zones.zones) : DNS_ZONES;
	count(&view->counts[w->number][zone][a->result]);
	return (len);
}
