#include <dirent.h>
#include <errno.h>
#include <pthread.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <confuse.h>

#include "base/mem.h"
#include "base/text.h"
#include "shell/allowfile.h"
#include "shell/conf.h"
#include "shell/confread.h"
#include "shell/conftext.h"
#include "shell/infile.h"

#define UNKNOWN 8 /* unknown keys of a file that are described */
#define WORD 33 /* longest of them, with a NUL */
#define SUFFIX ".conf" /* of files in peers.d */
/* Defaults of limits {}. */
#define CONNECTIONS 512
#define PER_ADDRESS 128
#define REQUESTS 1000
#define BODY 16777216
/* Defaults of dns {}, s. */
#define DNS_TTL 300
#define DNS_NEGATIVE 60

/* A file or directory and its state when it was read. */
struct confwatch {
	char *path;
	bool there;
	dev_t dev;
	ino_t ino;
	off_t size;
	struct timespec mtime;
};

/* One file being parsed. */
struct parse {
	struct confread *r;
	bool peers_only; /* in peers.d */
	/* Unknown keys met in earlier passes over the file. */
	struct {
		enum confsection section;
		char word[WORD];
	} unknown[UNKNOWN];
	size_t nunknown;
	bool again; /* one more was met: parse once more */
};

/*
 * libconfuse has one lexer for the whole process, and its callbacks get no
 * pointer of ours.
 */
static pthread_mutex_t parse_mutex = PTHREAD_MUTEX_INITIALIZER;
static struct parse *parsing;

static void
clear(struct conf *c)
{
	size_t i;

	for (i = 0; i < c->ndns; i++)
		mem_free(c->dns[i]);
	for (i = 0; i < c->nproxies; i++)
		mem_free(c->trusted_proxies[i]);
	for (i = 0; i < c->nwatch; i++)
		mem_free(c->watch[i].path);
	for (i = 0; i < c->ndns_ns; i++)
		mem_free(c->dns_ns[i]);
	for (i = 0; i < c->ndns_closed; i++)
		mem_free(c->dns_closed[i]);
	for (i = 0; i < c->nexports; i++)
		confexport_free(&c->exports[i]);
	mem_free(c->exports);
	mem_free(c->dns_contact);
	mem_free(c->dns_acl);
	mem_free(c->watch);
	mem_free(c->file);
	mem_free(c->key_file);
	mem_free(c->state);
	mem_free(c->peers_dir);
	mem_free(c->socket);
	mem_free(c->user);
	mem_free(c->peers);
	mem_free(c->http);
	mem_free(c->https);
	mem_free(c->https_cert);
	mem_free(c->https_key);
	mem_free(c->warnings);
	policy_free(c->policy);
}

/* ---- Callbacks ---- */

static int
section_find(const char *name, enum confsection *ret)
{
	int s;

	for (s = 0; s < SECTIONS; s++)
		if (strcmp(confread_name((enum confsection)s), name) == 0) {
			*ret = (enum confsection)s;
			return (0);
		}
	return (-1);
}

static const struct confkey *
key_find(enum confsection section, const char *name)
{
	size_t i, n;
	const struct confkey *k = confread_keys(section, &n);

	for (i = 0; i < n; i++)
		if (strcmp(k[i].name, name) == 0)
			return (&k[i]);
	return (NULL);
}

/* Describe the key word that section has not. */
static void
unknown_key(struct parse *p, enum confsection section, const char *word,
    unsigned line)
{
	const char *names[CONFREAD_KEYS], *near;
	size_t i, n;
	const struct confkey *k = confread_keys(section, &n);

	for (i = 0; i < n; i++)
		names[i] = k[i].name;
	near = text_nearest(word, names, n);
	if (n == 0)
		confread_error(p->r, line,
		    "%s: not served by this version: "
		    "remove '%s'",
		    confread_name(section), word);
	else if (near != NULL)
		confread_error(p->r, line,
		    "unknown key '%s' in %s: did you mean '%s'?", word,
		    confread_name(section), near);
	else
		confread_error(p->r, line, "unknown key '%s' in %s", word,
		    confread_name(section));
}

static void
unknown_section(struct parse *p, const char *word, unsigned line)
{
	const char *names[SECTIONS], *near;
	enum confsection section;
	int s;

	if (p->peers_only && section_find(word, &section) == 0) {
		confread_error(p->r, line,
		    "section %s: only peer sections can stand in this "
		    "directory",
		    word);
		return;
	}
	for (s = 0; s < SECTIONS; s++)
		names[s] = confread_name((enum confsection)s);
	near = text_nearest(word, names, SECTIONS);
	if (near != NULL)
		confread_error(p->r, line,
		    "unknown section '%.32s': did you mean '%s'?", word, near);
	else
		confread_error(p->r, line,
		    "unknown section '%.32s': there are node, listen, list, "
		    "peer, allow, dns, export, desk and limits",
		    word);
}

