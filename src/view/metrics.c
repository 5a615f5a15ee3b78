#include <string.h>

#include "core/listing.h"
#include "view/metrics.h"
#include "view/peers.h"

static const char *const item_names[ITEM_VERDICTS] = {
    [ITEM_ACCEPTED] = "accepted",
    [ITEM_DUPLICATE] = "duplicate",
    [ITEM_FUTURE] = "future",
    [ITEM_OLD] = "old",
    [ITEM_WITHDRAWN] = "withdrawn",
    [ITEM_BUSY] = "busy",
    [ITEM_FULL] = "full",
    [ITEM_ABSENT] = "absent",
};

const char *
metrics_item(enum item_verdict v)
{
	return (item_names[v]);
}

/* ---- Lists ---- */

static void
write_lists(struct promw *w, const struct engine *e)
{
	const struct policy *p = engine_policy(e);
	static const char *const families[] = {"ipv4", "ipv6"};
	size_t counts[2], i, k;

	promw_family(w, "gauge", "virbl_listings",
	    "Subjects that are listed now.");
	for (i = 0; i < p->nlists; i++) {
		listing_count(engine_listing(e, i), &counts[0], &counts[1]);
		for (k = 0; k < 2; k++) {
			promw_sample(w, "");
			promw_label(w, "list", p->lists[i].name);
			promw_label(w, "family", families[k]);
			promw_u64(w, counts[k]);
		}
	}
}

/* ---- The own log ---- */

static void
write_own(struct promw *w, const struct engine *e,
    const struct engine_state *st)
{
	struct engine_member own;

	promw_one(w, "gauge", "virbl_publishing",
	    "1 if the own log may be continued.", st->publishing);
	promw_one(w, "gauge", "virbl_own_log_epoch",
	    "Epoch of the own log, 0 if nothing was published.",
	    st->head.epoch);
	promw_one(w, "gauge", "virbl_own_log_seq",
	    "Number of the newest batch of the own log.", st->head.seq);
	promw_family(w, "gauge", "virbl_own_log_created_timestamp_seconds",
	    "When the newest batch of the own log was made.");
	promw_sample(w, "");
	promw_us(w, (uint64_t)st->head.created * 1000);
	if (engine_member(e, 0, &own) == 0)
		promw_one(w, "counter", "virbl_own_log_records_total",
		    "Records put into the own log.", own.records);
	promw_one(w, "gauge", "virbl_own_log_pending_records",
	    "Own records that are in no batch yet.", st->pending);
}

/* ---- Peers ---- */

/* Records in a batch, on the average and rounded up; at least one. */
static uint64_t
mean_batch(const struct engine *e)
{
	uint64_t batches = 0, records = 0;
	struct engine_member m;
	size_t i;

	for (i = 1; engine_member(e, i, &m) == 0; i++) {
		batches += m.accepted;
		records += m.records;
	}
	if (batches == 0 || records < batches)
		return (1);
	return ((records + batches - 1) / batches);
}

enum peer_metric {
	PEER_UP,
	PEER_SYNC,
	PEER_FROZEN,
	PEER_BATCHES,
	PEER_RECORDS,
	PEER_LAG,
	PEER_METRICS
};

static const struct {
	const char *name;
	const char *help;
} peer_metrics[PEER_METRICS] = {
    [PEER_UP] = {"virbl_peer_up", "1 if the peer answers."},
    [PEER_SYNC] = {"virbl_peer_last_sync_timestamp_seconds",
	"When the peer last gave a good answer, 0 if it never did."},
    [PEER_FROZEN] = {"virbl_peer_frozen",
	"1 if the member signed two histories: nothing it says counts."},
    [PEER_BATCHES] = {"virbl_peer_backlog_batches",
	"Batches the peer announced that are missing here."},
    [PEER_RECORDS] = {"virbl_peer_backlog_records",
	"Records in these batches, estimated from the mean of those taken."},
    [PEER_LAG] = {"virbl_peer_lag_batches",
	"Batches of the own log that the peer did not say it holds."},
};

