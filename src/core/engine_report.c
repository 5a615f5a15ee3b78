#include <assert.h>
#include <string.h>

#include "base/mem.h"
#include "base/text.h"
#include "core/engine_parts.h"
#include "form/pending.h"

/* What is being gathered into one WRITE_PENDING. */
struct gather {
	struct own_record records[PENDING_RECORDS];
	struct write_id ids[PENDING_RECORDS];
	size_t n;
	size_t nids;
	const char *who; /* of the event */
};

/* What is known of a subject that bears on an own item. */
struct marks {
	uint32_t retracted; /* by us, up to */
	uint32_t cleared; /* up to */
	uint32_t seen; /* our newest sighting */
};

static uint32_t
later(uint32_t a, uint32_t b)
{
	return (a > b ? a : b);
}

static void
read_marks(struct engine *e, uint64_t subject, struct marks *m)
{
	const struct vote *v;
	bool clearances = false;
	size_t i, n;

	memset(m, 0, sizeof(*m));
	v = votes_get(e->votes, subject, &n);
	for (i = 0; i < n; i++) {
		if (v[i].what == VOTE_CLEARANCE || v[i].what == VOTE_CLEARED)
			clearances = true;
		else if (v[i].member != 0)
			continue;
		else if (v[i].what == VOTE_RETRACTION)
			m->retracted = later(m->retracted, v[i].seen);
		else
			m->seen = later(m->seen, v[i].seen);
	}
	if (clearances)
		m->cleared = rule_prepare(e->rule, members_world(e->members),
		    subject, v, n, wall_sec(e->now));
	m->retracted = later(m->retracted, map64_get(e->retracting, subject));
	m->cleared = later(m->cleared, map64_get(e->clearing, subject));
}

/* Decide about one item; give its time if it is accepted. */
static enum item_verdict
judge(struct engine *e, const struct item *item, uint32_t *seen)
{
	uint32_t now = wall_sec(e->now);
	uint32_t retention = members_world(e->members)->retention;
	struct marks m;

	if (item->kind > RECORD_CLEARANCE)
		return (engine_exempt_judge(e, item));
	if (item->idhash != 0 &&
	    map64_get(e->ids, item->idhash) > engine_time_horizon(e))
		return (ITEM_DUPLICATE);
	if (item->seen > (uint64_t)now + ENGINE_LATE)
		return (ITEM_FUTURE);
	if (item->seen != 0 && (uint64_t)item->seen + retention < now)
		return (ITEM_OLD);
	*seen = item->seen > now ? now : item->seen;
	read_marks(e, item->subject, &m);
	if (item->kind != RECORD_SIGHTING) {
		/* All that was said before counts as before, even if its time
		   was moved past an earlier mark. */
		if (*seen == 0)
			*seen = m.seen <= (uint64_t)now + ENGINE_LATE ?
			    later(now, m.seen) :
			    now;
		return (ITEM_ACCEPTED);
	}
	if (*seen == 0)
		*seen = later(now, later(m.retracted, m.cleared) + 1);
	/* Within one second, what was said later came later. */
	else if (*seen == later(m.retracted, m.cleared))
		(*seen)++;
	else if (*seen <= m.retracted)
		return (ITEM_WITHDRAWN);
	return (ITEM_ACCEPTED);
}

/* True if no more can be taken now. */
static bool
busy(const struct engine *e, const struct gather *g)
{
	return (!e->started || writes_count(e->writes) >= ENGINE_WRITES ||
	    backlog_count(e->backlog) + e->unwritten + g->n >= ENGINE_PENDING ||
	    map64_count(e->ids) >= ENGINE_IDS);
}

/* Begin to gather what ${who}, NULL nobody, says. */
static struct gather *
gather_new(const char *who)
{
	struct gather *g = mem_alloc(sizeof(*g));

	g->n = 0;
	g->nids = 0;
	g->who = who;
	return (g);
}

