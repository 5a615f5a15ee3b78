/*
 * The configuration file: what is understood, and what is said of mistakes.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#include "shell/conf.h"

#define LEN(a) (sizeof(a) / sizeof((a)[0]))
#define NODE "node { name = a }\n"

static char dir[] = "/tmp/virbl-conf-XXXXXX";
static char file[64];
static char ids[4][NODEID_TEXT];
static uint8_t keys[4][KEY_BYTES];

static void
put(const char *name, const char *text)
{
	char path[128];
	FILE *f;

	snprintf(path, sizeof(path), "%s/%s", dir, name);
	assert_non_null(f = fopen(path, "w"));
	/* "@N" stands for a node ID. */
	for (; *text != '\0'; text++)
		if (text[0] == '@' && text[1] >= '0' && text[1] <= '3')
			fputs(ids[*++text - '0'], f);
		else
			fputc(*text, f);
	assert_int_equal(fclose(f), 0);
}

static void
drop(const char *name)
{
	char path[128];

	snprintf(path, sizeof(path), "%s/%s", dir, name);
	unlink(path);
}

static void
make_peers_dir(void)
{
	char path[128];

	snprintf(path, sizeof(path), "%s/peers.d", dir);
	assert_int_equal(mkdir(path, 0700), 0);
}

static void
drop_peers_dir(void)
{
	char path[128];

	snprintf(path, sizeof(path), "%s/peers.d", dir);
	assert_int_equal(rmdir(path), 0);
}

/* Load text; on failure store what was said, file names shortened. */
static struct conf *
load(const char *text, bool own, char *said, size_t size)
{
	struct buf error;
	struct conf *c;
	const char *p;
	size_t n = 0;

	put("virbl.conf", text);
	buf_init(&error, 65536);
	c = conf_load(file, own ? keys[0] : NULL, &error);
	for (p = buf_string(&error); *p != '\0' && n + 1 < size;)
		if (strncmp(p, dir, strlen(dir)) == 0)
			p += strlen(dir) + 1;
		else
			said[n++] = *p++;
	said[n] = '\0';
	buf_free(&error);
	return (c);
}

static struct conf *
good(const char *text)
{
	char said[4096];
	struct conf *c = load(text, true, said, sizeof(said));

	if (c == NULL)
		fail_msg("refused:\n%s\nwith:\n%s", text, said);
	assert_string_equal(said, "");
	return (c);
}

static void
bad(const char *text, const char *expect)
{
	char said[16384];
	struct conf *c = load(text, true, said, sizeof(said));

	if (c != NULL)
		fail_msg("accepted:\n%s", text);
	if (strcmp(said, expect) != 0)
		fail_msg("of:\n%s\nsaid:\n%s\nexpected:\n%s", text, said,
		    expect);
}

