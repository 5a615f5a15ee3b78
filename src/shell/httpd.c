#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include "base/mem.h"
#include "shell/clock.h"
#include "shell/conf.h"
#include "shell/httpd_impl.h"
#include "shell/listener.h"
#include "shell/log.h"
#include "shell/node.h"
#include "shell/pace.h"
#include "shell/tlscert.h"

#define HEADER_BYTES 32768 /* of a request line and its headers */
#define IDLE_S 60u /* without a byte */
#define THREADS 2u /* per listener */
#define WATCH_MS 500 /* how often deadlines are looked at */
#define RENEW_TICKS 4 /* times until certificate files are looked at */

/* ---- Connections and their deadlines ---- */

static void
on_connection(void *arg, struct MHD_Connection *mhd, void **context,
    enum MHD_ConnectionNotificationCode code)
{
	struct httpd *h = ((struct door_state *)arg)->httpd;
	const union MHD_ConnectionInfo *info;

	if (code != MHD_CONNECTION_NOTIFY_STARTED) {
		conns_remove(*context);
		*context = NULL;
		return;
	}
	info = MHD_get_connection_info(mhd, MHD_CONNECTION_INFO_CONNECTION_FD);
	*context = conns_add(h->conns, info != NULL ? info->connect_fd : -1);
}

static enum MHD_Result
on_request(void *arg, struct MHD_Connection *mhd, const char *url,
    const char *method, const char *version, const char *data, size_t *len,
    void **state)
{
	const struct httpd_part part = {url, method, data, len};

	(void)version;
	return (httpd_call_on(arg, mhd, &part, state));
}

/* ---- Listeners ---- */

static void
on_panic(void *arg, const char *file, unsigned line, const char *reason)
{
	(void)arg;
	log_error("http: libmicrohttpd gave up at %s:%u: %s", file, line,
	    reason != NULL ? reason : "");
	abort();
}

/*
 * Start serving on a copy of ${fd}, as a daemon that does not start closes what
 * it was given; ${pem} is certificate and key, or two NULLs.
 */
static struct MHD_Daemon *
daemon_start(struct door_state *d, int fd, const char *const pem[2])
{
	const struct httpd *h = d->httpd;
	bool peers = d->door == DOOR_PEERS;
	struct MHD_OptionItem tls[] = {{MHD_OPTION_HTTPS_MEM_CERT, 0,
					   (void *)(uintptr_t)pem[0]},
	    {MHD_OPTION_HTTPS_MEM_KEY, 0, (void *)(uintptr_t)pem[1]},
	    {MHD_OPTION_HTTPS_PRIORITIES, 0,
		(void *)(uintptr_t)(peers ?
			"NORMAL:-VERS-ALL:+VERS-TLS1.3" :
			"NORMAL:-VERS-ALL:+VERS-TLS1.3:+VERS-TLS1.2")},
	    /* A trust list makes libmicrohttpd ask for certificates. */
	    {peers ? MHD_OPTION_HTTPS_MEM_TRUST : MHD_OPTION_END, 0,
		(void *)(uintptr_t)pem[0]},
	    {MHD_OPTION_END, 0, NULL}};
	unsigned flags = MHD_USE_ITC | MHD_ALLOW_SUSPEND_RESUME;

	/* With epoll libmicrohttpd spins while half a TLS record is there. */
	if (pem[0] != NULL) {
		flags |= MHD_USE_POLL_INTERNAL_THREAD | MHD_USE_TLS;
	} else {
		flags |= MHD_USE_EPOLL_INTERNAL_THREAD;
		tls[0].option = MHD_OPTION_END;
	}
	return (MHD_start_daemon(flags, 0, NULL, NULL, on_request, d,
	    MHD_OPTION_LISTEN_SOCKET, fcntl(fd, F_DUPFD_CLOEXEC, 0),
	    MHD_OPTION_NOTIFY_COMPLETED, httpd_call_completed, NULL,
	    MHD_OPTION_NOTIFY_CONNECTION, on_connection, d,
	    MHD_OPTION_THREAD_POOL_SIZE, THREADS, MHD_OPTION_CONNECTION_LIMIT,
	    h->connections, MHD_OPTION_PER_IP_CONNECTION_LIMIT,
	    d->door == DOOR_UNIX ? 0 : h->per_address,
	    MHD_OPTION_CONNECTION_TIMEOUT, IDLE_S,
	    MHD_OPTION_CONNECTION_MEMORY_LIMIT, (size_t)HEADER_BYTES,
	    MHD_OPTION_ARRAY, tls, MHD_OPTION_END));
}

