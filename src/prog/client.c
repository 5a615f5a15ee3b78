#include <errno.h>
#include <fcntl.h>
#include <jansson.h>
#include <poll.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "base/mem.h"
#include "base/text.h"
#include "form/http_answer.h"
#include "shell/clock.h"

#include "client.h"

#define CONNECT_MS 5000 /* the daemon is on this machine */
#define RETRY_MS 20
#define QUIET_S 120 /* no byte for so long: it hangs */
#define ERROR_BYTES 4096 /* of a message */
#define CHUNK 65536 /* read at once */

struct client {
	char *socket;
	uint32_t hurry; /* ms for a request; 0: as long as bytes come */
};

/* One request under way. */
struct transfer {
	const struct client *client;
	const struct client_call *request;
	struct answer *answer;
	struct http_answer http;
	int fd;
	int64_t deadline; /* ms; 0 none */
};

struct client *
client_open(const char *socket)
{
	struct client *c = mem_zero(sizeof(*c));

	c->socket = mem_string(socket);
	return (c);
}

void
client_hurry(struct client *c, uint32_t ms)
{
	c->hurry = ms;
}

static int
on_body(void *arg, const void *p, size_t n)
{
	struct transfer *t = arg;
	unsigned status = t->http.status;

	if (t->request->sink != NULL && status >= 200 && status <= 299)
		return (t->request->sink(t->request->arg, p, n));
	buf_add(&t->answer->body, p, n);
	return (t->answer->body.full ? -1 : 0);
}

/* Problems come from another program: only plain text reaches a terminal. */
static void
add_plain(struct buf *out, const char *s)
{
	for (; *s != '\0'; s++) {
		char c = (unsigned char)*s < 0x20 || *s == 0x7f ? ' ' : *s;

		buf_add(out, &c, 1);
	}
}

static const char *
member(const json_t *o, const char *key)
{
	const char *s = json_string_value(json_object_get(o, key));

	return (s != NULL && *s != '\0' ? s : NULL);
}

/* The words of an RFC 9457 problem; without one, the status. */
static void
explain(struct answer *a)
{
	const char *title, *detail, *hint;
	json_t *o;

	o = json_loadb((const char *)a->body.data, a->body.len, 0, NULL);
	title = member(o, "title");
	detail = member(o, "detail");
	hint = member(o, "hint");
	if (title == NULL && detail == NULL)
		buf_printf(&a->error, "the daemon answered %u", a->status);
	if (title != NULL)
		add_plain(&a->error, title);
	if (title != NULL && detail != NULL)
		buf_text(&a->error, ": ");
	if (detail != NULL)
		add_plain(&a->error, detail);
	if (hint != NULL) {
		buf_text(&a->error, "\nhint: ");
		add_plain(&a->error, hint);
	}
	json_decref(o);
}

/* Nobody is there to talk to: ${why} (an errno). */
static enum cmd_exit
absent(struct transfer *t, int why)
{
	struct buf *error = &t->answer->error;

	buf_printf(error, "the daemon does not answer at %s: %s",
	    t->client->socket, strerror(why));
	buf_text(error,
	    why == EACCES || why == EPERM ?
		"\nhint: use it as root or as a member of the socket's "
		"group" :
		"\nhint: is virbld running, with this configuration?");
	return (CMD_UNREACHABLE);
}

/* There was no answer, or not all of it. */
static enum cmd_exit
broken(struct transfer *t, enum cmd_exit code, const char *why)
{
	buf_printf(&t->answer->error,
	    "the daemon did not finish its answer: %s", why);
	return (code);
}

static enum cmd_exit
verdict(unsigned status)
{
	switch (status) {
	case 401:
	case 403:
	case 409:
	case 501:
		return (CMD_REFUSED);
	case 404:
		return (CMD_NOTHING);
	case 429:
	case 503:
	case 507:
		return (CMD_TEMPORARY);
	default:
		return (CMD_FAILED);
	}
}

/* Wait until ${events} can be done; false if the time is over. */
static bool
ready(struct transfer *t, short events)
{
	struct pollfd p = {.fd = t->fd, .events = events};
	int64_t left = QUIET_S * 1000;
	int rc;

	do {
		if (t->deadline != 0)
			left = t->deadline - clock_mono().ms;
		rc = left <= 0 ? 0 : poll(&p, 1, (int)left);
	} while (rc == -1 && errno == EINTR);
	return (rc > 0);
}

/* Send ${n} bytes. A daemon that does not want them may say so already. */
static enum cmd_exit
send_all(struct transfer *t, const void *p, size_t n)
{
	const char *s = p;
	ssize_t done;

	while (n > 0) {
		done = send(t->fd, s, n, MSG_NOSIGNAL);
		if (done == -1 && errno == EAGAIN) {
			if (!ready(t, POLLOUT))
				return (broken(t, CMD_TEMPORARY, "it is busy"));
			continue;
		}
		if (done == -1 && (errno == EPIPE || errno == ECONNRESET))
			return (CMD_OK);
		if (done == -1 && errno != EINTR)
			return (broken(t, CMD_UNREACHABLE, strerror(errno)));
		if (done > 0) {
			s += done;
			n -= (size_t)done;
		}
	}
	return (CMD_OK);
}