static void
test_example(void **state)
{
	const struct policy_list *l;
	const struct policy_member *m;
	struct conf *c;
	uint64_t subject;

	(void)state;
	put("nl.txt",
	    "# relays\r\n192.0.2.0/24\tpermit\r\n\n2001:db8::1 # one\n");
	c = good(
	    "node { name = \"bit\"  group = \"BIT\"  "
	    "url = \"https://virbl.bit.example:7443/\"  "
	    "prefixes = {\"198.51.100.0/24\"} contact = 'abuse desk' }\n"
	    "listen { peers = \"[::]:7443\"  http = \"127.0.0.1:7480\" "
	    "trusted_proxies = {127.0.0.1, ::1} }\n"
	    "list worm { categories = {\"worm\", \"malware\"}  window = 24h  "
	    "threshold = 2  cap = 3  groups = 1  hold = 36h  "
	    "zone = \"Worm.BL.example.\"  code = \"127.0.0.2\" }\n"
	    "peer xs { id = \"@1\"  url = \"https://xs.example/\"  "
	    "group = \"XS\"  trust = full  weight = 1.5  "
	    "prefixes = {2001:db8::/32} }\n"
	    "allow { files = {\"nl.txt\"}  special = off "
	    "relays = {203.0.113.7} }\n"
	    "limits { growth_hold = off batch_interval = 100ms "
	    "hear_head = no connections = 10 per_address = 5 "
	    "body = 2048 }\n");
	assert_string_equal(c->name, "bit");
	assert_string_equal(c->contact, "abuse desk");
	assert_string_equal(c->peers, "[::]:7443");
	assert_int_equal(c->nproxies, 2);
	assert_int_equal(c->connections, 10);
	assert_int_equal(c->per_address, 5);
	assert_int_equal(c->body, 2048);
	assert_null(c->https);
	assert_null(c->user);
	assert_null(c->warnings);
	assert_true(c->have_node);
	assert_int_equal(c->policy->batch_interval, 100);
	assert_false(c->policy->hear_head);
	assert_non_null(l = policy_list_find(c->policy, "worm"));
	assert_int_equal(l->categories,
	    CATEGORY_BIT(CATEGORY_WORM) | CATEGORY_BIT(CATEGORY_MALWARE));
	assert_int_equal(l->window, 86400);
	assert_int_equal(l->hold, 129600);
	assert_int_equal(l->threshold, 2000);
	assert_int_equal(l->cap, 3);
	assert_int_equal(l->groups, 1);
	assert_int_equal(l->code, 0x7f000002);
	assert_string_equal(l->zone, "worm.bl.example");
	m = &c->policy->members[0];
	assert_memory_equal(m->key, keys[0], KEY_BYTES);
	assert_string_equal(m->name, "bit");
	assert_string_equal(m->group, "BIT");
	assert_int_equal(m->nprefixes, 1);
	assert_int_equal(m->trust, TRUST_FULL);
	assert_non_null(m = policy_member_find(c->policy, keys[1]));
	assert_string_equal(m->name, "xs");
	assert_string_equal(m->group, "XS");
	assert_int_equal(m->trust, TRUST_FULL);
	assert_int_equal(m->weight, 1500);
	assert_int_equal(m->nprefixes, 1);
	assert_int_equal(subject_parse("192.0.2.9", &subject), SUBJECT_OK);
	assert_int_equal(policy_exempted(c->policy, subject)->line, 2);
	assert_int_equal(subject_parse("203.0.113.7", &subject), SUBJECT_OK);
	assert_string_equal(policy_exempted(c->policy, subject)->source,
	    "relay");
	assert_int_equal(subject_parse("203.0.113.8", &subject), SUBJECT_OK);
	assert_null(policy_exempted(c->policy, subject));
	conf_free(c);
	drop("nl.txt");
}

static void
test_exports(void **state)
{
	const struct conf_export *x;
	struct conf_export copy;
	char path[256];
	struct conf *c;

	(void)state;
	c = good(
	    NODE "export a { list = w format = nft path = out/w.nft }\n"
		 "list w { categories = worm }\n"
		 "export b { list = w format = rpz path = /x family = 6 "
		 "prefix = 2001:db8::/32 limit = 5 interval = 10s sign = off "
		 "serial = time hook = {/bin/true, '', \"a b\", \"$x\"} "
		 "hook_timeout = 5m }\n");
	assert_int_equal(c->nexports, 2);
	x = &c->exports[0];
	assert_string_equal(x->name, "a");
	assert_string_equal(x->list, "w");
	assert_string_equal(x->format->name, "nft");
	snprintf(path, sizeof(path), "%s/out/w.nft", dir);
	assert_string_equal(x->path, path);
	assert_int_equal(x->filter.family, 0);
	assert_false(x->filter.within);
	assert_int_equal(x->filter.limit, 0);
	assert_int_equal(x->interval, 1);
	assert_int_equal(x->hook_timeout, 60);
	assert_true(x->sign);
	assert_false(x->rising);
	assert_int_equal(x->nhook, 0);
	x = &c->exports[1];
	assert_string_equal(x->path, "/x");
	assert_int_equal(x->filter.family, 6);
	assert_true(x->filter.within);
	assert_int_equal(x->filter.limit, 5);
	assert_int_equal(x->interval, 10);
	assert_int_equal(x->hook_timeout, 300);
	assert_false(x->sign);
	assert_true(x->rising);
	assert_int_equal(x->nhook, 4);
	assert_string_equal(x->hook[1], "");
	assert_string_equal(x->hook[2], "a b");
	assert_string_equal(x->hook[3], "$x");
	confexport_copy(&copy, x);
	assert_true(confexport_same(&copy, x));
	assert_null(copy.hook[4]);
	copy.hook[3][0] = '#';
	assert_false(confexport_same(&copy, x));
	confexport_free(&copy);
	assert_false(confexport_same(&c->exports[0], x));
	conf_free(c);
}

