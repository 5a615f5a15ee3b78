/*
 * One request of the HTTP listeners: from its first bytes to the end of its
 * answer, with what it may wait for in between.
 */
#include <string.h>

#include "base/mem.h"
#include "base/text.h"
#include "shell/answer.h"
#include "shell/clock.h"
#include "shell/httpd_impl.h"
#include "shell/listener.h"
#include "shell/meter.h"
#include "shell/node.h"
#include "shell/pace.h"
#include "shell/routes.h"
#include "shell/tlscert.h"
#include "view/problem.h"

#define RETRY_S 30 /* until there may be room for one more stream */

/* ---- Waiting and parked calls ---- */

/* Both with the mutex held. */
static void
list_add(struct call **list, struct call *c)
{
	c->next = *list;
	c->back = list;
	if (c->next != NULL)
		c->next->back = &c->next;
	*list = c;
}

static void
list_remove(struct call *c)
{
	*c->back = c->next;
	if (c->next != NULL)
		c->next->back = c->back;
	c->back = NULL;
}

void
httpd_wake(struct httpd *h, uint16_t lists, bool heads)
{
	struct call *c, *next;

	pthread_mutex_lock(&h->mutex);
	h->moves++;
	for (c = h->waiting; c != NULL; c = next) {
		next = c->next;
		if ((c->r.wait_lists & lists) == 0 &&
		    !(heads && c->r.wait_heads))
			continue;
		list_remove(c);
		MHD_resume_connection(c->mhd);
	}
	pthread_mutex_unlock(&h->mutex);
}

static struct call *
call_of(struct response *r)
{
	return ((struct call *)(void *)((char *)r - offsetof(struct call, r)));
}

/* r->park: the connection sleeps until r->resume. */
static void
on_park(struct response *r)
{
	struct call *c = call_of(r);

	pthread_mutex_lock(&c->httpd->mutex);
	c->kept = true;
	list_add(&c->httpd->parked, c);
	MHD_suspend_connection(c->mhd);
	pthread_mutex_unlock(&c->httpd->mutex);
}

static void
on_resume(struct response *r)
{
	struct call *c = call_of(r);
	struct httpd *h = c->httpd;

	pthread_mutex_lock(&h->mutex);
	list_remove(c);
	/* From here on ${c} may be answered and gone. */
	MHD_resume_connection(c->mhd);
	pthread_mutex_unlock(&h->mutex);
}

/*
 * Answer what nobody will answer any more: the engine has stopped. Nothing of
 * it was acknowledged.
 */
void
httpd_call_abandon(struct httpd *h)
{
	struct call *c;

	pthread_mutex_lock(&h->mutex);
	while ((c = h->parked) != NULL) {
		list_remove(c);
		c->r.status = 503;
		c->r.type = PROBLEM_TYPE;
		c->r.retry = 5;
		buf_reset(&c->r.body);
		problem_write(&c->r.body, 503, "this node is stopping",
		    "send it again, with the same ids");
		MHD_resume_connection(c->mhd);
	}
	pthread_mutex_unlock(&h->mutex);
}

/* Wake the long-polls whose time is over; all of them at the stop. */
void
httpd_call_wake(struct httpd *h, int64_t now)
{
	struct call *c, *next;

	for (c = h->waiting; c != NULL; c = next) {
		next = c->next;
		if (!h->stop && now < c->deadline)
			continue;
		list_remove(c);
		MHD_resume_connection(c->mhd);
	}
}

/* ---- One request ---- */

static const char *
get_query(const struct request *q, const char *name)
{
	const struct call *c = (const struct call *)q;

	return (
	    MHD_lookup_connection_value(c->mhd, MHD_GET_ARGUMENT_KIND, name));
}

static const char *
get_header(const struct request *q, const char *name)
{
	const struct call *c = (const struct call *)q;

	return (MHD_lookup_connection_value(c->mhd, MHD_HEADER_KIND, name));
}

/* What get_headers() gathers. */
struct gather {
	const char *name;
	struct buf *out;
};

static enum MHD_Result
on_header(void *arg, enum MHD_ValueKind kind, const char *name,
    const char *value)
{
	struct gather *g = arg;

	(void)kind;
	if (value == NULL || strcasecmp(name, g->name) != 0)
		return (MHD_YES);
	if (g->out->len > 0)
		buf_text(g->out, ",");
	buf_text(g->out, value);
	return (MHD_YES);
}

static void
get_headers(const struct request *q, const char *name, struct buf *out)
{
	const struct call *c = (const struct call *)q;
	struct gather g = {name, out};

	MHD_get_connection_values(c->mhd, MHD_HEADER_KIND, on_header, &g);
}

static void
client_address(struct MHD_Connection *mhd, char out[48])
{
	const union MHD_ConnectionInfo *info =
	    MHD_get_connection_info(mhd, MHD_CONNECTION_INFO_CLIENT_ADDRESS);

	out[0] = '\0';
	if (info != NULL && info->client_addr != NULL)
		listener_address(info->client_addr, out);
}

