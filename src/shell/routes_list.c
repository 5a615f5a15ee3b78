/*
 * Lists: whole, and what changed.
 */
#include <stdio.h>
#include <string.h>

#include "base/mem.h"
#include "base/text.h"
#include "shell/digests.h"
#include "shell/routes_impl.h"
#include "view/changes.h"
#include "view/export.h"

#define CHUNK 256 /* subjects looked at under the engine's lock at once */
#define DEFAULT_CODE 0x7f000002u /* of a list without one, 127.0.0.2 */
#define PLAIN_CHUNK 4096 /* rows written at once without it */

/* A list as it was when it was asked for. */
struct asked {
	struct policy_list list;
	size_t number;
	struct listing *listing;
	struct engine_state state;
	uint64_t last; /* newest change in its feed */
};

/* Say that there is no list ${name}, naming those that are. */
static void
no_list(struct response *r, const char *name, const struct policy *p)
{
	struct buf detail, hint;
	size_t i;

	buf_init(&detail, 256);
	buf_init(&hint, 1024);
	buf_printf(&detail, "there is no list '%.64s'", name);
	buf_text(&hint, p->nlists > 0 ? "the lists are " : "there is no list");
	for (i = 0; i < p->nlists; i++)
		buf_printf(&hint, "%s%s", i > 0 ? ", " : "", p->lists[i].name);
	routes_problem(r, 404, buf_string(&detail), buf_string(&hint));
	buf_free(&detail);
	buf_free(&hint);
}

/* Find the list in the path; -1 and the problem in ${r} if there is none. */
static int
find_list(struct node *node, const char *name, struct asked *ret,
    struct response *r)
{
	const struct engine *e = node_lock(node);
	const struct policy *p = engine_policy(e);
	const struct policy_list *list = policy_list_find(p, name);

	if (list == NULL) {
		no_list(r, name, p);
		node_unlock(node);
		return (-1);
	}
	ret->list = *list;
	ret->number = (size_t)(list - p->lists);
	ret->listing = engine_listing(e, ret->number);
	ret->last = feed_last(engine_feed(e, ret->number));
	engine_state(e, &ret->state);
	node_unlock(node);
	return (0);
}

/* ---- GET /v1/list/{list} ---- */

struct export
{
	struct node *node;
	struct policy_list list;
	const struct export_format *format;
	struct export_file file; /* its list is the name in ${list} */
	struct listing_row *rows; /* owned */
	size_t next, end; /* rows to come */
	struct rule *rule; /* if the format has details */
	bool begun, ended;
};

static void
export_done(void *arg)
{
	struct export *x = arg;

	mem_free(x->rows);
	rule_free(x->rule);
	mem_free(x);
}

/* Write the next rows; what is no longer listed is left out. */
static void
export_rows(struct export *x, struct buf *out)
{
	size_t stop = x->next + (x->format->details ? CHUNK : PLAIN_CHUNK);
	const struct engine *e = NULL;
	struct export_row row;

	if (x->format->details)
		e = node_lock(x->node);
	for (; x->next < x->end && x->next < stop; x->next++) {
		memset(&row, 0, sizeof(row));
		row.subject = x->rows[x->next].subject;
		if (e != NULL &&
		    !export_detail(e, x->rule, &x->list, x->file.at, &row))
			continue;
		x->format->row(out, &x->file, &row);
		x->file.rows++;
		x->file.four += subject_is_v4(row.subject);
	}
	if (e != NULL)
		node_unlock(x->node);
}

static void
export_more(void *arg, struct buf *out)
{
	struct export *x = arg;

	if (!x->begun)
		x->format->begin(out, &x->file);
	x->begun = true;
	/* Nothing written would be the end. */
	do {
		export_rows(x, out);
	} while (out->len == 0 && x->next < x->end);
	if (x->next == x->end && !x->ended) {
		x->format->end(out, &x->file);
		x->ended = true;
	}
}

