#include "base/jsonw.h"
#include "view/problem.h"

static const struct {
	unsigned status;
	const char *title;
} titles[] = {
    {400, "Bad Request"},
    {401, "Unauthorized"},
    {403, "Forbidden"},
    {404, "Not Found"},
    {405, "Method Not Allowed"},
    {409, "Conflict"},
    {413, "Content Too Large"},
    {415, "Unsupported Media Type"},
    {422, "Unprocessable Content"},
    {429, "Too Many Requests"},
    {500, "Internal Server Error"},
    {503, "Service Unavailable"},
};

static const char *
title(unsigned status)
{
	size_t i;

	for (i = 0; i < sizeof(titles) / sizeof(titles[0]); i++)
		if (titles[i].status == status)
			return (titles[i].title);
	return ("Error");
}

void
problem_write(struct buf *out, unsigned status, const char *detail,
    const char *hint)
{
	struct jsonw w;

	jsonw_init(&w, out);
	jsonw_object(&w);
	jsonw_key(&w, "type");
	jsonw_string(&w, "about:blank");
	jsonw_key(&w, "title");
	jsonw_string(&w, title(status));
	jsonw_key(&w, "status");
	jsonw_u64(&w, status);
	jsonw_key(&w, "detail");
	jsonw_string(&w, detail);
	if (hint != NULL) {
		jsonw_key(&w, "hint");
		jsonw_string(&w, hint);
	}
	jsonw_end_object(&w);
	buf_text(out, "\n");
}

void
problem_message(struct buf *out, const char *detail)
{
	struct jsonw w;

	out->len -= 2; /* "}" and the newline */
	buf_text(out, ",\"message\":");
	jsonw_init(&w, out);
	jsonw_string(&w, detail);
	buf_text(out, "}\n");
}