/* Give what was gathered to the disk. */
static void
flush(struct engine *e, struct gather *g)
{
	struct record *records;
	const char *const *names;
	struct action *a;
	struct write *w;
	uint8_t *bytes;
	size_t i, nnames, len;

	if (g->n == 0 && g->nids == 0)
		return;
	records = mem_array(NULL, g->n + 1, sizeof(*records));
	threats_begin(e->threats);
	for (i = 0; i < g->n; i++) {
		records[i] = g->records[i].r;
		records[i].threat =
		    threats_local(e->threats, g->records[i].threat);
	}
	names = threats_table(e->threats, &nnames);
	bytes = mem_alloc(PENDING_BYTES);
	len = pending_encode(records, g->n, names, nnames, bytes);
	mem_free(records);
	w = writes_add(e->writes, WRITE_PENDING, mem_array(bytes, len, 1), len);
	w->records = mem_dup(g->records, g->n * sizeof(*g->records));
	w->nrecords = g->n;
	if (g->who != NULL)
		w->who = mem_string(g->who);
	a = engine_persist(e, w);
	a->u.persist.nids = g->nids;
	if (g->nids > 0) {
		struct write_id *ids =
		    outbox_keep(e->out, mem_alloc(g->nids * sizeof(*ids)));

		memcpy(ids, g->ids, g->nids * sizeof(*ids));
		a->u.persist.ids = ids;
	}
	e->unwritten += g->n;
	g->n = 0;
	g->nids = 0;
}

/* True if the own node owns ${subject}. */
static bool
own_subject(const struct engine *e, uint64_t subject)
{
	const struct policy_member *own = &e->policy->members[0];
	size_t i;

	for (i = 0; i < own->nprefixes; i++)
		if (prefix_contains(&own->prefixes[i], subject))
			return (true);
	return (false);
}

static void
gather_record(struct engine *e, struct gather *g, const struct item *item,
    uint32_t seen)
{
	struct own_record *o = &g->records[g->n++];

	memset(o, 0, sizeof(*o));
	o->r.kind = item->kind;
	o->r.subject = item->subject;
	o->r.last = seen;
	if (item->kind == RECORD_RETRACTION)
		map64_set(e->retracting, item->subject, seen);
	if (item->kind == RECORD_CLEARANCE)
		map64_set(e->clearing, item->subject, seen);
	if (item->kind != RECORD_SIGHTING)
		return;
	assert(item->category >= 1 && item->category <= CATEGORY_MAX);
	assert(item->basis <= BASIS_MAX);
	o->r.category = item->category;
	o->r.basis = item->basis;
	o->r.flags = item->flags & SIGHTING_FLAGS;
	o->r.count = item->count == 0 ? 1 : item->count;
	o->r.first = seen;
	o->r.sport = item->sport;
	o->r.dport = item->dport;
	if (text_name(item->threat)) {
		o->threat = threats_number(e->threats, item->threat,
		    strlen(item->threat));
		o->namelen =
		    (uint8_t)strlen(threats_name(e->threats, o->threat));
	}
}

/* Take an accepted item. */
static void
accept(struct engine *e, struct gather *g, const struct item *item,
    uint32_t seen)
{
	struct write_id id = {item->idhash,
	    wall_sec(e->now) + ENGINE_ID_DAYS * 86400};
	struct write *w;

	assert(item->kind >= 1 && item->kind <= RECORD_KIND_MAX);
	if (item->kind > RECORD_CLEARANCE) {
		engine_exempt_accept(e, item);
		return;
	}
	if (item->kind == RECORD_CLEARANCE &&
	    (item->local || !own_subject(e, item->subject))) {
		w = writes_add(e->writes, WRITE_CLEARED, NULL, 0);
		w->subject = item->subject;
		w->time = seen;
		if (g->who != NULL)
			w->who = mem_string(g->who);
		map64_set(e->clearing, item->subject, seen);
		engine_persist(e, w);
	} else
		gather_record(e, g, item, seen);
	if (id.hash != 0) {
		map64_set(e->ids, id.hash, id.expires);
		g->ids[g->nids++] = id;
	}
	if (g->n == PENDING_RECORDS || g->nids == PENDING_RECORDS)
		flush(e, g);
}

/*
 * Answer now if nothing is to be waited for. A duplicate may be one of
 * something that is itself still on its way to the disk.
 */
