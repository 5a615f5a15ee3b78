#include <string.h>
#include <sys/time.h>
#include <unistd.h>

#include "base/mem.h"
#include "shell/dnsd_impl.h"
#include "shell/listener.h"
#include "shell/log.h"
#include "view/dns_text.h"

#define BUFFER (4 << 20) /* bytes that wait in the kernel */

/* Who asks for a text, and when. */
struct asking {
	struct node *node;
	uint32_t now;
};

static void
text(void *arg, const char *list, uint64_t subject, char out[DNS_STRING + 1])
{
	struct asking *asking = arg;

	dns_text_write(node_lock(asking->node), list, subject, asking->now,
	    out);
	node_unlock(asking->node);
}

size_t
dnsd_answer(struct dnsd *d, struct dns_asked *a, const struct dnsd_question *q,
    uint8_t *reply)
{
	static const struct dns_zones none;
	struct asking asking = {d->node, a->now};
	enum dnsgate_verdict v = dnsgate_check(d->gate, q->from, q->now);
	size_t len, zone;

	if (v == DNSGATE_DROP) {
		atomic_fetch_add_explicit(&d->limited, 1, memory_order_relaxed);
		return (0);
	}
	/* Whoever may not ask finds no zones here. */
	a->zones = v == DNSGATE_REFUSE ? &none : d->zones;
	a->text = text;
	a->arg = &asking;
	len = dns_answer(a, q->query, q->len, reply);
	zone = a->zone != NULL ? (size_t)(a->zone - a->zones->zones) :
				 POLICY_LISTS;
	atomic_fetch_add_explicit(&d->counts[zone][a->result], 1,
	    memory_order_relaxed);
	return (len);
}

/* ---- Zones ---- */

static struct dns_zones *
zones_make(struct node *node, const struct conf *conf)
{
	struct dns_zones *z = mem_alloc(sizeof(*z));
	struct dns_zones_setup setup = {.ttl = conf->dns_ttl,
	    .negative = conf->dns_negative,
	    .contact = conf->dns_contact != NULL ? conf->dns_contact : ""};
	struct listing *listings[POLICY_LISTS];
	const struct engine *e = node_lock(node);
	const struct policy *p = engine_policy(e);
	size_t i;

	for (i = 0; i < conf->ndns_ns && i < DNS_ZONES_NS; i++)
		setup.ns[setup.nns++] = conf->dns_ns[i];
	for (i = 0; i < p->nlists; i++)
		listings[i] = engine_listing(e, i);
	dns_zones_build(z, p, listings, &setup);
	node_unlock(node);
	return (z);
}

/* Counters follow their zones to new places; under the write lock. */
static void
counts_move(struct dnsd *d, const struct dns_zones *old,
    const struct dns_zones *new)
{
	uint64_t had[POLICY_LISTS][DNS_RESULTS];
	size_t i, k, r;

	for (i = 0; i < POLICY_LISTS; i++)
		for (r = 0; r < DNS_RESULTS; r++)
			had[i][r] = atomic_exchange(&d->counts[i][r], 0);
	for (i = 0; i < new->n; i++)
		for (k = 0; k < old->n; k++)
			for (r = 0; strcmp(new->zones[i].text,
					old->zones[k].text) == 0 &&
			     r < DNS_RESULTS;
			     r++)
				atomic_store(&d->counts[i][r], had[k][r]);
}

void
dnsd_zones(struct dnsd *d)
{
	const struct conf *conf = node_conf(d->node);
	struct dns_zones *zones = zones_make(d->node, conf), *oldzones;
	struct dnsgate *gate, *oldgate;

	gate = dnsgate_new(conf->dns_acl, conf->ndns_acl, conf->dns_rate);
	node_conf_release(d->node);
	pthread_rwlock_wrlock(&d->lock);
	counts_move(d, d->zones, zones);
	oldzones = d->zones;
	oldgate = d->gate;
	d->zones = zones;
	d->gate = gate;
	pthread_rwlock_unlock(&d->lock);
	mem_free(oldzones);
	dnsgate_free(oldgate);
}

static void
counts_write(struct dnsd *d, struct jsonw *w, const char *zone, size_t place)
{
	unsigned r;

	jsonw_object(w);
	jsonw_key(w, "zone");
	jsonw_string(w, zone);
	for (r = 0; r < DNS_RESULTS; r++) {
		jsonw_key(w, dns_result_name(r));
		jsonw_u64(w, atomic_load(&d->counts[place][r]));
	}
	jsonw_end_object(w);
}

