#include <errno.h>
#include <pthread.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include <curl/curl.h>
#include <sodium.h>

#include "base/mem.h"
#include "shell/fetch.h"
#include "shell/log.h"
#include "shell/tlscert.h"

#define CARD_SHOWN 3000 /* longest card that goes into a header */
#define CONNECT_MS 5000L
#define HEADERS 65536 /* most bytes of an answer's headers */

/* One request, waiting or running. */
struct get {
	struct get *next;
	struct get *prev;
	uint64_t request;
	uint32_t seconds;
	char *url; /* owned */
	char pin[TLSCERT_PIN];
	struct buf body;
	size_t heads; /* bytes of headers so far */
	struct curl_slist *headers;
	CURL *easy; /* NULL while waiting */
	char error[CURL_ERROR_SIZE];
};

struct fetch {
	void (*done)(void *arg, const struct fetched *f);
	void *arg;
	CURLM *multi;
	pthread_t thread;
	int cert_fd;
	int key_fd;
	char cert_path[64];
	char key_path[64];
	struct get *running; /* the thread's own */

	pthread_mutex_t mutex; /* of all below */
	struct get *waiting;
	struct get **last;
	size_t n; /* waiting and running */
	char *card; /* header line, NULL none; owned */
	bool stop;
};

static void
get_free(struct get *g)
{
	if (g->easy != NULL)
		curl_easy_cleanup(g->easy);
	curl_slist_free_all(g->headers);
	buf_free(&g->body);
	mem_free(g->url);
	mem_free(g);
}

static size_t
on_body(char *p, size_t size, size_t n, void *arg)
{
	struct get *g = arg;

	buf_add(&g->body, p, size * n);
	return (g->body.full ? 0 : size * n);
}

static size_t
on_header(char *p, size_t size, size_t n, void *arg)
{
	struct get *g = arg;

	(void)p;
	g->heads += size * n;
	return (g->heads > HEADERS ? 0 : size * n);
}

static void
setup(struct fetch *f, struct get *g)
{
	CURL *c = g->easy;

	curl_easy_setopt(c, CURLOPT_URL, g->url);
	curl_easy_setopt(c, CURLOPT_PRIVATE, g);
	curl_easy_setopt(c, CURLOPT_NOSIGNAL, 1L);
	curl_easy_setopt(c, CURLOPT_NOPROXY, "*");
	curl_easy_setopt(c, CURLOPT_FOLLOWLOCATION, 0L);
	curl_easy_setopt(c, CURLOPT_PROTOCOLS_STR, "https");
	curl_easy_setopt(c, CURLOPT_HTTP_VERSION, CURL_HTTP_VERSION_1_1);
	curl_easy_setopt(c, CURLOPT_SSLVERSION, (long)CURL_SSLVERSION_TLSv1_3);
	/* The pin is the check: there is no CA. */
	curl_easy_setopt(c, CURLOPT_SSL_VERIFYPEER, 0L);
	curl_easy_setopt(c, CURLOPT_SSL_VERIFYHOST, 0L);
	/* Else each connection reads all CA certificates of the system. */
	curl_easy_setopt(c, CURLOPT_CAINFO, NULL);
	curl_easy_setopt(c, CURLOPT_CAPATH, NULL);
	curl_easy_setopt(c, CURLOPT_PINNEDPUBLICKEY, g->pin);
	curl_easy_setopt(c, CURLOPT_SSLCERT, f->cert_path);
	curl_easy_setopt(c, CURLOPT_SSLKEY, f->key_path);
	curl_easy_setopt(c, CURLOPT_SSL_SESSIONID_CACHE, 0L);
	curl_easy_setopt(c, CURLOPT_CONNECTTIMEOUT_MS, CONNECT_MS);
	/* 0 would be without end. */
	curl_easy_setopt(c, CURLOPT_TIMEOUT,
	    g->seconds > 0 ? (long)g->seconds : 1L);
	curl_easy_setopt(c, CURLOPT_MAXFILESIZE_LARGE,
	    (curl_off_t)g->body.limit);
	curl_easy_setopt(c, CURLOPT_HEADERFUNCTION, on_header);
	curl_easy_setopt(c, CURLOPT_HEADERDATA, g);
	curl_easy_setopt(c, CURLOPT_USERAGENT, "virbl");
	curl_easy_setopt(c, CURLOPT_ERRORBUFFER, g->error);
	curl_easy_setopt(c, CURLOPT_WRITEFUNCTION, on_body);
	curl_easy_setopt(c, CURLOPT_WRITEDATA, g);
	curl_easy_setopt(c, CURLOPT_HTTPHEADER, g->headers);
}