static enum cmd_exit
send_request(struct transfer *t)
{
	const struct client_call *r = t->request;
	const char *const *more;
	struct buf head;
	enum cmd_exit rc;

	buf_init(&head, 1u << 16);
	buf_printf(&head,
	    "%s %s HTTP/1.1\r\nHost: localhost\r\nUser-Agent: virbl\r\n"
	    "Accept: application/json, */*\r\nConnection: close\r\n",
	    r->method, r->path);
	if (r->body != NULL)
		buf_printf(&head, "Content-Type: %s\r\n",
		    r->type != NULL ? r->type : "application/json");
	if (r->body != NULL || strcmp(r->method, "GET") != 0)
		buf_printf(&head, "Content-Length: %zu\r\n", r->len);
	for (more = r->headers; more != NULL && *more != NULL; more++)
		buf_printf(&head, "%s\r\n", *more);
	buf_text(&head, "\r\n");
	if (head.full) {
		buf_text(&t->answer->error, "the request is too long");
		rc = CMD_FAILED;
	} else {
		rc = send_all(t, head.data, head.len);
	}
	if (rc == CMD_OK && r->len > 0)
		rc = send_all(t, r->body, r->len);
	buf_free(&head);
	return (rc);
}

static enum cmd_exit
read_answer(struct transfer *t)
{
	enum http_answer_got got = HTTP_ANSWER_MORE;
	uint8_t *chunk = mem_alloc(CHUNK);
	enum cmd_exit rc = CMD_OK;
	ssize_t n;

	while (rc == CMD_OK && got == HTTP_ANSWER_MORE) {
		if (!ready(t, POLLIN)) {
			rc = broken(t, CMD_TEMPORARY, "it takes too long");
			break;
		}
		n = recv(t->fd, chunk, CHUNK, 0);
		if (n == -1 && (errno == EINTR || errno == EAGAIN))
			continue;
		if (n == -1)
			rc = broken(t, CMD_UNREACHABLE, strerror(errno));
		else if (n == 0)
			got = http_answer_end(&t->http);
		else
			got = http_answer_feed(&t->http, chunk, (size_t)n,
			    on_body, t);
	}
	mem_free(chunk);
	if (got == HTTP_ANSWER_BAD)
		rc = broken(t, CMD_UNREACHABLE, "it is cut off");
	if (got == HTTP_ANSWER_STOPPED) {
		/* A sink that gave up has said why. */
		if (t->answer->body.full)
			buf_text(&t->answer->error, "the answer is too large");
		rc = CMD_FAILED;
	}
	return (rc);
}

/* Connect; 0 or an errno. */
static int
reach(struct transfer *t)
{
	int64_t most = clock_mono().ms + CONNECT_MS;
	struct sockaddr_un sun = {.sun_family = AF_UNIX};
	const struct sockaddr *sa = (const struct sockaddr *)&sun;

	if (text_copy(sun.sun_path, sizeof(sun.sun_path), t->client->socket) !=
	    0)
		return (ENAMETOOLONG);
	t->fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	if (t->fd == -1)
		return (errno);
	if (t->deadline != 0 && t->deadline < most)
		most = t->deadline;
	/* EAGAIN: more callers wait to be let in than there is room for. */
	while (connect(t->fd, sa, sizeof(sun)) != 0) {
		if (errno != EAGAIN || clock_mono().ms >= most)
			return (errno);
		poll(NULL, 0, RETRY_MS);
	}
	return (0);
}

enum cmd_exit
client_do(struct client *c, const struct client_call *r, struct answer *a)
{
	struct transfer t = {.client = c, .request = r, .answer = a, .fd = -1};
	enum cmd_exit rc;
	int why;

	a->status = 0;
	buf_init(&a->body, CLIENT_BODY);
	buf_init(&a->error, ERROR_BYTES);
	http_answer_init(&t.http);
	if (c->hurry != 0)
		t.deadline = clock_mono().ms + c->hurry;
	why = reach(&t);
	if (why != 0)
		rc = why == EAGAIN ? broken(&t, CMD_TEMPORARY, "it is busy") :
				     absent(&t, why);
	else
		rc = send_request(&t);
	if (rc == CMD_OK)
		rc = read_answer(&t);
	if (t.fd != -1)
		close(t.fd);
	if (rc != CMD_OK)
		return (rc);
	a->status = t.http.status;
	if (a->status >= 200 && a->status <= 299)
		return (CMD_OK);
	explain(a);
	return (verdict(a->status));
}

void
client_answer_free(struct answer *a)
{
	buf_free(&a->body);
	buf_free(&a->error);
}

void
client_escape(struct buf *path, const char *text)
{
	static const char plain[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
				    "abcdefghijklmnopqrstuvwxyz"
				    "0123456789-._~:";

	for (; *text != '\0'; text++) {
		if (strchr(plain, *text) != NULL)
			buf_add(path, text, 1);
		else
			buf_printf(path, "%%%02X", (unsigned char)*text);
	}
}

void
client_close(struct client *c)
{
	if (c == NULL)
		return;
	mem_free(c->socket);
	mem_free(c);
}
