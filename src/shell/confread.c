#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "base/mem.h"
#include "base/text.h"
#include "shell/allowfile.h"
#include "shell/confread.h"
#include "shell/confvalue.h"

#define MESSAGES 524288 /* most bytes of problems */
#define INTERVAL 60000u /* longest batch_interval, ms */

void
confread_error(struct confread *r, unsigned line, const char *fmt, ...)
{
	char text[512];
	va_list ap;

	if (r->nerrors++ >= CONF_ERRORS)
		return;
	va_start(ap, fmt);
	vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	if (line == 0)
		buf_printf(&r->errors, "%s: %s\n", r->file, text);
	else
		buf_printf(&r->errors, "%s:%u: %s\n", r->file, line, text);
}

/* Complain about the value being read. */
static void
wrong(struct confread *r, const char *value, const char *why)
{
	confread_error(r, r->line, "%s '%.128s': %s", r->key->name, value, why);
}

static void
warn(struct confread *r, unsigned line, const char *text)
{
	buf_printf(&r->warnings, "%s:%u: %s\n", r->file, line, text);
}

/* The field that the key fills. */
static void *
field(struct confread *r, const struct confkey *key)
{
	char *base = (char *)r->c;

	if (key->section == SECTION_LIST)
		base = (char *)&r->list;
	else if (key->section == SECTION_PEER)
		base = (char *)&r->member;
	return (base + key->offset);
}

/* ---- Setters ---- */

static void
set_text(struct confread *r, const struct confkey *key, const char *value)
{
	const char *why = confvalue_text(value, key->hi);

	if (why != NULL)
		wrong(r, value, why);
	else
		text_copy(field(r, key), key->hi + 1, value);
}

static void
set_name(struct confread *r, const struct confkey *key, const char *value)
{
	if (!card_name_valid(value))
		wrong(r, value,
		    "must be 1 to 32 of a-z 0-9 . _ -, first a letter or "
		    "digit");
	else
		text_copy(field(r, key), CARD_NAME + 1, value);
}

static void
set_url(struct confread *r, const struct confkey *key, const char *value)
{
	const char *why = *value == '\0' ? NULL : confvalue_url(value);

	if (why != NULL)
		wrong(r, value, why);
	else
		text_copy(field(r, key), CARD_URL + 1, value);
}

/* Text that lives on the heap: paths and the user. */
static void
set_string(struct confread *r, const struct confkey *key, const char *value)
{
	char **p = field(r, key);

	if (*value == '\0') {
		wrong(r, value, "must not be empty");
		return;
	}
	mem_free(*p);
	*p = mem_string(value);
}

static void
set_peers_dir(struct confread *r, const struct confkey *key, const char *value)
{
	set_string(r, key, value);
	r->peers_dir_line = r->line;
}

static void
set_listen(struct confread *r, const struct confkey *key, const char *value)
{
	const char *why = confvalue_listen(value);

	if (why != NULL)
		wrong(r, value, why);
	else
		set_string(r, key, value);
}

static void
set_dns(struct confread *r, const struct confkey *key, const char *value)
{
	const char *why = confvalue_listen(value);

	(void)key;
	if (why == NULL && r->c->ndns == CONF_LISTENS)
		why = "too many: at most 8";
	if (why != NULL)
		wrong(r, value, why);
	else
		r->c->dns[r->c->ndns++] = mem_string(value);
}

#define DNS_ACL 1024 /* most prefixes that may ask */
#define DNS_NS 4 /* most name servers */

static void
set_dns_acl(struct confread *r, const struct confkey *key, const char *value)
{
	struct conf *c = r->c;
	struct prefix prefix;
	char why[192];

	(void)key;
	if (allowfile_prefix(value, &prefix, why, sizeof(why)) == -1) {
		confread_error(r, r->line, "acl: %s", why);
	} else if (c->ndns_acl == DNS_ACL) {
		wrong(r, value, "too many: at most 1024");
	} else {
		c->dns_acl =
		    mem_array(c->dns_acl, c->ndns_acl + 1, sizeof(*c->dns_acl));
		c->dns_acl[c->ndns_acl++] = prefix;
	}
}

static void
set_dns_ns(struct confread *r, const struct confkey *key, const char *value)
{
	char zone[CONFVALUE_ZONE + 1];
	const char *why = confvalue_zone(value, zone);

	(void)key;
	if (why == NULL && r->c->ndns_ns == DNS_NS)
		why = "too many: at most 4";
	if (why != NULL)
		wrong(r, value, why);
	else
		r->c->dns_ns[r->c->ndns_ns++] = mem_string(zone);
}

