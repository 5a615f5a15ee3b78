/*
 * init: make a node: key, database, configuration.
 */
#include <ctype.h>
#include <errno.h>
#include <pwd.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/mem.h"
#include "base/text.h"
#include "shell/allowfile.h"
#include "shell/confvalue.h"
#include "shell/keyfile.h"
#include "shell/outfile.h"

#include "commands.h"
#include "helper.h"
#include "initconf.h"
#include "out.h"
#include "self.h"

#define TALK 65536 /* most bytes of complaints */
#define MADE 16 /* most files and directories made */
#define USER "virbl"

enum {
	OPT_DIR = 1,
	OPT_NAME,
	OPT_GROUP,
	OPT_CONTACT,
	OPT_URL,
	OPT_PREFIX,
	OPT_PEERS,
	OPT_HTTP,
	OPT_DNS,
	OPT_ZONE,
};

static const struct poptOption options[] = {
    {"directory", 'C', POPT_ARG_STRING, NULL, OPT_DIR,
	"put everything under DIR", "DIR"},
    {"name", '\0', POPT_ARG_STRING, NULL, OPT_NAME,
	"name of the node (default: of this host)", "NAME"},
    {"group", '\0', POPT_ARG_STRING, NULL, OPT_GROUP,
	"organisation the node belongs to", "GROUP"},
    {"contact", '\0', POPT_ARG_STRING, NULL, OPT_CONTACT,
	"where people can write to", "CONTACT"},
    {"url", '\0', POPT_ARG_STRING, NULL, OPT_URL,
	"where peers reach the node: https://HOST:PORT/", "URL"},
    {"prefix", '\0', POPT_ARG_STRING, NULL, OPT_PREFIX,
	"a prefix of the organisation; may be repeated", "PREFIX"},
    {"peers", '\0', POPT_ARG_STRING, NULL, OPT_PEERS,
	"listen for peers (default [::]:7443)", "ADDR:PORT"},
    {"http", '\0', POPT_ARG_STRING, NULL, OPT_HTTP,
	"listen for programs (default 127.0.0.1:7480)", "ADDR:PORT"},
    {"dns", '\0', POPT_ARG_STRING, NULL, OPT_DNS, "listen for DNS questions",
	"ADDR:PORT"},
    {"zone", '\0', POPT_ARG_STRING, NULL, OPT_ZONE,
	"DNS zones: worm.ZONE and so on, ZONE for any", "ZONE"},
    POPT_TABLEEND,
};

/* What was made so far, to be undone. */
struct made {
	const char *paths[MADE];
	size_t n;
};

/* Where things go. */
struct places {
	char *dir; /* of the configuration; made if missing */
	char *config;
	char *key;
	char *peers_dir;
	char *state;
	char *database;
	char *run; /* directory of the socket; NULL: dir */
};

static char *
join(const char *dir, const char *name)
{
	struct buf b;
	char *path;

	buf_init(&b, TALK);
	buf_printf(&b, "%s/%s", dir, name);
	path = mem_string(buf_string(&b));
	buf_free(&b);
	return (path);
}

static void
places_init(struct places *p, const char *dir)
{
	bool system = dir == NULL;

	if (system)
		dir = "/etc/virbl";
	p->dir = mem_string(dir);
	p->config = join(dir, "virbl.conf");
	p->key = join(dir, "node.key");
	p->peers_dir = join(dir, "peers.d");
	p->state = system ? mem_string("/var/lib/virbl") : join(dir, "state");
	p->database = join(p->state, "virbl.db");
	p->run = system ? mem_string("/run/virbl") : NULL;
}

static void
places_free(struct places *p)
{
	mem_free(p->dir);
	mem_free(p->config);
	mem_free(p->key);
	mem_free(p->peers_dir);
	mem_free(p->state);
	mem_free(p->database);
	mem_free(p->run);
}

/* ---- Values ---- */