/* libconfuse met a word it does not know. */
static void
unknown(struct parse *p, cfg_t *cfg, const char *word)
{
	enum confsection section;

	if (section_find(cfg_name(cfg), &section) == -1) {
		unknown_section(p, word, (unsigned)cfg->line);
	} else if (p->nunknown < UNKNOWN && strlen(word) < WORD) {
		p->unknown[p->nunknown].section = section;
		text_copy(p->unknown[p->nunknown++].word, WORD, word);
		p->again = true;
	} else {
		unknown_key(p, section, word, (unsigned)cfg->line);
	}
}

static void __attribute__((format(printf, 2, 0)))
on_error(cfg_t *cfg, const char *fmt, va_list ap)
{
	static const char missing[] = "no such option '";
	static const char twice[] = "found duplicate title '";
	struct parse *p = parsing;
	char text[256];
	size_t n;

	vsnprintf(text, sizeof(text), fmt, ap);
	n = strlen(text);
	if (strncmp(text, missing, sizeof(missing) - 1) == 0 &&
	    text[n - 1] == '\'') {
		text[n - 1] = '\0';
		unknown(p, cfg, text + sizeof(missing) - 1);
	} else if (strncmp(text, twice, sizeof(twice) - 1) == 0) {
		confread_error(p->r, (unsigned)cfg->line,
		    "second section of the name '%s", text + sizeof(twice) - 1);
	} else {
		confread_error(p->r, (unsigned)cfg->line, "%s", text);
	}
}

/* A value was read: hand it on; what is wrong with it is told there. */
static int
on_value(cfg_t *cfg, cfg_opt_t *opt, const char *value, void *result)
{
	struct parse *p = parsing;
	const struct confkey *key = NULL;
	enum confsection section;
	bool fresh = opt->nvalues == 1 || (opt->flags & CFGF_LIST) == 0;

	*(const char **)result = value;
	if (section_find(cfg_name(cfg), &section) == -1)
		confread_error(p->r, (unsigned)cfg->line,
		    "'%s' must stand in its section", opt->name);
	else if ((key = key_find(section, opt->name)) != NULL)
		confread_value(p->r, key, value, fresh, (unsigned)cfg->line);
	else if (fresh && p->r->policy != NULL)
		unknown_key(p, section, opt->name, (unsigned)cfg->line);
	return (0);
}

static int
on_section(cfg_t *cfg, cfg_opt_t *opt)
{
	cfg_t *sec = cfg_opt_getnsec(opt, cfg_opt_size(opt) - 1);
	enum confsection section;

	if (section_find(opt->name, &section) == 0)
		confread_end(parsing->r, section, cfg_title(sec),
		    (unsigned)cfg->line);
	return (0);
}

/* ---- Parsing ---- */

/* Make the options of one section: its keys and the unknown ones met. */
static cfg_opt_t *
options(const struct parse *p, enum confsection section)
{
	size_t i, n, end = 0;
	const struct confkey *k = confread_keys(section, &n);
	cfg_opt_t *o = mem_array(NULL, n + p->nunknown + 1, sizeof(*o));

	for (i = 0; i < n; i++)
		if (k[i].list)
			o[end++] = (cfg_opt_t)CFG_STR_LIST_CB(k[i].name, NULL,
			    CFGF_NODEFAULT, on_value);
		else
			o[end++] = (cfg_opt_t)CFG_STR_CB(k[i].name, NULL,
			    CFGF_NODEFAULT, on_value);
	for (i = 0; i < p->nunknown; i++)
		if (p->unknown[i].section == section)
			o[end++] =
			    (cfg_opt_t)CFG_STR_LIST_CB(p->unknown[i].word, NULL,
				CFGF_NODEFAULT, on_value);
	o[end] = (cfg_opt_t)CFG_END();
	return (o);
}

