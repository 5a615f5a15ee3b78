/*
 * What changed on a list: at once, after a while, or as it happens.
 */
#include <stdio.h>
#include <string.h>

#include "base/mem.h"
#include "shell/clock.h"
#include "shell/routes_impl.h"
#include "view/changes.h"

#define CHUNK 256 /* changes read under the engine's lock at once */
#define LISTED_CHUNK 4096 /* listed subjects written at once */
#define BEAT_MS 15000 /* a stream says nothing for so long at most */

/* A client that is told what changes, from everything listed on if need be. */
struct follow {
	struct node *node;
	struct listref l;
	struct changes c;
	uint64_t number; /* of the last change told */
	enum changes_why why; /* not CHANGES_KNOWN: a reset is due */
	struct listing_row *rows; /* all that is listed, to be told; owned */
	size_t n, next;
	bool goes_on; /* changes follow as they come */
	bool ended;
	int64_t beat; /* when something must be said, mono ms */
};

static void
follow_done(void *arg)
{
	struct follow *f = arg;

	mem_free(f->rows);
	mem_free(f);
}

/*
 * Begin anew. The list is read after the number: what changes meanwhile is told
 * twice, which harms nobody.
 */
static void
tell_reset(struct follow *f)
{
	if (listref_find(f->node, f->l.list.name, &f->l) != 0) {
		f->ended = true; /* the list is gone */
		return;
	}
	f->number = f->l.last;
	changes_reset(&f->c, f->why);
	f->why = CHANGES_KNOWN;
	f->next = 0;
	f->n = listing_snapshot(f->l.listing, routes_now(), &f->rows);
}

/* Tell the next part of all that is listed; then up to where that goes. */
static void
tell_listed(struct follow *f)
{
	size_t n = f->n - f->next;

	if (n > LISTED_CHUNK)
		n = LISTED_CHUNK;
	changes_listed(&f->c, f->rows + f->next, n);
	f->next += n;
	if (f->next < f->n)
		return;
	mem_free(f->rows);
	f->rows = NULL;
	changes_end(&f->c, f->number);
	f->ended = !f->goes_on;
}

/* Tell what changed since, if anything did. */
static void
tell_changes(struct follow *f)
{
	struct feed_row rows[CHUNK];
	uint64_t before = f->number;
	long n;

	n = listref_changes(f->node, &f->l, &f->number, rows, CHUNK);
	if (n < 0) {
		f->why = CHANGES_OLD;
		tell_reset(f);
	} else {
		changes_rows(&f->c, rows, (size_t)n, before);
	}
}

static void
follow_more(void *arg, struct buf *out)
{
	struct follow *f = arg;
	int64_t now = clock_mono().ms;

	f->c.out = out;
	if (f->ended)
		return;
	if (f->why != CHANGES_KNOWN)
		tell_reset(f);
	else if (f->rows != NULL)
		tell_listed(f);
	else
		tell_changes(f);
	if (out->len > 0)
		f->beat = now + BEAT_MS;
	else if (!f->ended && now >= f->beat) {
		changes_beat(&f->c);
		f->beat = now + BEAT_MS;
	}
}

static bool
follow_alive(void *arg)
{
	return (!((struct follow *)arg)->ended);
}

static struct follow *
follow_new(struct node *node, const struct listref *l, struct response *r)
{
	struct follow *f = mem_zero(sizeof(*f));

	f->node = node;
	f->l = *l;
	memcpy(f->c.instance, l->instance, sizeof(f->c.instance));
	r->stream = f;
	r->more = follow_more;
	r->done = follow_done;
	return (f);
}

/* ---- As it happens ---- */

static bool
wants_events(const struct request *q)
{
	const char *accept = q->header(q, "Accept");

	return (accept != NULL && strstr(accept, "text/event-stream") != NULL);
}

static void
answer_events(struct node *node, struct request *q, struct response *r,
    const struct listref *l)
{
	const char *last = q->header(q, "Last-Event-ID");
	struct follow *f;

	r->type = "text/event-stream";
	r->plain = true;
	if (strcmp(q->method, "HEAD") == 0)
		return;
	f = follow_new(node, l, r);
	f->c.form = CHANGES_EVENTS;
	f->goes_on = true;
	f->beat = clock_mono().ms + BEAT_MS;
	/* Who comes again repeats the question it began with, too. */
	f->why = changes_cursor(last != NULL ? last : q->query(q, "since"),
	    f->c.instance, &f->number);
	r->alive = follow_alive;
	r->beat_ms = BEAT_MS;
	r->wait_lists = (uint16_t)(1u << l->number);
}

/* ---- At once, or when something changed ---- */

/* Append what changed after *${number}; -1 if that is not known any more. */
static int
append_changes(struct node *node, const struct listref *l, struct changes *c,
    uint64_t *number)
{
	struct feed_row rows[CHUNK];
	uint64_t before, first = *number;
	long n;

	while (*number - first < CHANGES_MOST) {
		before = *number;
		n = listref_changes(node, l, number, rows, CHUNK);
		if (n < 0)
			return (-1);
		if (n == 0)
			break;
		changes_rows(c, rows, (size_t)n, before);
	}
	return (0);
}

void
routes_changes_get(struct node *node, struct request *q, struct response *r)
{
	struct changes c = {.out = &r->body, .form = CHANGES_LINES};
	enum changes_why why;
	uint64_t number, wait = 0;
	struct listref l;

	if (routes_list_find(node, q, r, &l) != 0 ||
	    routes_number(q, r, "wait", ENGINE_WAIT, &wait) != 0)
		return;
	r->status = 200;
	if (wants_events(q)) {
		answer_events(node, q, r, &l);
		return;
	}
	r->type = "application/x-ndjson";
	memcpy(c.instance, l.instance, sizeof(c.instance));
	why = changes_cursor(q->query(q, "since"), c.instance, &number);
	if (why == CHANGES_KNOWN &&
	    append_changes(node, &l, &c, &number) != 0) {
		buf_reset(&r->body);
		why = CHANGES_OLD;
	}
	if (why != CHANGES_KNOWN) {
		follow_new(node, &l, r)->why = why;
		return;
	}
	if (r->body.len == 0 && wait > 0 && !q->late) {
		r->wait_ms = (uint32_t)wait * 1000;
		r->wait_lists = (uint16_t)(1u << l.number);
		return;
	}
	changes_end(&c, number);
}