static void
test_defaults(void **state)
{
	const struct policy_member *m;
	const struct policy_list *l;
	struct conf *c;
	char path[256], said[256];
	uint64_t subject;

	(void)state;
	c = good(NODE "list worm { categories = worm }\npeer b { id = @1 }\n"
		      "dns { }\ndesk x { }\n# end");
	snprintf(path, sizeof(path), "%s/node.key", dir);
	assert_string_equal(c->key_file, path);
	snprintf(path, sizeof(path), "%s/state", dir);
	assert_string_equal(c->state, path);
	snprintf(path, sizeof(path), "%s/peers.d", dir);
	assert_string_equal(c->peers_dir, path);
	snprintf(path, sizeof(path), "%s/virbl.sock", dir);
	assert_string_equal(c->socket, path);
	assert_null(c->peers);
	assert_null(c->http);
	assert_int_equal(c->dns_ttl, 300);
	assert_int_equal(c->dns_negative, 60);
	assert_int_equal(c->dns_rate, 0);
	assert_null(c->dns_contact);
	assert_int_equal(c->ndns_ns, 0);
	assert_int_equal(c->ndns_acl, 0);
	snprintf(path, sizeof(path), "%s:5: desk: not served by this version\n",
	    file);
	assert_string_equal(c->warnings, path);
	assert_non_null(l = policy_list_find(c->policy, "worm"));
	assert_int_equal(l->window, 86400);
	assert_int_equal(l->hold, 86400);
	assert_int_equal(l->threshold, 2000);
	assert_int_equal(l->cap, 2);
	assert_int_equal(l->groups, 2);
	assert_non_null(m = policy_member_find(c->policy, keys[1]));
	assert_int_equal(m->trust, TRUST_VOTE);
	assert_int_equal(m->weight, 1000);
	assert_string_equal(m->group, "");
	assert_true(c->policy->hear_head);
	assert_int_equal(c->policy->batch_interval, 0);
	assert_int_equal(subject_parse("10.1.2.3", &subject), SUBJECT_OK);
	assert_string_equal(policy_exempted(c->policy, subject)->source,
	    "special");
	conf_free(c);

	/* Lists alone are enough offline. */
	c = load("list worm { categories = { worm } }", false, said,
	    sizeof(said));
	assert_non_null(c);
	assert_false(c->have_node);
	conf_free(c);
	bad("list worm { categories = { worm } }",
	    "virbl.conf: no node section: 'virbl init' writes a complete "
	    "file\n");
}

static void
test_syntax(void **state)
{
	struct conf *c;

	(void)state;
	/* Comments of all kinds, anywhere; lines are counted through them. */
	c = good("/* two\n   lines */ node { # why\n name = a // so\n"
		 " url = https://a.example:7443/x//y }\n"
		 "list w { categories = { # these\n worm, /* and */ spam\n"
		 " // not: phish\n } }\r\n");
	assert_string_equal(c->url, "https://a.example:7443/x//y");
	assert_int_equal(c->policy->lists[0].categories,
	    CATEGORY_BIT(CATEGORY_WORM) | CATEGORY_BIT(CATEGORY_SPAM));
	conf_free(c);
	c = good("node { name = a group = 'it\\'s' }");
	assert_string_equal(c->group, "it's");
	conf_free(c);
	c = good("node { name = a group = \"say \\\"x\\\" \\${HOME} \\\\\" }");
	assert_string_equal(c->group, "say \"x\" ${HOME} \\");
	conf_free(c);
	c = good(NODE "list w { categories = worm categories += spam }");
	assert_int_equal(c->policy->lists[0].categories,
	    CATEGORY_BIT(CATEGORY_WORM) | CATEGORY_BIT(CATEGORY_SPAM));
	conf_free(c);
}