/* The first label of the name of this host, made a valid name. */
static void
default_name(char out[CARD_NAME + 1])
{
	char host[256];
	size_t i, n = 0;

	if (gethostname(host, sizeof(host)) != 0)
		host[0] = '\0';
	host[sizeof(host) - 1] = '\0';
	for (i = 0; host[i] != '\0' && host[i] != '.' && n < CARD_NAME; i++) {
		char c = (char)tolower((unsigned char)host[i]);

		if ((c >= 'a' && c <= 'z') || (c >= '0' && c <= '9'))
			out[n++] = c;
		else if (n > 0)
			out[n++] = '-';
	}
	while (n > 0 && out[n - 1] == '-')
		n--;
	out[n] = '\0';
	if (n == 0)
		text_copy(out, CARD_NAME + 1, "node");
}

/* Check a value given with an option; CMD_USAGE after saying why. */
static int
check(const struct cmd_ctx *ctx, const char *option, const char *value,
    const char *why)
{
	if (value == NULL || why == NULL)
		return (CMD_OK);
	return (cmd_fail(ctx, CMD_USAGE, "--%s '%s': %s", option, value, why));
}

static int
read_prefixes(const struct cmd_ctx *ctx, struct initconf *ic)
{
	const char *text;
	struct prefix p;
	char why[192];
	size_t i;

	for (i = 0; (text = cmd_option_at(ctx, OPT_PREFIX, i)) != NULL; i++) {
		if (allowfile_prefix(text, &p, why, sizeof(why)) != 0)
			return (cmd_fail(ctx, CMD_USAGE, "--prefix: %s", why));
		if (i == CARD_PREFIXES)
			return (cmd_fail(ctx, CMD_USAGE,
			    "--prefix: at most %d of them", CARD_PREFIXES));
		ic->prefixes[i] = text;
	}
	ic->nprefixes = i;
	return (CMD_OK);
}

static const char *
url_check(const char *url)
{
	return (url != NULL ? confvalue_url(url) : NULL);
}

static const char *
text_check(const char *text, size_t most)
{
	return (text != NULL ? confvalue_text(text, most) : NULL);
}

static const char *
listen_check(const char *text)
{
	return (text != NULL ? confvalue_listen(text) : NULL);
}

/* Fill ic from the options; CMD_OK or CMD_USAGE. */
static int
read_options(const struct cmd_ctx *ctx, struct initconf *ic)
{
	const char *zone = cmd_option(ctx, OPT_ZONE), *why = NULL;

	ic->name = cmd_option(ctx, OPT_NAME);
	ic->group = cmd_option(ctx, OPT_GROUP);
	ic->contact = cmd_option(ctx, OPT_CONTACT);
	ic->url = cmd_option(ctx, OPT_URL);
	ic->peers = cmd_option(ctx, OPT_PEERS);
	ic->http = cmd_option(ctx, OPT_HTTP);
	ic->dns = cmd_option(ctx, OPT_DNS);
	if (ic->name != NULL && !card_name_valid(ic->name))
		why = "must be 1 to 32 of a-z 0-9 . _ -, first a letter or "
		      "digit";
	if (check(ctx, "name", ic->name, why) != CMD_OK ||
	    check(ctx, "group", ic->group, text_check(ic->group, CARD_GROUP)) !=
		CMD_OK ||
	    check(ctx, "contact", ic->contact,
		text_check(ic->contact, CARD_CONTACT)) != CMD_OK ||
	    check(ctx, "url", ic->url, url_check(ic->url)) != CMD_OK ||
	    check(ctx, "peers", ic->peers, listen_check(ic->peers)) != CMD_OK ||
	    check(ctx, "http", ic->http, listen_check(ic->http)) != CMD_OK ||
	    check(ctx, "dns", ic->dns, listen_check(ic->dns)) != CMD_OK ||
	    read_prefixes(ctx, ic) != CMD_OK)
		return (CMD_USAGE);
	if (zone != NULL) {
		why = confvalue_zone(zone, ic->zone);
		/* The longest name before it is "abuse.". */
		if (why == NULL && strlen(ic->zone) > CONFVALUE_ZONE - 6)
			why = "too long";
		if (check(ctx, "zone", zone, why) != CMD_OK)
			return (CMD_USAGE);
	}
	if (ic->name == NULL) {
		default_name(ic->host);
		ic->name = ic->host;
	}
	if (ic->peers == NULL)
		ic->peers = "[::]:7443";
	if (ic->http == NULL)
		ic->http = "127.0.0.1:7480";
	return (CMD_OK);
}