static void
write_peer_value(struct promw *w, const struct engine *e,
    const struct engine_member *m, enum peer_metric what, uint64_t mean)
{
	promw_sample(w, "");
	promw_label(w, "peer", m->policy->name);
	switch (what) {
	case PEER_UP:
		promw_u64(w, strcmp(m->state, "connected") == 0);
		break;
	case PEER_SYNC:
		promw_us(w, (uint64_t)m->contact * 1000);
		break;
	case PEER_FROZEN:
		promw_u64(w, m->frozen);
		break;
	case PEER_BATCHES:
		promw_u64(w, m->behind);
		break;
	case PEER_RECORDS:
		promw_u64(w, m->behind * mean);
		break;
	default:
		promw_u64(w, peers_lag(e, m));
	}
}

/* Peers that are asked: they have a URL and are trusted above none. */
static bool
asked(const struct engine_member *m)
{
	return (m->frozen ||
	    (m->policy->trust > TRUST_NONE && m->policy->url[0] != '\0'));
}

static void
write_peers(struct promw *w, const struct engine *e)
{
	uint64_t mean = mean_batch(e);
	struct engine_member m;
	unsigned what;
	size_t i;

	for (what = 0; what < PEER_METRICS; what++) {
		promw_family(w, "gauge", peer_metrics[what].name,
		    peer_metrics[what].help);
		for (i = 1; engine_member(e, i, &m) == 0; i++)
			if (m.policy != NULL && asked(&m))
				write_peer_value(w, e, &m, what, mean);
	}
}

/* Counters of members, asked or not. */
static const struct {
	const char *name;
	const char *help;
} member_counters[] = {
    {"virbl_batches_rejected_total",
	"Batches refused that came from this peer."},
    {"virbl_peer_complaints_total",
	"Batches of ours that this peer says it refused."},
};

static void
write_received(struct promw *w, const struct engine *e)
{
	struct engine_member m;
	unsigned what;
	size_t i;

	promw_family(w, "counter", "virbl_records_received_total",
	    "Records of this member that were accepted, whoever brought them, "
	    "and records rejected that came from it.");
	for (i = 1; engine_member(e, i, &m) == 0; i++) {
		if (m.policy == NULL)
			continue;
		promw_sample(w, "");
		promw_label(w, "peer", m.policy->name);
		promw_label(w, "result", "accepted");
		promw_u64(w, m.records);
		promw_sample(w, "");
		promw_label(w, "peer", m.policy->name);
		promw_label(w, "result", "rejected");
		promw_u64(w, m.refused);
	}
	for (what = 0; what < 2; what++) {
		promw_family(w, "counter", member_counters[what].name,
		    member_counters[what].help);
		for (i = 1; engine_member(e, i, &m) == 0; i++) {
			if (m.policy == NULL)
				continue;
			promw_sample(w, "");
			promw_label(w, "peer", m.policy->name);
			promw_u64(w, what == 0 ? m.rejected : m.complaints);
		}
	}
}

/* ---- Counters of the engine ---- */

static void
write_result(struct promw *w, const char *result, uint64_t n)
{
	promw_sample(w, "");
	promw_label(w, "result", result);
	promw_u64(w, n);
}

static void
write_counters(struct promw *w, const struct engine_state *st)
{
	unsigned i;

	promw_family(w, "counter", "virbl_items_total",
	    "What reporters, desks and the operator said, by what became of "
	    "it.");
	for (i = 0; i < ITEM_VERDICTS; i++)
		write_result(w, metrics_item(i), st->items[i]);
	promw_family(w, "counter", "virbl_batches_total",
	    "Batches of others, by verdict; ok: root and signature hold.");
	for (i = 0; i < BATCH_VERDICTS; i++)
		write_result(w, batch_verdict_name(i), st->batches[i]);
	promw_family(w, "counter", "virbl_links_total",
	    "How batches of others stood to the head known.");
	for (i = 0; i < CHAIN_VERDICTS; i++)
		write_result(w, chain_verdict_name(i), st->chains[i]);
	promw_one(w, "gauge", "virbl_subjects",
	    "Subjects that something is remembered of.", st->subjects);
	promw_one(w, "gauge", "virbl_engine_writes",
	    "Writes that the disk has not confirmed.", st->writes);
}

void
metrics_write(struct promw *w, const struct engine *e)
{
	struct engine_state st;

	engine_state(e, &st);
	write_lists(w, e);
	write_own(w, e, &st);
	write_peers(w, e);
	write_received(w, e);
	write_counters(w, &st);
}
