/* The parts around a DNS answer: TCP framing, who is heard, the self-check. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <arpa/inet.h>
#include <cmocka.h>
#include <netinet/in.h>

#include "base/mem.h"
#include "base/text.h"
#include "form/dns_stream.h"
#include "shell/dnsgate.h"
#include "view/dns_answer.h"
#include "view/dns_probe.h"

#define NOW 1790000000u

/* ---- TCP framing ---- */

static size_t
echo(void *arg, const uint8_t *query, size_t len, uint8_t *out)
{
	(*(size_t *)arg)++;
	if (len == 0)
		return (0);
	if (query[0] == 'L') {
		memset(out, 'l', DNS_STREAM_REPLY);
		return (DNS_STREAM_REPLY);
	}
	memcpy(out, query, len);
	return (len);
}

static void
feed(struct dns_stream *s, const char *bytes, size_t n)
{
	uint8_t *p;

	assert_true(dns_stream_room(s, &p) >= n);
	memcpy(p, bytes, n);
	dns_stream_input(s, n);
}

static void
output(struct dns_stream *s, const char *bytes, size_t n)
{
	const uint8_t *p;

	assert_int_equal(dns_stream_output(s, &p), n);
	assert_memory_equal(p, bytes, n);
	dns_stream_sent(s, n);
}

static void
test_stream(void **state)
{
	struct dns_stream *s = dns_stream_new();
	const uint8_t *out;
	size_t n = 0;

	(void)state;
	assert_int_equal(dns_stream_answer(s, echo, &n), 0);
	/* Byte by byte; two at once and the beginning of a third. */
	feed(s, "\0", 1);
	assert_int_equal(dns_stream_answer(s, echo, &n), 0);
	feed(s, "\2a", 2);
	assert_int_equal(dns_stream_answer(s, echo, &n), 0);
	feed(s, "b\0\1c\0\3de", 8);
	assert_int_equal(dns_stream_answer(s, echo, &n), 2);
	output(s, "\0\2ab\0\1c", 7);
	feed(s, "f", 1);
	assert_int_equal(dns_stream_answer(s, echo, &n), 1);
	output(s, "\0\3def", 5);
	/* Replies that are not taken hold up what follows. */
	feed(s, "\0\1L\0\1L\0\1L", 9);
	assert_int_equal(dns_stream_answer(s, echo, &n), 2);
	assert_int_equal(dns_stream_answer(s, echo, &n), 0);
	assert_int_equal(dns_stream_output(s, &out), 2 * (2 + 8192));
	dns_stream_sent(s, 2 + 8192);
	assert_int_equal(dns_stream_answer(s, echo, &n), 0);
	dns_stream_sent(s, 2 + 8192);
	assert_int_equal(dns_stream_answer(s, echo, &n), 1);
	dns_stream_sent(s, 2 + 8192);
	assert_int_equal(n, 6);
	/* What stands before an end is answered. */
	feed(s, "\0\1a\0\0\0\1b", 8);
	assert_int_equal(dns_stream_answer(s, echo, &n), -1);
	output(s, "\0\1a", 3);
	dns_stream_free(s);

	s = dns_stream_new();
	feed(s, "\x10\x01", 2); /* 4097 */
	assert_int_equal(dns_stream_answer(s, echo, &n), -1);
	dns_stream_free(s);
	dns_stream_free(NULL);
}

/* ---- Who is heard ---- */

static enum dnsgate_verdict
check(struct dnsgate *g, const char *from, bool tcp, int64_t ms)
{
	struct sockaddr_storage sa;
	struct sockaddr_in *in4 = (void *)&sa;
	struct sockaddr_in6 *in6 = (void *)&sa;

	memset(&sa, 0, sizeof(sa));
	if (inet_pton(AF_INET, from, &in4->sin_addr) == 1)
		sa.ss_family = AF_INET;
	else if (inet_pton(AF_INET6, from, &in6->sin6_addr) == 1)
		sa.ss_family = AF_INET6;
	return (dnsgate_check(g, &sa, tcp, (struct mono){ms}));
}

static struct dnsgate *
gate(const char *const *prefixes, size_t n, uint32_t rate)
{
	struct prefix acl[16];
	size_t i;

	for (i = 0; i < n; i++)
		assert_int_equal(prefix_parse(prefixes[i], &acl[i]), 0);
	return (dnsgate_new(acl, n, rate));
}