/* ---- Making ---- */

static void
undo(struct made *m)
{
	while (m->n > 0)
		/* A directory that is not empty any more stays. */
		remove(m->paths[--m->n]);
}

/* Make a directory unless there is one. */
static int
make_dir(struct made *m, const char *path, mode_t mode, struct buf *error)
{
	struct stat st;

	if (path == NULL)
		return (0);
	if (mkdir(path, mode) == 0) {
		m->paths[m->n++] = path;
		return (0);
	}
	if (errno == EEXIST && stat(path, &st) == 0 && S_ISDIR(st.st_mode))
		return (0);
	buf_printf(error, "%s: %s", path, strerror(errno));
	return (-1);
}

/* Give what the daemon writes to its user. */
static int
hand_over(const struct places *p, const char *user, struct buf *error)
{
	const char *paths[] = {p->state, p->database, p->run};
	struct passwd *pw;
	size_t i;

	if (user == NULL || (pw = getpwnam(user)) == NULL)
		return (0);
	for (i = 0; i < sizeof(paths) / sizeof(paths[0]); i++)
		if (paths[i] != NULL &&
		    chown(paths[i], pw->pw_uid, pw->pw_gid) != 0) {
			buf_printf(error, "%s: cannot give it to user %s: %s",
			    paths[i], user, strerror(errno));
			return (-1);
		}
	return (0);
}

/* Refuse to touch a node that exists. */
static int
check_free(const struct places *p, struct buf *error)
{
	const char *paths[] = {p->config, p->key, p->database};
	size_t i;

	for (i = 0; i < sizeof(paths) / sizeof(paths[0]); i++)
		if (access(paths[i], F_OK) == 0) {
			buf_printf(error,
			    "%s exists already: nothing was changed", paths[i]);
			return (-1);
		}
	return (0);
}

/* Make the database at ${path}. */
static int
make_database(const char *path, struct buf *error)
{
	const char *argv[] = {"virbl-mkstore", path, NULL};
	int status = helper_ask(argv, error);

	if (status == -1)
		buf_printf(error, "cannot run %s: %s", argv[0],
		    strerror(errno));
	return (status == 0 ? 0 : -1);
}

/* Make everything; -1 with a line in error and nothing left behind. */
static int
make(const struct places *p, const struct initconf *ic, struct key *key,
    struct buf *error)
{
	struct made m = {.n = 0};
	struct conf *c;
	struct buf text;
	int rc = -1;

	buf_init(&text, 1048576);
	if (check_free(p, error) != 0)
		goto done;
	if (make_dir(&m, p->dir, 0755, error) != 0 ||
	    make_dir(&m, p->peers_dir, 0755, error) != 0 ||
	    make_dir(&m, p->state, 0710, error) != 0 ||
	    make_dir(&m, p->run, 0755, error) != 0)
		goto undo;
	if (keyfile_create(p->key, key, error) != 0)
		goto undo;
	m.paths[m.n++] = p->key;
	if (make_database(p->database, error) != 0)
		goto undo;
	m.paths[m.n++] = p->database;
	if (hand_over(p, ic->user, error) != 0)
		goto undo;
	initconf_write(ic, &text);
	if (outfile_create(p->config, text.data, text.len, 0644, error) != 0)
		goto undo;
	m.paths[m.n++] = p->config;
	/* What was written must be what is understood. */
	if ((c = conf_load(p->config, key->public, error)) == NULL)
		goto undo;
	conf_free(c);
	rc = 0;
	goto done;
undo:
	undo(&m);
done:
	buf_free(&text);
	return (rc);
}

/* ---- Telling ---- */

/* How to ask for the test point of the combined zone. */
static void
tell_dig(const struct initconf *ic)
{
	const char *colon = strrchr(ic->dns, ':');
	size_t skip = ic->dns[0] == '[';
	int len = (int)((size_t)(colon - ic->dns) - 2 * skip);

	cmd_note("  dig @%.*s -p %s 2.0.0.127.%s", len, ic->dns + skip,
	    colon + 1, ic->zone);
}