static void
set_dns_closed(struct confread *r, const struct confkey *key, const char *value)
{
	char zone[CONFVALUE_ZONE + 1];
	const char *why = confvalue_zone(value, zone);

	(void)key;
	if (why == NULL && r->c->ndns_closed == CONF_CLOSED)
		why = "too many: at most 16";
	if (why != NULL)
		wrong(r, value, why);
	else
		r->c->dns_closed[r->c->ndns_closed++] = mem_string(zone);
}

static void
set_dns_contact(struct confread *r, const struct confkey *key,
    const char *value)
{
	char zone[CONFVALUE_ZONE + 1];
	const char *why = confvalue_zone(value, zone);

	if (why != NULL)
		wrong(r, value, why);
	else
		set_string(r, key, zone);
}

static void
set_proxy(struct confread *r, const struct confkey *key, const char *value)
{
	struct prefix prefix;
	char why[192];

	(void)key;
	if (allowfile_prefix(value, &prefix, why, sizeof(why)) == -1)
		confread_error(r, r->line, "trusted_proxies: %s", why);
	else if (r->c->nproxies == CONF_LISTENS)
		wrong(r, value, "too many: at most 8");
	else
		r->c->trusted_proxies[r->c->nproxies++] = mem_string(value);
}

static void
set_number(struct confread *r, const struct confkey *key, const char *value)
{
	uint32_t *p = field(r, key);
	char why[64];
	uint64_t n;

	if (text_u64(value, key->hi, &n) == 0 && n >= key->lo) {
		*p = (uint32_t)n;
		return;
	}
	snprintf(why, sizeof(why), "must be a whole number, %u to %u",
	    (unsigned)key->lo, (unsigned)key->hi);
	wrong(r, value, why);
}

static void
set_milli(struct confread *r, const struct confkey *key, const char *value)
{
	char lo[24], hi[24], why[96];
	uint32_t *p = field(r, key);
	uint64_t n;

	if (text_milli(value, key->hi, &n) == 0 && n >= key->lo) {
		*p = (uint32_t)n;
		return;
	}
	text_milli_format(key->lo, lo, sizeof(lo));
	text_milli_format(key->hi, hi, sizeof(hi));
	snprintf(why, sizeof(why),
	    "must be %s to %s, with at most three decimals", lo, hi);
	wrong(r, value, why);
}

static void
set_seconds(struct confread *r, const struct confkey *key, const char *value)
{
	uint32_t *p = field(r, key);
	uint64_t ms;

	if (text_duration(value, &ms) == 0 && ms >= 1000 && ms % 1000 == 0)
		*p = (uint32_t)(ms / 1000);
	else
		wrong(r, value,
		    "must be a duration such as 90s, 15m, 24h or 7d, 1s to "
		    "366d");
}

static void
set_interval(struct confread *r, const struct confkey *key, const char *value)
{
	uint64_t ms;

	(void)key;
	if (text_duration(value, &ms) != 0 || ms < 10 || ms > INTERVAL)
		wrong(r, value,
		    "must be a duration such as 500ms or 5s, 10ms to 60s");
	else if (r->policy == NULL)
		return;
	else if (r->policy->batch_interval != 0)
		wrong(r, value, "is set in another section already");
	else
		r->policy->batch_interval = (uint32_t)ms;
}

static void
set_category(struct confread *r, const struct confkey *key, const char *value)
{
	unsigned c = category_find(value), i, n = 0;
	const char *names[CATEGORY_MAX], *near;

	(void)key;
	if (c != 0) {
		r->list.categories |= CATEGORY_BIT(c);
		return;
	}
	for (i = 1; i <= CATEGORY_MAX; i++)
		if (category_name(i) != NULL)
			names[n++] = category_name(i);
	near = text_nearest(value, names, n);
	if (near != NULL)
		confread_error(r, r->line,
		    "unknown category '%.64s': did you mean '%s'?", value,
		    near);
	else
		confread_error(r, r->line,
		    "unknown category '%.64s': there are worm, malware, spam, "
		    "phish, bruteforce, scan, exploit, test",
		    value);
}

static void
set_zone(struct confread *r, const struct confkey *key, const char *value)
{
	char zone[CONFVALUE_ZONE + 1];
	const char *why = confvalue_zone(value, zone);

	(void)key;
	if (why != NULL)
		wrong(r, value, why);
	else
		text_copy(r->list.zone, sizeof(r->list.zone), zone);
}

