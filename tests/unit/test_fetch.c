/*
 * Fetching from peers: the right key and only that, limits in size and time,
 * nothing followed, reasons for people.
 */
#include <arpa/inet.h>
#include <netinet/in.h>
#include <pthread.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/mem.h"
#include "shell/fetch.h"
#include "tlsnode.h"

#define OK "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello"

struct answer {
	uint64_t request;
	unsigned status;
	uint8_t *bytes;
	size_t len;
	char *reason;
};

struct place {
	struct key own;
	struct key peer;
	struct fetch *fetch;
	uint64_t asked;
	pthread_mutex_t mutex;
	pthread_cond_t cond;
	struct answer *answers;
	size_t n;
};

static void
on_done(void *arg, const struct fetched *f)
{
	struct place *p = arg;
	struct answer *a;

	pthread_mutex_lock(&p->mutex);
	p->answers = mem_array(p->answers, p->n + 1, sizeof(*p->answers));
	a = &p->answers[p->n++];
	memset(a, 0, sizeof(*a));
	a->request = f->request;
	a->status = f->status;
	if (f->bytes != NULL)
		a->bytes = mem_dup(f->bytes, f->len);
	a->len = f->len;
	if (f->reason != NULL)
		a->reason = mem_string(f->reason);
	pthread_cond_signal(&p->cond);
	pthread_mutex_unlock(&p->mutex);
}

static void
key_of(struct key *key, uint8_t n)
{
	uint8_t seed[KEY_SEED];

	memset(seed, n, sizeof(seed));
	key_from_seed(key, seed);
}

static int
setup(void **state)
{
	static struct place p;

	memset(&p, 0, sizeof(p));
	/* A proxy of the environment is not used. */
	setenv("https_proxy", "http://127.0.0.1:9/", 1);
	setenv("ALL_PROXY", "http://127.0.0.1:9/", 1);
	signal(SIGPIPE, SIG_IGN);
	pthread_mutex_init(&p.mutex, NULL);
	pthread_cond_init(&p.cond, NULL);
	key_of(&p.own, 1);
	key_of(&p.peer, 2);
	p.fetch = fetch_start(&p.own, on_done, &p);
	*state = &p;
	return (p.fetch == NULL ? -1 : 0);
}

static void
forget(struct place *p)
{
	size_t i;

	for (i = 0; i < p->n; i++) {
		mem_free(p->answers[i].bytes);
		mem_free(p->answers[i].reason);
	}
	mem_free(p->answers);
	p->answers = NULL;
	p->n = 0;
}

static int
teardown(void **state)
{
	struct place *p = *state;

	fetch_stop(p->fetch);
	forget(p);
	return (0);
}

struct ask {
	const char *url;
	const char *path;
	size_t limit;
	uint32_t seconds;
	const struct key *peer; /* NULL: the right one */
};

static void
ask(struct place *p, const struct ask *ask)
{
	struct action a = {.type = ACT_FETCH};
	char path[256];

	snprintf(path, sizeof(path), "%s",
	    ask->path != NULL ? ask->path : "p/1/card");
	a.u.fetch.request = ++p->asked;
	a.u.fetch.peer = (ask->peer != NULL ? ask->peer : &p->peer)->public;
	a.u.fetch.url = ask->url;
	a.u.fetch.path = path;
	a.u.fetch.limit = ask->limit > 0 ? ask->limit : 1000;
	a.u.fetch.seconds = ask->seconds > 0 ? ask->seconds : 60;
	fetch_get(p->fetch, &a);
	/* It was copied. */
	memset(path, 'x', sizeof(path) - 1);
}

/* Wait for ${n} answers. */
static void
wait_for(struct place *p, size_t n)
{
	pthread_mutex_lock(&p->mutex);
	while (p->n < n)
		pthread_cond_wait(&p->cond, &p->mutex);
	pthread_mutex_unlock(&p->mutex);
}

static const struct answer *
get(struct place *p, const struct ask *what)
{
	forget(p);
	ask(p, what);
	wait_for(p, 1);
	assert_int_equal(p->answers[0].request, p->asked);
	return (&p->answers[0]);
}

/* The answer failed, for a reason that contains ${part}. */
static void
failed(const struct answer *a, const char *part)
{
	assert_null(a->bytes);
	assert_non_null(a->reason);
	if (strstr(a->reason, part) == NULL)
		fail_msg("reason: %s", a->reason);
}

static struct tlsnode *
serve(struct place *p, const char *text, size_t repeat, unsigned pause)
{
	struct tlsnode_plan plan = {text, repeat, pause, NULL};

	return (tlsnode_start(&p->peer, &plan));
}

