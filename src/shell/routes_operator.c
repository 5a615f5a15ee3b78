/*
 * What the operator may ask and order.
 */
#include <stdio.h>
#include <string.h>

#include <sodium.h>

#include "config.h"

#include "base/jsonw.h"
#include "base/mem.h"
#include "shell/bearer.h"
#include "shell/clock.h"
#include "shell/digests.h"
#include "shell/routes_impl.h"
#include "view/order.h"
#include "view/peers.h"
#include "view/status.h"

static void
write_ms(struct jsonw *w, const char *key, int64_t ms)
{
	struct wall t = {ms};

	jsonw_key(w, key);
	jsonw_time(w, wall_sec(t));
}

/* It may have become a member since it called. */
static bool
unknown(const struct engine *e, const struct caller *c)
{
	return (policy_member_find(engine_policy(e), c->key) == NULL);
}

/* ---- GET /v1/status ---- */

/* How many subjects each list of the policy has. */
static void
count_lists(struct node *node, const struct engine *e, uint32_t now,
    size_t counts[POLICY_LISTS])
{
	struct digest digest;
	size_t i;

	for (i = 0; i < engine_policy(e)->nlists; i++) {
		digests_get(node_digests(node), engine_listing(e, i), now,
		    &digest);
		counts[i] = digest.count;
	}
}

void
routes_operator_status(struct node *node, struct request *q, struct response *r)
{
	struct status_about about = {.version = PACKAGE_VERSION};
	size_t counts[POLICY_LISTS] = {0};
	const struct engine *e;
	struct caller *callers;
	struct plea *pleas;
	struct buf why, refused;
	size_t n, i;

	(void)q;
	buf_init(&why, 1024);
	buf_init(&refused, 65536);
	node_refused(node, &refused);
	about.refused = buf_string(&refused);
	pleas = store_pleas(node_store(node), &about.pleas);
	store_pleas_free(pleas, about.pleas);
	callers = store_callers(node_store(node), &n);
	about.uptime = node_uptime(node);
	about.at = routes_now();
	about.ready = node_ready(node, &why);
	about.why = buf_string(&why);
	about.counts = counts;
	if (node_dns(node) != NULL) {
		about.dns = node_dns(node)->counts;
		about.dns_arg = node_dns(node)->arg;
	}
	if (node_exports(node) != NULL) {
		about.exports = node_exports(node)->write;
		about.exports_arg = node_exports(node)->arg;
	}
	routes_json(r);
	e = node_lock(node);
	for (i = 0; i < n; i++)
		if (unknown(e, &callers[i]))
			about.callers++;
	count_lists(node, e, about.at, counts);
	status_write(&r->body, e, &about);
	node_unlock(node);
	store_callers_free(callers, n);
	buf_free(&refused);
	buf_free(&why);
}

/* ---- GET /v1/peers/pending ---- */

static void
write_caller(struct jsonw *w, const struct caller *c)
{
	struct card card;
	bool shown =
	    c->card != NULL && card_decode(c->card, c->cardlen, &card) == NULL;

	jsonw_object(w);
	peers_id(w, c->key);
	jsonw_key(w, "from");
	jsonw_string(w, c->from);
	write_ms(w, "first", c->first);
	write_ms(w, "last", c->last);
	jsonw_key(w, "calls");
	jsonw_u64(w, c->calls);
	jsonw_key(w, "card");
	peers_card(w, shown ? &card : NULL);
	jsonw_end_object(w);
}

void
routes_operator_pending(struct node *node, struct request *q,
    struct response *r)
{
	const struct engine *e;
	struct caller *callers;
	struct jsonw w;
	size_t n, i;

	(void)q;
	callers = store_callers(node_store(node), &n);
	routes_json(r);
	jsonw_init(&w, &r->body);
	jsonw_object(&w);
	e = node_lock(node);
	jsonw_key(&w, "callers");
	jsonw_array(&w);
	for (i = 0; i < n; i++)
		if (unknown(e, &callers[i]))
			write_caller(&w, &callers[i]);
	jsonw_end_array(&w);
	jsonw_key(&w, "changed");
	peers_changed(&w, e);
	node_unlock(node);
	jsonw_end_object(&w);
	buf_text(&r->body, "\n");
	store_callers_free(callers, n);
}

/* ---- POST /v1/reload ---- */

