/*
 * Requests for removal: what becomes of them, and those that wait.
 */
#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "base/jsonw.h"
#include "base/mem.h"
#include "base/text.h"
#include "shell/clock.h"
#include "shell/ration.h"
#include "shell/routes_impl.h"
#include "view/html.h"
#include "view/petition.h"

#define ITSELF "address" /* who orders what an address asks for itself */

/* A request on its way through the engine. */
struct asking {
	struct node *node;
	struct response *r;
	uint64_t subject;
	bool html; /* a browser wants a page */
};

static bool
is_form(const struct request *q)
{
	static const char form[] = "application/x-www-form-urlencoded";
	const char *type = q->header(q, "Content-Type");

	return (type != NULL && strcspn(type, "; \t") == sizeof(form) - 1 &&
	    strncasecmp(type, form, sizeof(form) - 1) == 0);
}

static bool
wants_page(const struct request *q)
{
	const char *accept = q->header(q, "Accept");

	return (is_form(q) && accept != NULL &&
	    strstr(accept, "text/html") != NULL);
}

/* ---- Answers ---- */

static void
page(const struct asking *a, unsigned status, const char *message)
{
	char address[SUBJECT_TEXT];
	struct response *r = a->r;

	r->status = status;
	r->type = "text/html; charset=utf-8";
	buf_reset(&r->body);
	html_begin(&r->body, "Removal");
	buf_text(&r->body, "<h1>");
	if (a->subject != 0) {
		subject_format(a->subject, address);
		html_text(&r->body, address);
		buf_text(&r->body, ": ");
	}
	html_text(&r->body, message);
	buf_text(&r->body, "</h1>\n");
	html_search(&r->body, a->subject != 0 ? address : NULL);
	html_end(&r->body);
}

/* What became of it: ${result} for programs, ${message} for people. */
static void
tell(const struct asking *a, unsigned status, const char *result,
    const char *message)
{
	char address[SUBJECT_TEXT];
	struct jsonw w;

	if (a->html) {
		page(a, status, message);
		return;
	}
	subject_format(a->subject, address);
	routes_json(a->r);
	a->r->status = status;
	buf_reset(&a->r->body);
	jsonw_init(&w, &a->r->body);
	jsonw_object(&w);
	jsonw_key(&w, "address");
	jsonw_string(&w, address);
	jsonw_key(&w, "result");
	jsonw_string(&w, result);
	jsonw_key(&w, "message");
	jsonw_string(&w, message);
	jsonw_end_object(&w);
	buf_text(&a->r->body, "\n");
}

static void
fail(const struct asking *a, unsigned status, const char *detail,
    const char *hint)
{
	if (a->html)
		page(a, status, detail);
	else
		routes_problem(a->r, status, detail, hint);
}

/* ---- POST /v1/removal ---- */

/* node_order()'s reply, in the engine's thread. */
static void
on_removed(void *arg, const uint8_t *verdicts, size_t n)
{
	struct asking *a = arg;
	struct response *r = a->r;

	if (n != 1 || verdicts[0] != ITEM_ACCEPTED) {
		fail(a, 503, "the node is too busy to take this now",
		    "ask again soon");
		r->retry = 2;
	} else
		tell(a, 200, "removed",
		    "removed. A new sighting lists it again.");
	mem_free(a);
	r->resume(r);
}

/* Take it off the lists of this node, and of no other. */
static void
take_off(const struct asking *asking)
{
	struct item item = {.kind = RECORD_CLEARANCE,
	    .subject = asking->subject,
	    .local = true};
	struct asking *a = mem_dup(asking, sizeof(*a));
	struct response *r = a->r;

	r->park(r);
	if (node_order(a->node, &item, ITSELF, on_removed, a) != 0)
		on_removed(a, NULL, 0);
}

/* Seconds until ${subject} may be removed at its own request. */
static uint32_t
waits(struct node *node, uint64_t subject, uint32_t now)
{
	uint32_t times[STORE_DEEDS_SHOWN];
	struct deed *deeds;
	size_t n, i, past = 0;

	deeds = store_deeds(node_store(node), subject, &n);
	for (i = 0; i < n; i++)
		if (strcmp(deeds[i].who, ITSELF) == 0)
			times[past++] = deeds[i].time;
	mem_free(deeds);
	return (petition_wait(times, past, now));
}

