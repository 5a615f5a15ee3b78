/*
 * What DNS answers from: zones and gate in force, and the counters.
 */
#include <sched.h>
#include <string.h>

#include "base/mem.h"
#include "shell/dnsd_impl.h"

/* ---- For workers ---- */

struct dnsd_view *
dnsd_enter(struct dnsd_worker *w)
{
	struct dnsd_view *v = atomic_load(&w->d->view), *noted;

	w->patience = DNSD_PATIENCE;
	/* What is still in force after it was noted is not freed: whoever
	   replaces it later will see the note. */
	do {
		noted = v;
		atomic_store(&w->using, noted);
		v = atomic_load(&w->d->view);
	} while (v != noted);
	return (v);
}

void
dnsd_leave(struct dnsd_worker *w)
{
	atomic_store_explicit(&w->using, NULL, memory_order_release);
}

/* ---- Views ---- */

static void
zones_fill(struct dns_zones *z, struct node *node, const struct conf *conf)
{
	struct dns_zones_setup setup = {.ttl = conf->dns_ttl,
	    .negative = conf->dns_negative,
	    .contact = conf->dns_contact != NULL ? conf->dns_contact : "",
	    .version = conf->dns_version,
	    .closed = conf->dns_closed,
	    .nclosed = conf->ndns_closed};
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
}

static struct dnsd_view *
view_new(struct dnsd *d, const struct conf *conf)
{
	struct dnsd_view *v =
	    mem_zero(sizeof(*v) + d->nworkers * sizeof(v->counts[0]));

	zones_fill(&v->zones, d->node, conf);
	v->gate = dnsgate_new(conf->dns_acl, conf->ndns_acl, conf->dns_rate);
	return (v);
}

/* What was counted in ${zone} of ${v} so far. */
static uint64_t
counted(const struct dnsd *d, const struct dnsd_view *v, size_t zone,
    size_t result)
{
	uint64_t sum = v->before[zone][result];
	size_t i;

	for (i = 0; i < d->nworkers; i++)
		sum += atomic_load_explicit(&v->counts[i][zone][result],
		    memory_order_relaxed);
	return (sum);
}

/* Zones that go on keep their counters. */
static void
counts_keep(const struct dnsd *d, const struct dnsd_view *old,
    struct dnsd_view *v)
{
	const struct dns_zone *a = old->zones.zones, *b = v->zones.zones;
	size_t i, k, r;

	for (r = 0; r < DNS_RESULTS; r++)
		v->before[DNS_ZONES][r] = counted(d, old, DNS_ZONES, r);
	for (i = 0; i < old->zones.n; i++)
		for (k = 0; k < v->zones.n; k++)
			for (r = 0; strcmp(a[i].text, b[k].text) == 0 &&
			     r < DNS_RESULTS;
			     r++)
				v->before[k][r] = counted(d, old, i, r);
}

/* Wait until no worker looks at ${v}: a batch at most. */
static void
await_unused(struct dnsd *d, const struct dnsd_view *v)
{
	size_t i;

	for (i = 0; i < d->nworkers; i++)
		while (atomic_load(&d->workers[i].using) == v)
			sched_yield();
}

void
dnsd_view_set(struct dnsd *d, const struct conf *conf)
{
	struct dnsd_view *v = view_new(d, conf), *old;

	pthread_mutex_lock(&d->mutex);
	old = atomic_exchange(&d->view, v);
	d->views++;
	if (old != NULL) {
		await_unused(d, old);
		counts_keep(d, old, v);
		dnsgate_free(old->gate);
		mem_free(old);
	}
	pthread_mutex_unlock(&d->mutex);
}

void
dnsd_zones(struct dnsd *d)
{
	dnsd_view_set(d, node_conf(d->node));
	node_conf_release(d->node);
}

/* ---- For people ---- */

static void
counts_write(struct dnsd *d, struct jsonw *w, const char *name, size_t zone)
{
	const struct dnsd_view *v = atomic_load(&d->view);
	unsigned r;

	jsonw_object(w);
	jsonw_key(w, "zone");
	jsonw_string(w, name);
	jsonw_key(w, "closed");
	jsonw_bool(w, zone < DNS_ZONES && v->zones.zones[zone].closed);
	for (r = 0; r < DNS_RESULTS; r++) {
		jsonw_key(w, dns_result_name(r));
		jsonw_u64(w, counted(d, v, zone, r));
	}
	jsonw_end_object(w);
}

static uint64_t
limited(const struct dnsd *d)
{
	uint64_t sum = 0;
	size_t i;

	for (i = 0; i < d->nworkers; i++)
		sum += atomic_load_explicit(&d->workers[i].limited,
		    memory_order_relaxed);
	return (sum);
}

void
dnsd_counts(struct dnsd *d, struct jsonw *w)
{
	size_t i;

	pthread_mutex_lock(&d->mutex);
	jsonw_object(w);
	jsonw_key(w, "problem");
	jsonw_string(w, d->problem[0] != '\0' ? d->problem : NULL);
	jsonw_key(w, "limited");
	jsonw_u64(w, limited(d));
	jsonw_key(w, "zones");
	jsonw_array(w);
	for (i = 0; i < atomic_load(&d->view)->zones.n; i++)
		counts_write(d, w, atomic_load(&d->view)->zones.zones[i].text,
		    i);
	counts_write(d, w, "", DNS_ZONES);
	jsonw_end_array(w);
	jsonw_end_object(w);
	pthread_mutex_unlock(&d->mutex);
}

void
dnsd_each(struct dnsd *d, node_dns_count *count, void *to)
{
	const struct dnsd_view *v;
	size_t i, zone;
	unsigned r;

	pthread_mutex_lock(&d->mutex);
	v = atomic_load(&d->view);
	for (i = 0; i <= v->zones.n; i++) {
		zone = i < v->zones.n ? i : DNS_ZONES;
		for (r = 0; r < DNS_RESULTS; r++)
			count(to, i < v->zones.n ? v->zones.zones[i].text : "",
			    dns_result_name(r), counted(d, v, zone, r));
	}
	pthread_mutex_unlock(&d->mutex);
	count(to, "", "limited", limited(d));
}

bool
dnsd_ready(struct dnsd *d, struct buf *why)
{
	bool ready;

	pthread_mutex_lock(&d->mutex);
	ready = d->checked && d->problem[0] == '\0';
	if (!ready)
		buf_text(why,
		    d->checked ? d->problem :
				 "dns: the test points were not asked yet");
	pthread_mutex_unlock(&d->mutex);
	return (ready);
}
