/*
 * What the operator, or a desk for its prefixes, exempts from every list.
 */
#include <string.h>

#include "base/jsonw.h"
#include "base/mem.h"
#include "base/text.h"
#include "shell/routes_impl.h"
#include "view/exemptions.h"
#include "view/order.h"

#define RETRY 2 /* seconds until a busy node is asked again */
#define HINT 512 /* longest explanation */

static struct exemptions_scope
scope_of(const struct request *q)
{
	return ((struct exemptions_scope){.all = q->role == ROLE_OPERATOR,
	    .prefixes = q->token.prefixes,
	    .n = q->token.nprefixes});
}

void
routes_exempt_list(struct node *node, struct request *q, struct response *r)
{
	struct exemptions_scope scope = scope_of(q);

	exemptions_write(&r->body, node_lock(node), &scope);
	node_unlock(node);
	routes_json(r);
}

/* An order on its way through the engine. */
struct order {
	struct response *r;
	struct order_exempt what;
	bool own; /* one address of the own prefixes */
	struct buf why; /* why it is exempt anyway; may be empty */
};

static void
answer(struct order *o)
{
	struct response *r = o->r;
	char prefix[SUBJECT_TEXT];
	struct jsonw w;

	prefix_format(&o->what.prefix, prefix);
	buf_reset(&r->body);
	jsonw_init(&w, &r->body);
	jsonw_object(&w);
	jsonw_key(&w, "prefix");
	jsonw_string(&w, prefix);
	jsonw_key(&w, "done");
	jsonw_string(&w, o->what.remove ? "removed" : "exempted");
	jsonw_key(&w, "signed");
	jsonw_bool(&w, o->own && !o->what.local && !o->what.remove);
	jsonw_end_object(&w);
	buf_text(&r->body, "\n");
	routes_json(r);
}

static void
order_free(struct order *o)
{
	buf_free(&o->why);
	mem_free(o);
}

/* node_report()'s reply, in the engine's thread. */
static void
on_ordered(void *arg, const uint8_t *verdicts, size_t n)
{
	struct order *o = arg;
	struct response *r = o->r;
	enum item_verdict v = n == 1 ? verdicts[0] : ITEM_BUSY;

	switch (v) {
	case ITEM_ACCEPTED:
		answer(o);
		break;
	case ITEM_ABSENT:
		routes_problem(r, 404, item_verdict_text(v),
		    o->why.len > 0 ? buf_string(&o->why) :
				     "GET /v1/exempt lists what is");
		break;
	case ITEM_FULL:
		routes_problem(r, 409, item_verdict_text(v),
		    "networks and the servers of others belong in an allow "
		    "file, or exempt it with \"local\":true");
		break;
	default:
		routes_problem(r, 503, "the node is too busy to take this now",
		    "send it again after Retry-After seconds");
		r->retry = RETRY;
	}
	order_free(o);
	r->resume(r);
}

/* Learn from the engine what the answer will want to say. */
static void
look(struct node *node, struct order *o)
{
	const struct engine *e = node_lock(node);
	const struct policy_member *self = &engine_policy(e)->members[0];
	const struct exemptions_scope own = {.prefixes = self->prefixes,
	    .n = self->nprefixes};
	uint64_t lo, hi;

	o->own = prefix_range(&o->what.prefix, &lo, &hi) == 0 && lo == hi &&
	    exemptions_within(&own, &o->what.prefix);
	if (o->what.remove)
		exemptions_explain(&o->why, e, &o->what.prefix);
	node_unlock(node);
}

void
routes_exempt_order(struct node *node, struct request *q, struct response *r)
{
	struct exemptions_scope scope = scope_of(q);
	struct order *o = mem_zero(sizeof(*o));
	struct item item = {.kind = RECORD_EXEMPTION};
	const char *problem = order_exempt(q->body, q->len, &o->what);

	o->r = r;
	buf_init(&o->why, HINT);
	if (problem != NULL) {
		routes_problem(r, 400, problem,
		    "send {\"prefix\":\"192.0.2.25\"} or "
		    "{\"prefix\":\"192.0.2.25\",\"remove\":true}");
		order_free(o);
		return;
	}
	if (!exemptions_within(&scope, &o->what.prefix)) {
		routes_problem(r, 403,
		    "this is not in the prefixes of this token",
		    "ask the operator of this node");
		order_free(o);
		return;
	}
	look(node, o);
	if (o->what.remove)
		item.kind = RECORD_REVOCATION;
	item.prefix = o->what.prefix;
	item.local = o->what.local;
	text_copy(item.threat, sizeof(item.threat),
	    q->token.name[0] != '\0' ? q->token.name : "operator");
	r->park(r);
	if (node_report(node, &item, 1, on_ordered, o) != 0)
		on_ordered(o, NULL, 0);
}
