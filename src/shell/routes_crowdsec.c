/*
 * The local API of CrowdSec, as far as its bouncers use it: they block what is
 * listed here, unchanged.
 */
#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "base/mem.h"
#include "base/text.h"
#include "shell/board.h"
#include "shell/pulls.h"
#include "shell/routes_impl.h"
#include "view/decision.h"
#include "view/export.h"
#include "view/merge.h"

#define CHUNK 1024 /* decisions written at once */

/* A subject that may be listed, or a range of them. */
struct where {
	enum { EVERYWHERE, WITHIN, ONE, NOWHERE } kind;
	struct prefix prefix; /* WITHIN */
	uint64_t subject; /* ONE */
};

/* Everything wanted, merged. */
struct all {
	struct merge merge;
	struct listing_row *rows[POLICY_LISTS]; /* owned */
};

static void
all_read(struct all *a, const struct board *b, const struct where *where,
    uint32_t now)
{
	const struct bouncer_filter *f = &b->filter;
	struct export_filter filter = {.within = where->kind == WITHIN,
	    .prefix = where->prefix,
	    .family = f->four && f->six ? 0 :
		f->four			? 4 :
					  6};
	size_t i, n;

	for (i = 0; (f->four || f->six) && i < b->n; i++) {
		if ((f->lists & 1u << i) == 0)
			continue;
		n = listing_snapshot(b->lists[i].listing, now, &a->rows[i]);
		a->merge.rows[i] = a->rows[i];
		a->merge.left[i] = export_select(a->rows[i], n, &filter);
	}
}

static void
all_free(struct all *a)
{
	size_t i;

	for (i = 0; i < POLICY_LISTS; i++)
		mem_free(a->rows[i]);
}

static bool
family_wanted(const struct board *b, uint64_t subject)
{
	return (subject_is_v4(subject) ? b->filter.four : b->filter.six);
}

/* What is asked for. */
static struct bouncer_ask
read_ask(const struct request *q, const char *scopes)
{
	return ((struct bouncer_ask){.scopes = scopes,
	    .types = q->query(q, "type"),
	    .origins = q->query(q, "origins"),
	    .containing = q->query(q, "scenarios_containing"),
	    .without = q->query(q, "scenarios_not_containing")});
}

/* ---- GET /v1/decisions ---- */

/* Of many decisions. */
struct listed {
	struct board board;
	struct all all;
	uint32_t now;
	size_t count;
	bool ended;
};

static void
listed_done(void *arg)
{
	struct listed *x = arg;

	all_free(&x->all);
	mem_free(x);
}

static void
write_listed(const struct board *b, struct buf *out,
    const struct merge_row *row, uint32_t now)
{
	const struct decision d = {.subject = row->subject,
	    .list = b->lists[row->list].list.name,
	    .until = row->until,
	    .seconds = (int64_t)row->until - now};

	decision_write(out, &d);
}

static void
listed_more(void *arg, struct buf *out)
{
	struct listed *x = arg;
	struct merge_row row;
	size_t i;

	for (i = 0; !x->ended && i < CHUNK; i++) {
		if (!merge_next(&x->all.merge, &row)) {
			/* Clients look for null. */
			buf_text(out, x->count > 0 ? "\n]\n" : "null\n");
			x->ended = true;
			return;
		}
		buf_text(out, x->count++ > 0 ? ",\n" : "[\n");
		write_listed(&x->board, out, &row, x->now);
	}
}

/* True if ${name} is given as no. */
static bool
is_no(const struct request *q, const char *name)
{
	const char *text = q->query(q, name);

	return (text != NULL &&
	    (strcasecmp(text, "false") == 0 || strcmp(text, "0") == 0));
}

/* The value of a decision, letter for letter. */
static void
read_value(const char *value, struct where *where)
{
	char text[SUBJECT_TEXT];

	where->kind = NOWHERE;
	if (subject_parse(value, &where->subject) != SUBJECT_OK)
		return;
	subject_format(where->subject, text);
	if (strcmp(text, value) == 0)
		where->kind = ONE;
}

/*
 * What contains ${text}, or is contained in it. Return -1 if it is no address
 * or prefix.
 */
static int
read_range(const char *text, bool contained, struct where *where)
{
	uint64_t lo, hi;

	if (prefix_parse(text, &where->prefix) != 0)
		return (-1);
	where->kind = NOWHERE;
	if (prefix_range(&where->prefix, &lo, &hi) != 0)
		return (0);
	/* Nothing wider than one subject is listed, or narrower. */
	if (lo == hi &&
	    (!contained || subject_is_v4(lo) || where->prefix.len <= 64)) {
		where->kind = ONE;
		where->subject = lo;
	} else if (lo != hi && contained) {
		where->kind = WITHIN;
	}
	return (0);
}

