#include <stdio.h>
#include <string.h>
#include <strings.h>

#include <zlib.h>

#include "base/mem.h"
#include "shell/answer.h"
#include "shell/etag.h"

#define SMALL 1024 /* shorter bodies are not compressed */
#define PIECE (1u << 20) /* most bytes a stream adds in one go */
#define GZIP (15 + 16) /* window of 32 KiB, gzip header (zlib.h) */

/* What a browser may load and do (Content Security Policy Level 3). */
#define PAGE_POLICY                                                      \
	"default-src 'none'; script-src 'self'; style-src 'self'; "      \
	"img-src 'self' data:; connect-src 'self'; form-action 'self'; " \
	"base-uri 'none'; frame-ancestors 'none'"
#define DATA_POLICY "default-src 'none'; frame-ancestors 'none'"

/* A stream under way: pieces from the handler, compressed if wanted. */
struct flow {
	void (*more)(void *stream, struct buf *out);
	void (*done)(void *stream);
	bool (*alive)(void *stream); /* NULL: nothing is the end */
	void *stream;
	struct answer_wait wait; /* if there is alive() */
	struct buf piece; /* from the handler */
	struct buf out; /* for the client */
	size_t sent; /* of out */
	bool gzip;
	bool ended;
	z_stream z;
};

/* True if the client takes gzip. */
static bool
takes_gzip(const struct request *q)
{
	const char *h = q->header(q, "Accept-Encoding");
	const char *g = h != NULL ? strstr(h, "gzip") : NULL;

	return (g != NULL && strncmp(g + 4, ";q=0", 4) != 0);
}

/* Run ${z} over ${in}, appending to ${out}. */
static void
squeeze(z_stream *z, const struct buf *in, struct buf *out, int flush)
{
	uint8_t *room;
	int rc;

	z->next_in = in->data;
	z->avail_in = (uInt)in->len;
	do {
		room = buf_room(out, 16384);
		if (room == NULL)
			return;
		z->next_out = room;
		z->avail_out = 16384;
		rc = deflate(z, flush);
		out->len += 16384 - z->avail_out;
	} while (rc == Z_OK &&
	    (z->avail_out == 0 || z->avail_in > 0 || flush == Z_FINISH));
}

static int
gzip_begin(z_stream *z)
{
	memset(z, 0, sizeof(*z));
	return (deflateInit2(z, 6, Z_DEFLATED, GZIP, 8, Z_DEFAULT_STRATEGY) ==
		    Z_OK ?
		0 :
		-1);
}

/* Replace the body of ${r} by its gzip; false if that failed. */
static bool
gzip_body(struct response *r)
{
	struct buf out;
	z_stream z;

	if (gzip_begin(&z) != 0)
		return (false);
	buf_init(&out, REQUEST_ANSWER);
	squeeze(&z, &r->body, &out, Z_FINISH);
	deflateEnd(&z);
	if (out.full) {
		buf_free(&out);
		return (false);
	}
	buf_free(&r->body);
	r->body = out;
	return (true);
}

/* Get the next bytes for the client; false if there are none. */
static bool
flow_fill(struct flow *f)
{
	buf_reset(&f->out);
	f->sent = 0;
	while (f->out.len == 0) {
		if (f->ended)
			return (false);
		buf_reset(&f->piece);
		f->more(f->stream, &f->piece);
		if (f->piece.len == 0 && f->alive != NULL)
			return (false);
		f->ended = f->piece.len == 0;
		if (f->gzip)
			squeeze(&f->z, &f->piece, &f->out,
			    f->ended ? Z_FINISH : Z_NO_FLUSH);
		else
			buf_add(&f->out, f->piece.data, f->piece.len);
	}
	return (true);
}

/* The same for a stream that goes on: asleep if ${end} stays false. */
static bool
flow_await(struct flow *f, bool *end)
{
	uint64_t seen;

	do {
		seen = f->wait.look(f->wait.arg);
		if (flow_fill(f))
			return (true);
		*end = !f->alive(f->stream);
	} while (!*end && !f->wait.sleep(f->wait.arg, seen, end));
	return (false);
}

static ssize_t
on_read(void *arg, uint64_t pos, char *out, size_t max)
{
	struct flow *f = arg;
	bool end = true;
	size_t n;

	(void)pos;
	if (f->sent == f->out.len &&
	    !(f->alive != NULL ? flow_await(f, &end) : flow_fill(f)))
		return (end ? MHD_CONTENT_READER_END_OF_STREAM : 0);
	if (f->out.full || f->piece.full)
		return (MHD_CONTENT_READER_END_WITH_ERROR);
	n = f->out.len - f->sent;
	if (n > max)
		n = max;
	memcpy(out, f->out.data + f->sent, n);
	f->sent += n;
	return ((ssize_t)n);
}

static void
flow_free(void *arg)
{
	struct flow *f = arg;

	f->done(f->stream);
	if (f->gzip)
		deflateEnd(&f->z);
	buf_free(&f->piece);
	buf_free(&f->out);
	mem_free(f);
}