static void
reply(struct engine *e, uint64_t ticket, uint8_t *verdicts, size_t n, bool wait)
{
	struct write *w = wait ? writes_newest(e->writes) : NULL;
	struct write_reply *r;
	struct action *a;

	if (w == NULL) {
		outbox_keep(e->out, verdicts);
		a = outbox_add(e->out, ACT_REPLY);
		a->u.reply.ticket = ticket;
		a->u.reply.verdicts = verdicts;
		a->u.reply.n = n;
		return;
	}
	r = mem_zero(sizeof(*r));
	r->ticket = ticket;
	r->verdicts = verdicts;
	r->n = n;
	r->later = w->replies;
	w->replies = r;
}

void
engine_report_take(struct engine *e, const struct event *event)
{
	const struct item *items = event->u.report.items;
	size_t i, n = event->u.report.n;
	uint8_t *verdicts = mem_alloc(n);
	struct gather *g = gather_new(event->u.report.who);
	bool wait = false;
	enum item_verdict v;
	uint32_t seen = 0;

	for (i = 0; i < n; i++) {
		v = i >= ENGINE_REPORT || busy(e, g) ?
		    ITEM_BUSY :
		    judge(e, &items[i], &seen);
		if (v == ITEM_ACCEPTED)
			accept(e, g, &items[i], seen);
		wait = wait || v == ITEM_ACCEPTED || v == ITEM_DUPLICATE;
		verdicts[i] = (uint8_t)v;
		e->items[v]++;
	}
	flush(e, g);
	mem_free(g);
	reply(e, event->u.report.ticket, verdicts, n, wait);
}

void
engine_report_own(struct engine *e, const struct record *records, size_t n)
{
	struct gather *g = gather_new(NULL);
	size_t i;

	for (i = 0; i < n; i++) {
		g->records[g->n++] = (struct own_record){.r = records[i]};
		if (g->n == PENDING_RECORDS)
			flush(e, g);
	}
	flush(e, g);
	mem_free(g);
}

/* The mark at ${time} is in the votes now. */
static void
mark_durable(struct map64 *marks, uint64_t subject, uint32_t time)
{
	if (map64_get(marks, subject) == time)
		map64_set(marks, subject, 0);
}

void
engine_report_durable(struct engine *e, struct write *w)
{
	const struct own_record *o;
	size_t i;

	if (w->kind == WRITE_CLEARED) {
		engine_list_cleared(e, w->subject, w->time);
		mark_durable(e->clearing, w->subject, w->time);
		return;
	}
	for (i = 0; i < w->nrecords; i++) {
		o = &w->records[i];
		engine_list_vote(e, 0, &o->r, o->threat);
		if (o->r.kind == RECORD_RETRACTION)
			mark_durable(e->retracting, o->r.subject, o->r.last);
		if (o->r.kind == RECORD_CLEARANCE)
			mark_durable(e->clearing, o->r.subject, o->r.last);
	}
	e->unwritten -= w->nrecords;
	if (w->nrecords > 0)
		backlog_add(e->backlog, w->serial, w->records, w->nrecords);
}

int
engine_report_load(struct engine *e, const struct event *event)
{
	struct pending *p = mem_alloc(sizeof(*p));
	struct own_record *records;
	const struct batch_name *name;
	const char *error;
	size_t i;

	error = pending_decode(event->u.loaded.bytes, event->u.loaded.len, p);
	if (error != NULL) {
		outbox_trace(e->out, 3,
		    outbox_text(e->out, "stored reports cannot be read: %s",
			error));
		mem_free(p);
		return (-1);
	}
	records = mem_zero((p->nrecords + 1) * sizeof(*records));
	for (i = 0; i < p->nrecords; i++) {
		records[i].r = p->records[i];
		if (p->records[i].threat != 0) {
			name = &p->names[p->records[i].threat - 1];
			records[i].threat =
			    threats_number(e->threats, name->text, name->len);
			records[i].namelen = name->len;
		}
		engine_list_vote(e, 0, &records[i].r, records[i].threat);
	}
	if (p->nrecords > 0)
		backlog_add(e->backlog, event->u.loaded.serial, records,
		    p->nrecords);
	mem_free(records);
	mem_free(p);
	return (0);
}