/* Write fmt, with at most one number, to p; return the length. */
static int
line_put(char *p, const char *fmt, int number)
{
	const char *mark = strstr(fmt, "%d");

	if (mark == NULL)
		return (snprintf(p, 256, "%s", fmt));
	return (snprintf(p, 256, "%.*s%d%s", (int)(mark - fmt), fmt, number,
	    mark + 2));
}

struct sample {
	const char *text;
	const char *said;
};

static void
test_mistakes(void **state)
{
	static const struct sample samples[] = {
#include "conf_mistakes.h"
	};
	size_t i;

	(void)state;
	for (i = 0; i < LEN(samples); i++)
		bad(samples[i].text, samples[i].said);
}

static void
test_peers_dir(void **state)
{
	struct buf error;
	struct conf *c;

	(void)state;
	make_peers_dir();
	put("peers.d/b.conf", "peer b { id = @2 trust = none }");
	put("peers.d/a.conf",
	    "# one file, two peers\n"
	    "peer z { id = @1 }\npeer y { id = @3 }");
	put("peers.d/.hidden.conf", "nonsense");
	put("peers.d/b.conf~", "nonsense");
	c = good(NODE);
	assert_int_equal(c->policy->nmembers, 4);
	assert_string_equal(c->policy->members[1].name, "z");
	assert_string_equal(c->policy->members[2].name, "y");
	assert_string_equal(c->policy->members[3].name, "b");
	assert_int_equal(c->policy->members[3].trust, TRUST_NONE);
	conf_free(c);
	bad("node { name = b }\npeer x { id = @1 }",
	    "peers.d/a.conf:2: peer 'z': a member with this key exists already "
	    "(at virbl.conf:2)\n"
	    "peers.d/b.conf:1: peer 'b': this node itself has that name\n");
	put("peers.d/b.conf", "\nlist w { categories = worm }");
	bad(NODE,
	    "peers.d/b.conf:2: section list: only peer sections can "
	    "stand in this directory\n");
	put("peers.d/b.conf", "peer b { id = \"@2 }");
	bad(NODE, "peers.d/b.conf:1: string without an end\n");
	/* Offline and paths: the same directory, the node's part alone. */
	put("virbl.conf",
	    "node { name = a socket = /run/x }\n"
	    "list w { nonsense = 1 threshold = x }");
	buf_init(&error, 4096);
	c = conf_paths(file, &error);
	assert_non_null(c);
	assert_int_equal(error.len, 0);
	buf_free(&error);
	assert_string_equal(c->socket, "/run/x");
	assert_null(c->policy);
	conf_free(c);
	drop("peers.d/a.conf");
	drop("peers.d/b.conf");
	drop("peers.d/b.conf~");
	drop("peers.d/.hidden.conf");
	drop_peers_dir();
}

static void
test_allow(void **state)
{
	char text[2048], expect[4096], *p = text, *q = expect;
	int i;

	(void)state;
	put("w.txt",
	    "192.0.2.0/24 permit\n192.0.2.1/24\n\n # none\n"
	    "192.0.2.0/24 reject\n  1.2.3.4 PERMIT # so\n"
	    "192.0.2.0/24 permit now\nmail.example\n"
	    "2001:db8::1/64\n::ffff:192.0.2.1");
	bad(NODE "allow { files = {w.txt} }",
	    "w.txt:2: '192.0.2.1/24' has host bits set: write 192.0.2.0/24, "
	    "or the one address\n"
	    "w.txt:5: 'reject' after the prefix: only permit can stand there\n"
	    "w.txt:7: 'now' after permit: one prefix a line\n"
	    "w.txt:8: 'mail.example' is not an address or prefix (such as "
	    "192.0.2.0/24 or 2001:db8::/32)\n"
	    "w.txt:9: '2001:db8::1/64' has host bits set: write "
	    "2001:db8::/64, or the one address\n");
	for (i = 1; i <= 25; i++) {
		p += line_put(p, "x\n", 0);
		if (i <= 20)
			q += line_put(q,
			    "w.txt:%d: 'x' is not an address or prefix (such "
			    "as 192.0.2.0/24 or 2001:db8::/32)\n",
			    i);
	}
	line_put(q, "w.txt: 5 more lines are wrong\n", 0);
	put("w.txt", text);
	bad(NODE "allow { files = {w.txt} }", expect);
	put("w.txt", "");
	conf_free(good(NODE "allow { files = {w.txt} }"));
	drop("w.txt");
}

