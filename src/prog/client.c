#include <curl/curl.h>
#include <errno.h>
#include <jansson.h>
#include <string.h>

#include "base/mem.h"

#include "client.h"

#define CONNECT_MS 5000L /* the daemon is on this machine */
#define QUIET_S 120L /* no byte for so long: it hangs */
#define ERROR_BYTES 4096 /* of a message */

struct client {
	CURL *curl;
	char *socket;
};

/* One request under way. */
struct transfer {
	CURL *curl;
	const struct client_call *request;
	struct answer *answer;
	bool gave_up; /* the sink did not want more */
};

struct client *
client_open(const char *socket)
{
	struct client *c = mem_zero(sizeof(*c));

	c->socket = mem_string(socket);
	c->curl = curl_easy_init();
	return (c);
}

static size_t
on_body(char *p, size_t size, size_t n, void *arg)
{
	struct transfer *t = arg;
	long status = 0;

	n *= size;
	curl_easy_getinfo(t->curl, CURLINFO_RESPONSE_CODE, &status);
	if (t->request->sink == NULL || status < 200 || status > 299) {
		buf_add(&t->answer->body, p, n);
		return (t->answer->body.full ? 0 : n);
	}
	if (t->request->sink(t->request->arg, p, n) != 0) {
		t->gave_up = true;
		return (0);
	}
	return (n);
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

/* There was no answer, or not all of it. */
static enum cmd_exit
broken(const struct client *c, const struct transfer *t, CURLcode rc)
{
	struct answer *a = t->answer;
	long err = 0;

	if (t->gave_up)
		return (CMD_FAILED);
	if (rc == CURLE_WRITE_ERROR) {
		buf_text(&a->error, "the answer is too large");
		return (CMD_FAILED);
	}
	if (rc == CURLE_COULDNT_CONNECT) {
		curl_easy_getinfo(c->curl, CURLINFO_OS_ERRNO, &err);
		buf_printf(&a->error, "the daemon does not answer at %s: %s",
		    c->socket, err != 0 ? strerror((int)err) : "not there");
		buf_text(&a->error,
		    err == EACCES || err == EPERM ?
			"\nhint: use it as root or as a member of the socket's "
			"group" :
			"\nhint: is virbld running, with this configuration?");
		return (CMD_UNREACHABLE);
	}
	buf_printf(&a->error, "the daemon did not finish its answer: %s",
	    curl_easy_strerror(rc));
	return (
	    rc == CURLE_OPERATION_TIMEDOUT ? CMD_TEMPORARY : CMD_UNREACHABLE);
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

static void
prepare(struct client *c, const struct client_call *r, struct transfer *t,
    const char *url)
{
	curl_easy_reset(c->curl);
	curl_easy_setopt(c->curl, CURLOPT_UNIX_SOCKET_PATH, c->socket);
	curl_easy_setopt(c->curl, CURLOPT_URL, url);
	curl_easy_setopt(c->curl, CURLOPT_PROXY, "");
	curl_easy_setopt(c->curl, CURLOPT_NOSIGNAL, 1L);
	curl_easy_setopt(c->curl, CURLOPT_PATH_AS_IS, 1L);
	curl_easy_setopt(c->curl, CURLOPT_CONNECTTIMEOUT_MS, CONNECT_MS);
	curl_easy_setopt(c->curl, CURLOPT_LOW_SPEED_LIMIT, 1L);
	curl_easy_setopt(c->curl, CURLOPT_LOW_SPEED_TIME, QUIET_S);
	curl_easy_setopt(c->curl, CURLOPT_USERAGENT, "virbl");
	curl_easy_setopt(c->curl, CURLOPT_WRITEFUNCTION, on_body);
	curl_easy_setopt(c->curl, CURLOPT_WRITEDATA, t);
	if (r->body != NULL || strcmp(r->method, "POST") == 0) {
		curl_easy_setopt(c->curl, CURLOPT_POSTFIELDS,
		    r->body != NULL ? r->body : "");
		curl_easy_setopt(c->curl, CURLOPT_POSTFIELDSIZE_LARGE,
		    (curl_off_t)r->len);
	}
	curl_easy_setopt(c->curl, CURLOPT_CUSTOMREQUEST, r->method);
}

enum cmd_exit
client_do(struct client *c, const struct client_call *r, struct answer *a)
{
	struct transfer t = {.curl = c->curl, .request = r, .answer = a};
	struct curl_slist *headers;
	struct buf url;
	CURLcode rc;
	long status = 0;

	a->status = 0;
	buf_init(&a->body, CLIENT_BODY);
	buf_init(&a->error, ERROR_BYTES);
	buf_init(&url, 1u << 16);
	buf_printf(&url, "http://localhost%s", r->path);
	prepare(c, r, &t, buf_string(&url));
	headers = curl_slist_append(NULL, "Accept: application/json, */*");
	/* One round trip less, and never a wait for 100 Continue. */
	headers = curl_slist_append(headers, "Expect:");
	if (r->body != NULL) {
		buf_reset(&url);
		buf_printf(&url, "Content-Type: %s",
		    r->type != NULL ? r->type : "application/json");
		headers = curl_slist_append(headers, buf_string(&url));
	}
	curl_easy_setopt(c->curl, CURLOPT_HTTPHEADER, headers);
	rc = curl_easy_perform(c->curl);
	curl_slist_free_all(headers);
	buf_free(&url);
	if (rc != CURLE_OK)
		return (broken(c, &t, rc));
	curl_easy_getinfo(c->curl, CURLINFO_RESPONSE_CODE, &status);
	a->status = (unsigned)status;
	if (status >= 200 && status <= 299)
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
	curl_easy_cleanup(c->curl);
	mem_free(c->socket);
	mem_free(c);
}