static void
tell(const struct places *p, const struct initconf *ic, const char *id)
{
	const char *c = ic->system ? "" : " -c ";
	const char *file = ic->system ? "" : p->config;

	printf("Node ID      %s\n", id);
	printf("Name         %s\n", ic->name);
	printf("Config       %s\n", p->config);
	printf("Key          %s\n", p->key);
	printf("State        %s\n", p->state);
	printf("Listening    peers %s, http %s%s%s\n", ic->peers, ic->http,
	    ic->dns != NULL ? ", dns " : "", ic->dns != NULL ? ic->dns : "");
	if (ic->zone[0] != '\0')
		printf("DNS zones    %s, worm.%s, abuse.%s, spam.%s\n",
		    ic->zone, ic->zone, ic->zone, ic->zone);
	cmd_note("\nThe key is the node: keep a copy of %s in a safe place.",
	    p->key);
	if (ic->url == NULL)
		cmd_note("Peers cannot reach the node before node.url is set "
			 "in %s.",
		    p->config);
	if (ic->dns != NULL && ic->zone[0] == '\0')
		cmd_note("No list has a DNS zone: give them some with zone "
			 "in %s.",
		    p->config);
	if (ic->dns == NULL && ic->zone[0] != '\0')
		cmd_note("DNS zones are not served before listen.dns is set "
			 "in %s.",
		    p->config);
	cmd_note("\nNext:\n"
		 "  virbld -c %s\n"
		 "  virbl%s%s status\n"
		 "  virbl%s%s peer invite",
	    p->config, c, file, c, file);
	if (ic->dns != NULL && ic->zone[0] != '\0')
		tell_dig(ic);
}

static json_t *
result(const struct places *p, const struct initconf *ic, const char *id)
{
	return (json_pack("{s:s, s:s, s:s, s:s, s:s, s:s, s:s, s:s, s:s?, "
			  "s:s?}",
	    "id", id, "name", ic->name, "config", p->config, "key", p->key,
	    "state", p->state, "peers_dir", p->peers_dir, "peers", ic->peers,
	    "http", ic->http, "dns", ic->dns, "zone",
	    ic->zone[0] != '\0' ? ic->zone : NULL));
}

static int
run(struct cmd_ctx *ctx, int argc, char **argv)
{
	struct initconf ic;
	struct places places;
	struct key key;
	struct buf error;
	char id[NODEID_TEXT];
	json_t *o;
	int rc;

	(void)argc;
	(void)argv;
	memset(&ic, 0, sizeof(ic));
	if ((rc = read_options(ctx, &ic)) != CMD_OK)
		return (rc);
	ic.system = cmd_option(ctx, OPT_DIR) == NULL;
	if (ic.system && strcmp(ctx->config, CONF_DEFAULT) != 0)
		return (cmd_fail(ctx, CMD_USAGE,
		    "init writes %s: -C DIR, not -c FILE, names another place",
		    CONF_DEFAULT));
	if (ic.system && getpwnam(USER) != NULL)
		ic.user = USER;
	places_init(&places, cmd_option(ctx, OPT_DIR));
	buf_init(&error, TALK);
	if (make(&places, &ic, &key, &error) == 0) {
		nodeid_format(key.public, id);
		o = result(&places, &ic, id);
		if (!out_result(ctx, o))
			tell(&places, &ic, id);
		json_decref(o);
		key_wipe(&key);
	} else {
		rc = CMD_FAILED;
		self_say(buf_string(&error));
		if (ic.system && geteuid() != 0)
			cmd_hint("be root, or put everything under one "
				 "directory with -C DIR");
	}
	buf_free(&error);
	places_free(&places);
	return (rc);
}

const struct command cmd_init = {"init",
    "[-C DIR] [--name N] [--group G] [--url U] [--prefix P]... [--zone Z] ...",
    "make a node: key, database, configuration", run, options, 0, 0};
