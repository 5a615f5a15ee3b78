#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <string.h>

#include "base/mem.h"
#include "base/text.h"
#include "shell/meter.h"

#define CLASSES 6 /* of statuses: the hundreds; 0 is anything else */

/* Upper ends of the buckets, microseconds, and how they are written. */
static const struct {
	uint64_t us;
	const char *le;
} buckets[] = {
    {500, "0.0005"},
    {1000, "0.001"},
    {2500, "0.0025"},
    {5000, "0.005"},
    {10000, "0.01"},
    {25000, "0.025"},
    {50000, "0.05"},
    {100000, "0.1"},
    {250000, "0.25"},
    {500000, "0.5"},
    {1000000, "1"},
    {2500000, "2.5"},
    {10000000, "10"},
};

#define BUCKETS (sizeof(buckets) / sizeof(buckets[0]))

static const char *const results[METER_RESULTS] = {
    [METER_ACCEPTED] = "accepted",
    [METER_DUPLICATE] = "duplicate",
    [METER_REFUSED] = "refused",
    [METER_BUSY] = "busy",
    [METER_UNPARSED] = "unparsed",
};

struct route_count {
	_Atomic uint64_t statuses[CLASSES];
	_Atomic uint64_t took[BUCKETS + 1]; /* the last: longer */
	_Atomic uint64_t us;
};

struct adapter {
	char name[METER_ADAPTER + 1];
	uint64_t counts[METER_RESULTS];
};

struct meter {
	struct route_count routes[METER_ROUTES];
	pthread_mutex_t mutex; /* of all below */
	struct adapter adapters[METER_ADAPTERS + 1]; /* the last: other */
	size_t n;
};

struct meter *
meter_new(void)
{
	struct meter *m = mem_zero(sizeof(*m));

	pthread_mutex_init(&m->mutex, NULL);
	text_copy(m->adapters[METER_ADAPTERS].name, METER_ADAPTER + 1, "other");
	return (m);
}

static void
add(_Atomic uint64_t *n, uint64_t more)
{
	atomic_fetch_add_explicit(n, more, memory_order_relaxed);
}

static uint64_t
get(_Atomic uint64_t *n)
{
	return (atomic_load_explicit(n, memory_order_relaxed));
}

void
meter_request(struct meter *m, unsigned route, unsigned status, uint64_t us)
{
	struct route_count *r;
	size_t i = 0;

	r = &m->routes[route < METER_ROUTES ? route : METER_ROUTES - 1];
	while (i < BUCKETS && us > buckets[i].us)
		i++;
	add(&r->took[i], 1);
	add(&r->us, us);
	add(&r->statuses[status / 100 < CLASSES ? status / 100 : 0], 1);
}

static bool
name_valid(const char *name)
{
	size_t len = strspn(name, "abcdefghijklmnopqrstuvwxyz0123456789-_");

	return (len > 0 && len <= METER_ADAPTER && name[len] == '\0');
}

/* The counters of ${name}, with the mutex held. */
static struct adapter *
adapter_for(struct meter *m, const char *name)
{
	size_t i;

	for (i = 0; i < m->n; i++)
		if (strcmp(m->adapters[i].name, name) == 0)
			return (&m->adapters[i]);
	if (m->n == METER_ADAPTERS || !name_valid(name))
		return (&m->adapters[METER_ADAPTERS]);
	text_copy(m->adapters[m->n].name, METER_ADAPTER + 1, name);
	return (&m->adapters[m->n++]);
}

void
meter_intake(struct meter *m, const char *adapter, enum meter_result result,
    uint64_t n)
{
	if (n == 0)
		return;
	pthread_mutex_lock(&m->mutex);
	adapter_for(m, adapter)->counts[result] += n;
	pthread_mutex_unlock(&m->mutex);
}