static struct call *
call_new(struct door_state *d, struct MHD_Connection *mhd, const char *method,
    const char *path)
{
	struct call *c = mem_zero(sizeof(*c));
	const union MHD_ConnectionInfo *info;

	c->httpd = d->httpd;
	c->mhd = mhd;
	c->path = mem_string(path);
	buf_init(&c->r.body, REQUEST_ANSWER);
	c->r.park = on_park;
	c->r.resume = on_resume;
	c->q.method = method;
	c->q.path = c->path;
	c->q.door = d->door;
	c->q.route = METER_ROUTES;
	c->q.query = get_query;
	c->q.header = get_header;
	c->q.headers = get_headers;
	client_address(mhd, c->q.client);
	info = MHD_get_connection_info(mhd, MHD_CONNECTION_INFO_SOCKET_CONTEXT);
	if (info != NULL)
		c->conn = info->socket_context;
	if (d->door == DOOR_PEERS) {
		info = MHD_get_connection_info(mhd,
		    MHD_CONNECTION_INFO_GNUTLS_SESSION);
		if (info != NULL &&
		    tlscert_peer(info->tls_session, c->peer) == 0)
			c->q.peer = c->peer;
	}
	conns_phase(c->conn, CONN_BODY);
	return (c);
}

static void
call_free(struct call *c)
{
	if (c->r.stream != NULL && c->r.done != NULL)
		c->r.done(c->r.stream);
	mem_free(c->q.token.prefixes);
	buf_free(&c->body);
	buf_free(&c->r.body);
	mem_free(c->path);
	mem_free(c);
}

/* The answer was queued: count it. */
static enum MHD_Result
call_counted(struct call *c, enum MHD_Result rc)
{
	uint64_t us = c->began != 0 ? clock_us() - c->began : 0;

	meter_request(node_meter(c->httpd->node), c->q.route, c->r.status, us);
	return (rc);
}

/*
 * True if the client asked more often than it may. Who is on this host is not
 * counted: a proxy there speaks for many.
 */
static bool
too_often(struct call *c)
{
	const union MHD_ConnectionInfo *info =
	    MHD_get_connection_info(c->mhd, MHD_CONNECTION_INFO_CLIENT_ADDRESS);
	uint8_t who[PACE_ADDRESS];

	if (c->q.door == DOOR_UNIX || info == NULL || info->client_addr == NULL)
		return (false);
	pace_address(info->client_addr, who);
	if ((who[0] == 4 && who[1] == 127) || strcmp(c->q.client, "::1") == 0 ||
	    pace_take(c->httpd->pace, who, 0, clock_mono()))
		return (false);
	c->r.status = 429;
	c->r.type = PROBLEM_TYPE;
	c->r.retry = 1;
	problem_write(&c->r.body, 429, "more requests a second than are served",
	    "ask for more at once, or ask the operator about limits");
	return (true);
}

/*
 * Before a body is read: who may not send one, or sends too much of it, costs
 * no memory. What comes all the same is read and forgotten, as many clients do
 * not listen before they have sent all; who waits for a word gets it now.
 */
static enum MHD_Result
before_body(struct call *c)
{
	const char *length = get_header(&c->q, "Content-Length");
	uint64_t n = 0;
	size_t most = 0;

	c->refused = too_often(c);
	if (get_header(&c->q, "Transfer-Encoding") == NULL &&
	    (length == NULL || strcmp(length, "0") == 0))
		return (MHD_YES);
	if (c->refused || !routes_admit(c->httpd->node, &c->q, &c->r, &most)) {
		c->refused = true;
	} else {
		c->limit =
		    most < c->httpd->body_limit ? most : c->httpd->body_limit;
		buf_init(&c->body, c->limit);
		c->toolong = c->limit > 0 && length != NULL &&
		    (text_u64(length, UINT64_MAX, &n) != 0 || n > c->limit);
	}
	if ((!c->refused && !c->toolong) || get_header(&c->q, "Expect") == NULL)
		return (MHD_YES);
	if (c->toolong)
		answer_toolong(&c->r, (uint32_t)c->limit);
	conns_phase(c->conn, CONN_ANSWER);
	return (call_counted(c, answer_queue(c->mhd, &c->q, &c->r, NULL)));
}

/* Keep the next piece of a body that is wanted. */
static void
take_body(struct call *c, const char *data, size_t len)
{
	if (c->refused || c->toolong || c->limit == 0)
		return;
	buf_add(&c->body, data, len);
	c->toolong = c->body.full;
	if (c->toolong)
		buf_free(&c->body);
}

