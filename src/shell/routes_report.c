/*
 * What others tell the node: sightings, retractions, clearances. Each answer
 * waits until all of it is on disk.
 */
#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "base/jsonw.h"
#include "base/mem.h"
#include "base/text.h"
#include "shell/meter.h"
#include "shell/routes_impl.h"
#include "view/order.h"
#include "view/sighting.h"

#define DESCRIBED 1000 /* most rejected lines that are described */
#define RETRY 2 /* seconds until a busy node is asked again */

static void
say_busy(struct response *r)
{
	routes_problem(r, 503, "the node is too busy to take this now",
	    "send it again after Retry-After seconds");
	r->retry = RETRY;
}

/* ---- POST /v1/sightings ---- */

/* A report on its way through the engine. */
struct report {
	struct response *r;
	struct meter *meter;
	char adapter[METER_ADAPTER + 1]; /* what brought it */
	struct sightings s; /* its items are gone, the lines are not */
	size_t accepted;
	size_t duplicate;
	size_t rejected;
	struct jsonw w;
};

/* JSON by any name it goes by; clients that say nothing mean JSON too. */
static bool
type_known(const char *type)
{
	static const char *const types[] = {"application/json",
	    "application/x-ndjson", "application/ndjson", "application/jsonl",
	    "application/x-jsonlines",
	    /* What curl -d and Python's urllib say unless told otherwise. */
	    "application/x-www-form-urlencoded"};
	size_t i, len;

	if (type == NULL)
		return (true);
	len = strcspn(type, "; \t");
	for (i = 0; i < sizeof(types) / sizeof(types[0]); i++)
		if (strlen(types[i]) == len &&
		    strncasecmp(type, types[i], len) == 0)
			return (true);
	return (false);
}

/* True if the body of ${q} is JSON; else the problem is in ${r}. */
static bool
body_known(struct request *q, struct response *r)
{
	const char *coding = q->header(q, "Content-Encoding");

	if (!type_known(q->header(q, "Content-Type"))) {
		routes_problem(r, 415, "the body is said not to be JSON",
		    "send Content-Type: application/json or "
		    "application/x-ndjson");
		return (false);
	}
	if (coding != NULL && strcasecmp(coding, "identity") != 0) {
		routes_problem(r, 415, "the body is compressed",
		    "send it as it is");
		return (false);
	}
	return (true);
}

static void
write_rejected(struct report *rep, size_t line, const char *field,
    const char *text, bool retry)
{
	struct jsonw *w = &rep->w;

	if (rep->rejected++ >= DESCRIBED)
		return;
	jsonw_object(w);
	jsonw_key(w, "line");
	jsonw_u64(w, line);
	jsonw_key(w, "field");
	jsonw_string(w, field[0] != '\0' ? field : NULL);
	jsonw_key(w, "error");
	jsonw_string(w, text);
	if (retry) {
		jsonw_key(w, "retry");
		jsonw_bool(w, true);
	}
	jsonw_end_object(w);
}

static void
take_verdict(struct report *rep, size_t i, enum item_verdict v)
{
	if (v == ITEM_ACCEPTED)
		rep->accepted++;
	else if (v == ITEM_DUPLICATE)
		rep->duplicate++;
	else
		write_rejected(rep, rep->s.lines[i],
		    v == ITEM_BUSY ? "" : "time", item_verdict_text(v),
		    v == ITEM_BUSY);
}

/* Lines that could not be read and lines refused, in their order. */
static void
write_verdicts(struct report *rep, const uint8_t *verdicts, size_t n)
{
	const struct sightings *s = &rep->s;
	size_t i = 0, j = 0;

	while (i < n || j < s->nerrors) {
		if (j == s->nerrors ||
		    (i < n && s->lines[i] < s->errors[j].line)) {
			take_verdict(rep, i, verdicts[i]);
			i++;
		} else {
			write_rejected(rep, s->errors[j].line,
			    s->errors[j].field, s->errors[j].text, false);
			j++;
		}
	}
}

/* Fill the response of ${rep}. */
static void
answer(struct report *rep, const uint8_t *verdicts, size_t n)
{
	struct response *r = rep->r;
	struct jsonw *w = &rep->w;
	struct buf body;

	/* The numbers stand first but are known last. */
	buf_init(&body, r->body.limit);
	jsonw_init(w, &body);
	jsonw_array(w);
	write_verdicts(rep, verdicts, n);
	jsonw_end_array(w);
	buf_reset(&r->body);
	buf_printf(&r->body,
	    "{\"accepted\":%zu,\"duplicate\":%zu,\"rejected\":", rep->accepted,
	    rep->duplicate);
	buf_add(&r->body, body.data, body.len);
	if (rep->rejected > DESCRIBED)
		buf_printf(&r->body, ",\"rejected_left_out\":%zu",
		    rep->rejected - DESCRIBED);
	buf_text(&r->body, "}\n");
	buf_free(&body);
	routes_json(r);
	if (rep->accepted + rep->duplicate == 0)
		r->status = 422;
}

static void
report_free(struct report *rep)
{
	sighting_free(&rep->s);
	mem_free(rep);
}

/* True if nothing was taken only because too much is waiting. */
static bool
all_busy(const struct sightings *s, const uint8_t *verdicts, size_t n)
{
	size_t i;

	for (i = 0; i < n; i++)
		if (verdicts[i] != ITEM_BUSY)
			return (false);
	return (n > 0 && s->nerrors == 0);
}