void
meter_verdicts(struct meter *m, const char *adapter, const uint8_t *verdicts,
    size_t n)
{
	uint64_t counts[METER_RESULTS] = {0};
	enum meter_result result;
	size_t i;

	for (i = 0; i < n; i++) {
		switch (verdicts[i]) {
		case ITEM_ACCEPTED:
			result = METER_ACCEPTED;
			break;
		case ITEM_DUPLICATE:
			result = METER_DUPLICATE;
			break;
		case ITEM_BUSY:
			result = METER_BUSY;
			break;
		default:
			result = METER_REFUSED;
		}
		counts[result]++;
	}
	for (i = 0; i < METER_RESULTS; i++)
		meter_intake(m, adapter, (enum meter_result)i, counts[i]);
}

static void
write_adapter(struct promw *w, const struct adapter *a)
{
	size_t i;

	for (i = 0; i < METER_RESULTS; i++) {
		promw_sample(w, "");
		promw_label(w, "adapter", a->name);
		promw_label(w, "result", results[i]);
		promw_u64(w, a->counts[i]);
	}
}

static void
write_intake(struct meter *m, struct promw *w)
{
	const struct adapter *other = &m->adapters[METER_ADAPTERS];
	uint64_t some = 0;
	size_t i;

	promw_family(w, "counter", "virbl_observations_total",
	    "Sightings reported to this node, by what brought them and what "
	    "became of them.");
	pthread_mutex_lock(&m->mutex);
	for (i = 0; i < m->n; i++)
		write_adapter(w, &m->adapters[i]);
	for (i = 0; i < METER_RESULTS; i++)
		some += other->counts[i];
	if (some > 0)
		write_adapter(w, other);
	pthread_mutex_unlock(&m->mutex);
}

/* Begin a sample of the route; false if it was never used. */
static bool
begin(struct meter *m, struct promw *w, unsigned i, meter_route *route,
    const char *suffix)
{
	const char *method = "", *pattern = "";
	uint64_t n = 0;
	size_t k;

	for (k = 0; k <= BUCKETS; k++)
		n += get(&m->routes[i].took[k]);
	if (n == 0)
		return (false);
	if (!route(i, &method, &pattern))
		method = pattern = "";
	promw_sample(w, suffix);
	promw_label(w, "method", method);
	promw_label(w, "route", pattern);
	return (true);
}

static void
write_times(struct meter *m, struct promw *w, unsigned i, meter_route *route)
{
	uint64_t n = 0;
	size_t k;

	for (k = 0; k <= BUCKETS; k++) {
		if (!begin(m, w, i, route, "_bucket"))
			return;
		n += get(&m->routes[i].took[k]);
		promw_label(w, "le", k < BUCKETS ? buckets[k].le : "+Inf");
		promw_u64(w, n);
	}
	begin(m, w, i, route, "_sum");
	promw_us(w, get(&m->routes[i].us));
	begin(m, w, i, route, "_count");
	promw_u64(w, n);
}

static void
write_statuses(struct meter *m, struct promw *w, unsigned i, meter_route *route)
{
	char code[4] = "?xx";
	unsigned k;

	for (k = 0; k < CLASSES; k++) {
		if (get(&m->routes[i].statuses[k]) == 0 ||
		    !begin(m, w, i, route, ""))
			continue;
		code[0] = (char)('0' + k);
		promw_label(w, "code", code);
		promw_u64(w, get(&m->routes[i].statuses[k]));
	}
}

void
meter_write(struct meter *m, struct promw *w, meter_route *route)
{
	unsigned i;

	write_intake(m, w);
	promw_family(w, "counter", "virbl_http_requests_total",
	    "Requests answered, by route and class of the status; an empty "
	    "route is one that does not exist.");
	for (i = 0; i < METER_ROUTES; i++)
		write_statuses(m, w, i, route);
	promw_family(w, "histogram", "virbl_http_request_duration_seconds",
	    "Time from a request to its answer, without what long-polls "
	    "slept.");
	for (i = 0; i < METER_ROUTES; i++)
		write_times(m, w, i, route);
}

void
meter_free(struct meter *m)
{
	if (m == NULL)
		return;
	pthread_mutex_destroy(&m->mutex);
	mem_free(m);
}