static void
daemon_stop(struct MHD_Daemon *daemon)
{
	int copy = MHD_quiesce_daemon(daemon);

	MHD_stop_daemon(daemon);
	if (copy != -1)
		close(copy);
}

/* Open a listener on ${fd}, which becomes its own. */
static int
door_start(struct httpd *h, enum door door, int fd, const char *const pem[2])
{
	struct door_state *d = &h->doors[door];

	d->httpd = h;
	d->door = door;
	d->fd = fd;
	d->daemon = daemon_start(d, fd, pem);
	return (d->daemon != NULL ? 0 : -1);
}

/* The peers' listener, with the node's own key as certificate. */
static int
peers_start(struct httpd *h, const struct conf *conf, const struct key *key,
    struct buf *error)
{
	struct buf cert, priv;
	const char *pem[2];
	int fd, rc = -1;

	if (conf->peers == NULL)
		return (0);
	buf_init(&cert, 16384);
	buf_init(&priv, 16384);
	fd = listener_tcp(conf->peers, error);
	if (fd != -1 && tlscert_make(key, &cert, &priv) == 0) {
		pem[0] = (const char *)cert.data;
		pem[1] = (const char *)priv.data;
		rc = door_start(h, DOOR_PEERS, fd, pem);
		if (rc != 0)
			buf_printf(error, "listen peers %s: cannot start",
			    conf->peers);
	}
	/* libmicrohttpd read the key; our copy goes. */
	listener_wipe(&priv);
	buf_free(&cert);
	return (rc);
}

/* ---- The listener with the operator's certificate files ---- */

/* Serve on ${fd} with what the files hold now; NULL and why. */
static struct MHD_Daemon *
serve_files(struct httpd *h, int fd, struct buf *error)
{
	struct MHD_Daemon *daemon = NULL;
	struct buf cert, priv;
	const char *pem[2];

	buf_init(&cert, 1 << 20);
	buf_init(&priv, 1 << 20);
	if (tlsfiles_read(h->files, &cert, &priv, error) == 0) {
		pem[0] = buf_string(&cert);
		pem[1] = buf_string(&priv);
		daemon = daemon_start(&h->doors[DOOR_HTTPS], fd, pem);
		if (daemon == NULL) {
			buf_text(error, "https cannot start: do ");
			tlsfiles_text(h->files, error);
			buf_text(error, " hold a certificate and its key?");
		}
	}
	listener_wipe(&priv);
	buf_free(&cert);
	return (daemon);
}

static int
https_start(struct httpd *h, const struct conf *conf, struct buf *error)
{
	struct door_state *d = &h->doors[DOOR_HTTPS];

	if (conf->https == NULL)
		return (0);
	h->files = tlsfiles_new(conf->https_cert, conf->https_key);
	d->httpd = h;
	d->door = DOOR_HTTPS;
	d->fd = listener_tcp(conf->https, error);
	if (d->fd != -1)
		d->daemon = serve_files(h, d->fd, error);
	return (d->daemon != NULL ? 0 : -1);
}

/* A place for a daemon that retires; frees those that nobody talks to. */
static struct MHD_Daemon **
retire(struct httpd *h)
{
	struct MHD_Daemon **place = NULL;
	const union MHD_DaemonInfo *info;
	int i;

	for (i = 0; i < HTTPD_RETIRED; i++) {
		if (h->retired[i] != NULL) {
			info = MHD_get_daemon_info(h->retired[i],
			    MHD_DAEMON_INFO_CURRENT_CONNECTIONS);
			if (info == NULL || info->num_connections > 0)
				continue;
			daemon_stop(h->retired[i]);
			h->retired[i] = NULL;
		}
		place = &h->retired[i];
	}
	return (place);
}

/*
 * If the certificate files changed, take new connections with what they hold
 * now; those under way go on. Bad files change nothing.
 */
static void
renew(struct httpd *h)
{
	struct door_state *d = &h->doors[DOOR_HTTPS];
	struct MHD_Daemon **place, *fresh;
	struct buf error;

	if (h->files == NULL || !tlsfiles_changed(h->files) ||
	    (place = retire(h)) == NULL)
		return;
	buf_init(&error, 4096);
	fresh = serve_files(h, d->fd, &error);
	if (fresh != NULL) {
		MHD_quiesce_daemon(d->daemon);
		*place = d->daemon;
		d->daemon = fresh;
		log_info("http: https serves with its new certificate");
	} else {
		log_error("http: https keeps its old certificate: %s",
		    buf_string(&error));
	}
	buf_free(&error);
}

