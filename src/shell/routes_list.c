/*
 * Lists as files.
 */
#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "shell/etag.h"
#include "shell/exporter.h"
#include "shell/routes_impl.h"

int
routes_list_find(struct node *node, struct request *q, struct response *r,
    struct listref *ret)
{
	struct buf detail, hint;

	if (listref_find(node, q->args[0], ret) == 0)
		return (0);
	buf_init(&detail, 256);
	buf_init(&hint, 1024);
	buf_printf(&detail, "there is no list '%.64s'", q->args[0]);
	listref_names(node, &hint);
	routes_problem(r, 404, buf_string(&detail), buf_string(&hint));
	buf_free(&detail);
	buf_free(&hint);
	return (-1);
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

/* True if the client does not want the bytes, or has them. */
static bool
only_head(const struct request *q, const struct response *r)
{
	return (strcmp(q->method, "HEAD") == 0 ||
	    etag_matches(q->header(q, "If-None-Match"), r->etag));
}

void
routes_list_get(struct node *node, struct request *q, struct response *r)
{
	struct exporter_ask ask = {.format = NULL};
	char tag[EXPORTER_TAG];
	struct listref l;
	uint32_t now = routes_now();

	if (routes_list_find(node, q, r, &l) != 0 ||
	    (ask.format = read_format(q, r)) == NULL ||
	    read_filter(q, r, &ask.filter) != 0)
		return;
	r->status = 200;
	r->type = ask.format->type;
	exporter_tag(node, &l, &ask, now, tag);
	snprintf(r->etag, sizeof(r->etag), "\"%s\"", tag);
	if (only_head(q, r))
		return;
	r->stream = exporter_new(node, &l, &ask, now, tag);
	snprintf(r->etag, sizeof(r->etag), "\"%s\"", tag);
	r->more = exporter_more;
	r->done = exporter_free;
}