/* Read the query; -1 and the problem in ${r} if it makes no sense. */
static int
read_filter(struct request *q, struct response *r, struct export_filter *f)
{
	const char *prefix = q->query(q, "prefix");
	const char *family = q->query(q, "family");
	uint64_t limit = 0;

	memset(f, 0, sizeof(*f));
	if (family != NULL) {
		if (strcmp(family, "4") != 0 && strcmp(family, "6") != 0) {
			routes_problem(r, 400, "family is neither 4 nor 6",
			    NULL);
			return (-1);
		}
		f->family = family[0] == '4' ? 4 : 6;
	}
	if (prefix != NULL) {
		f->within = true;
		if (prefix_parse(prefix, &f->prefix) != 0) {
			routes_problem(r, 400, "prefix is not a prefix",
			    "write it as 192.0.2.0/24, host bits zero");
			return (-1);
		}
	}
	if (routes_number(q, r, "limit", SIZE_MAX, &limit) != 0)
		return (-1);
	if (q->query(q, "limit") != NULL && limit == 0) {
		routes_problem(r, 400, "limit is 0", "leave it out for all");
		return (-1);
	}
	f->limit = (size_t)limit;
	return (0);
}

static const struct export_format *
read_format(struct request *q, struct response *r)
{
	const char *name = q->query(q, "format");
	const struct export_format *f;
	struct buf detail, hint;

	f = export_find(name != NULL ? name : "plain");
	if (f != NULL)
		return (f);
	buf_init(&detail, 256);
	buf_init(&hint, 1024);
	buf_printf(&detail, "there is no format '%.64s'", name);
	buf_text(&hint, "the formats are ");
	export_names(&hint);
	routes_problem(r, 404, buf_string(&detail), buf_string(&hint));
	buf_free(&detail);
	buf_free(&hint);
	return (NULL);
}

/*
 * A name for the answer. A plain file is named by what is in it, so that equal
 * nodes give equal names; of one with details it is also said of what run and
 * after how many records.
 */
static void
write_etag(struct response *r, const struct asked *a,
    const struct export_format *format, const struct export_filter *f,
    const struct digest *digest)
{
	char hex[2 * HASH_BYTES + 1], prefix[SUBJECT_TEXT] = "";
	uint8_t hash[HASH_BYTES];
	struct buf text;

	buf_init(&text, 4096);
	if (f->within)
		prefix_format(&f->prefix, prefix);
	text_hex(digest->sha256, sizeof(digest->sha256), hex);
	buf_printf(&text, "%s %s %u %s %zu %s %lu", hex, format->name,
	    f->family, prefix, f->limit, a->list.name,
	    (unsigned long)a->list.code);
	if (format->details) {
		text_hex(a->state.instance, sizeof(a->state.instance), hex);
		buf_printf(&text, " %s %llu %llu", hex,
		    (unsigned long long)listing_generation(a->listing),
		    (unsigned long long)a->state.records);
	}
	key_hash("virbl etag 1", text.data, text.len, hash);
	buf_free(&text);
	text_hex(hash, 16, hex);
	snprintf(r->etag, sizeof(r->etag), "\"%s\"", hex);
}

/* A number that is another one when the list is another one. */
static uint32_t
zone_serial(const struct digest *d)
{
	const uint8_t *p = d->sha256;
	uint32_t v = (uint32_t)(p[0] & 0x7f) << 24 | (uint32_t)p[1] << 16 |
	    (uint32_t)p[2] << 8 | p[3];

	return (v != 0 ? v : 1);
}