/* Read ip, range and value; -1 and the problem in ${r} if they are none. */
static int
read_where(struct request *q, struct response *r, struct where *where)
{
	const char *ip = q->query(q, "ip"), *range = q->query(q, "range");
	const char *value = q->query(q, "value");
	bool contained = is_no(q, "contains");

	memset(where, 0, sizeof(*where));
	if (value != NULL)
		read_value(value, where);
	else if (ip != NULL && read_range(ip, contained, where) != 0)
		routes_problem(r, 400, "ip is not an address",
		    "give ip=192.0.2.1");
	else if (ip == NULL && range != NULL &&
	    read_range(range, contained, where) != 0)
		routes_problem(r, 400, "range is not a prefix",
		    "give range=192.0.2.0/24, host bits zero");
	return (r->status == 400 ? -1 : 0);
}

/* At most one decision: look it up. */
static void
answer_one(const struct board *b, const struct where *where, struct response *r,
    uint32_t now)
{
	struct merge_row row = {.subject = where->subject};
	int list = -1;

	if (where->kind == ONE && family_wanted(b, where->subject))
		list = board_find(b, where->subject, now, &row.until);
	if (list == -1) {
		buf_text(&r->body, "null\n");
		return;
	}
	row.list = (size_t)list;
	buf_text(&r->body, "[");
	write_listed(b, &r->body, &row, now);
	buf_text(&r->body, "]\n");
}

void
routes_crowdsec_decisions(struct node *node, struct request *q,
    struct response *r)
{
	struct bouncer_ask ask = read_ask(q, q->query(q, "scope"));
	struct where where;
	struct listed *x;

	if (read_where(q, r, &where) != 0)
		return;
	routes_json(r);
	x = mem_zero(sizeof(*x));
	x->now = routes_now();
	board_read(node, &ask, &x->board);
	if (where.kind == ONE || where.kind == NOWHERE) {
		answer_one(&x->board, &where, r, x->now);
		mem_free(x);
		return;
	}
	if (strcmp(q->method, "HEAD") != 0)
		all_read(&x->all, &x->board, &where, x->now);
	r->stream = x;
	r->more = listed_more;
	r->done = listed_done;
}

/* ---- GET /v1/decisions/stream ---- */

enum part { PART_NEW, PART_DELETED, PART_END, PART_OVER };

/* One pull: what is new and what is gone since the last one. */
struct pull {
	struct node *node;
	struct board board;
	uint32_t now;
	enum part part;
	size_t count; /* decisions in this part */
	/* What changed; NULL: everything that is listed is new, and what was
	   taken off before its time is gone, unless the bouncer has nothing. */
	struct delta *delta;
	size_t next; /* of what this part goes through */
	struct all all;
	uint64_t *withdrawn; /* owned */
	size_t nwithdrawn;
	bool startup;
	bool keep; /* remember how far it has read */
	struct pulls_who who;
};

static void
pull_done(void *arg)
{
	struct pull *p = arg;

	all_free(&p->all);
	delta_free(p->delta);
	mem_free(p->withdrawn);
	mem_free(p);
}

/* The first list of ${bits}. */
static const char *
first_list(const struct board *b, uint16_t bits)
{
	size_t i;

	for (i = 0; i + 1 < b->n && (bits & 1u << i) == 0;)
		i++;
	return (b->lists[i].list.name);
}

static void
write_pulled(struct pull *p, struct buf *out, const struct decision *d)
{
	buf_text(out, p->count++ > 0 ? ",\n" : "\n");
	decision_write(out, d);
}

/* ${subject} is on ${list} until ${until}. */
static void
write_new(struct pull *p, struct buf *out, const struct merge_row *row,
    const char *list)
{
	const struct decision d = {.subject = row->subject,
	    .list = list,
	    .until = row->until,
	    .seconds = row->until > p->now ? (int64_t)row->until - p->now : 1};

	write_pulled(p, out, &d);
}

/* It was on ${list}, to ${ended} if its time was over, else up to now. */
static void
write_gone(struct pull *p, struct buf *out, const struct merge_row *row,
    const char *list)
{
	bool over = row->until != 0 && row->until < p->now;
	const struct decision d = {.subject = row->subject,
	    .list = list,
	    .until = over ? row->until : p->now,
	    .seconds = over ? (int64_t)row->until - p->now : -1};

	write_pulled(p, out, &d);
}

/* The next item of the delta; false at the end. */
static bool
next_change(struct pull *p, struct buf *out)
{
	const struct board *b = &p->board;
	const struct delta_item *items, *item;
	struct merge_row row;
	size_t n;

	items = delta_items(p->delta, &n);
	if (p->next == n)
		return (false);
	item = &items[p->next++];
	row = (struct merge_row){.subject = item->subject};
	if (!family_wanted(b, item->subject))
		return (true);
	if (p->part == PART_NEW && item->is != 0) {
		row.until = item->until;
		write_new(p, out, &row, first_list(b, item->is));
	} else if (p->part == PART_DELETED && item->was != 0 && item->is == 0) {
		row.until = item->ended;
		write_gone(p, out, &row, first_list(b, item->was));
	}
	return (true);
}