/* Sleep until something moves; false if it moved since ${moves}. */
static bool
sleep_until_moved(struct call *c, uint64_t moves)
{
	struct httpd *h = c->httpd;
	bool slept = false;

	pthread_mutex_lock(&h->mutex);
	if (h->moves == moves && !h->stop) {
		list_add(&h->waiting, c);
		MHD_suspend_connection(c->mhd);
		slept = true;
	}
	pthread_mutex_unlock(&h->mutex);
	return (slept);
}

/* Note how much moved so far, and whether the wait is over. */
static uint64_t
look_around(struct call *c)
{
	struct httpd *h = c->httpd;
	uint64_t moves;

	pthread_mutex_lock(&h->mutex);
	moves = h->moves;
	c->q.late = h->stop || (c->q.again && clock_mono().ms >= c->deadline);
	pthread_mutex_unlock(&h->mutex);
	return (moves);
}

/* ---- Answers that go on ---- */

/* struct answer_wait: the client reads again, or there is something. */
static uint64_t
look_on(void *arg)
{
	struct call *c = arg;
	uint64_t moves;

	pthread_mutex_lock(&c->httpd->mutex);
	moves = c->httpd->moves;
	pthread_mutex_unlock(&c->httpd->mutex);
	conns_phase(c->conn, CONN_ANSWER);
	return (moves);
}

static bool
sleep_on(void *arg, uint64_t seen, bool *stop)
{
	struct call *c = arg;

	c->deadline = clock_mono().ms + c->r.beat_ms;
	conns_phase(c->conn, CONN_PARKED);
	if (sleep_until_moved(c, seen))
		return (true);
	pthread_mutex_lock(&c->httpd->mutex);
	*stop = c->httpd->stop;
	pthread_mutex_unlock(&c->httpd->mutex);
	return (false);
}

/* Take one of the places for answers that go on; else the answer is 503. */
static void
take_place(struct call *c)
{
	struct httpd *h = c->httpd;

	pthread_mutex_lock(&h->mutex);
	c->streams = h->streams < HTTPD_STREAMS;
	h->streams += c->streams;
	pthread_mutex_unlock(&h->mutex);
	if (c->streams)
		return;
	c->r.done(c->r.stream);
	c->r.stream = NULL;
	c->r.alive = NULL;
	c->r.status = 503;
	c->r.type = PROBLEM_TYPE;
	c->r.retry = RETRY_S;
	problem_write(&c->r.body, 503, "too many streams are open",
	    "ask with wait= instead, or try again later");
}

static void
leave_place(struct call *c)
{
	pthread_mutex_lock(&c->httpd->mutex);
	c->httpd->streams -= c->streams;
	pthread_mutex_unlock(&c->httpd->mutex);
}

/* Send what the handler left in the response. */
static enum MHD_Result
call_answer(struct call *c)
{
	const struct answer_wait wait = {look_on, sleep_on, c};

	if (c->r.stream != NULL && c->r.alive != NULL)
		take_place(c);
	conns_phase(c->conn, CONN_ANSWER);
	return (call_counted(c, answer_queue(c->mhd, &c->q, &c->r, &wait)));
}

/* Run the handler until it answers, sleeps or keeps the response. */
static enum MHD_Result
call_run(struct call *c)
{
	struct httpd *h = c->httpd;
	uint64_t moves;

	/* What a long-poll slept is not work. */
	if (c->began == 0 || c->q.again)
		c->began = clock_us();
	c->q.body = c->body.data;
	c->q.len = c->body.len;
	while (!c->kept && !c->refused) {
		moves = look_around(c);
		c->r.wait_ms = 0;
		conns_phase(c->conn, CONN_PARKED);
		if (c->toolong)
			answer_toolong(&c->r, (uint32_t)c->limit);
		else
			routes_run(h->node, &c->q, &c->r);
		if (c->kept)
			return (MHD_YES);
		if (c->r.wait_ms == 0 || c->q.late)
			break;
		if (!c->q.again)
			c->deadline = clock_mono().ms + c->r.wait_ms;
		c->q.again = true;
		if (sleep_until_moved(c, moves))
			return (MHD_YES);
	}
	c->kept = false;
	return (call_answer(c));
}

enum MHD_Result
httpd_call_on(struct door_state *d, struct MHD_Connection *mhd,
    const struct httpd_part *part, void **state)
{
	struct call *c = *state;

	if (c == NULL) {
		c = call_new(d, mhd, part->method, part->url);
		*state = c;
		return (before_body(c));
	}
	if (*part->len > 0) {
		take_body(c, part->data, *part->len);
		*part->len = 0;
		return (MHD_YES);
	}
	return (call_run(c));
}

void
httpd_call_completed(void *arg, struct MHD_Connection *mhd, void **state,
    enum MHD_RequestTerminationCode code)
{
	struct call *c = *state;

	(void)arg;
	(void)mhd;
	(void)code;
	if (c == NULL)
		return;
	conns_phase(c->conn, CONN_IDLE);
	leave_place(c);
	call_free(c);
	*state = NULL;
}