/* Why there was no connection. */
static const char *
connect_reason(const struct get *g)
{
	long number = 0;

	curl_easy_getinfo(g->easy, CURLINFO_OS_ERRNO, &number);
	switch (number) {
	case ECONNREFUSED:
		return ("connection refused");
	case ENETUNREACH:
	case EHOSTUNREACH:
		return ("no route to the host");
	default:
		return ("cannot connect");
	}
}

/* Why ${g} failed, for people. */
static const char *
reason(const struct get *g, CURLcode code)
{
	switch (code) {
	case CURLE_SSL_PINNEDPUBKEYNOTMATCH:
		return ("wrong key: another node answers at this URL");
	case CURLE_WRITE_ERROR:
	case CURLE_FILESIZE_EXCEEDED:
		return ("the answer is longer than allowed");
	case CURLE_OPERATION_TIMEDOUT:
		return ("no answer in time");
	case CURLE_COULDNT_RESOLVE_HOST:
		return ("the host name has no address");
	case CURLE_COULDNT_CONNECT:
		return (connect_reason(g));
	case CURLE_GOT_NOTHING:
		return ("the connection was closed without an answer");
	case CURLE_PARTIAL_FILE:
		return ("the answer breaks off");
	default:
		return (
		    g->error[0] != '\0' ? g->error : curl_easy_strerror(code));
	}
}

static void
report(struct fetch *f, struct get *g, CURLcode code)
{
	static const uint8_t none[1];
	struct fetched done = {.request = g->request};
	long status = 0;

	if (code == CURLE_OK) {
		curl_easy_getinfo(g->easy, CURLINFO_RESPONSE_CODE, &status);
		done.status = (unsigned)status;
		done.bytes = g->body.data != NULL ? g->body.data : none;
		done.len = g->body.len;
	} else {
		done.reason = reason(g, code);
	}
	f->done(f->arg, &done);
}

static void
unlink_running(struct fetch *f, struct get *g)
{
	if (g->prev != NULL)
		g->prev->next = g->next;
	else
		f->running = g->next;
	if (g->next != NULL)
		g->next->prev = g->prev;
	pthread_mutex_lock(&f->mutex);
	f->n--;
	pthread_mutex_unlock(&f->mutex);
}

static void
begin(struct fetch *f, struct get *g)
{
	g->prev = NULL;
	g->next = f->running;
	if (g->next != NULL)
		g->next->prev = g;
	f->running = g;
	g->easy = curl_easy_init();
	if (g->easy != NULL) {
		setup(f, g);
		if (curl_multi_add_handle(f->multi, g->easy) == CURLM_OK)
			return;
	}
	unlink_running(f, g);
	report(f, g, CURLE_OUT_OF_MEMORY);
	get_free(g);
}

static void
finish(struct fetch *f)
{
	CURLMsg *m;
	struct get *g;
	CURLcode code;
	int left;

	while ((m = curl_multi_info_read(f->multi, &left)) != NULL) {
		if (m->msg != CURLMSG_DONE)
			continue;
		code = m->data.result;
		curl_easy_getinfo(m->easy_handle, CURLINFO_PRIVATE, &g);
		unlink_running(f, g);
		report(f, g, code);
		curl_multi_remove_handle(f->multi, g->easy);
		get_free(g);
	}
}

/* Begin what waits; false if told to stop. */
static bool
take_waiting(struct fetch *f)
{
	struct get *g, *next;
	bool stop;

	pthread_mutex_lock(&f->mutex);
	g = f->waiting;
	f->waiting = NULL;
	f->last = &f->waiting;
	stop = f->stop;
	pthread_mutex_unlock(&f->mutex);
	for (; g != NULL; g = next) {
		next = g->next;
		begin(f, g);
	}
	return (!stop);
}

static void *
run(void *arg)
{
	struct fetch *f = arg;
	struct get *g;
	int running;

	while (take_waiting(f)) {
		curl_multi_perform(f->multi, &running);
		finish(f);
		curl_multi_poll(f->multi, NULL, 0, 1000, NULL);
	}
	while ((g = f->running) != NULL) {
		unlink_running(f, g);
		curl_multi_remove_handle(f->multi, g->easy);
		get_free(g);
	}
	return (NULL);
}

/* Keep ${pem} in a file that only this process can name; its descriptor. */
static int
secret_file(const char *name, const struct buf *pem, char path[64])
{
	int fd = memfd_create(name, MFD_CLOEXEC);

	/* Without the NUL that tlscert_make() adds. */
	if (fd == -1 ||
	    write(fd, pem->data, pem->len - 1) != (ssize_t)pem->len - 1) {
		log_error("fetch: cannot keep the certificate: %s",
		    strerror(errno));
		if (fd != -1)
			close(fd);
		return (-1);
	}
	snprintf(path, 64, "/proc/self/fd/%d", fd);
	return (fd);
}