static struct MHD_Response *
make_stream(struct response *r, bool gzip, const struct answer_wait *wait)
{
	struct flow *f = mem_zero(sizeof(*f));

	f->more = r->more;
	f->done = r->done;
	f->alive = r->alive;
	f->stream = r->stream;
	f->wait = *wait;
	r->stream = NULL;
	f->gzip = gzip && gzip_begin(&f->z) == 0;
	buf_init(&f->piece, PIECE);
	buf_init(&f->out, 2 * PIECE);
	return (MHD_create_response_from_callback(MHD_SIZE_UNKNOWN, 65536,
	    on_read, f, flow_free));
}

/* Never called: there is no body in an answer to HEAD. */
static ssize_t
on_head(void *arg, uint64_t pos, char *out, size_t max)
{
	(void)arg;
	(void)pos;
	(void)out;
	(void)max;
	return (MHD_CONTENT_READER_END_OF_STREAM);
}

/* What is compressed is another representation: its name ends in "-gzip". */
static void
add_etag(struct MHD_Response *m, const char *etag, bool gzip)
{
	char text[sizeof(((struct response *)NULL)->etag) + 8];

	snprintf(text, sizeof(text), "%.*s%s\"", (int)strlen(etag) - 1, etag,
	    gzip ? "-gzip" : "");
	MHD_add_response_header(m, "ETag", text);
}

static void
add_headers(struct MHD_Response *m, const struct response *r, bool gzip)
{
	char retry[16];

	MHD_add_response_header(m, "Content-Type", r->type);
	MHD_add_response_header(m, "X-Content-Type-Options", "nosniff");
	MHD_add_response_header(m, "Vary", "Accept, Accept-Encoding");
	MHD_add_response_header(m, "Referrer-Policy", "no-referrer");
	/* Of what a browser would act on, only a page may do anything. */
	MHD_add_response_header(m, "Content-Security-Policy",
	    strncmp(r->type, "text/html", 9) == 0 ? PAGE_POLICY : DATA_POLICY);
	if (gzip)
		MHD_add_response_header(m, "Content-Encoding", "gzip");
	if (r->etag[0] != '\0')
		add_etag(m, r->etag, gzip);
	else
		MHD_add_response_header(m, "Cache-Control", "no-store");
	if (r->cookie[0] != '\0')
		MHD_add_response_header(m, "Set-Cookie", r->cookie);
	/* A proxy in between must not collect what is told. */
	if (r->alive != NULL)
		MHD_add_response_header(m, "X-Accel-Buffering", "no");
	if (r->allow != NULL)
		MHD_add_response_header(m, "Allow", r->allow);
	if (r->status == 401)
		MHD_add_response_header(m, "WWW-Authenticate", "Bearer");
	if (r->retry > 0) {
		snprintf(retry, sizeof(retry), "%u", r->retry);
		MHD_add_response_header(m, "Retry-After", retry);
	}
}

enum MHD_Result
answer_queue(struct MHD_Connection *mhd, const struct request *q,
    struct response *r, const struct answer_wait *wait)
{
	struct MHD_Response *m;
	enum MHD_Result rc;
	bool gzip = !r->plain && takes_gzip(q);

	if (r->type == NULL)
		r->type = "text/plain";
	if (r->status == 200 &&
	    etag_matches(q->header(q, "If-None-Match"), r->etag)) {
		r->status = 304;
		gzip = false;
		m = MHD_create_response_from_buffer(0, NULL,
		    MHD_RESPMEM_PERSISTENT);
	} else if (r->stream != NULL) {
		m = make_stream(r, gzip, wait);
	} else if (r->body.len == 0 && strcmp(q->method, "HEAD") == 0) {
		m = MHD_create_response_from_callback(MHD_SIZE_UNKNOWN, 1,
		    on_head, NULL, NULL);
		/* Else libmicrohttpd ends the body that there is not. */
		if (m != NULL)
			MHD_set_response_options(m,
			    MHD_RF_HTTP_1_0_COMPATIBLE_STRICT, MHD_RO_END);
	} else {
		gzip = gzip && r->body.len >= SMALL && gzip_body(r);
		/* The body lives in the call until it is completed. */
		m = MHD_create_response_from_buffer(r->body.len, r->body.data,
		    MHD_RESPMEM_PERSISTENT);
	}
	if (m == NULL)
		return (MHD_NO);
	add_headers(m, r, gzip);
	rc = MHD_queue_response(mhd, r->status != 0 ? r->status : 500, m);
	MHD_destroy_response(m);
	return (rc);
}

void
answer_toolong(struct response *r, uint32_t limit)
{
	r->status = 413;
	r->type = "application/problem+json";
	buf_reset(&r->body);
	buf_printf(&r->body,
	    "{\"type\":\"about:blank\",\"title\":\"Content Too "
	    "Large\",\"status\":413,\"detail\":\"the body is longer than %u "
	    "bytes\",\"hint\":\"send it in smaller parts\"}\n",
	    limit);
}
