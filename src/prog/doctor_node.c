#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <sys/timex.h>
#include <unistd.h>

#include "base/text.h"
#include "shell/keyfile.h"

#include "client.h"
#include "doctor.h"
#include "out.h"

#define TALK 65536 /* bytes of complaints about the configuration */
#define LINES 5 /* most of them that are shown */
#define AHEAD 60 /* s that another clock may be ahead of ours */
#define ROOM_FAIL 100 /* MiB that must be free */
#define ROOM_WARN 1024 /* MiB that should be free */

static json_int_t
number(const json_t *o, const char *key)
{
	return (json_integer_value(out_member(o, key)));
}

/* ---- Configuration and key ---- */

/* Say each line by itself. */
static void
say_lines(struct doctor *d, const char *lines, bool wrong)
{
	unsigned n = 0;
	size_t len;

	for (; *lines != '\0'; lines += len + (lines[len] == '\n')) {
		len = strcspn(lines, "\n");
		if (n++ >= LINES)
			continue;
		if (wrong)
			doctor_fail(d, "config",
			    "correct it, then: virbl check-config", "%.*s",
			    (int)len, lines);
		else
			doctor_warn(d, "config", NULL, "%.*s", (int)len, lines);
	}
	if (n > LINES)
		doctor_warn(d, "config", "virbl check-config shows all",
		    "%u more problems", n - LINES);
}

/* The own key; NULL if it cannot be had, which was said. */
static const uint8_t *
own_key(struct doctor *d, const struct conf *paths, struct key *key)
{
	struct buf why;
	bool good;

	if (!paths->have_node)
		return (NULL);
	if (access(paths->key_file, R_OK) != 0 && errno == EACCES) {
		doctor_warn(d, "key",
		    "run virbl doctor as root or as the daemon's user",
		    "%s cannot be read by this user", paths->key_file);
		return (NULL);
	}
	buf_init(&why, TALK);
	good = keyfile_read(paths->key_file, key, &why) == 0;
	if (good)
		doctor_ok(d, "key", "%s is for its owner only",
		    paths->key_file);
	else
		doctor_fail(d, "key", NULL, "%s", buf_string(&why));
	buf_free(&why);
	return (good ? key->public : NULL);
}

void
doctor_config(struct doctor *d)
{
	struct conf *paths;
	const uint8_t *own = NULL;
	struct buf error, again;
	struct key key;

	buf_init(&error, TALK);
	buf_init(&again, TALK);
	paths = conf_paths(d->ctx->config, &again);
	if (paths != NULL)
		own = own_key(d, paths, &key);
	d->conf = conf_load(d->ctx->config, own, &error);
	if (own != NULL)
		key_wipe(&key);
	if (d->conf == NULL)
		say_lines(d, buf_string(&error), true);
	else if (!d->conf->have_node)
		doctor_fail(d, "config", "name its configuration with -c",
		    "%s: describes no node", d->ctx->config);
	else
		doctor_ok(d, "config", "%s: %zu lists, %zu peers",
		    d->conf->file, d->conf->policy->nlists,
		    d->conf->policy->nmembers - 1);
	if (d->conf != NULL && d->conf->warnings != NULL)
		say_lines(d, d->conf->warnings, false);
	conf_free(paths);
	buf_free(&error);
	buf_free(&again);
}

/* ---- The daemon ---- */

/* What GET ${path} answers; NULL, and why in ${error}, if it fails. */
static json_t *
get(const struct doctor *d, const char *path, struct buf *error)
{
	struct client_call call = {.method = "GET", .path = path};
	struct client *c = client_open(d->conf->socket);
	struct answer a;
	json_t *o = NULL;

	memset(&a, 0, sizeof(a));
	if (client_do(c, &call, &a) == CMD_OK)
		o = json_loadb((const char *)a.body.data, a.body.len, 0, NULL);
	else if (a.error.len > 0)
		buf_printf(error, "%.*s",
		    (int)strcspn(buf_string(&a.error), "\n"),
		    buf_string(&a.error));
	client_answer_free(&a);
	client_close(c);
	return (o);
}

void
doctor_daemon(struct doctor *d)
{
	const json_t *warnings;
	struct buf error;
	size_t i;

	if (d->conf == NULL || !d->conf->have_node)
		return;
	buf_init(&error, TALK);
	d->status = get(d, "/v1/status", &error);
	if (d->status != NULL)
		d->peers = get(d, "/v1/peers", &error);
	if (d->status == NULL || d->peers == NULL) {
		doctor_fail(d, "daemon", "start virbld, and look at its log",
		    "%s", buf_string(&error));
	} else if (!json_is_true(json_object_get(d->status, "ready"))) {
		doctor_warn(d, "daemon", "look at its log", "virbld is %s",
		    json_string_value(json_object_get(d->status, "state")));
	} else {
		doctor_ok(d, "daemon", "virbld %s serves, for %lld s",
		    json_string_value(json_object_get(d->status, "version")),
		    (long long)number(d->status, "uptime"));
	}
	warnings = json_object_get(d->status, "warnings");
	for (i = 0; i < json_array_size(warnings); i++)
		doctor_warn(d, "daemon", NULL, "%s",
		    json_string_value(json_array_get(warnings, i)));
	buf_free(&error);
}