/* Parse text once; 0, or -1 if libconfuse gave up. */
static int
pass(struct parse *p, const char *text)
{
	cfg_opt_t *subs[SECTIONS], root[SECTIONS + 1];
	size_t n = 0;
	cfg_t *cfg;
	int s, rc;

	for (s = 0; s < SECTIONS; s++) {
		bool titled = confread_titled((enum confsection)s);

		subs[s] = options(p, (enum confsection)s);
		if (p->peers_only && s != SECTION_PEER)
			continue;
		root[n] = (cfg_opt_t)CFG_SEC(confread_name((enum confsection)s),
		    subs[s],
		    titled ? CFGF_MULTI | CFGF_TITLE | CFGF_NO_TITLE_DUPES :
			     CFGF_NONE);
		root[n++].validcb = on_section;
	}
	root[n] = (cfg_opt_t)CFG_END();
	if ((cfg = cfg_init(root, CFGF_NONE)) == NULL) {
		confread_error(p->r, 0, "%s", strerror(ENOMEM));
		rc = -1;
	} else {
		cfg_set_error_function(cfg, on_error);
		p->again = false;
		rc = cfg_parse_buf(cfg, text) == CFG_SUCCESS ? 0 : -1;
		cfg_free(cfg);
	}
	for (s = 0; s < SECTIONS; s++)
		mem_free(subs[s]);
	return (rc);
}

/* Look for unknown keys first: each ends a pass of libconfuse. */
static void
find_unknown(struct parse *p, const char *text)
{
	struct confread *r = p->r, probe;
	struct conf nowhere;

	do {
		memset(&nowhere, 0, sizeof(nowhere));
		confread_init(&probe, &nowhere, NULL, NULL);
		probe.file = r->file;
		p->r = &probe;
		pass(p, text);
		clear(&nowhere);
		confread_free(&probe);
	} while (p->again);
	p->r = r;
}

/* Read one file; problems are in r->errors. Return -1 if it has no text. */
static int
read_file(struct confread *r, const char *file, bool peers_only,
    struct stat *st)
{
	struct parse p = {.r = r, .peers_only = peers_only};
	const char *why;
	struct buf text, error;
	unsigned line;
	int rc = -1;

	r->file = file;
	buf_init(&text, CONF_BYTES);
	buf_init(&error, 8192);
	if (infile_read(file, &text, st, &error) == -1) {
		/* "FILE: " is put before every problem. */
		confread_error(r, 0, "%s%s",
		    buf_string(&error) + strlen(file) + 2,
		    errno == ENOENT && !peers_only ?
			": make one with 'virbl init', or name it with -c" :
			"");
		goto done;
	}
	buf_string(&text);
	if (text.len == 0)
		buf_text(&text, "\n");
	why = conftext_scrub((char *)text.data, text.len, &line);
	if (why != NULL) {
		confread_error(r, line, "%s", why);
		goto done;
	}
	pthread_mutex_lock(&parse_mutex);
	parsing = &p;
	find_unknown(&p, buf_string(&text));
	pass(&p, buf_string(&text));
	parsing = NULL;
	pthread_mutex_unlock(&parse_mutex);
	rc = 0;
done:
	buf_free(&text);
	buf_free(&error);
	return (rc);
}

/* ---- Files beside ---- */

static void
watch(struct conf *c, const char *path, const struct stat *st)
{
	struct confwatch *w;

	c->watch = mem_array(c->watch, c->nwatch + 1, sizeof(*c->watch));
	w = &c->watch[c->nwatch++];
	memset(w, 0, sizeof(*w));
	w->path = mem_string(path);
	if (st == NULL)
		return;
	w->there = true;
	w->dev = st->st_dev;
	w->ino = st->st_ino;
	w->size = st->st_size;
	w->mtime = st->st_mtim;
}

/* Make *path relative to the directory of file, unless it is absolute. */
static void
resolve(const char *file, char **path)
{
	const char *slash = strrchr(file, '/');
	struct buf b;

	if (*path == NULL || **path == '/' || slash == NULL)
		return;
	buf_init(&b, 65536);
	buf_add(&b, file, (size_t)(slash - file) + 1);
	buf_text(&b, *path);
	mem_free(*path);
	*path = mem_string(buf_string(&b));
	buf_free(&b);
}

/* Set what the file left open, and make paths whole. */
static void
defaults(struct conf *c)
{
	bool system = strcmp(c->file, CONF_DEFAULT) == 0;
	char **paths[] = {&c->key_file, &c->state, &c->peers_dir, &c->socket,
	    &c->https_cert, &c->https_key};
	const char *values[] = {"node.key", system ? "/var/lib/virbl" : "state",
	    "peers.d", system ? "/run/virbl/virbl.sock" : "virbl.sock"};
	size_t i;

	for (i = 0; i < sizeof(values) / sizeof(*values); i++)
		if (*paths[i] == NULL)
			*paths[i] = mem_string(values[i]);
	for (i = 0; i < sizeof(paths) / sizeof(*paths); i++)
		resolve(c->file, paths[i]);
	for (i = 0; i < c->nexports; i++)
		resolve(c->file, &c->exports[i].path);
}