/* The thread that looks after deadlines and certificates. */
static void *
watch(void *arg)
{
	struct httpd *h = arg;
	struct timespec ts;
	unsigned ticks;
	int64_t now;

	pthread_mutex_lock(&h->mutex);
	for (ticks = 1; !h->stop; ticks++) {
		now = clock_mono().ms;
		httpd_call_wake(h, now);
		conns_enforce(h->conns);
		if (ticks % RENEW_TICKS == 0) {
			pthread_mutex_unlock(&h->mutex);
			renew(h);
			pthread_mutex_lock(&h->mutex);
			if (h->stop)
				break;
		}
		now += WATCH_MS;
		ts.tv_sec = now / 1000;
		ts.tv_nsec = now % 1000 * 1000000;
		pthread_cond_timedwait(&h->tick, &h->mutex, &ts);
	}
	httpd_call_wake(h, 0);
	pthread_mutex_unlock(&h->mutex);
	return (NULL);
}

/* ---- The others ---- */

static int
plain_start(struct httpd *h, const struct conf *conf, struct buf *error)
{
	static const char *const none[2] = {NULL, NULL};
	int fd;

	if (conf->http != NULL) {
		fd = listener_tcp(conf->http, error);
		if (fd == -1)
			return (-1);
		if (door_start(h, DOOR_HTTP, fd, none) != 0) {
			buf_printf(error, "listen http %s: cannot start",
			    conf->http);
			return (-1);
		}
	}
	fd = listener_unix(conf->socket, error);
	if (fd == -1)
		return (-1);
	if (door_start(h, DOOR_UNIX, fd, none) == 0)
		return (0);
	buf_printf(error, "%s: cannot start", conf->socket);
	return (-1);
}

struct httpd *
httpd_start(struct node *node, const struct conf *conf, const struct key *key,
    struct buf *error)
{
	struct httpd *h = mem_zero(sizeof(*h));
	pthread_condattr_t attr;
	int i;

	MHD_set_panic_func(on_panic, NULL);
	h->node = node;
	h->conns = conns_new();
	h->body_limit = conf->body;
	h->connections = conf->connections;
	h->per_address = conf->per_address;
	h->pace = pace_new(conf->requests);
	for (i = 0; i < HTTPD_DOORS; i++)
		h->doors[i].fd = -1;
	pthread_mutex_init(&h->mutex, NULL);
	pthread_condattr_init(&attr);
	pthread_condattr_setclock(&attr, CLOCK_MONOTONIC);
	pthread_cond_init(&h->tick, &attr);
	pthread_condattr_destroy(&attr);
	if (plain_start(h, conf, error) != 0 ||
	    peers_start(h, conf, key, error) != 0 ||
	    https_start(h, conf, error) != 0)
		goto fail;
	if (pthread_create(&h->thread, NULL, watch, h) != 0) {
		buf_text(error, "cannot start a thread for deadlines");
		goto fail;
	}
	h->running = true;
	return (h);
fail:
	httpd_stop(h);
	return (NULL);
}

void
httpd_stop(struct httpd *h)
{
	int i;

	if (h == NULL)
		return;
	pthread_mutex_lock(&h->mutex);
	h->stop = true;
	pthread_cond_signal(&h->tick);
	pthread_mutex_unlock(&h->mutex);
	if (h->running)
		pthread_join(h->thread, NULL);
	for (i = 0; i < HTTPD_DOORS; i++)
		if (h->doors[i].daemon != NULL)
			MHD_quiesce_daemon(h->doors[i].daemon);
	httpd_call_abandon(h);
	for (i = 0; i < HTTPD_RETIRED; i++)
		if (h->retired[i] != NULL)
			daemon_stop(h->retired[i]);
	for (i = 0; i < HTTPD_DOORS; i++) {
		if (h->doors[i].daemon != NULL)
			daemon_stop(h->doors[i].daemon);
		if (h->doors[i].fd != -1)
			close(h->doors[i].fd);
	}
	pthread_mutex_destroy(&h->mutex);
	pthread_cond_destroy(&h->tick);
	tlsfiles_free(h->files);
	conns_free(h->conns);
	pace_free(h->pace);
	mem_free(h);
}