static void
test_acl(void **state)
{
	static const char *const prefixes[] = {"192.0.2.0/25", "10.0.0.0/8",
	    "10.1.0.0/16", "192.0.2.0/24", "::1/128", "2001:db8::/33",
	    "198.51.100.7/32", "255.255.255.255/32"};
	static const char *const in[] = {"192.0.2.0", "192.0.2.255",
	    "10.255.255.255", "10.1.2.3", "::1",
	    "2001:db8::", "2001:db8:7fff:ffff:ffff:ffff:ffff:ffff",
	    "198.51.100.7", "::ffff:192.0.2.9", "255.255.255.255"};
	static const char *const out[] = {"192.0.1.255", "192.0.3.0",
	    "11.0.0.0", "9.255.255.255", "::2",
	    "::", "2001:db8:8000::", "198.51.100.6", "198.51.100.8",
	    "::ffff:192.0.3.9", "c000:200::1", "0.0.0.0", "0.0.0.1"};
	static const char *const all[] = {"::/0"};
	struct dnsgate *g = gate(prefixes, 8, 0);
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(in) / sizeof(in[0]); i++)
		assert_int_equal(check(g, in[i], false, 0), DNSGATE_PASS);
	for (i = 0; i < sizeof(out) / sizeof(out[0]); i++)
		assert_int_equal(check(g, out[i], false, 0), DNSGATE_REFUSE);
	dnsgate_free(g);
	g = gate(all, 1, 0);
	assert_int_equal(check(g, "2001:db8::1", false, 0), DNSGATE_PASS);
	assert_int_equal(check(g, "192.0.2.1", false, 0), DNSGATE_REFUSE);
	assert_int_equal(check(g, "::ffff:192.0.2.1", false, 0),
	    DNSGATE_REFUSE);
	dnsgate_free(g);
	g = dnsgate_new(NULL, 0, 0);
	assert_int_equal(check(g, "192.0.2.1", false, 0), DNSGATE_PASS);
	dnsgate_free(g);
}

static void
test_rate(void **state)
{
	struct dnsgate *g = dnsgate_new(NULL, 0, 10);
	unsigned count[4] = {0}, i;

	(void)state;
	/* A second's worth at once, then one each tenth of a second. */
	for (i = 0; i < 30; i++)
		count[check(g, i % 2 == 0 ? "192.0.2.1" : "192.0.2.254", false,
		    5000)]++;
	assert_int_equal(count[DNSGATE_PASS], 10);
	assert_int_equal(count[DNSGATE_TCP], 10);
	assert_int_equal(count[DNSGATE_DROP], 10);
	assert_int_not_equal(check(g, "192.0.2.1", false, 5099), DNSGATE_PASS);
	assert_int_equal(check(g, "192.0.2.1", false, 5100), DNSGATE_PASS);
	assert_int_not_equal(check(g, "192.0.2.1", false, 5100), DNSGATE_PASS);
	/* Others, and the same by TCP, are not concerned. */
	assert_int_equal(check(g, "192.0.3.1", false, 5100), DNSGATE_PASS);
	assert_int_equal(check(g, "192.0.2.1", true, 5100), DNSGATE_PASS);
	/* TCP cannot be told to come by TCP. */
	for (i = 0; i < 9; i++)
		assert_int_equal(check(g, "192.0.2.1", true, 5100),
		    DNSGATE_PASS);
	for (i = 0; i < 9; i++)
		assert_int_equal(check(g, "192.0.2.1", true, 5100),
		    DNSGATE_DROP);
	/* A /56 is one client; its neighbour is another. */
	for (i = 0; i < 10; i++)
		assert_int_equal(check(g,
				     i % 2 == 0 ? "2001:db8::1" :
						  "2001:db8:0:ff::2",
				     false, 0),
		    DNSGATE_PASS);
	assert_int_not_equal(check(g, "2001:db8::3", false, 0), DNSGATE_PASS);
	assert_int_equal(check(g, "2001:db8:0:100::1", false, 0), DNSGATE_PASS);
	dnsgate_free(g);
	dnsgate_free(NULL);
}

/* ---- The self-check ---- */

#define LISTS 2

static struct listing *listings[LISTS];

/* The zones bl.example (both lists) and a long one (the second list). */
static void
zones_make(struct dns_zones *z, bool close, const char *other)
{
	static const uint8_t key[16] = {1};
	static char name[] = "bl.example";
	static char *const closed[] = {name};
	struct dns_zones_setup s = {.ttl = 300,
	    .negative = 60,
	    .contact = "",
	    .version = "",
	    .closed = closed,
	    .nclosed = close};
	struct policy *p = policy_new();
	size_t i;

	for (i = 0; i < LISTS; i++) {
		struct policy_list l = {.window = 1,
		    .threshold = 1,
		    .cap = 1,
		    .groups = 1,
		    .hold = 1,
		    .categories = (uint16_t)(2u << i),
		    .code = (uint32_t)(0x7f000002 + i)};

		snprintf(l.name, sizeof(l.name), "l%zu", i);
		text_copy(l.zone, sizeof(l.zone),
		    i == 0 ? "bl.example" : other);
		assert_null(policy_list_add(p, &l));
		listings[i] = listing_new(key);
	}
	dns_zones_build(z, p, listings, &s);
	policy_free(p);
}