static void
set_code(struct confread *r, const struct confkey *key, const char *value)
{
	const char *why = confvalue_code(value, &r->list.code);

	(void)key;
	if (why != NULL)
		wrong(r, value, why);
}

static void
set_id(struct confread *r, const struct confkey *key, const char *value)
{
	(void)key;
	if (nodeid_parse(value, r->member.key) != 0)
		wrong(r, value,
		    "not a node ID: eight groups of seven characters, as "
		    "'virbl id' prints it");
	else if (key_valid(r->member.key) != 0)
		wrong(r, value, "no node can have this key");
	else if (r->own != NULL &&
	    memcmp(r->member.key, r->own, KEY_BYTES) == 0)
		wrong(r, value, "is this node itself");
}

static void
set_trust(struct confread *r, const struct confkey *key, const char *value)
{
	int t = trust_find(value);

	(void)key;
	if (t == -1)
		wrong(r, value, "must be none, observe, vote or full");
	else
		r->member.trust = (enum trust)t;
}

/* Accepted prefixes of a peer, or of the node itself. */
static void
set_prefix(struct confread *r, const struct confkey *key, const char *value)
{
	bool peer = key->section == SECTION_PEER;
	struct prefix **all = peer ? &r->member.prefixes : &r->prefixes;
	size_t *n = peer ? &r->member.nprefixes : &r->nprefixes;
	struct prefix prefix;
	char why[192];

	if (allowfile_prefix(value, &prefix, why, sizeof(why)) == -1) {
		confread_error(r, r->line, "prefixes: %s", why);
	} else if (*n == CARD_PREFIXES) {
		wrong(r, value, "too many: at most 256");
	} else {
		*all = mem_array(*all, *n + 1, sizeof(**all));
		(*all)[(*n)++] = prefix;
	}
}

static void
set_allow(struct confread *r, const struct confkey *key, const char *value)
{
	(void)key;
	if (*value == '\0') {
		wrong(r, value, "must not be empty");
		return;
	}
	r->allow = mem_array(r->allow, r->nallow + 1, sizeof(*r->allow));
	r->allow_line =
	    mem_array(r->allow_line, r->nallow + 1, sizeof(*r->allow_line));
	r->allow[r->nallow] = mem_string(value);
	r->allow_line[r->nallow++] = r->line;
}

static void
set_relay(struct confread *r, const struct confkey *key, const char *value)
{
	struct prefix prefix;
	char why[192];

	(void)key;
	if (allowfile_prefix(value, &prefix, why, sizeof(why)) == -1)
		confread_error(r, r->line, "relays: %s", why);
	else
		policy_exempt_add(r->policy, &prefix, "relay", 0);
}

static void
set_special(struct confread *r, const struct confkey *key, const char *value)
{
	const char *why = confvalue_switch(value, &r->policy->special);

	(void)key;
	if (why != NULL)
		wrong(r, value, why);
}

static void
set_hear_head(struct confread *r, const struct confkey *key, const char *value)
{
	const char *why = confvalue_switch(value, &r->policy->hear_head);

	(void)key;
	if (why != NULL)
		wrong(r, value, why);
}

/* All keys of an export section; what they mean stands in confexport.c. */
static void
set_export(struct confread *r, const struct confkey *key, const char *value)
{
	char why[256];

	if (confexport_set(&r->export, key->name, value, why, sizeof(why)) != 0)
		wrong(r, value, why);
}

/* A breaker: this version has none, so that none can be set. */
static void
set_breaker(struct confread *r, const struct confkey *key, const char *value)
{
	bool on;

	(void)key;
	if (confvalue_switch(value, &on) != NULL || on)
		wrong(r, value,
		    "this version has no such breaker: only off is possible");
}

/* ---- The table ---- */

#define CONF(field) offsetof(struct conf, field)
#define LIST(field) offsetof(struct policy_list, field)
#define PEER(field) offsetof(struct policy_member, field)