void
routes_list_get(struct node *node, struct request *q, struct response *r)
{
	const struct export_format *format;
	struct export_filter filter;
	struct digest digest;
	struct export *x;
	struct asked a;
	uint32_t now = routes_now();
	size_t n;

	if (find_list(node, q->args[0], &a, r) != 0 ||
	    (format = read_format(q, r)) == NULL ||
	    read_filter(q, r, &filter) != 0)
		return;
	digests_get(node_digests(node), a.listing, now, &digest);
	x = mem_zero(sizeof(*x));
	x->node = node;
	x->list = a.list;
	x->format = format;
	x->file.list = x->list.name;
	x->file.at = now;
	x->file.family = filter.family;
	x->file.code = a.list.code != 0 ? a.list.code : DEFAULT_CODE;
	x->file.serial = zone_serial(&digest);
	n = listing_snapshot(a.listing, now, &x->rows);
	n = export_slice(x->rows, n, &filter, &x->next);
	x->end = x->next + n;
	if (format->details)
		x->rule = rule_new();
	r->status = 200;
	r->type = format->type;
	write_etag(r, &a, format, &filter, &digest);
	r->stream = x;
	r->more = export_more;
	r->done = export_done;
}

/* ---- GET /v1/list/{list}/changes ---- */

/* Everything listed, after a reset. */
struct anew {
	struct listing_row *rows; /* owned */
	size_t n, next;
	uint8_t instance[8];
	uint64_t last;
	bool begun, ended;
};

static void
anew_done(void *arg)
{
	struct anew *a = arg;

	mem_free(a->rows);
	mem_free(a);
}

static void
anew_more(void *arg, struct buf *out)
{
	struct anew *a = arg;
	size_t n = a->n - a->next;

	if (!a->begun)
		changes_reset(out);
	a->begun = true;
	if (n > PLAIN_CHUNK)
		n = PLAIN_CHUNK;
	changes_listed(out, a->rows + a->next, n);
	a->next += n;
	if (n == 0 && !a->ended) {
		changes_end(out, a->instance, a->last);
		a->ended = true;
	}
}

/* The list is read after the number: what changed meanwhile comes twice. */
static void
answer_anew(const struct asked *asked, struct response *r)
{
	struct anew *a = mem_zero(sizeof(*a));

	memcpy(a->instance, asked->state.instance, sizeof(a->instance));
	a->last = asked->last;
	a->n = listing_snapshot(asked->listing, routes_now(), &a->rows);
	r->stream = a;
	r->more = anew_more;
	r->done = anew_done;
}

/*
 * Read the changes of ${a} after *${number} and move it. Return their number,
 * -1 if they are not all known any more.
 */
static long
read_changes(struct node *node, const struct asked *a, uint64_t *number,
    struct feed_row *rows, size_t max)
{
	const struct engine *e = node_lock(node);
	const struct feed *feed = NULL;
	const struct policy *p = engine_policy(e);
	long n = -1;

	if (a->number < p->nlists &&
	    strcmp(p->lists[a->number].name, a->list.name) == 0)
		feed = engine_feed(e, a->number);
	if (feed != NULL)
		n = feed_read(feed, *number, rows, max);
	node_unlock(node);
	if (n > 0)
		*number += (uint64_t)n;
	return (n);
}

void
routes_list_changes(struct node *node, struct request *q, struct response *r)
{
	const char *since = q->query(q, "since");
	struct feed_row rows[CHUNK];
	uint64_t number, wait = 0;
	struct asked a;
	size_t total = 0;
	long n;

	if (find_list(node, q->args[0], &a, r) != 0 ||
	    routes_number(q, r, "wait", ENGINE_WAIT, &wait) != 0)
		return;
	r->status = 200;
	r->type = "application/x-ndjson";
	if (since == NULL ||
	    changes_cursor(since, a.state.instance, &number) != 0) {
		answer_anew(&a, r);
		return;
	}
	while (total < CHANGES_MOST) {
		n = read_changes(node, &a, &number, rows, CHUNK);
		if (n < 0 && total == 0) {
			answer_anew(&a, r);
			return;
		}
		if (n <= 0)
			break;
		changes_rows(&r->body, rows, (size_t)n);
		total += (size_t)n;
	}
	if (total == 0 && wait > 0 && !q->late) {
		r->wait_ms = (uint32_t)wait * 1000;
		r->wait_lists = (uint16_t)(1u << a.number);
		return;
	}
	changes_end(&r->body, a.state.instance, number);
}