/* The right peer: both ends know each other; the connection is used again. */
static void
test_right(void **state)
{
	struct place *p = *state;
	struct tlsnode *t = serve(p, OK, 0, 0);
	struct ask what = {.url = tlsnode_url(t), .path = "p/1/x?y=1"};
	const struct answer *a = get(p, &what);
	uint8_t caller[KEY_BYTES];
	const char *request;

	assert_null(a->reason);
	assert_int_equal(a->status, 200);
	assert_int_equal(a->len, 5);
	assert_memory_equal(a->bytes, "hello", 5);
	request = tlsnode_request(t, caller);
	assert_memory_equal(caller, p->own.public, KEY_BYTES);
	assert_memory_equal(request, "GET /p/1/x?y=1 HTTP/1.1\r\n", 25);
	assert_null(strcasestr(request, "accept-encoding"));
	assert_null(strcasestr(request, "virbl-card"));
	get(p, &what);
	get(p, &what);
	assert_int_equal(tlsnode_requests(t), 3);
	assert_int_equal(tlsnode_connections(t), 1);
	tlsnode_stop(t);
}

/* Another key, also on a connection that is open for the right one. */
static void
test_wrong_key(void **state)
{
	struct place *p = *state;
	struct tlsnode *t = serve(p, OK, 0, 0);
	struct ask what = {.url = tlsnode_url(t)};
	struct key other;

	key_of(&other, 3);
	assert_int_equal(get(p, &what)->status, 200);
	what.peer = &other;
	failed(get(p, &what), "wrong key");
	/* Nothing was sent to the impostor. */
	assert_int_equal(tlsnode_requests(t), 1);
	what.peer = NULL;
	assert_int_equal(get(p, &what)->status, 200);
	tlsnode_stop(t);
}

static void
test_status(void **state)
{
	struct place *p = *state;
	struct tlsnode *t = serve(p,
	    "HTTP/1.1 403 Forbidden\r\nContent-Length: 2\r\n\r\nno", 0, 0);
	struct ask what = {.url = tlsnode_url(t)};
	const struct answer *a = get(p, &what);

	assert_null(a->reason);
	assert_int_equal(a->status, 403);
	assert_memory_equal(a->bytes, "no", 2);
	tlsnode_stop(t);
	/* An empty body is an answer. */
	t = serve(p, "HTTP/1.1 204 No Content\r\n\r\n", 0, 0);
	what.url = tlsnode_url(t);
	a = get(p, &what);
	assert_int_equal(a->status, 204);
	assert_int_equal(a->len, 0);
	assert_non_null(a->bytes);
	tlsnode_stop(t);
}

static void
test_redirect(void **state)
{
	struct place *p = *state;
	struct tlsnode *to = serve(p, OK, 0, 0), *t;
	struct ask what;
	char text[256];

	snprintf(text, sizeof(text),
	    "HTTP/1.1 302 Found\r\nLocation: %s\r\nContent-Length: 0\r\n\r\n",
	    tlsnode_url(to));
	t = serve(p, text, 0, 0);
	what = (struct ask){.url = tlsnode_url(t)};
	assert_int_equal(get(p, &what)->status, 302);
	assert_int_equal(tlsnode_connections(to), 0);
	tlsnode_stop(t);
	tlsnode_stop(to);
}

/* Just the limit is fine; over it is not, whether said beforehand or not. */
static void
test_size(void **state)
{
	struct place *p = *state;
	struct tlsnode *t = serve(p, OK, 0, 0);
	struct ask what = {.url = tlsnode_url(t), .limit = 5};

	assert_int_equal(get(p, &what)->len, 5);
	what.limit = 4;
	failed(get(p, &what), "longer than allowed");
	tlsnode_stop(t);
	/* A body that ends with the connection, if it ever does. */
	t = serve(p, "HTTP/1.1 200 OK\r\n\r\n0123456789", 100000, 0);
	what = (struct ask){.url = tlsnode_url(t), .limit = 100000};
	failed(get(p, &what), "longer than allowed");
	tlsnode_stop(t);
	t = serve(p,
	    "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"
	    "6\r\nhello!\r\n0\r\n\r\n",
	    0, 0);
	what = (struct ask){.url = tlsnode_url(t), .limit = 5};
	failed(get(p, &what), "longer than allowed");
	tlsnode_stop(t);
}

/* Headers without end. */
static void
test_headers(void **state)
{
	struct place *p = *state;
	struct tlsnode *t = serve(p,
	    "HTTP/1.1 100 Continue\r\nX: 0123456789012345678901234567890\r\n"
	    "\r\n",
	    100000, 0);
	struct ask what = {.url = tlsnode_url(t)};

	failed(get(p, &what), "longer than allowed");
	tlsnode_stop(t);
}

/* A byte now and then does not keep a request alive. */
static void
test_slow(void **state)
{
	struct place *p = *state;
	struct tlsnode *t = serve(p,
	    "HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\n", 1000, 50);
	struct ask what = {.url = tlsnode_url(t), .seconds = 1};

	failed(get(p, &what), "no answer in time");
	tlsnode_stop(t);
}