/* node_report()'s reply, in the engine's thread. */
static void
on_reported(void *arg, const uint8_t *verdicts, size_t n)
{
	struct report *rep = arg;
	struct response *r = rep->r;

	meter_verdicts(rep->meter, rep->adapter, verdicts, n);
	if (all_busy(&rep->s, verdicts, n))
		say_busy(r);
	else
		answer(rep, verdicts, n);
	report_free(rep);
	r->resume(r);
}

/* Hand the good lines to the engine; it answers. */
static void
post(struct node *node, struct report *rep)
{
	struct response *r = rep->r;
	struct item *items = rep->s.items;

	/* The engine has a copy; the reply may come before the call returns. */
	rep->s.items = NULL;
	r->park(r);
	if (node_report(node, items, rep->s.n, on_reported, rep) != 0) {
		say_busy(r);
		report_free(rep);
		r->resume(r);
	}
	mem_free(items);
}

/*
 * Who brings a report may say what it reads. Return how many lines of that it
 * says it could not read.
 */
static uint64_t
name_adapter(struct request *q, struct report *rep)
{
	const char *name = q->header(q, "Virbl-Adapter");
	const char *unparsed = q->header(q, "Virbl-Unparsed");
	uint64_t n = 0;

	if (name == NULL)
		name = "http";
	if (text_copy(rep->adapter, sizeof(rep->adapter), name) != 0)
		text_copy(rep->adapter, sizeof(rep->adapter), "other");
	if (unparsed != NULL)
		text_u64(unparsed, UINT32_MAX, &n);
	meter_intake(rep->meter, rep->adapter, METER_UNPARSED, n);
	return (n);
}

void
routes_report_sightings(struct node *node, struct request *q,
    struct response *r)
{
	struct report *rep;
	const char *problem;

	if (!body_known(q, r))
		return;
	rep = mem_zero(sizeof(*rep));
	rep->r = r;
	rep->meter = node_meter(node);
	if (name_adapter(q, rep) > 0 && q->len == 0) {
		/* That was all there was to say. */
		answer(rep, NULL, 0);
		report_free(rep);
		return;
	}
	problem = sighting_read(q->body, q->len, q->token.id, &rep->s);
	meter_intake(rep->meter, rep->adapter, METER_UNPARSED,
	    problem != NULL ? 1 : rep->s.nerrors);
	if (problem == NULL && rep->s.n > 0) {
		post(node, rep);
		return;
	}
	if (problem != NULL)
		routes_problem(r, 400, problem,
		    "send objects such as {\"address\":\"192.0.2.1\","
		    "\"category\":\"worm\"}");
	else
		answer(rep, NULL, 0);
	report_free(rep);
}

/* ---- POST /v1/retract, POST /v1/clear ---- */

struct order {
	struct node *node;
	struct response *r;
	uint64_t subject;
	const char *done; /* what to say when it is done */
};

static void
on_ordered(void *arg, const uint8_t *verdicts, size_t n)
{
	struct order *o = arg;
	struct response *r = o->r;
	char address[SUBJECT_TEXT];
	struct jsonw w;

	if (n != 1 || verdicts[0] == ITEM_BUSY) {
		say_busy(r);
	} else if (verdicts[0] != ITEM_ACCEPTED) {
		routes_problem(r, 422, item_verdict_text(verdicts[0]), NULL);
	} else {
		subject_format(o->subject, address);
		routes_json(r);
		buf_reset(&r->body);
		jsonw_init(&w, &r->body);
		jsonw_object(&w);
		jsonw_key(&w, "address");
		jsonw_string(&w, address);
		jsonw_key(&w, "done");
		jsonw_string(&w, o->done);
		jsonw_key(&w, "listed");
		jsonw_bool(&w, routes_listed(o->node, o->subject));
		jsonw_end_object(&w);
		buf_text(&r->body, "\n");
	}
	mem_free(o);
	r->resume(r);
}

static void
run_order(struct node *node, struct request *q, struct response *r,
    enum record_kind kind)
{
	struct item item = {.kind = (uint8_t)kind};
	char who[ENGINE_WHO + 1];
	const char *problem;
	struct order *o;

	if (!body_known(q, r))
		return;
	problem = order_address(q->body, q->len, &item.subject);
	if (problem != NULL) {
		routes_problem(r, 400, problem,
		    "send {\"address\":\"192.0.2.1\"}");
		return;
	}
	if (!routes_may_name(q, item.subject)) {
		routes_problem(r, 403,
		    "this address is not in the prefixes of this token",
		    "ask the operator of this node");
		return;
	}
	routes_who(q, who);
	o = mem_zero(sizeof(*o));
	o->node = node;
	o->r = r;
	o->subject = item.subject;
	o->done = kind == RECORD_RETRACTION ? "retracted" : "cleared";
	r->park(r);
	if (node_order(node, &item, who, on_ordered, o) != 0) {
		say_busy(r);
		mem_free(o);
		r->resume(r);
	}
}

void
routes_report_retract(struct node *node, struct request *q, struct response *r)
{
	run_order(node, q, r, RECORD_RETRACTION);
}

void
routes_report_clear(struct node *node, struct request *q, struct response *r)
{
	run_order(node, q, r, RECORD_CLEARANCE);
}
