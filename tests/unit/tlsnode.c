#include <arpa/inet.h>
#include <netinet/in.h>
#include <poll.h>
#include <pthread.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include <gnutls/gnutls.h>

#include "base/buf.h"
#include "base/mem.h"
#include "shell/tlscert.h"
#include "tlsnode.h"

#define REQUEST 8192

struct tlsnode {
	struct tlsnode_plan plan;
	int fd;
	int stop[2]; /* a pipe: closing one end wakes whoever waits */
	char url[64];
	gnutls_certificate_credentials_t cred;
	pthread_t thread;
	pthread_mutex_t mutex; /* of all below */
	unsigned connections;
	unsigned requests;
	char request[REQUEST];
	uint8_t caller[KEY_BYTES];
	bool stopping;
	pthread_t calls[TLSNODE_CALLS];
	unsigned ncalls;
};

struct call {
	struct tlsnode *node;
	int fd;
};

/* Wait for input on ${fd}, or ${ms} if ${fd} is -1; false if told to stop. */
static bool
wait_for(struct tlsnode *t, int fd, int ms)
{
	struct pollfd p[2] = {{t->stop[0], POLLIN, 0}, {fd, POLLIN, 0}};

	poll(p, 2, ms);
	return (p[0].revents == 0);
}

/* Read one request; false at the end. */
static bool
read_request(struct tlsnode *t, gnutls_session_t s, int fd)
{
	char text[REQUEST];
	size_t n = 0;
	ssize_t got;

	for (;;) {
		if (gnutls_record_check_pending(s) == 0 && !wait_for(t, fd, -1))
			return (false);
		got = gnutls_record_recv(s, text + n, sizeof(text) - n - 1);
		if (got == GNUTLS_E_AGAIN || got == GNUTLS_E_INTERRUPTED)
			continue;
		if (got <= 0)
			return (false);
		n += (size_t)got;
		text[n] = '\0';
		if (strstr(text, "\r\n\r\n") != NULL)
			break;
		if (n == sizeof(text) - 1)
			return (false);
	}
	pthread_mutex_lock(&t->mutex);
	t->requests++;
	memcpy(t->request, text, n + 1);
	if (tlscert_peer(s, t->caller) != 0)
		memset(t->caller, 0, KEY_BYTES);
	pthread_mutex_unlock(&t->mutex);
	return (true);
}

static bool
answer(struct tlsnode *t, gnutls_session_t s)
{
	size_t i, len = strlen(t->plan.answer);

	for (i = 0; i <= t->plan.repeat; i++) {
		if (i > 0 && t->plan.pause > 0 &&
		    !wait_for(t, -1, (int)t->plan.pause))
			return (false);
		if (gnutls_record_send(s, t->plan.answer, len) < 0)
			return (false);
	}
	return (true);
}

static void *
serve(void *arg)
{
	struct call *c = arg;
	struct tlsnode *t = c->node;
	gnutls_session_t s;
	int rc;

	gnutls_init(&s, GNUTLS_SERVER | GNUTLS_NO_SIGNAL);
	gnutls_priority_set_direct(s,
	    t->plan.priority != NULL ? t->plan.priority : "NORMAL", NULL);
	gnutls_credentials_set(s, GNUTLS_CRD_CERTIFICATE, t->cred);
	gnutls_certificate_server_set_request(s, GNUTLS_CERT_REQUEST);
	gnutls_transport_set_int(s, c->fd);
	do
		rc = gnutls_handshake(s);
	while (rc < 0 && gnutls_error_is_fatal(rc) == 0);
	if (rc == 0)
		while (read_request(t, s, c->fd) && answer(t, s))
			continue;
	gnutls_deinit(s);
	close(c->fd);
	mem_free(c);
	return (NULL);
}

static void *
run(void *arg)
{
	struct tlsnode *t = arg;
	struct call *c;
	int fd;

	while (wait_for(t, t->fd, -1)) {
		fd = accept(t->fd, NULL, NULL);
		if (fd == -1)
			continue;
		if (t->ncalls == TLSNODE_CALLS)
			abort();
		pthread_mutex_lock(&t->mutex);
		t->connections++;
		pthread_mutex_unlock(&t->mutex);
		c = mem_alloc(sizeof(*c));
		*c = (struct call){t, fd};
		if (pthread_create(&t->calls[t->ncalls++], NULL, serve, c) != 0)
			abort();
	}
	return (NULL);
}

struct tlsnode *
tlsnode_start(const struct key *key, const struct tlsnode_plan *plan)
{
	struct tlsnode *t = mem_zero(sizeof(*t));
	struct sockaddr_in sin = {.sin_family = AF_INET};
	socklen_t len = sizeof(sin);
	struct buf cert, priv;
	gnutls_datum_t c, p;

	t->plan = *plan;
	pthread_mutex_init(&t->mutex, NULL);
	buf_init(&cert, 16384);
	buf_init(&priv, 16384);
	if (tlscert_make(key, &cert, &priv) != 0)
		abort();
	c = (gnutls_datum_t){cert.data, (unsigned)cert.len};
	p = (gnutls_datum_t){priv.data, (unsigned)priv.len};
	sin.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	t->fd = socket(AF_INET, SOCK_STREAM, 0);
	if (gnutls_certificate_allocate_credentials(&t->cred) < 0 ||
	    gnutls_certificate_set_x509_key_mem(t->cred, &c, &p,
		GNUTLS_X509_FMT_PEM) < 0 ||
	    pipe(t->stop) != 0 ||
	    bind(t->fd, (struct sockaddr *)&sin, sizeof(sin)) != 0 ||
	    listen(t->fd, 64) != 0 ||
	    getsockname(t->fd, (struct sockaddr *)&sin, &len) != 0 ||
	    pthread_create(&t->thread, NULL, run, t) != 0)
		abort();
	buf_free(&cert);
	buf_free(&priv);
	snprintf(t->url, sizeof(t->url), "https://127.0.0.1:%u/",
	    ntohs(sin.sin_port));
	return (t);
}

const char *
tlsnode_url(const struct tlsnode *t)
{
	return (t->url);
}

unsigned
tlsnode_connections(struct tlsnode *t)
{
	unsigned n;

	pthread_mutex_lock(&t->mutex);
	n = t->connections;
	pthread_mutex_unlock(&t->mutex);
	return (n);
}

unsigned
tlsnode_requests(struct tlsnode *t)
{
	unsigned n;

	pthread_mutex_lock(&t->mutex);
	n = t->requests;
	pthread_mutex_unlock(&t->mutex);
	return (n);
}

const char *
tlsnode_request(struct tlsnode *t, uint8_t caller[KEY_BYTES])
{
	static char text[REQUEST];

	pthread_mutex_lock(&t->mutex);
	memcpy(text, t->request, sizeof(text));
	memcpy(caller, t->caller, KEY_BYTES);
	pthread_mutex_unlock(&t->mutex);
	return (text);
}

void
tlsnode_stop(struct tlsnode *t)
{
	unsigned i;

	close(t->stop[1]);
	pthread_join(t->thread, NULL);
	for (i = 0; i < t->ncalls; i++)
		pthread_join(t->calls[i], NULL);
	close(t->stop[0]);
	close(t->fd);
	gnutls_certificate_free_credentials(t->cred);
	pthread_mutex_destroy(&t->mutex);
	mem_free(t);
}