static const struct confkey keys[] = {
    {SECTION_NODE, false, "name", set_name, CONF(name), 0, 0},
    {SECTION_NODE, false, "group", set_text, CONF(group), 0, CARD_GROUP},
    {SECTION_NODE, false, "contact", set_text, CONF(contact), 0, CARD_CONTACT},
    {SECTION_NODE, false, "url", set_url, CONF(url), 0, 0},
    {SECTION_NODE, true, "prefixes", set_prefix, 0, 0, 0},
    {SECTION_NODE, false, "key", set_string, CONF(key_file), 0, 0},
    {SECTION_NODE, false, "state", set_string, CONF(state), 0, 0},
    {SECTION_NODE, false, "peers_dir", set_peers_dir, CONF(peers_dir), 0, 0},
    {SECTION_NODE, false, "socket", set_string, CONF(socket), 0, 0},
    {SECTION_NODE, false, "user", set_string, CONF(user), 0, 0},
    {SECTION_NODE, false, "batch_interval", set_interval, 0, 0, 0},
    {SECTION_LISTEN, false, "peers", set_listen, CONF(peers), 0, 0},
    {SECTION_LISTEN, false, "http", set_listen, CONF(http), 0, 0},
    {SECTION_LISTEN, false, "https", set_listen, CONF(https), 0, 0},
    {SECTION_LISTEN, false, "https_cert", set_string, CONF(https_cert), 0, 0},
    {SECTION_LISTEN, false, "https_key", set_string, CONF(https_key), 0, 0},
    {SECTION_LISTEN, true, "dns", set_dns, 0, 0, 0},
    {SECTION_LISTEN, true, "trusted_proxies", set_proxy, 0, 0, 0},
    {SECTION_LIST, true, "categories", set_category, 0, 0, 0},
    {SECTION_LIST, false, "window", set_seconds, LIST(window), 0, 0},
    {SECTION_LIST, false, "threshold", set_milli, LIST(threshold), 1,
	POLICY_THRESHOLD},
    {SECTION_LIST, false, "cap", set_number, LIST(cap), 1, UINT32_MAX},
    {SECTION_LIST, false, "groups", set_number, LIST(groups), 1,
	POLICY_MEMBERS},
    {SECTION_LIST, false, "hold", set_seconds, LIST(hold), 0, 0},
    {SECTION_LIST, false, "zone", set_zone, 0, 0, 0},
    {SECTION_LIST, false, "code", set_code, 0, 0, 0},
    {SECTION_PEER, false, "id", set_id, 0, 0, 0},
    {SECTION_PEER, false, "url", set_url, PEER(url), 0, 0},
    {SECTION_PEER, false, "group", set_text, PEER(group), 0, CARD_GROUP},
    {SECTION_PEER, false, "trust", set_trust, 0, 0, 0},
    {SECTION_PEER, false, "weight", set_milli, PEER(weight), 0, POLICY_WEIGHT},
    {SECTION_PEER, true, "prefixes", set_prefix, 0, 0, 0},
    {SECTION_ALLOW, true, "files", set_allow, 0, 0, 0},
    {SECTION_ALLOW, true, "relays", set_relay, 0, 0, 0},
    {SECTION_ALLOW, false, "special", set_special, 0, 0, 0},
    {SECTION_DNS, false, "ttl", set_seconds, CONF(dns_ttl), 0, 0},
    {SECTION_DNS, false, "negative", set_seconds, CONF(dns_negative), 0, 0},
    {SECTION_DNS, false, "contact", set_dns_contact, CONF(dns_contact), 0, 0},
    {SECTION_DNS, true, "ns", set_dns_ns, 0, 0, 0},
    {SECTION_DNS, true, "acl", set_dns_acl, 0, 0, 0},
    {SECTION_DNS, false, "rate", set_number, CONF(dns_rate), 0, 1000000},
    {SECTION_DNS, false, "version", set_text, CONF(dns_version), 0, 255},
    {SECTION_DNS, true, "closed", set_dns_closed, 0, 0, 0},
    {SECTION_EXPORT, false, "list", set_export, 0, 0, 0},
    {SECTION_EXPORT, false, "format", set_export, 0, 0, 0},
    {SECTION_EXPORT, false, "path", set_export, 0, 0, 0},
    {SECTION_EXPORT, false, "family", set_export, 0, 0, 0},
    {SECTION_EXPORT, false, "prefix", set_export, 0, 0, 0},
    {SECTION_EXPORT, false, "limit", set_export, 0, 0, 0},
    {SECTION_EXPORT, false, "interval", set_export, 0, 0, 0},
    {SECTION_EXPORT, false, "sign", set_export, 0, 0, 0},
    {SECTION_EXPORT, false, "serial", set_export, 0, 0, 0},
    {SECTION_EXPORT, true, "hook", set_export, 0, 0, 0},
    {SECTION_EXPORT, false, "hook_timeout", set_export, 0, 0, 0},
    {SECTION_LIMITS, false, "connections", set_number, CONF(connections), 1,
	65535},
    {SECTION_LIMITS, false, "per_address", set_number, CONF(per_address), 1,
	65535},
    {SECTION_LIMITS, false, "requests", set_number, CONF(requests), 0, 1000000},
    {SECTION_LIMITS, false, "body", set_number, CONF(body), 1024, 1073741824},
    {SECTION_LIMITS, false, "batch_interval", set_interval, 0, 0, 0},
    {SECTION_LIMITS, false, "hear_head", set_hear_head, 0, 0, 0},
    {SECTION_LIMITS, false, "member_rate", set_breaker, 0, 0, 0},
    {SECTION_LIMITS, false, "pivotal", set_breaker, 0, 0, 0},
    {SECTION_LIMITS, false, "growth_hold", set_breaker, 0, 0, 0},
    {SECTION_LIMITS, false, "canaries", set_breaker, 0, 0, 0},
};
#define KEYS (sizeof(keys) / sizeof(*keys))