static bool
next_listed(struct pull *p, struct buf *out)
{
	struct merge_row row;

	if (!merge_next(&p->all.merge, &row))
		return (false);
	write_new(p, out, &row, p->board.lists[row.list].list.name);
	return (true);
}

/* The next subject that the bouncer may still block in error. */
static bool
next_withdrawn(struct pull *p, struct buf *out)
{
	const struct board *b = &p->board;
	struct merge_row row;

	if (p->startup || b->filter.lists == 0)
		return (false);
	if (p->withdrawn == NULL)
		p->withdrawn = board_withdrawn(b, &p->nwithdrawn);
	if (p->next == p->nwithdrawn)
		return (false);
	row = (struct merge_row){.subject = p->withdrawn[p->next++]};
	if (family_wanted(b, row.subject) &&
	    board_find(b, row.subject, p->now, &row.until) == -1)
		write_gone(p, out, &row, first_list(b, b->filter.lists));
	return (true);
}

/* Write the next decision of the part; false at its end. */
static bool
next_decision(struct pull *p, struct buf *out)
{
	if (p->delta != NULL)
		return (next_change(p, out));
	return (
	    p->part == PART_NEW ? next_listed(p, out) : next_withdrawn(p, out));
}

/* Between the parts. */
static void
next_part(struct pull *p, struct buf *out)
{
	if (p->part == PART_NEW) {
		buf_text(out, "],\n\"deleted\":[");
	} else {
		buf_text(out, "],\n\"cursor\":\"");
		bouncer_cursor_write(out, &p->board.cursor);
		buf_text(out, "\"}\n");
	}
	p->part = p->part == PART_NEW ? PART_DELETED : PART_END;
	p->count = 0;
	p->next = 0;
}

static void
pull_more(void *arg, struct buf *out)
{
	struct pull *p = arg;
	size_t i;

	if (p->part == PART_NEW && p->count == 0 && p->next == 0)
		buf_text(out, "{\"new\":[");
	/* All was taken from us: only now it was read. */
	if (p->part == PART_END && p->keep)
		pulls_put(node_pulls(p->node), &p->who, &p->board.cursor);
	if (p->part >= PART_END) {
		p->part = PART_OVER;
		return;
	}
	for (i = 0; p->part < PART_END && i < CHUNK; i++)
		if (!next_decision(p, out))
			next_part(p, out);
}

/* How far the bouncer has read; -1 if that is not known. */
static int
read_since(struct node *node, const struct request *q, const struct pull *p,
    struct bouncer_cursor *since)
{
	const char *text = q->query(q, "since");

	if (p->startup)
		return (-1);
	if (text != NULL)
		return (bouncer_cursor_read(text, since));
	return (pulls_get(node_pulls(node), &p->who, since));
}

static bool
is_yes(const struct request *q, const char *name)
{
	const char *text = q->query(q, name);

	return (text != NULL &&
	    (strcasecmp(text, "true") == 0 || strcmp(text, "1") == 0));
}

void
routes_crowdsec_stream(struct node *node, struct request *q, struct response *r)
{
	static const struct where everywhere = {.kind = EVERYWHERE};
	struct bouncer_ask ask = read_ask(q, q->query(q, "scopes"));
	struct bouncer_cursor since;
	struct pull *p;

	routes_json(r);
	/* Nobody reads anything by HEAD. */
	if (strcmp(q->method, "HEAD") == 0)
		return;
	p = mem_zero(sizeof(*p));
	p->node = node;
	p->now = routes_now();
	p->startup = is_yes(q, "startup");
	p->keep = q->query(q, "since") == NULL;
	p->who.token = q->token.id;
	text_copy(p->who.client, sizeof(p->who.client), q->client);
	board_read(node, &ask, &p->board);
	if (read_since(node, q, p, &since) == 0)
		p->delta = board_changes(&p->board, &since);
	if (p->delta == NULL)
		all_read(&p->all, &p->board, &everywhere, p->now);
	/* What waits in the compressor was not read yet. */
	r->plain = !p->startup;
	r->stream = p;
	r->more = pull_more;
	r->done = pull_done;
}

/* ---- POST /v1/usage-metrics ---- */

/* Bouncers tell how they do; nothing here depends on it. */
void
routes_crowdsec_metrics(struct node *node, struct request *q,
    struct response *r)
{
	(void)node;
	(void)q;
	routes_json(r);
	r->status = 201;
	buf_text(&r->body, "{\"message\":\"taken\"}\n");
}