/* True if a file of this name in peers.d counts. */
static bool
peer_file(const char *name)
{
	size_t n = strlen(name);

	return (name[0] != '.' && n > strlen(SUFFIX) &&
	    strcmp(name + n - strlen(SUFFIX), SUFFIX) == 0);
}

/* Byte order, whatever the locale. */
static int
by_name(const void *a, const void *b)
{
	return (strcmp(*(char *const *)a, *(char *const *)b));
}

/* Read the files in dir, called where, in the order of their names. */
static void
read_peer_files(struct confread *r, DIR *dir, const char *where)
{
	char **paths = NULL;
	struct dirent *e;
	struct stat st;
	struct buf path;
	size_t i, n = 0;

	buf_init(&path, 65536);
	while ((e = readdir(dir)) != NULL) {
		if (!peer_file(e->d_name))
			continue;
		buf_reset(&path);
		buf_printf(&path, "%s/%s", where, e->d_name);
		paths = mem_array(paths, n + 1, sizeof(*paths));
		paths[n++] = mem_string(buf_string(&path));
	}
	buf_free(&path);
	if (n > 0)
		qsort(paths, n, sizeof(*paths), by_name);
	for (i = 0; i < n; i++) {
		if (read_file(r, paths[i], true, &st) == 0)
			watch(r->c, paths[i], &st);
		mem_free(paths[i]);
	}
	mem_free(paths);
}

static void
read_peers(struct confread *r)
{
	struct conf *c = r->c;
	DIR *dir = opendir(c->peers_dir);
	struct stat st;

	if (dir != NULL && fstat(dirfd(dir), &st) == 0) {
		watch(c, c->peers_dir, &st);
		read_peer_files(r, dir, c->peers_dir);
	} else {
		if (errno != ENOENT || r->peers_dir_line != 0) {
			r->file = c->file;
			confread_error(r, r->peers_dir_line, "peers_dir %s: %s",
			    c->peers_dir, strerror(errno));
		}
		watch(c, c->peers_dir, NULL);
	}
	if (dir != NULL)
		closedir(dir);
}

/* Take over the problems of an allow file, told line by line. */
static void
take_lines(struct confread *r, const char *lines)
{
	if (r->nerrors < CONF_ERRORS)
		buf_text(&r->errors, lines);
	for (; *lines != '\0'; lines++)
		r->nerrors += *lines == '\n';
}

static void
read_allow(struct confread *r)
{
	struct buf error;
	struct stat st;
	size_t i;

	r->file = r->c->file;
	for (i = 0; i < r->nallow; i++) {
		resolve(r->c->file, &r->allow[i]);
		if (access(r->allow[i], R_OK) != 0) {
			confread_error(r, r->allow_line[i], "allow file %s: %s",
			    r->allow[i], strerror(errno));
			continue;
		}
		buf_init(&error, ALLOWFILE_ERRORS * 1024u);
		if (allowfile_read(r->allow[i], r->policy, &st, &error) == 0)
			watch(r->c, r->allow[i], &st);
		else
			take_lines(r, buf_string(&error));
		buf_free(&error);
	}
}

/* ---- The whole ---- */

/* Make members[0] the own node. */
static void
set_self(struct confread *r)
{
	struct policy *p = r->policy;
	struct policy_member *self = &p->members[0];
	size_t i;

	if (!r->c->have_node) {
		r->file = r->c->file;
		if (r->own != NULL && r->nerrors == 0)
			confread_error(r, 0,
			    "no node section: 'virbl init' "
			    "writes a complete file");
		return;
	}
	if (r->own != NULL)
		memcpy(self->key, r->own, KEY_BYTES);
	text_copy(self->name, sizeof(self->name), r->c->name);
	text_copy(self->group, sizeof(self->group), r->c->group);
	text_copy(self->url, sizeof(self->url), r->c->url);
	self->prefixes = r->prefixes;
	self->nprefixes = r->nprefixes;
	r->prefixes = NULL;
	for (i = 1; i < p->nmembers && i < r->nplaces; i++)
		if (strcmp(p->members[i].name, self->name) == 0) {
			r->file = r->places[i].file;
			confread_error(r, r->places[i].line,
			    "peer '%s': this node itself has that name",
			    self->name);
		}
}