static void
zones_end(void)
{
	size_t i;

	for (i = 0; i < LISTS; i++)
		listing_free(listings[i]);
}

static const char *
judged(const struct dns_zones *z, const struct dns_zone *zone, unsigned point,
    enum dns_manner manner)
{
	struct dns_asked a = {.zones = z,
	    .now = NOW,
	    .cap = 1232,
	    .manner = manner};
	uint8_t query[DNS_PROBE], reply[1232];
	size_t len = dns_probe_query(zone, point, 0xabcd, query), n;

	assert_int_not_equal(len, 0);
	n = dns_answer(&a, query, len, reply);
	assert_int_not_equal(n, 0);
	assert_string_equal(dns_probe_judge(zone, point, query, reply, 11), "");
	assert_string_equal(dns_probe_judge(zone, point, query, reply, 0), "");
	return (dns_probe_judge(zone, point, query, reply, n));
}

static void
test_probe(void **state)
{
	struct dns_zones z, other;
	struct dns_zone zone;
	unsigned i;

	(void)state;
	zones_make(&z, false, "bl.example");
	zone = z.zones[0];
	for (i = 0; i < DNS_PROBES; i++) {
		assert_null(judged(&z, &zone, i, DNS_OPEN));
		assert_non_null(judged(&z, &zone, i, DNS_FAILING));
		assert_non_null(judged(&z, &zone, i, DNS_REFUSING));
	}
	/* The server has another idea of the codes, or of what is open. */
	zone.lists[1].code = 0x7f000009;
	for (i = 0; i < DNS_PROBES; i++)
		assert_int_equal(judged(&z, &zone, i, DNS_OPEN) == NULL,
		    i % 2 == 1);
	zone = z.zones[0];
	zone.nlists = 1;
	assert_non_null(judged(&z, &zone, 0, DNS_OPEN));
	zones_end();
	zones_make(&other, true, "bl.example");
	for (i = 0; i < DNS_PROBES; i++) {
		assert_null(judged(&other, &other.zones[0], i, DNS_OPEN));
		assert_int_equal(judged(&other, &z.zones[0], i, DNS_OPEN) ==
			NULL,
		    i % 2 == 1);
	}
	zones_end();
}

/* A reply to another question is passed over; a listed 127.0.0.1 is not. */
static void
test_probe_wrong(void **state)
{
	uint8_t query[DNS_PROBE], reply[DNS_PROBE + 16];
	struct dns_zones z;
	const struct dns_zone *zone = &z.zones[0];
	size_t len;

	(void)state;
	zones_make(&z, false, "bl.example");
	len = dns_probe_query(zone, 1, 0xabcd, query);
	memcpy(reply, query, len);
	memcpy(reply + len, "\xc0\x0c\0\1\0\1\0\0\1\0\0\4\x7f\0\0\2", 16);
	reply[7] = 1;
	assert_string_equal(dns_probe_judge(zone, 1, query, reply, len + 16),
	    "");
	reply[2] = 0x84;
	assert_string_not_equal(dns_probe_judge(zone, 1, query, reply,
				    len + 16),
	    "");
	reply[0]++;
	assert_string_equal(dns_probe_judge(zone, 1, query, reply, len + 16),
	    "");
	/* The same as a reply for 127.0.0.2: one code is missing. */
	len = dns_probe_query(zone, 0, 0xabcd, query);
	memcpy(reply, query, len);
	reply[2] = 0x84;
	reply[7] = 1;
	assert_non_null(dns_probe_judge(zone, 0, query, reply, len + 16));
	assert_non_null(dns_probe_judge(zone, 0, query, reply, len + 15));
	zones_end();
}

/* Zones whose names leave no room for a test point are not asked for it. */
static void
test_probe_long(void **state)
{
	char name[254];
	uint8_t query[DNS_PROBE];
	struct dns_zones z;
	size_t i;

	(void)state;
	for (i = 0; i < 253; i++)
		name[i] = i % 50 == 49 ? '.' : 'x';
	name[253] = '\0';
	zones_make(&z, false, name + 10);
	assert_int_equal(z.n, 2);
	/* 244 + 1 bytes of zone, and 10 of 2.0.0.127. */
	assert_int_equal(dns_probe_query(&z.zones[1], 0, 1, query),
	    12 + 255 + 4);
	assert_int_equal(dns_probe_query(&z.zones[1], 2, 1, query), 0);
	zones_end();
	zones_make(&z, false, name + 9);
	assert_int_equal(dns_probe_query(&z.zones[1], 0, 1, query), 0);
	zones_end();
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_stream),
	    cmocka_unit_test(test_acl),
	    cmocka_unit_test(test_rate),
	    cmocka_unit_test(test_probe),
	    cmocka_unit_test(test_probe_wrong),
	    cmocka_unit_test(test_probe_long),
	};

	return (cmocka_run_group_tests(tests, NULL, NULL));
}
