/*
 * The page for people.
 */
#include <string.h>

#include "base/text.h"
#include "shell/pages.h"
#include "shell/routes_impl.h"
#include "view/page_lookup.h"

static void
serve(const struct page *page, struct response *r)
{
	r->status = 200;
	r->type = page->type;
	text_copy(r->etag, sizeof(r->etag), page->etag);
	buf_add(&r->body, page->bytes, page->len);
}

void
routes_page_root(struct node *node, struct request *q, struct response *r)
{
	const char *accept = q->header(q, "Accept");

	/* Nobody reaches the peers' listener with a browser. */
	if (q->door == DOOR_PEERS || accept == NULL ||
	    strstr(accept, "text/html") == NULL)
		routes_public_root(node, q, r);
	else
		serve(pages_find("index.html"), r);
}

void
routes_page_file(struct node *node, struct request *q, struct response *r)
{
	const struct page *page = pages_find(q->args[0]);

	(void)node;
	if (page == NULL)
		routes_problem(r, 404, "the page has no such file", NULL);
	else
		serve(page, r);
}

static void
html(struct response *r, unsigned status)
{
	r->status = status;
	r->type = "text/html; charset=utf-8";
}

void
routes_page_lookup(struct node *node, struct request *q, struct response *r)
{
	const char *ip = q->query(q, "ip");
	enum subject_verdict verdict;
	char address[SUBJECT_TEXT];
	struct buf json;
	uint64_t subject;
	size_t n;

	if (ip == NULL || *ip == '\0') {
		html(r, 200);
		page_lookup_ask(&r->body, NULL, NULL);
		return;
	}
	/* What was copied comes with blanks around it. */
	ip += strspn(ip, " \t");
	n = strcspn(ip, " \t");
	if (n >= sizeof(address))
		n = sizeof(address) - 1;
	memcpy(address, ip, n);
	address[n] = '\0';
	verdict = subject_parse(address, &subject);
	if (verdict != SUBJECT_OK) {
		html(r, 400);
		page_lookup_ask(&r->body, address,
		    subject_verdict_text(verdict));
		return;
	}
	buf_init(&json, REQUEST_ANSWER);
	routes_ip(node, q, subject, &json);
	html(r, 200);
	if (page_lookup_write(&r->body, json.data, json.len) != 0)
		routes_problem(r, 500, "the page cannot be made",
		    "ask /v1/ip/ADDRESS instead");
	buf_free(&json);
}
