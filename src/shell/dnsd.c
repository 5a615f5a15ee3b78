#include <fcntl.h>
#include <sys/time.h>
#include <unistd.h>

#include "base/mem.h"
#include "shell/dnsd_impl.h"
#include "shell/listener.h"
#include "shell/log.h"

#define BUFFER (4 << 20) /* bytes that wait in the kernel */
#define LINE 64 /* bytes of a cache line */

static int
start_thread(struct dnsd_worker *w, void *(*body)(void *), struct buf *error)
{
	if (pthread_create(&w->thread, NULL, body, w) != 0) {
		buf_text(error, "dns: cannot start a thread");
		return (-1);
	}
	w->running = true;
	return (0);
}

/* Open the sockets of one address; UDP ones for ${each} threads. */
static int
open_sockets(struct dnsd *d, const char *where, size_t each, struct buf *error)
{
	struct timeval wait = {0, DNSD_POLL * 1000};
	int size = BUFFER, fd = listener_tcp(where, error);
	size_t i;

	if (fd == -1)
		return (-1);
	d->listeners[d->nlisteners++] = fd;
	/* A caller that gave up must not hold up the others. */
	fcntl(fd, F_SETFL, fcntl(fd, F_GETFL) | O_NONBLOCK);
	for (i = 0; i < each; i++) {
		fd = listener_udp(where, error);
		if (fd == -1)
			return (-1);
		setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &wait, sizeof(wait));
		if (setsockopt(fd, SOL_SOCKET, SO_RCVBUFFORCE, &size,
			sizeof(size)) != 0)
			setsockopt(fd, SOL_SOCKET, SO_RCVBUF, &size,
			    sizeof(size));
		d->workers[d->nworkers - 1].fd = fd;
		d->nworkers++;
	}
	return (0);
}

/* Make room for ${n} workers, each in cache lines of its own. */
static void
workers_new(struct dnsd *d, size_t n)
{
	char *memory = mem_zero(n * sizeof(*d->workers) + LINE);
	size_t i;

	d->memory = memory;
	d->workers = (void *)(memory + (LINE - (uintptr_t)memory % LINE));
	for (i = 0; i < n; i++) {
		d->workers[i].d = d;
		d->workers[i].number = i;
		d->workers[i].fd = -1;
	}
}

static int
open_all(struct dnsd *d, const struct conf *conf, struct buf *error)
{
	long cores = sysconf(_SC_NPROCESSORS_ONLN);
	size_t i, each = cores > 0 ? (size_t)cores : 1;

	if (each > DNSD_THREADS / conf->ndns)
		each = DNSD_THREADS / conf->ndns;
	workers_new(d, each * conf->ndns + 1);
	/* The last one is TCP's. */
	d->nworkers = 1;
	for (i = 0; i < conf->ndns; i++)
		if (open_sockets(d, conf->dns[i], each, error) != 0)
			return (-1);
	return (0);
}

static int
start_all(struct dnsd *d, struct buf *error)
{
	size_t i;

	for (i = 0; i < d->nworkers; i++)
		if (start_thread(&d->workers[i],
			i + 1 < d->nworkers ? dnsd_udp : dnsd_tcp, error) != 0)
			return (-1);
	if (pthread_create(&d->check, NULL, dnsd_check, d) != 0) {
		buf_text(error, "dns: cannot start a thread");
		return (-1);
	}
	d->checking = true;
	return (0);
}

struct dnsd *
dnsd_start(struct node *node, const struct conf *conf, struct buf *error)
{
	struct dnsd *d = mem_zero(sizeof(*d));
	pthread_condattr_t attr;
	size_t zones;

	d->node = node;
	pthread_mutex_init(&d->mutex, NULL);
	pthread_condattr_init(&attr);
	pthread_condattr_setclock(&attr, CLOCK_MONOTONIC);
	pthread_cond_init(&d->wake, &attr);
	pthread_condattr_destroy(&attr);
	if (open_all(d, conf, error) != 0)
		goto fail;
	dnsd_view_set(d, conf);
	zones = atomic_load(&d->view)->zones.n;
	if (start_all(d, error) != 0)
		goto fail;
	log_info("dns: %zu zones on %zu addresses", zones, d->nlisteners);
	if (zones == 0)
		log_warn("dns: no list has a zone: every question is refused");
	return (d);
fail:
	dnsd_stop(d);
	return (NULL);
}

void
dnsd_stop(struct dnsd *d)
{
	struct dnsd_view *v;
	size_t i;

	if (d == NULL)
		return;
	pthread_mutex_lock(&d->mutex);
	atomic_store(&d->stop, true);
	pthread_cond_broadcast(&d->wake);
	pthread_mutex_unlock(&d->mutex);
	if (d->checking)
		pthread_join(d->check, NULL);
	for (i = 0; i < d->nworkers; i++) {
		if (d->workers[i].running)
			pthread_join(d->workers[i].thread, NULL);
		if (d->workers[i].fd != -1)
			close(d->workers[i].fd);
	}
	for (i = 0; i < d->nlisteners; i++)
		close(d->listeners[i]);
	v = atomic_load(&d->view);
	if (v != NULL)
		dnsgate_free(v->gate);
	mem_free(v);
	pthread_cond_destroy(&d->wake);
	pthread_mutex_destroy(&d->mutex);
	mem_free(d->memory);
	mem_free(d);
}