const struct confkey *
confread_keys(enum confsection section, size_t *n)
{
	size_t first = 0, end;

	while (first < KEYS && keys[first].section != section)
		first++;
	for (end = first; end < KEYS && keys[end].section == section;)
		end++;
	*n = end - first;
	return (*n > 0 ? &keys[first] : NULL);
}

const char *
confread_name(enum confsection section)
{
	static const char *const names[SECTIONS] = {"node", "listen", "list",
	    "peer", "allow", "dns", "export", "desk", "limits"};

	return (names[section]);
}

bool
confread_titled(enum confsection section)
{
	return (section == SECTION_LIST || section == SECTION_PEER ||
	    section == SECTION_EXPORT || section == SECTION_DESK);
}

/* ---- Sections ---- */

/* Forget the section that was read; the next one starts with defaults. */
static void
section_clear(struct confread *r)
{
	mem_free(r->member.prefixes);
	r->first = 0;
	r->seen = 0;
	r->list = (struct policy_list){.window = 86400,
	    .hold = 86400,
	    .threshold = 2000,
	    .cap = 2,
	    .groups = 2};
	r->member = (struct policy_member){.trust = TRUST_VOTE, .weight = 1000};
	confexport_free(&r->export);
}

/* True if the section has the key called name. */
static bool
has(const struct confread *r, enum confsection section, const char *name)
{
	size_t i, n;
	const struct confkey *k = confread_keys(section, &n);

	for (i = 0; i < n; i++)
		if (strcmp(k[i].name, name) == 0)
			return ((r->seen & UINT32_C(1) << i) != 0);
	return (false);
}

static void
end_list(struct confread *r, const char *title)
{
	const char *why;

	if (text_copy(r->list.name, sizeof(r->list.name), title) == -1)
		confread_error(r, r->first, "list '%.64s': name too long",
		    title);
	/* A category that was not understood is not a list without any. */
	else if (r->list.categories == 0 && has(r, SECTION_LIST, "categories"))
		return;
	else if ((why = policy_list_add(r->policy, &r->list)) != NULL)
		confread_error(r, r->first, "list '%s': %s", title, why);
}

/* Say where the member that stands in the way of r->member is. */
static void
clash(struct confread *r, const char *why)
{
	const struct policy_member *m = r->policy->members;
	size_t i;

	for (i = 1; i < r->policy->nmembers && i < r->nplaces; i++)
		if (strcmp(m[i].name, r->member.name) == 0 ||
		    memcmp(m[i].key, r->member.key, KEY_BYTES) == 0)
			break;
	if (i < r->policy->nmembers && i < r->nplaces)
		confread_error(r, r->first, "peer '%s': %s (at %s:%u)",
		    r->member.name, why, r->places[i].file, r->places[i].line);
	else
		confread_error(r, r->first, "peer '%s': %s", r->member.name,
		    why);
}