/* Make the client certificate for ${key}. */
static int
identity(struct fetch *f, const struct key *key)
{
	struct buf cert, priv;
	int rc = -1;

	buf_init(&cert, 16384);
	buf_init(&priv, 16384);
	if (tlscert_make(key, &cert, &priv) == 0) {
		f->cert_fd = secret_file("virbl-cert", &cert, f->cert_path);
		f->key_fd = secret_file("virbl-key", &priv, f->key_path);
		rc = f->cert_fd == -1 || f->key_fd == -1 ? -1 : 0;
	}
	if (priv.data != NULL)
		sodium_memzero(priv.data, priv.cap);
	buf_free(&cert);
	buf_free(&priv);
	return (rc);
}

struct fetch *
fetch_start(const struct key *key,
    void (*done)(void *arg, const struct fetched *f), void *arg)
{
	struct fetch *f = mem_zero(sizeof(*f));

	f->done = done;
	f->arg = arg;
	f->last = &f->waiting;
	f->cert_fd = f->key_fd = -1;
	pthread_mutex_init(&f->mutex, NULL);
	if (curl_global_init(CURL_GLOBAL_DEFAULT) != CURLE_OK)
		goto err0;
	if (identity(f, key) != 0)
		goto err1;
	f->multi = curl_multi_init();
	if (f->multi == NULL)
		goto err1;
	curl_multi_setopt(f->multi, CURLMOPT_MAXCONNECTS, 256L);
	if (pthread_create(&f->thread, NULL, run, f) != 0)
		goto err2;
	return (f);
err2:
	curl_multi_cleanup(f->multi);
err1:
	if (f->cert_fd != -1)
		close(f->cert_fd);
	if (f->key_fd != -1)
		close(f->key_fd);
	curl_global_cleanup();
err0:
	pthread_mutex_destroy(&f->mutex);
	mem_free(f);
	log_error("fetch: cannot start");
	return (NULL);
}

void
fetch_card(struct fetch *f, const uint8_t *card, size_t len)
{
	char line[CARD_SHOWN * 4 / 3 + 64] = "Virbl-Card: ";
	size_t head = strlen(line);

	if (len <= CARD_SHOWN)
		sodium_bin2base64(line + head, sizeof(line) - head, card, len,
		    sodium_base64_VARIANT_URLSAFE_NO_PADDING);
	pthread_mutex_lock(&f->mutex);
	mem_free(f->card);
	f->card = len <= CARD_SHOWN ? mem_string(line) : NULL;
	pthread_mutex_unlock(&f->mutex);
}

/* Copy ${a} into a request of its own. */
static struct get *
get_new(const struct action *a)
{
	struct get *g = mem_zero(sizeof(*g));
	size_t url = strlen(a->u.fetch.url), path = strlen(a->u.fetch.path);

	g->request = a->u.fetch.request;
	g->seconds = a->u.fetch.seconds;
	buf_init(&g->body, a->u.fetch.limit);
	tlscert_pin(a->u.fetch.peer, g->pin);
	g->url = mem_alloc(url + path + 1);
	memcpy(g->url, a->u.fetch.url, url);
	memcpy(g->url + url, a->u.fetch.path, path + 1);
	return (g);
}

void
fetch_get(struct fetch *f, const struct action *a)
{
	struct get *g = get_new(a);
	struct fetched busy = {.request = g->request,
	    .reason = "too many requests under way"};
	bool full;

	pthread_mutex_lock(&f->mutex);
	full = f->n >= FETCH_QUEUE;
	if (!full) {
		/* Introduce ourselves when we ask for heads anew. */
		if (f->card != NULL &&
		    strncmp(a->u.fetch.path, "p/1/heads", 9) == 0 &&
		    strstr(a->u.fetch.path, "wait=0") != NULL)
			g->headers = curl_slist_append(NULL, f->card);
		*f->last = g;
		f->last = &g->next;
		f->n++;
	}
	pthread_mutex_unlock(&f->mutex);
	if (full) {
		f->done(f->arg, &busy);
		get_free(g);
		return;
	}
	curl_multi_wakeup(f->multi);
}

void
fetch_stop(struct fetch *f)
{
	struct get *g;

	if (f == NULL)
		return;
	pthread_mutex_lock(&f->mutex);
	f->stop = true;
	pthread_mutex_unlock(&f->mutex);
	curl_multi_wakeup(f->multi);
	pthread_join(f->thread, NULL);
	while ((g = f->waiting) != NULL) {
		f->waiting = g->next;
		get_free(g);
	}
	curl_multi_cleanup(f->multi);
	curl_global_cleanup();
	close(f->cert_fd);
	close(f->key_fd);
	pthread_mutex_destroy(&f->mutex);
	mem_free(f->card);
	mem_free(f);
}