void
doctor_disk(struct doctor *d)
{
	unsigned long long free, percent;
	struct statvfs v;
	const char *dir;
	char room[64];

	if (d->conf == NULL || !d->conf->have_node)
		return;
	dir = d->conf->state;
	if (statvfs(dir, &v) != 0) {
		doctor_fail(d, "disk", "make it, owned by the daemon's user",
		    "%s: %s", dir, strerror(errno));
		return;
	}
	free = (unsigned long long)v.f_bavail * v.f_frsize >> 20;
	percent = v.f_blocks > 0 ? 100ull * v.f_bavail / v.f_blocks : 0;
	snprintf(room, sizeof(room), "%llu MiB free (%llu %%)", free, percent);
	if (free < ROOM_FAIL)
		doctor_fail(d, "disk",
		    "make room: what cannot be stored is refused", "%s: %s",
		    dir, room);
	else if (free < ROOM_WARN || percent < 5)
		doctor_warn(d, "disk", "make room before it is full", "%s: %s",
		    dir, room);
	else
		doctor_ok(d, "disk", "%s: %s", dir, room);
}

/* ---- Time and peers ---- */

/* The peer whose newest batch is the furthest ahead of our clock. */
static const json_t *
furthest(const struct doctor *d, uint32_t now, uint32_t *ahead)
{
	const json_t *list = json_object_get(d->peers, "peers"), *p;
	const json_t *found = NULL;
	const char *created, *state;
	uint32_t t;
	size_t i;

	*ahead = 0;
	for (i = 0; i < json_array_size(list); i++) {
		p = json_array_get(list, i);
		created = json_string_value(json_object_get(p, "created"));
		state = json_string_value(json_object_get(p, "state"));
		if (created == NULL || state == NULL ||
		    strcmp(state, "self") == 0 || text_time(created, &t) != 0)
			continue;
		if (t > now && t - now > *ahead) {
			*ahead = t - now;
			found = p;
		}
	}
	return (found);
}

void
doctor_clock(struct doctor *d)
{
	struct timex kernel = {.modes = 0};
	const json_t *peer = NULL;
	uint32_t now = 0, ahead = 0;
	const char *at;

	at = json_string_value(json_object_get(d->status, "at"));
	if (at != NULL && text_time(at, &now) == 0)
		peer = furthest(d, now, &ahead);
	if (peer != NULL && ahead > AHEAD)
		doctor_fail(d, "clock",
		    "one of the two clocks is wrong: look at both "
		    "(timedatectl)",
		    "the newest batch of %s is %u s ahead of this clock",
		    json_string_value(json_object_get(peer, "name")), ahead);
	else if (adjtimex(&kernel) == TIME_ERROR)
		doctor_warn(d, "clock",
		    "run chrony or systemd-timesyncd, unless the host does",
		    "the kernel knows no time source");
	else
		doctor_ok(d, "clock", "%s",
		    number(d->status, "peers.connected") > 0 ?
			"synchronised, and no peer is ahead" :
			"synchronised");
}

/* A peer in a state that needs somebody. */
static void
say_peer(struct doctor *d, const json_t *p)
{
	static const struct {
		const char *state;
		const char *what;
		const char *remedy;
	} rows[] = {
	    {"unreachable", "does not answer",
		"ask its operator, and look at the firewalls between"},
	    {"refused", "refuses this node",
		"its operator must add this node: send the line that 'virbl "
		"peer invite' prints"},
	    {"frozen", "signed two histories: nothing is taken from it",
		"its operator must make a new key"},
	    {"no url", "has no URL and must call us",
		"add its URL: virbl peer show has it, if it sent its card"},
	    {"connecting", "is not connected yet", "look again in a minute"},
	};
	const char *name = json_string_value(json_object_get(p, "name"));
	const char *state = json_string_value(json_object_get(p, "state"));
	const char *why = json_string_value(json_object_get(p, "why"));
	size_t i;

	for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		if (state != NULL && strcmp(rows[i].state, state) == 0)
			doctor_warn(d, "peers", rows[i].remedy, "%s %s%s%s",
			    name, rows[i].what,
			    why != NULL && *why != '\0' ? ": " : "",
			    why != NULL ? why : "");
}

void
doctor_peers(struct doctor *d)
{
	const json_t *list = json_object_get(d->peers, "peers");
	json_int_t total, connected;
	size_t i;

	if (d->status == NULL)
		return;
	total = number(d->status, "peers.total");
	connected = number(d->status, "peers.connected");
	for (i = 0; i < json_array_size(list); i++)
		say_peer(d, json_array_get(list, i));
	if (total == 0)
		doctor_ok(d, "peers",
		    "none: this node lists by its own sightings alone");
	else if (connected == 0)
		doctor_fail(d, "peers",
		    "nothing is heard from anybody: look at the lines above",
		    "none of %lld is connected", (long long)total);
	else
		doctor_ok(d, "peers", "%lld of %lld connected",
		    (long long)connected, (long long)total);
	if (number(d->status, "pending_peers") > 0)
		doctor_warn(d, "peers", "virbl peer pending",
		    "%lld nodes called that are not known, or changed their "
		    "card",
		    (long long)number(d->status, "pending_peers"));
}

/* ---- Exemptions ---- */

void
doctor_exempt(struct doctor *d)
{
	json_int_t ignored = number(d->status, "exempt.ignored");

	if (d->status == NULL)
		return;
	doctor_ok(d, "exempt",
	    "never listed: %lld prefixes of the configuration, %lld of the "
	    "operator, %lld mail servers of members",
	    (long long)number(d->status, "exempt.configured"),
	    (long long)number(d->status, "exempt.operator"),
	    (long long)number(d->status, "exempt.owners"));
	if (ignored > 0)
		doctor_warn(d, "exempt",
		    "if you know them as theirs: virbl peer trust NAME LEVEL "
		    "--prefix PREFIX",
		    "members exempt %lld servers outside the prefixes that "
		    "you accepted for them: without effect",
		    (long long)ignored);
}