static void
end_peer(struct confread *r, const char *title)
{
	unsigned before = r->nerrors;
	const char *why;
	size_t n = r->policy->nmembers;

	if (text_copy(r->member.name, sizeof(r->member.name), title) == -1)
		confread_error(r, r->first, "peer '%.64s': name too long",
		    title);
	else if (!has(r, SECTION_PEER, "id"))
		confread_error(r, r->first, "peer '%s': id is missing", title);
	else if (key_valid(r->member.key) != 0)
		return; /* the id was refused already */
	else if ((why = policy_member_add(r->policy, &r->member)) != NULL)
		clash(r, why);
	if (r->nerrors != before)
		return;
	r->places = mem_array(r->places, n + 1, sizeof(*r->places));
	for (; r->nplaces <= n; r->nplaces++)
		r->places[r->nplaces] =
		    (struct confread_place){mem_string(r->file), r->first};
}

static void
end_export(struct confread *r, const char *title)
{
	static const char *const needed[] = {"list", "format", "path"};
	struct conf_export *x = &r->export;
	unsigned before = r->nerrors;
	size_t i;

	x->line = r->first;
	if (!card_name_valid(title))
		confread_error(r, r->first,
		    "export '%.64s': its name must be 1 to 32 of a-z 0-9 . _ "
		    "-, first a letter or digit",
		    title);
	else
		text_copy(x->name, sizeof(x->name), title);
	for (i = 0; i < sizeof(needed) / sizeof(needed[0]); i++)
		if (!has(r, SECTION_EXPORT, needed[i]))
			confread_error(r, r->first,
			    "export '%.64s': %s is missing", title, needed[i]);
	if (r->c->nexports == CONFEXPORT_MAX)
		confread_error(r, r->first,
		    "export '%.64s': too many: at most %d", title,
		    CONFEXPORT_MAX);
	/* What is there may have been refused. */
	if (r->nerrors != before || x->format == NULL || x->path == NULL)
		return;
	r->c->exports = mem_array(r->c->exports, r->c->nexports + 1,
	    sizeof(*r->c->exports));
	r->c->exports[r->c->nexports++] = *x;
	memset(x, 0, sizeof(*x));
}

static void
end_listen(struct confread *r)
{
	if (r->c->https != NULL &&
	    (r->c->https_cert == NULL || r->c->https_key == NULL))
		confread_error(r, r->first,
		    "listen: https needs https_cert and https_key");
}

void
confread_end(struct confread *r, enum confsection section, const char *title,
    unsigned line)
{
	if (r->first == 0)
		r->first = line;
	r->sections[section]++;
	if (section == SECTION_NODE) {
		r->c->have_node = true;
		if (!has(r, SECTION_NODE, "name"))
			confread_error(r, r->first, "node: name is missing");
	} else if (r->policy != NULL) {
		if (section == SECTION_LIST)
			end_list(r, title);
		else if (section == SECTION_PEER)
			end_peer(r, title);
		else if (section == SECTION_EXPORT)
			end_export(r, title);
		else if (section == SECTION_LISTEN)
			end_listen(r);
		else if (section == SECTION_DESK)
			warn(r, r->first, "desk: not served by this version");
	}
	if (!confread_titled(section) && r->sections[section] == 2)
		confread_error(r, r->first, "second %s section: there is one",
		    confread_name(section));
	section_clear(r);
}

void
confread_value(struct confread *r, const struct confkey *key, const char *value,
    bool fresh, unsigned line)
{
	size_t n;
	const struct confkey *all = confread_keys(key->section, &n);
	uint32_t bit = UINT32_C(1) << (key - all);

	r->line = line;
	r->key = key;
	if (r->first == 0)
		r->first = line;
	if (r->policy == NULL && key->section != SECTION_NODE)
		return;
	if (fresh && (r->seen & bit) != 0) {
		confread_error(r, line, "%s is set twice", key->name);
		return;
	}
	r->seen |= bit;
	key->set(r, key, value);
}

void
confread_init(struct confread *r, struct conf *c, struct policy *policy,
    const uint8_t *own)
{
	memset(r, 0, sizeof(*r));
	r->c = c;
	r->policy = policy;
	r->own = own;
	buf_init(&r->errors, MESSAGES);
	buf_init(&r->warnings, MESSAGES);
	section_clear(r);
}

void
confread_free(struct confread *r)
{
	size_t i;

	for (i = 0; i < r->nplaces; i++)
		mem_free(r->places[i].file);
	for (i = 0; i < r->nallow; i++)
		mem_free(r->allow[i]);
	mem_free(r->places);
	mem_free(r->allow);
	mem_free(r->allow_line);
	mem_free(r->prefixes);
	mem_free(r->member.prefixes);
	confexport_free(&r->export);
	buf_free(&r->errors);
	buf_free(&r->warnings);
}