/* What only shows when all sections are read. */
static void
check_exports(struct confread *r)
{
	const struct conf_export *x = r->c->exports;
	const struct policy *p = r->policy;
	struct buf names;
	size_t i, k;

	r->file = r->c->file;
	for (i = 0; i < r->c->nexports; i++) {
		for (k = 0; k < i; k++)
			if (strcmp(x[k].path, x[i].path) == 0)
				confread_error(r, x[i].line,
				    "export '%s': writes the same file as "
				    "export '%s'",
				    x[i].name, x[k].name);
		if (policy_list_find(p, x[i].list) != NULL)
			continue;
		buf_init(&names, 1024);
		for (k = 0; k < p->nlists; k++)
			buf_printf(&names, "%s%s", k > 0 ? ", " : "there are ",
			    p->lists[k].name);
		confread_error(r, x[i].line,
		    "export '%s': there is no list '%s': %s", x[i].name,
		    x[i].list,
		    names.len > 0 ? buf_string(&names) : "there is none");
		buf_free(&names);
	}
}

/* Put what was found wrong into error. */
static void
report(struct confread *r, const char *file, struct buf *error)
{
	buf_text(error, buf_string(&r->errors));
	if (r->nerrors > CONF_ERRORS)
		buf_printf(error, "%s: %u more problems\n", file,
		    r->nerrors - CONF_ERRORS);
}

static struct conf *
load(const char *file, const uint8_t *own, struct policy *policy,
    struct buf *error)
{
	struct conf *c = mem_zero(sizeof(*c));
	struct confread r;

	c->connections = CONNECTIONS;
	c->per_address = PER_ADDRESS;
	c->requests = REQUESTS;
	c->body = BODY;
	c->dns_ttl = DNS_TTL;
	c->dns_negative = DNS_NEGATIVE;
	c->file = mem_string(file);
	c->policy = policy;
	confread_init(&r, c, policy, own);
	if (read_file(&r, c->file, false, NULL) == 0) {
		defaults(c);
		if (policy != NULL) {
			read_peers(&r);
			read_allow(&r);
			set_self(&r);
			check_exports(&r);
		}
	}
	if (r.warnings.len > 0)
		c->warnings = mem_string(buf_string(&r.warnings));
	if (r.nerrors == 0 && policy != NULL)
		policy_ready(policy);
	report(&r, file, error);
	if (r.nerrors > 0) {
		conf_free(c);
		c = NULL;
	}
	confread_free(&r);
	return (c);
}

struct conf *
conf_load(const char *file, const uint8_t own[KEY_BYTES], struct buf *error)
{
	return (load(file, own, policy_new(), error));
}

struct conf *
conf_paths(const char *file, struct buf *error)
{
	return (load(file, NULL, NULL, error));
}

struct policy *
conf_cards(const char *path, struct buf *error)
{
	struct conf *c = mem_zero(sizeof(*c));
	struct policy *policy = policy_new();
	struct confread r;
	DIR *dir = opendir(path);

	confread_init(&r, c, policy, NULL);
	if (dir != NULL) {
		read_peer_files(&r, dir, path);
		closedir(dir);
	} else {
		read_file(&r, path, true, NULL);
	}
	report(&r, path, error);
	if (r.nerrors > 0) {
		policy_free(policy);
		policy = NULL;
	}
	confread_free(&r);
	conf_free(c);
	return (policy);
}

struct policy *
conf_policy(struct conf *c)
{
	struct policy *p = c->policy;

	c->policy = NULL;
	return (p);
}

static uint64_t
mix(uint64_t h, uint64_t v)
{
	h = (h ^ v) * 0x9e3779b97f4a7c15u;
	return (h ^ (h >> 29));
}

bool
conf_changed(const struct conf *c, uint64_t *stamp)
{
	const struct confwatch *w;
	bool changed = false, there;
	struct stat st;
	size_t i;

	*stamp = 0;
	for (i = 0; i < c->nwatch; i++) {
		w = &c->watch[i];
		there = stat(w->path, &st) == 0;
		*stamp = mix(*stamp, there);
		if (there) {
			*stamp = mix(*stamp, st.st_ino);
			*stamp = mix(*stamp, (uint64_t)st.st_size);
			*stamp = mix(*stamp, (uint64_t)st.st_mtim.tv_sec);
			*stamp = mix(*stamp, (uint64_t)st.st_mtim.tv_nsec);
		}
		changed = changed || there != w->there ||
		    (there &&
			(st.st_dev != w->dev || st.st_ino != w->ino ||
			    st.st_size != w->size ||
			    st.st_mtim.tv_sec != w->mtime.tv_sec ||
			    st.st_mtim.tv_nsec != w->mtime.tv_nsec));
	}
	return (changed);
}

void
conf_free(struct conf *c)
{
	if (c == NULL)
		return;
	clear(c);
	mem_free(c);
}
