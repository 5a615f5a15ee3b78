/*
 * What anybody may ask.
 */
#include <string.h>

#include "config.h"

#include "base/jsonw.h"
#include "base/mem.h"
#include "base/text.h"
#include "shell/digests.h"
#include "shell/routes_impl.h"
#include "view/lookup.h"
#include "view/peers.h"
#include "view/status.h"

void
routes_public_root(struct node *node, struct request *q, struct response *r)
{
	const struct policy_member *self;
	char id[NODEID_TEXT];

	(void)q;
	nodeid_format(node_key(node), id);
	r->status = 200;
	r->type = "text/plain; charset=utf-8";
	self = &engine_policy(node_lock(node))->members[0];
	buf_printf(&r->body, "virbl %s: node %s\n%s\n", PACKAGE_VERSION,
	    self->name, id);
	node_unlock(node);
	buf_text(&r->body,
	    "\n"
	    "GET /v1/ip/ADDRESS    is it listed, and why\n"
	    "GET /v1/digest        count and SHA-256 of each list\n"
	    "GET /v1/node          this node\n"
	    "GET /v1/peers         its peers\n"
	    "\n"
	    "Lists and reports need a token of this node's operator.\n");
}

void
routes_ip(struct node *node, const struct request *q, uint64_t subject,
    struct buf *out)
{
	struct lookup ask = {.subject = subject,
	    .at = routes_now(),
	    .names = routes_may_name(q, subject)};
	struct lookup_act acts[STORE_DEEDS_SHOWN];
	struct deed *deeds;
	size_t i;

	deeds = store_deeds(node_store(node), subject, &ask.nacts);
	for (i = 0; i < ask.nacts; i++)
		acts[i] = (struct lookup_act){deeds[i].time, deeds[i].act,
		    deeds[i].who};
	ask.acts = acts;
	lookup_write(out, node_lock(node), &ask);
	node_unlock(node);
	mem_free(deeds);
}

void
routes_public_ip(struct node *node, struct request *q, struct response *r)
{
	enum subject_verdict verdict;
	uint64_t subject;

	verdict = subject_parse(q->args[0], &subject);
	if (verdict != SUBJECT_OK) {
		routes_problem(r, 400, subject_verdict_text(verdict),
		    "write it as in /v1/ip/192.0.2.1");
		return;
	}
	if (q->query(q, "at") != NULL) {
		routes_problem(r, 400, "at is not known here",
		    "leave it out to ask about the present");
		return;
	}
	routes_json(r);
	routes_ip(node, q, subject, &r->body);
}

void
routes_public_digest(struct node *node, struct request *q, struct response *r)
{
	struct listing *listings[POLICY_LISTS];
	char names[POLICY_LISTS][CARD_NAME + 1], hex[2 * DIGEST_BYTES + 1];
	const struct policy *p;
	const struct engine *e;
	struct digest digest;
	struct jsonw w;
	uint32_t now = routes_now();
	size_t n, i;

	(void)q;
	e = node_lock(node);
	p = engine_policy(e);
	n = p->nlists;
	for (i = 0; i < n; i++) {
		listings[i] = engine_listing(e, i);
		memcpy(names[i], p->lists[i].name, sizeof(names[i]));
	}
	node_unlock(node);
	routes_json(r);
	jsonw_init(&w, &r->body);
	jsonw_object(&w);
	jsonw_key(&w, "at");
	jsonw_time(&w, now);
	jsonw_key(&w, "lists");
	jsonw_array(&w);
	for (i = 0; i < n; i++) {
		digests_get(node_digests(node), listings[i], now, &digest);
		text_hex(digest.sha256, DIGEST_BYTES, hex);
		jsonw_object(&w);
		jsonw_key(&w, "list");
		jsonw_string(&w, names[i]);
		jsonw_key(&w, "count");
		jsonw_u64(&w, digest.count);
		jsonw_key(&w, "sha256");
		jsonw_string(&w, hex);
		jsonw_end_object(&w);
	}
	jsonw_end_array(&w);
	jsonw_end_object(&w);
	buf_text(&r->body, "\n");
}

void
routes_public_node(struct node *node, struct request *q, struct response *r)
{
	struct status_about about = {.version = PACKAGE_VERSION};
	struct buf card;

	(void)q;
	buf_init(&card, CARD_BYTES);
	node_card(node, &card);
	about.card = card.data;
	about.cardlen = card.len;
	routes_json(r);
	status_node(&r->body, node_lock(node), &about);
	node_unlock(node);
	buf_free(&card);
}

void
routes_public_peers(struct node *node, struct request *q, struct response *r)
{
	routes_json(r);
	peers_write(&r->body, node_lock(node), q->role == ROLE_OPERATOR);
	node_unlock(node);
}