void
dnsd_counts(struct dnsd *d, struct jsonw *w)
{
	size_t i;

	jsonw_object(w);
	jsonw_key(w, "limited");
	jsonw_u64(w, atomic_load(&d->limited));
	jsonw_key(w, "zones");
	jsonw_array(w);
	pthread_rwlock_rdlock(&d->lock);
	for (i = 0; i < d->zones->n; i++)
		counts_write(d, w, d->zones->zones[i].text, i);
	pthread_rwlock_unlock(&d->lock);
	counts_write(d, w, "", POLICY_LISTS);
	jsonw_end_array(w);
	jsonw_end_object(w);
}

static void
each_result(struct dnsd *d, size_t place, const char *zone,
    node_dns_count *count, void *to)
{
	unsigned r;

	for (r = 0; r < DNS_RESULTS; r++)
		count(to, zone, dns_result_name(r),
		    atomic_load(&d->counts[place][r]));
}

void
dnsd_each(struct dnsd *d, node_dns_count *count, void *to)
{
	size_t i;

	pthread_rwlock_rdlock(&d->lock);
	for (i = 0; i < d->zones->n; i++)
		each_result(d, i, d->zones->zones[i].text, count, to);
	pthread_rwlock_unlock(&d->lock);
	each_result(d, POLICY_LISTS, "", count, to);
	count(to, "", "limited", atomic_load(&d->limited));
}

/* ---- Start and stop ---- */

static int
start_thread(struct dnsd_worker *w, struct dnsd *d, void *(*body)(void *),
    struct buf *error)
{
	w->d = d;
	if (pthread_create(&w->thread, NULL, body, w) != 0) {
		buf_text(error, "dns: cannot start a thread");
		return (-1);
	}
	w->running = true;
	return (0);
}

/* Open the sockets of one address; UDP ones for ${cores} threads. */
static int
open_sockets(struct dnsd *d, const char *where, size_t cores, struct buf *error)
{
	struct timeval wait = {0, DNSD_POLL * 1000};
	int size = BUFFER, fd = listener_tcp(where, error);
	size_t i;

	if (fd == -1)
		return (-1);
	d->listeners[d->nlisteners++] = fd;
	for (i = 0; i < cores && d->nudp < DNSD_THREADS; i++) {
		fd = listener_udp(where, error);
		if (fd == -1)
			return (-1);
		setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &wait, sizeof(wait));
		setsockopt(fd, SOL_SOCKET, SO_RCVBUF, &size, sizeof(size));
		d->udp[d->nudp++].fd = fd;
	}
	return (0);
}

struct dnsd *
dnsd_start(struct node *node, const struct conf *conf, struct buf *error)
{
	struct dnsd *d = mem_zero(sizeof(*d));
	long cores = sysconf(_SC_NPROCESSORS_ONLN);
	size_t i, each = cores > 0 ? (size_t)cores : 1;
	pthread_rwlockattr_t attr;

	if (each > DNSD_THREADS / CONF_LISTENS)
		each = DNSD_THREADS / CONF_LISTENS;
	d->node = node;
	/* Readers that never pause must not keep new zones out. */
	pthread_rwlockattr_init(&attr);
	pthread_rwlockattr_setkind_np(&attr,
	    PTHREAD_RWLOCK_PREFER_WRITER_NONRECURSIVE_NP);
	pthread_rwlock_init(&d->lock, &attr);
	pthread_rwlockattr_destroy(&attr);
	d->zones = zones_make(node, conf);
	d->gate = dnsgate_new(conf->dns_acl, conf->ndns_acl, conf->dns_rate);
	for (i = 0; i < conf->ndns; i++)
		if (open_sockets(d, conf->dns[i], each, error) != 0)
			goto fail;
	for (i = 0; i < d->nudp; i++)
		if (start_thread(&d->udp[i], d, dnsd_udp, error) != 0)
			goto fail;
	if (d->nlisteners > 0 && start_thread(&d->tcp, d, dnsd_tcp, error) != 0)
		goto fail;
	if (d->nlisteners > 0)
		log_info("dns: %zu zones on %zu addresses", d->zones->n,
		    d->nlisteners);
	return (d);
fail:
	dnsd_stop(d);
	return (NULL);
}

void
dnsd_stop(struct dnsd *d)
{
	size_t i;

	if (d == NULL)
		return;
	atomic_store(&d->stop, true);
	if (d->tcp.running)
		pthread_join(d->tcp.thread, NULL);
	for (i = 0; i < d->nudp; i++) {
		if (d->udp[i].running)
			pthread_join(d->udp[i].thread, NULL);
		close(d->udp[i].fd);
	}
	for (i = 0; i < d->nlisteners; i++)
		close(d->listeners[i]);
	pthread_rwlock_destroy(&d->lock);
	mem_free(d->zones);
	dnsgate_free(d->gate);
	mem_free(d);
}