void
routes_operator_reload(struct node *node, struct request *q, struct response *r)
{
	struct buf error;

	(void)q;
	buf_init(&error, 65536);
	if (node_reload(node, &error) == 0) {
		routes_json(r);
		buf_text(&r->body, "{\"reloaded\":true}\n");
	} else {
		routes_problem(r, 422, buf_string(&error),
		    "mend the file; the old configuration stays in force");
	}
	buf_free(&error);
}

/* ---- Tokens ---- */

static void
write_token(struct jsonw *w, const struct token *t)
{
	jsonw_key(w, "name");
	jsonw_string(w, t->name);
	jsonw_key(w, "role");
	jsonw_string(w, routes_role(t->role));
	write_ms(w, "created", t->created);
	jsonw_key(w, "prefixes");
	peers_prefixes(w, t->prefixes, t->nprefixes);
}

void
routes_operator_tokens(struct node *node, struct request *q, struct response *r)
{
	struct token *tokens;
	struct jsonw w;
	size_t n, i;

	(void)q;
	tokens = store_token_list(node_store(node), &n);
	routes_json(r);
	jsonw_init(&w, &r->body);
	jsonw_object(&w);
	jsonw_key(&w, "tokens");
	jsonw_array(&w);
	for (i = 0; i < n; i++) {
		jsonw_object(&w);
		write_token(&w, &tokens[i]);
		jsonw_end_object(&w);
	}
	jsonw_end_array(&w);
	jsonw_end_object(&w);
	buf_text(&r->body, "\n");
	store_token_free(tokens, n);
}

/* Turn the order into a token; -1 and the problem in ${r}. */
static int
make_token(struct order_token *order, struct token *t, struct response *r)
{
	size_t i;

	memset(t, 0, sizeof(*t));
	for (i = ROLE_READER; i <= ROLE_OPERATOR; i++)
		if (strcmp(routes_role((enum role)i), order->role) == 0)
			t->role = (enum role)i;
	if (t->role == ROLE_PUBLIC) {
		routes_problem(r, 422, "there is no such role",
		    "the roles are reader, reporter, desk, operator");
		return (-1);
	}
	if ((t->role == ROLE_DESK) != (order->nprefixes > 0)) {
		routes_problem(r, 422,
		    t->role == ROLE_DESK ?
			"a desk needs the prefixes it is in charge of" :
			"only a desk has prefixes",
		    "virbl token add desk NAME --prefix 192.0.2.0/24");
		return (-1);
	}
	memcpy(t->name, order->name, sizeof(t->name));
	t->created = clock_wall().ms;
	t->prefixes = order->prefixes;
	t->nprefixes = order->nprefixes;
	return (0);
}

/* Store ${t} and show its secret. */
static void
issue(struct node *node, const struct token *t, struct response *r)
{
	char secret[BEARER_TEXT];
	uint8_t hash[32];
	const char *problem;
	struct jsonw w;

	bearer_new(secret, hash);
	problem = store_token_add(node_store(node), t, hash);
	if (problem != NULL) {
		routes_problem(r, 409, problem, NULL);
	} else {
		routes_json(r);
		r->status = 201;
		jsonw_init(&w, &r->body);
		jsonw_object(&w);
		write_token(&w, t);
		jsonw_key(&w, "token");
		jsonw_string(&w, secret);
		jsonw_end_object(&w);
		buf_text(&r->body, "\n");
	}
	sodium_memzero(secret, sizeof(secret));
}

void
routes_operator_token_add(struct node *node, struct request *q,
    struct response *r)
{
	struct order_token order;
	const char *problem;
	struct token t;

	problem = order_token(q->body, q->len, &order);
	if (problem != NULL) {
		routes_problem(r, 400, problem,
		    "send {\"role\":\"reporter\",\"name\":\"mx1\"}");
		return;
	}
	if (make_token(&order, &t, r) == 0)
		issue(node, &t, r);
	mem_free(order.prefixes);
}

void
routes_operator_token_remove(struct node *node, struct request *q,
    struct response *r)
{
	struct jsonw w;

	if (store_token_remove(node_store(node), q->args[0]) != 0) {
		routes_problem(r, 404, "there is no token of this name",
		    "virbl token list");
		return;
	}
	routes_json(r);
	jsonw_init(&w, &r->body);
	jsonw_object(&w);
	jsonw_key(&w, "removed");
	jsonw_string(&w, q->args[0]);
	jsonw_end_object(&w);
	buf_text(&r->body, "\n");
}