static bool
is_changed(const struct conf *c)
{
	uint64_t stamp, again;
	bool yes = conf_changed(c, &stamp);

	assert_int_equal(conf_changed(c, &again), yes);
	assert_true(stamp == again);
	return (yes);
}

/* What conf_changed() says after name was given the text. */
static bool
changed(const struct conf *c, const char *name, const char *text)
{
	put(name, text);
	return (is_changed(c));
}

static void
test_changed(void **state)
{
	struct conf *c;

	(void)state;
	make_peers_dir();
	put("w.txt", "192.0.2.0/24\n");
	put("peers.d/b.conf", "peer b { id = @2 }");
	c = good(NODE "allow { files = {w.txt} }");
	assert_false(is_changed(c));
	assert_true(changed(c, "w.txt", "192.0.2.0/25\n192.0.2.128/25\n"));
	conf_free(c);
	c = good(NODE "allow { files = {w.txt} }");
	assert_false(is_changed(c));
	assert_true(changed(c, "peers.d/b.conf", "peer bb { id = @2 }"));
	conf_free(c);
	c = good(NODE "allow { files = {w.txt} }");
	drop("peers.d/b.conf");
	assert_true(is_changed(c));
	conf_free(c);
	c = good(NODE "allow { files = {w.txt} }");
	drop("w.txt");
	assert_true(is_changed(c));
	conf_free(c);
	drop_peers_dir();
	c = good(NODE);
	assert_false(is_changed(c));
	conf_free(c);
}

static void
test_many(void **state)
{
	char text[4096] = NODE, expect[8192] = "", *q = expect;
	char *p = text + strlen(text);
	int i;

	(void)state;
	for (i = 0; i < 50; i++) {
		p += line_put(p, "list l%d { categories = ", i);
		p += line_put(p, "w }\n", 0);
		if (i < 40)
			q += line_put(q,
			    "virbl.conf:%d: unknown category 'w': there are "
			    "worm, malware, spam, phish, bruteforce, scan, "
			    "exploit, test\n",
			    i + 2);
	}
	line_put(q, "virbl.conf: %d more problems\n", 10);
	bad(text, expect);
}

static void
test_missing(void **state)
{
	struct buf error;
	struct conf *c;

	(void)state;
	drop("virbl.conf");
	buf_init(&error, 4096);
	c = conf_load(file, NULL, &error);
	assert_null(c);
	assert_non_null(strstr(buf_string(&error),
	    "virbl.conf: No such file or directory: make one with 'virbl "
	    "init', or name it with -c\n"));
	buf_free(&error);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_example),
	    cmocka_unit_test(test_exports),
	    cmocka_unit_test(test_defaults),
	    cmocka_unit_test(test_syntax),
	    cmocka_unit_test(test_mistakes),
	    cmocka_unit_test(test_peers_dir),
	    cmocka_unit_test(test_allow),
	    cmocka_unit_test(test_changed),
	    cmocka_unit_test(test_many),
	    cmocka_unit_test(test_missing),
	};
	uint8_t seed[KEY_SEED] = {0};
	struct key key;
	size_t i;
	int rc;

	for (i = 0; i < LEN(ids); i++) {
		seed[0] = (uint8_t)(i + 1);
		key_from_seed(&key, seed);
		memcpy(keys[i], key.public, KEY_BYTES);
		nodeid_format(key.public, ids[i]);
	}
	if (mkdtemp(dir) == NULL)
		return (1);
	snprintf(file, sizeof(file), "%s/virbl.conf", dir);
	rc = cmocka_run_group_tests(tests, NULL, NULL);
	drop("virbl.conf");
	rmdir(dir);
	return (rc);
}