static void
test_breaks_off(void **state)
{
	struct place *p = *state;
	struct tlsnode *t =
	    serve(p, "HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nhell", 0, 0);
	struct ask what = {.url = tlsnode_url(t), .seconds = 30};

	forget(p);
	ask(p, &what);
	while (tlsnode_requests(t) == 0)
		usleep(1000);
	tlsnode_stop(t);
	wait_for(p, 1);
	assert_null(p->answers[0].bytes);
	assert_non_null(p->answers[0].reason);
}

/* Nobody there, no TLS there, no TLS 1.3 there, another scheme. */
static void
test_unreachable(void **state)
{
	struct place *p = *state;
	struct sockaddr_in sin = {.sin_family = AF_INET};
	socklen_t len = sizeof(sin);
	struct tlsnode_plan old = {OK, 0, 0, "NORMAL:-VERS-ALL:+VERS-TLS1.2"};
	struct tlsnode *t;
	struct ask what;
	char url[64];
	int fd = socket(AF_INET, SOCK_STREAM, 0);

	sin.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	assert_int_equal(bind(fd, (struct sockaddr *)&sin, sizeof(sin)), 0);
	assert_int_equal(getsockname(fd, (struct sockaddr *)&sin, &len), 0);
	snprintf(url, sizeof(url), "https://127.0.0.1:%u/",
	    ntohs(sin.sin_port));
	what = (struct ask){.url = url};
	failed(get(p, &what), "connection refused");
	assert_int_equal(listen(fd, 1), 0);
	what.seconds = 1;
	failed(get(p, &what), "no answer in time");
	close(fd);
	t = tlsnode_start(&p->peer, &old);
	what = (struct ask){.url = tlsnode_url(t)};
	failed(get(p, &what), "");
	assert_int_equal(tlsnode_requests(t), 0);
	snprintf(url, sizeof(url), "http%s", strchr(tlsnode_url(t), ':'));
	what.url = url;
	failed(get(p, &what), "");
	what.url = "file:///etc/";
	what.path = "passwd";
	failed(get(p, &what), "");
	assert_int_equal(tlsnode_requests(t), 0);
	tlsnode_stop(t);
}

/* The card goes with the first question for heads, and only there. */
static void
test_card(void **state)
{
	static const uint8_t big[3001];
	struct place *p = *state;
	struct tlsnode *t = serve(p, OK, 0, 0);
	struct ask what = {.url = tlsnode_url(t), .path = "p/1/heads?wait=0"};
	uint8_t caller[KEY_BYTES];

	fetch_card(p->fetch,
	    (const uint8_t *)"\xfb\xff\xfe"
			     "card",
	    7);
	get(p, &what);
	assert_non_null(strstr(tlsnode_request(t, caller),
	    "\r\nVirbl-Card: -__-Y2FyZA\r\n"));
	what.path = "p/1/heads?wait=25";
	get(p, &what);
	assert_null(strstr(tlsnode_request(t, caller), "Virbl-Card"));
	what.path = "p/1/batches?wait=0";
	get(p, &what);
	assert_null(strstr(tlsnode_request(t, caller), "Virbl-Card"));
	fetch_card(p->fetch, big, sizeof(big));
	what.path = "p/1/heads?wait=0";
	get(p, &what);
	assert_null(strstr(tlsnode_request(t, caller), "Virbl-Card"));
	tlsnode_stop(t);
}

/* Too many at once: told at once. What is under way at the stop is dropped. */
static void
test_queue(void **state)
{
	struct place *p = *state;
	struct ask what;
	struct sockaddr_in sin = {.sin_family = AF_INET};
	socklen_t len = sizeof(sin);
	char url[64];
	size_t i;
	int fd = socket(AF_INET, SOCK_STREAM, 0);

	/* Connections are made and nothing more. */
	sin.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	assert_int_equal(bind(fd, (struct sockaddr *)&sin, sizeof(sin)), 0);
	assert_int_equal(getsockname(fd, (struct sockaddr *)&sin, &len), 0);
	assert_int_equal(listen(fd, 1), 0);
	snprintf(url, sizeof(url), "https://127.0.0.1:%u/",
	    ntohs(sin.sin_port));
	what = (struct ask){.url = url, .seconds = 600};
	for (i = 0; i < FETCH_QUEUE; i++)
		ask(p, &what);
	ask(p, &what);
	wait_for(p, 1);
	for (i = 0; i < p->n; i++)
		if (p->answers[i].request == p->asked)
			break;
	assert_true(i < p->n);
	failed(&p->answers[i], "too many");
	fetch_stop(p->fetch);
	p->fetch = NULL;
	close(fd);
}

int
main(void)
{
#define T(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
	const struct CMUnitTest tests[] = {
	    T(test_right),
	    T(test_wrong_key),
	    T(test_status),
	    T(test_redirect),
	    T(test_size),
	    T(test_headers),
	    T(test_slow),
	    T(test_breaks_off),
	    T(test_unreachable),
	    T(test_card),
	    T(test_queue),
	};

	return (cmocka_run_group_tests(tests, NULL, NULL));
}
