/*
 * The node in numbers, and whether it serves.
 */
#include <string.h>

#include "config.h"

#include "base/promw.h"
#include "shell/meter.h"
#include "shell/procinfo.h"
#include "shell/routes_impl.h"
#include "view/metrics.h"

static void
write_build(struct promw *w)
{
	promw_family(w, "gauge", "virbl_build_info", "The program's version.");
	promw_sample(w, "");
	promw_label(w, "version", PACKAGE_VERSION);
	promw_u64(w, 1);
}

static void
write_ready(struct node *node, struct promw *w)
{
	struct buf why;

	buf_init(&why, 1024);
	promw_one(w, "gauge", "virbl_ready", "1 if GET /readyz answers 200.",
	    node_ready(node, &why));
	buf_free(&why);
}

static void
write_store(struct node *node, struct promw *w)
{
	struct store_stats st;

	store_stats(node_store(node), &st);
	promw_one(w, "gauge", "virbl_db_size_bytes",
	    "The database and its write-ahead log.", st.bytes);
	promw_one(w, "gauge", "virbl_store_queue_writes",
	    "Writes that wait for the disk.", st.queue);
	promw_one(w, "gauge", "virbl_store_queue_bytes",
	    "Bytes in these writes.", st.queue_bytes);
	promw_one(w, "counter", "virbl_store_writes_total",
	    "Writes that are on disk.", st.writes);
	promw_family(w, "summary", "virbl_store_commit_duration_seconds",
	    "Time that transactions took, their sync included.");
	promw_sample(w, "_sum");
	promw_us(w, st.us);
	promw_sample(w, "_count");
	promw_u64(w, st.commits);
}

static void
write_dns_count(void *arg, const char *zone, const char *result, uint64_t n)
{
	struct promw *w = arg;

	promw_sample(w, "");
	promw_label(w, "zone", zone);
	promw_label(w, "result", result);
	promw_u64(w, n);
}

static void
write_dns(struct node *node, struct promw *w)
{
	const struct node_dns *dns = node_dns(node);

	if (dns == NULL)
		return;
	promw_family(w, "counter", "virbl_dns_queries_total",
	    "DNS questions by zone and result; an empty zone is none of "
	    "ours.");
	dns->each(dns->arg, write_dns_count, w);
}

void
routes_health_metrics(struct node *node, struct request *q, struct response *r)
{
	struct promw w;

	(void)q;
	r->status = 200;
	r->type = PROMW_TYPE;
	promw_init(&w, &r->body);
	write_build(&w);
	write_ready(node, &w);
	metrics_write(&w, node_lock(node));
	node_unlock(node);
	meter_write(node_meter(node), &w, routes_name);
	write_dns(node, &w);
	write_store(node, &w);
	procinfo_write(&w);
}

/* ---- GET /healthz, GET /readyz ---- */

void
routes_health_live(struct node *node, struct request *q, struct response *r)
{
	(void)node;
	(void)q;
	r->status = 200;
	r->type = "text/plain; charset=utf-8";
	buf_text(&r->body, "ok\n");
}

void
routes_health_ready(struct node *node, struct request *q, struct response *r)
{
	struct buf why;

	(void)q;
	buf_init(&why, 1024);
	if (node_ready(node, &why)) {
		r->status = 200;
		r->type = "text/plain; charset=utf-8";
		buf_text(&r->body, "ready\n");
	} else {
		routes_problem(r, 503, buf_string(&why), "ask again soon");
		r->retry = 1;
	}
	buf_free(&why);
}