/* Keep it for the operator or the desk. */
static void
keep(const struct asking *a, const struct petition *p, uint64_t client,
    bool known)
{
	struct plea plea = {.subject = p->subject};
	const char *problem;

	plea.first = plea.last = routes_now();
	plea.contact = (char *)(uintptr_t)p->contact;
	plea.statement = (char *)(uintptr_t)p->statement;
	if (known)
		subject_format(client, plea.asker);
	problem = store_plea_add(node_store(a->node), &plea);
	if (problem != NULL) {
		fail(a, 503, problem, "write to the operator, see /v1/node");
		a->r->retry = 3600;
		return;
	}
	if (known && client == p->subject)
		tell(a, 202, "waiting",
		    "it was removed on its own request too often lately; the "
		    "operator was asked.");
	else
		tell(a, 202, "waiting",
		    "the operator was asked. A request from the address "
		    "itself works at once.");
}

static const char *
read_petition(struct request *q, struct petition *p)
{
	return (is_form(q) ? petition_form(q->body, q->len, p) :
			     petition_json(q->body, q->len, p));
}

void
routes_removal_ask(struct node *node, struct request *q, struct response *r)
{
	struct asking a = {.node = node, .r = r, .html = wants_page(q)};
	bool known;
	struct petition p;
	const char *problem;
	uint64_t client = 0;
	uint32_t wait;

	known = routes_client(node, q, &client) == 0;
	problem = read_petition(q, &p);
	if (problem == NULL && !p.named && !known)
		problem = "address is missing, and yours is not known";
	if (problem != NULL) {
		fail(&a, 400, problem, "send {\"address\":\"192.0.2.1\"}");
		return;
	}
	if (!p.named)
		p.subject = client;
	a.subject = p.subject;
	wait = ration_take(node_ration(node), client, clock_mono());
	if (wait > 0) {
		fail(&a, 429, "you ask too often", "ask again later");
		r->retry = wait;
	} else if (!routes_listed(node, p.subject))
		tell(&a, 200, "not listed", "it is not listed here.");
	else if (known && client == p.subject &&
	    waits(node, p.subject, routes_now()) == 0)
		take_off(&a);
	else
		keep(&a, &p, client, known);
}

/* ---- GET /v1/removals, DELETE /v1/removals/{address} ---- */

static void
write_plea(struct jsonw *w, struct node *node, const struct plea *p)
{
	char address[SUBJECT_TEXT];

	subject_format(p->subject, address);
	jsonw_object(w);
	jsonw_key(w, "address");
	jsonw_string(w, address);
	jsonw_key(w, "listed");
	jsonw_bool(w, routes_listed(node, p->subject));
	jsonw_key(w, "first");
	jsonw_time(w, p->first);
	jsonw_key(w, "last");
	jsonw_time(w, p->last);
	jsonw_key(w, "times");
	jsonw_u64(w, p->times);
	jsonw_key(w, "from");
	jsonw_string(w, p->asker);
	jsonw_key(w, "contact");
	jsonw_string(w, p->contact);
	jsonw_key(w, "statement");
	jsonw_string(w, p->statement);
	jsonw_end_object(w);
}

void
routes_removal_list(struct node *node, struct request *q, struct response *r)
{
	struct plea *pleas;
	struct jsonw w;
	size_t n, i;

	pleas = store_pleas(node_store(node), &n);
	routes_json(r);
	jsonw_init(&w, &r->body);
	jsonw_object(&w);
	jsonw_key(&w, "removals");
	jsonw_array(&w);
	for (i = 0; i < n; i++)
		if (routes_may_name(q, pleas[i].subject))
			write_plea(&w, node, &pleas[i]);
	jsonw_end_array(&w);
	jsonw_end_object(&w);
	buf_text(&r->body, "\n");
	store_pleas_free(pleas, n);
}

void
routes_removal_refuse(struct node *node, struct request *q, struct response *r)
{
	char who[ENGINE_WHO + 1], address[SUBJECT_TEXT];
	enum subject_verdict verdict;
	struct jsonw w;
	uint64_t subject;

	verdict = subject_parse(q->args[0], &subject);
	if (verdict != SUBJECT_OK) {
		routes_problem(r, 400, subject_verdict_text(verdict), NULL);
		return;
	}
	routes_who(q, who);
	/* A desk is not told what waits outside its prefixes. */
	if (!routes_may_name(q, subject) ||
	    store_plea_refuse(node_store(node), subject, who) != 0) {
		routes_problem(r, 404, "nobody asks for its removal",
		    "virbl removal list");
		return;
	}
	subject_format(subject, address);
	routes_json(r);
	jsonw_init(&w, &r->body);
	jsonw_object(&w);
	jsonw_key(&w, "address");
	jsonw_string(&w, address);
	jsonw_key(&w, "done");
	jsonw_string(&w, "refused");
	jsonw_end_object(&w);
	buf_text(&r->body, "\n");
}
