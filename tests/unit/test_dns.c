/* DNS answers, decoded by ldns. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>
#include <ldns/ldns.h>

#include "base/mem.h"
#include "base/text.h"
#include "view/dns_answer.h"

#define NOW 1790000000u
#define LISTS 4
#define V6 UINT64_C(0x20010db800010002)
#define V6NAME "0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.2.0.0.0.1.0.0.0.8.b.d.0.1.0.0.2"
#define MAPPED(last) last ".0.0.0.f.7.f.f.f.f" ZEROS ZEROS ZEROS ZEROS ZEROS
#define ZEROS ".0.0.0.0"

static struct listing *listings[LISTS];
static struct dns_zones zones;
static struct dns_asked asked;
static uint8_t wire[65536];
static size_t wirelen;

static void
text(void *arg, const char *list, uint64_t subject, char out[DNS_STRING + 1])
{
	size_t len = *(size_t *)arg;

	assert_int_equal(subject, 0xc0000202);
	memset(out, list[0], len);
	out[len] = '\0';
}

static size_t textlen = 20;

static int
setup(void **state)
{
	static const uint8_t key[16] = {1};
	static const struct policy_list lists[LISTS] = {
	    {.name = "worm",
		.categories = 0x06,
		.code = 0x7f000002,
		.zone = "worm.bl.example"},
	    {.name = "abuse", .categories = 0x18, .code = 0x7f000003},
	    {.name = "spam",
		.categories = 0x60,
		.code = 0x7f000004,
		.zone = "spam.example"},
	    {.name = "any", .categories = 0x7e, .zone = "bl.example"},
	};
	static char old[] = "old.example", deep[] = "deep.er.bl.example";
	static char *const closed[] = {old, deep};
	struct dns_zones_setup s = {.ttl = 300,
	    .negative = 60,
	    .contact = "",
	    .ns = {"a.example", "b.example"},
	    .nns = 2,
	    .version = "9.9",
	    .closed = closed,
	    .nclosed = 2};
	struct policy *p = policy_new();
	size_t i;

	(void)state;
	for (i = 0; i < LISTS; i++) {
		struct policy_list l = lists[i];

		l.window = l.threshold = l.cap = l.groups = l.hold = 1;
		assert_null(policy_list_add(p, &l));
		listings[i] = listing_new(key);
	}
	/* .1 worm; .2 worm and abuse; .3 any alone; .4 expired */
	listing_set(listings[0], 0xc0000201, NOW + 1000, NOW);
	listing_set(listings[0], 0xc0000202, NOW + 200, NOW);
	listing_set(listings[1], 0xc0000202, NOW + 100, NOW);
	listing_set(listings[3], 0xc0000202, NOW + 200, NOW);
	listing_set(listings[3], 0xc0000203, NOW + 50, NOW);
	listing_set(listings[0], 0xc0000204, NOW + 1, NOW);
	listing_set(listings[0], V6, NOW + 1000, NOW);
	listing_set(listings[0], 0x7f000001, NOW + 1000, NOW);
	listing_set(listings[0], 0x02000002, NOW + 1000, NOW);
	dns_zones_build(&zones, p, listings, &s);
	policy_free(p);
	return (0);
}

static int
teardown(void **state)
{
	size_t i;

	(void)state;
	for (i = 0; i < LISTS; i++)
		listing_free(listings[i]);
	return (0);
}

/* Ask with what stands in ${asked}; NULL if nothing came. */
static ldns_pkt *
answer(const uint8_t *query, size_t len)
{
	ldns_pkt *pkt;
	size_t n;

	asked.zones = &zones;
	asked.text = text;
	asked.arg = &textlen;
	if (asked.now == 0)
		asked.now = NOW;
	if (asked.cap == 0)
		asked.cap = sizeof(wire);
	n = dns_answer(&asked, query, len, wire);
	wirelen = n;
	memset(&asked, 0, offsetof(struct dns_asked, result));
	if (n == 0)
		return (NULL);
	assert_int_equal(ldns_wire2pkt(&pkt, wire, n), LDNS_STATUS_OK);
	return (pkt);
}

/* Ask for ${name}; ${edns}: the size told, 0 none. */
static ldns_pkt *
ask_edns(const char *name, ldns_rr_type type, uint16_t edns)
{
	ldns_pkt *q, *reply;
	uint8_t *bytes;
	size_t len;

	assert_int_equal(ldns_pkt_query_new_frm_str(&q, name, type,
			     LDNS_RR_CLASS_IN, LDNS_RD),
	    LDNS_STATUS_OK);
	ldns_pkt_set_id(q, 4711);
	if (edns != 0)
		ldns_pkt_set_edns_udp_size(q, edns);
	assert_int_equal(ldns_pkt2wire(&bytes, q, &len), LDNS_STATUS_OK);
	reply = answer(bytes, len);
	assert_non_null(reply);
	assert_int_equal(ldns_pkt_id(reply), 4711);
	assert_true(ldns_pkt_qr(reply));
	assert_true(ldns_pkt_rd(reply));
	assert_false(ldns_pkt_ra(reply));
	assert_int_equal(ldns_pkt_edns(reply), edns != 0);
	/* The question comes back as it was asked, letter by letter. */
	assert_memory_equal(bytes + 12, wire + 12,
	    len - 12 - (edns != 0 ? 11 : 0));
	LDNS_FREE(bytes);
	ldns_pkt_free(q);
	return (reply);
}

static ldns_pkt *
ask(const char *name, ldns_rr_type type)
{
	return (ask_edns(name, type, 0));
}

/* Check what ${name} has: "127.0.0.2 127.0.0.3". */
static void
listed(const char *name, const char *codes, uint32_t ttl)
{
	ldns_pkt *p = ask(name, LDNS_RR_TYPE_A);
	const ldns_rr_list *l = ldns_pkt_answer(p);
	char got[256] = "", *one;
	size_t i;

	assert_int_equal(ldns_pkt_get_rcode(p), LDNS_RCODE_NOERROR);
	assert_true(ldns_pkt_aa(p));
	assert_false(ldns_pkt_tc(p));
	assert_int_equal(ldns_pkt_nscount(p), 0);
	for (i = 0; i < ldns_rr_list_rr_count(l); i++) {
		const ldns_rr *rr = ldns_rr_list_rr(l, i);

		assert_int_equal(ldns_rr_ttl(rr), ttl);
		assert_int_equal(ldns_rr_get_type(rr), LDNS_RR_TYPE_A);
		one = ldns_rdf2str(ldns_rr_rdf(rr, 0));
		snprintf(got + strlen(got), sizeof(got) - strlen(got), "%s%s",
		    i > 0 ? " " : "", one);
		LDNS_FREE(one);
	}
	assert_string_equal(got, codes);
	assert_int_equal(asked.result, DNS_LISTED);
	ldns_pkt_free(p);
}

/* Check that there is nothing, and a SOA of ${zone} says so for ${ttl}. */
static void
nothing_for(uint32_t ttl, const char *name, ldns_rr_type type, int rcode,
    const char *zone)
{
	ldns_pkt *p = ask(name, type);
	ldns_rr *soa;
	char *owner;

	if (ldns_pkt_get_rcode(p) != (ldns_pkt_rcode)rcode)
		fail_msg("%s: rcode %d, not %d", name,
		    (int)ldns_pkt_get_rcode(p), rcode);
	assert_true(ldns_pkt_aa(p));
	assert_int_equal(ldns_pkt_ancount(p), 0);
	assert_int_equal(ldns_pkt_nscount(p), 1);
	soa = ldns_rr_list_rr(ldns_pkt_authority(p), 0);
	assert_int_equal(ldns_rr_get_type(soa), LDNS_RR_TYPE_SOA);
	if (ldns_rr_ttl(soa) != ttl)
		fail_msg("%s: TTL %u", name, (unsigned)ldns_rr_ttl(soa));
	assert_int_equal(ldns_rr_rd_count(soa), 7);
	assert_int_equal(ldns_rdf2native_int32(ldns_rr_rdf(soa, 6)), 60);
	owner = ldns_rdf2str(ldns_rr_owner(soa));
	assert_string_equal(owner, zone);
	LDNS_FREE(owner);
	ldns_pkt_free(p);
}

static void
nothing(const char *name, ldns_rr_type type, int rcode, const char *zone)
{
	nothing_for(60, name, type, rcode, zone);
}

static void
refused(const char *name, ldns_rr_type type)
{
	ldns_pkt *p = ask(name, type);

	assert_int_equal(ldns_pkt_get_rcode(p), LDNS_RCODE_REFUSED);
	assert_int_equal(ldns_pkt_ancount(p), 0);
	assert_int_equal(ldns_pkt_nscount(p), 0);
	assert_false(ldns_pkt_aa(p));
	assert_null(asked.zone);
	ldns_pkt_free(p);
}

#define WORM ".worm.bl.example."

static void
test_listed(void **state)
{
	(void)state;
	listed("1.2.0.192" WORM, "127.0.0.2", 300);
	listed("1.2.0.192.wOrM.Bl.ExAmPlE.", "127.0.0.2", 300);
	listed("2.2.0.192" WORM, "127.0.0.2", 200);
	listed(V6NAME WORM, "127.0.0.2", 300);
	/* The same /64, other host; capitals. */
	listed("f.E.f.f.f.f.f.f.f.f.f.f.f.f.f.f.2.0.0.0.1.0.0.0.8.B.D.0.1.0.0."
	       "2" WORM,
	    "127.0.0.2", 300);
	/* An IPv4 address in IPv6 clothes is that address. */
	listed("1.0.2.0.0.0.0.c.f.f.f.f.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0."
	       "0" WORM,
	    "127.0.0.2", 300);
}

static void
test_combined(void **state)
{
	ldns_pkt *p;

	(void)state;
	listed("1.2.0.192.bl.example.", "127.0.0.2", 300);
	listed("2.2.0.192.bl.example.", "127.0.0.2 127.0.0.3", 100);
	/* Listed by all together only. */
	listed("3.2.0.192.bl.example.", "127.0.0.2", 50);
	nothing("3.2.0.192" WORM, LDNS_RR_TYPE_A, LDNS_RCODE_NXDOMAIN,
	    "worm.bl.example.");
	p = ask("2.2.0.192.bl.example.", LDNS_RR_TYPE_ANY);
	assert_int_equal(ldns_pkt_ancount(p), 2);
	ldns_pkt_free(p);
}

static void
test_ttl(void **state)
{
	(void)state;
	asked.now = NOW + 199;
	listed("2.2.0.192" WORM, "127.0.0.2", 1);
	asked.now = NOW + 200;
	nothing("2.2.0.192" WORM, LDNS_RR_TYPE_A, LDNS_RCODE_NXDOMAIN,
	    "worm.bl.example.");
	asked.now = NOW + 701;
	listed("1.2.0.192" WORM, "127.0.0.2", 299);
}

static void
test_points(void **state)
{
	static const char *const zone[] = {"worm.bl.example.", "spam.example."};
	static const char *const code[] = {"127.0.0.2", "127.0.0.4"};
	char name[200];
	size_t i;

	(void)state;
	for (i = 0; i < 2; i++) {
		snprintf(name, sizeof(name), "2.0.0.127.%s", zone[i]);
		listed(name, code[i], 300);
		snprintf(name, sizeof(name), "%s.%s", MAPPED("2.0.0"), zone[i]);
		listed(name, code[i], 300);
		/* Even though the index has it. */
		snprintf(name, sizeof(name), "1.0.0.127.%s", zone[i]);
		nothing(name, LDNS_RR_TYPE_A, LDNS_RCODE_NXDOMAIN, zone[i]);
		snprintf(name, sizeof(name), "%s.%s", MAPPED("1.0.0"), zone[i]);
		nothing(name, LDNS_RR_TYPE_A, LDNS_RCODE_NXDOMAIN, zone[i]);
	}
	listed("2.0.0.127.bl.example.", "127.0.0.2 127.0.0.3 127.0.0.4", 300);
}

static void
test_nothing(void **state)
{
	static const char *const no[] = {"9.2.0.192", "01.2.0.192", "1.2.0.256",
	    "1.2.0.1920", "1.1.2.0.192", "x.2.0.192", "256", "00", "x", "1-1",
	    "www.1.2.0.192", ("0." V6NAME), "g.0.0.2", "10.0.0.2.2",
	    /* :: and what else has no subject */
	    "0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0",
	    "0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.1.0.2.0.0.0.0.c.0.0.0.0.0.0.0.0",
	    "40.3.2.1", "4.2.0.193"};
	char name[300];
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(no) / sizeof(no[0]); i++) {
		snprintf(name, sizeof(name), "%s%s", no[i], WORM);
		nothing(name, LDNS_RR_TYPE_A, LDNS_RCODE_NXDOMAIN,
		    "worm.bl.example.");
	}
	nothing("9.2.0.192" WORM, LDNS_RR_TYPE_TXT, LDNS_RCODE_NXDOMAIN,
	    "worm.bl.example.");
}

static void
test_between(void **state)
{
	const char *labels = V6NAME;
	char name[300];
	size_t i;

	(void)state;
	for (i = 2; i < strlen(V6NAME); i += 2) {
		snprintf(name, sizeof(name), "%s%s", labels + i, WORM);
		nothing(name, LDNS_RR_TYPE_A, LDNS_RCODE_NOERROR,
		    "worm.bl.example.");
	}
	nothing("192" WORM, LDNS_RR_TYPE_A, 0, "worm.bl.example.");
	nothing("0.192" WORM, LDNS_RR_TYPE_TXT, 0, "worm.bl.example.");
	nothing("2.0.192" WORM, LDNS_RR_TYPE_NS, 0, "worm.bl.example.");
	/* Above ::ffff:7f00:2. */
	nothing("0.0.0.0" WORM, LDNS_RR_TYPE_A, 0, "worm.bl.example.");
	/* 2.0.0.1 is not listed, but above 2001::/16; 2.0.0.2 is. */
	nothing("1.0.0.2" WORM, LDNS_RR_TYPE_A, 0, "worm.bl.example.");
	listed("2.0.0.2" WORM, "127.0.0.2", 300);
	/* There, but not of this type. */
	nothing("1.2.0.192" WORM, LDNS_RR_TYPE_AAAA, 0, "worm.bl.example.");
	nothing("1.2.0.192" WORM, LDNS_RR_TYPE_MX, 0, "worm.bl.example.");
	nothing("worm.bl.example.", LDNS_RR_TYPE_A, 0, "worm.bl.example.");
	assert_int_equal(asked.result, DNS_NODATA);
}

/* Above nothing there is nothing; it is denied for a second only. */
static void
test_above_nothing(void **state)
{
	static const char *const no[] = {"193", "0.193", "3.0.192", "9", "1",
	    "255.255.255", "126", "3", "a", "1.0.0.4", "4.3.2.1",
	    /* 2001:db8:1:: to the third nibble, then another one */
	    "e.0.0.2", "3.0.0.0.1.0.0.0.8.b.d.0.1.0.0.2",
	    /* a /64 that is not listed, half of an address in it */
	    "0.0.3.0.0.0.1.0.0.0.8.b.d.0.1.0.0.2",
	    "1.0.0.0.0.0.0.0.0.0.0.0.0.0.0.3.0.0.0.1.0.0.0.8.b.d.0.1.0.0.2",
	    /* ::1, which is below no subject; beside ::ffff: */
	    "1" ZEROS ZEROS ZEROS, "e.f.f.f" ZEROS ZEROS ZEROS ZEROS ZEROS,
	    "0.f.f.f.f" ZEROS ZEROS ZEROS ZEROS ".0.0.0",
	    /* ::ffff:193.0, ::ffff:192.0.3 */
	    "0.0.1.c.f.f.f.f" ZEROS ZEROS ZEROS ZEROS ZEROS,
	    "3.0.0.0.0.c.f.f.f.f" ZEROS ZEROS ZEROS ZEROS ZEROS};
	static const char *const yes[] = {"192", "0.192", "2.0.192", "127",
	    "0.127", "0.0.127", "2", "0", "0.0",
	    "2.0.0.0.1.0.0.0.8.b.d.0.1.0."
	    "0.2",
	    "f.2.0.0.0.1.0.0.0.8.b.d.0.1.0.0.2",
	    "e.f.2.0.0.0.1.0.0.0.8.b.d.0.1.0.0.2",
	    "f" ZEROS ZEROS ZEROS ZEROS ZEROS,
	    "f.f.f.f" ZEROS ZEROS ZEROS ZEROS ZEROS,
	    "c.f.f.f.f" ZEROS ZEROS ZEROS ZEROS ZEROS,
	    "0.c.f.f.f.f" ZEROS ZEROS ZEROS ZEROS ZEROS,
	    "2.0.0.0.0.c.f.f.f.f" ZEROS ZEROS ZEROS ZEROS ZEROS,
	    "0.2.0.0.0.0.c.f.f.f.f" ZEROS ZEROS ZEROS ZEROS ZEROS,
	    "0.0.f.7.f.f.f.f" ZEROS ZEROS ZEROS ZEROS ZEROS};
	char name[300];
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(no) / sizeof(no[0]); i++) {
		snprintf(name, sizeof(name), "%s%s", no[i], WORM);
		nothing_for(1, name, LDNS_RR_TYPE_A, LDNS_RCODE_NXDOMAIN,
		    "worm.bl.example.");
	}
	for (i = 0; i < sizeof(yes) / sizeof(yes[0]); i++) {
		snprintf(name, sizeof(name), "%s%s", yes[i], WORM);
		nothing(name, LDNS_RR_TYPE_A, LDNS_RCODE_NOERROR,
		    "worm.bl.example.");
	}
	/* Another zone is there too. */
	nothing("er.bl.example.", LDNS_RR_TYPE_A, 0, "bl.example.");
	nothing("eR.bl.example.", LDNS_RR_TYPE_NS, 0, "bl.example.");
	nothing("err.bl.example.", LDNS_RR_TYPE_A, LDNS_RCODE_NXDOMAIN,
	    "bl.example.");
	nothing("x.er.bl.example.", LDNS_RR_TYPE_A, LDNS_RCODE_NXDOMAIN,
	    "bl.example.");
}

/* A zone that is shut down answers, and lists nothing at all. */
static void
test_closed(void **state)
{
	static const char *const names[] = {"2.0.0.127", "1.0.0.127",
	    "1.2.0.192", "192", "127"};
	char name[300];
	size_t i;
	ldns_pkt *p;

	(void)state;
	for (i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		snprintf(name, sizeof(name), "%s.old.example.", names[i]);
		nothing(name, LDNS_RR_TYPE_A, LDNS_RCODE_NXDOMAIN,
		    "old.example.");
		nothing(name, LDNS_RR_TYPE_TXT, LDNS_RCODE_NXDOMAIN,
		    "old.example.");
	}
	nothing("old.example.", LDNS_RR_TYPE_A, 0, "old.example.");
	p = ask("old.example.", LDNS_RR_TYPE_NS);
	assert_int_equal(ldns_pkt_ancount(p), 2);
	ldns_pkt_free(p);
}

/* What becomes of a listed address under ${manner}. */
static int
treated(enum dns_manner manner, const char *name, enum dns_result result)
{
	ldns_pkt *p;
	int rcode;

	asked.manner = manner;
	p = ask(name, LDNS_RR_TYPE_A);
	rcode = (int)ldns_pkt_get_rcode(p);
	assert_int_equal(asked.result, result);
	assert_int_equal(ldns_pkt_ancount(p), 0);
	assert_int_equal(ldns_pkt_tc(p), manner == DNS_TO_TCP);
	ldns_pkt_free(p);
	return (rcode);
}

static void
test_manners(void **state)
{
	ldns_pkt *p;

	(void)state;
	assert_int_equal(treated(DNS_REFUSING, "1.2.0.192" WORM, DNS_DENIED),
	    LDNS_RCODE_REFUSED);
	assert_int_equal(treated(DNS_REFUSING, "worm.bl.example.", DNS_DENIED),
	    LDNS_RCODE_REFUSED);
	assert_int_equal(treated(DNS_TO_TCP, "1.2.0.192" WORM, DNS_TRUNCATED),
	    LDNS_RCODE_NOERROR);
	assert_int_equal(treated(DNS_FAILING, "1.2.0.192" WORM, DNS_FAILED),
	    LDNS_RCODE_SERVFAIL);
	assert_int_equal(treated(DNS_FAILING, "2.0.0.127" WORM, DNS_FAILED),
	    LDNS_RCODE_SERVFAIL);
	assert_int_equal(treated(DNS_FAILING, "9.2.0.192" WORM, DNS_FAILED),
	    LDNS_RCODE_SERVFAIL);
	assert_int_equal(treated(DNS_FAILING, "example.", DNS_DENIED),
	    LDNS_RCODE_REFUSED);
	asked.manner = DNS_FAILING;
	p = ask("bl.example.", LDNS_RR_TYPE_SOA);
	assert_int_equal(ldns_pkt_ancount(p), 1);
	ldns_pkt_free(p);
}

static void
test_apex(void **state)
{
	ldns_pkt *p = ask("bl.example.", LDNS_RR_TYPE_SOA);
	char *s;

	(void)state;
	assert_int_equal(ldns_pkt_ancount(p), 1);
	s = ldns_rr2str(ldns_rr_list_rr(ldns_pkt_answer(p), 0));
	assert_string_equal(s,
	    "bl.example.\t60\tIN\tSOA\ta.example. hostmaster.bl.example. "
	    "1790000000 3600 900 604800 60\n");
	LDNS_FREE(s);
	ldns_pkt_free(p);
	p = ask("bl.example.", LDNS_RR_TYPE_NS);
	assert_int_equal(ldns_pkt_ancount(p), 2);
	s = ldns_rr2str(ldns_rr_list_rr(ldns_pkt_answer(p), 1));
	assert_string_equal(s, "bl.example.\t300\tIN\tNS\tb.example.\n");
	LDNS_FREE(s);
	ldns_pkt_free(p);
	p = ask("bl.example.", LDNS_RR_TYPE_ANY);
	assert_int_equal(ldns_pkt_ancount(p), 1);
	ldns_pkt_free(p);
}

static void
test_refused(void **state)
{
	(void)state;
	refused("example.", LDNS_RR_TYPE_A);
	refused(".", LDNS_RR_TYPE_NS);
	refused("1.2.0.192.xworm.example.", LDNS_RR_TYPE_A);
	refused("2.0.0.127.notspam.example.", LDNS_RR_TYPE_A);
	refused("2.0.0.127.spam.example.net.", LDNS_RR_TYPE_A);
	refused("bl.example.", LDNS_RR_TYPE_AXFR);
}

static void
test_edns(void **state)
{
	ldns_pkt *p;

	(void)state;
	p = ask_edns("1.2.0.192" WORM, LDNS_RR_TYPE_A, 4096);
	assert_int_equal(ldns_pkt_edns_udp_size(p), DNS_UDP);
	assert_int_equal(ldns_pkt_ancount(p), 1);
	ldns_pkt_free(p);
	/* DO comes back, other flags do not. */
	asked.tcp = true;
	p = answer((const uint8_t *)"\1\2\1\0\0\1\0\0\0\0\0\1\2bl\7example\0"
				    "\0\6\0\1\0\0\x29\4\xd0\0\0\xff\xff\0\0",
	    12 + 16 + 11);
	assert_non_null(p);
	assert_true(ldns_pkt_edns_do(p));
	assert_int_equal(ldns_pkt_edns_z(p) & 0x7fff, 0);
	assert_int_equal(ldns_pkt_ancount(p), 1);
	ldns_pkt_free(p);
	/* Two texts of 250 do not fit into 512. */
	textlen = 250;
	p = ask("2.2.0.192.bl.example.", LDNS_RR_TYPE_TXT);
	assert_true(ldns_pkt_tc(p));
	assert_int_equal(ldns_pkt_ancount(p), 0);
	assert_true(wirelen <= 512);
	ldns_pkt_free(p);
	p = ask_edns("2.2.0.192.bl.example.", LDNS_RR_TYPE_TXT, 100);
	assert_true(ldns_pkt_tc(p));
	ldns_pkt_free(p);
	p = ask_edns("2.2.0.192.bl.example.", LDNS_RR_TYPE_TXT, 1232);
	assert_false(ldns_pkt_tc(p));
	assert_int_equal(ldns_pkt_ancount(p), 2);
	ldns_pkt_free(p);
	asked.tcp = true;
	p = ask("2.2.0.192.bl.example.", LDNS_RR_TYPE_TXT);
	assert_int_equal(ldns_pkt_ancount(p), 2);
	assert_int_equal(ldns_rr_ttl(ldns_rr_list_rr(ldns_pkt_answer(p), 0)),
	    100);
	ldns_pkt_free(p);
	textlen = 20;
}

#define QNAME "\3www\2bl\7example"

/* Ask ${bytes}; return the rcode, -1 if nothing came. */
static int
raw(const char *bytes, size_t len)
{
	ldns_pkt *p = answer((const uint8_t *)bytes, len);
	int rcode;

	if (p == NULL)
		return (-1);
	rcode = (int)ldns_pkt_get_rcode(p);
	assert_int_equal(ldns_pkt_ancount(p), 0);
	if (asked.result == DNS_MALFORMED)
		assert_int_equal(ldns_pkt_nscount(p), 0);
	if (ldns_pkt_edns(p))
		rcode |= ldns_pkt_edns_extended_rcode(p) << 4;
	ldns_pkt_free(p);
	return (rcode);
}
#define RAW(s) raw(s, sizeof(s) - 1)

static void
test_malformed(void **state)
{
	static const char good[] =
	    "\1\2\1\0\0\1\0\0\0\0\0\0" QNAME "\0\0\1\0\1";
	size_t i;

	(void)state;
	assert_int_equal(raw(good, sizeof(good) - 1), LDNS_RCODE_NXDOMAIN);
	for (i = 0; i < 12; i++)
		assert_int_equal(raw(good, i), -1);
	assert_int_equal(asked.result, DNS_DROPPED);
	for (; i < sizeof(good) - 1; i++)
		assert_int_equal(raw(good, i), LDNS_RCODE_FORMERR);
	assert_int_equal(asked.result, DNS_MALFORMED);
	/* Something behind it; a reply; other opcode; two questions, none. */
	assert_int_equal(raw(good, sizeof(good)), LDNS_RCODE_FORMERR);
	assert_int_equal(RAW("\1\2\x81\0\0\1\0\0\0\0\0\0" QNAME "\0\0\1\0\1"),
	    -1);
	assert_int_equal(RAW("\1\2\x28\0\0\1\0\0\0\0\0\0" QNAME "\0\0\6\0\1"),
	    LDNS_RCODE_NOTIMPL);
	assert_int_equal(RAW("\1\2\1\0\0\2\0\0\0\0\0\0" QNAME "\0\0\1\0\1"),
	    LDNS_RCODE_FORMERR);
	assert_int_equal(RAW("\1\2\1\0\0\0\0\0\0\0\0\0"), LDNS_RCODE_FORMERR);
	/* A pointer in the question; a label of 64. */
	assert_int_equal(RAW("\1\2\1\0\0\1\0\0\0\0\0\0\xc0\x0c\0\1\0\1"),
	    LDNS_RCODE_FORMERR);
	assert_int_equal(RAW("\1\2\1\0\0\1\0\0\0\0\0\0\x40www\0\0\1\0\1"),
	    LDNS_RCODE_FORMERR);
	/* EDNS 1; EDNS twice; OPT that is not at the root. */
	assert_int_equal(RAW("\1\2\1\0\0\1\0\0\0\0\0\1" QNAME "\0\0\1\0\1"
			     "\0\0\x29\4\xd0\0\1\0\0\0\0"),
	    16);
	assert_int_equal(RAW("\1\2\1\0\0\1\0\0\0\0\0\2" QNAME "\0\0\1\0\1"
			     "\0\0\x29\4\xd0\0\0\0\0\0\0"
			     "\0\0\x29\4\xd0\0\0\0\0\0\0"),
	    LDNS_RCODE_FORMERR);
	assert_int_equal(RAW("\1\2\1\0\0\1\0\0\0\0\0\1" QNAME "\0\0\1\0\1"
			     "\1x\0\0\x29\4\xd0\0\0\0\0\0\0"),
	    LDNS_RCODE_FORMERR);
}

#define CHAOS(name, type) "\1\2\1\0\0\1\0\0\0\0\0\0" name "\0\0" type "\0\3"

/* The version, if it is set and to those who ask for it. */
static void
test_chaos(void **state)
{
	static const char bind[] = CHAOS("\7VERSION\4bind", "\x10");
	static const char server[] = CHAOS("\7version\6server", "\x10");
	ldns_pkt *p;
	char *s;

	(void)state;
	p = answer((const uint8_t *)bind, sizeof(bind) - 1);
	assert_int_equal(ldns_pkt_ancount(p), 1);
	s = ldns_rr2str(ldns_rr_list_rr(ldns_pkt_answer(p), 0));
	assert_string_equal(s, "VERSION.bind.\t0\tCH\tTXT\t\"9.9\"\n");
	LDNS_FREE(s);
	ldns_pkt_free(p);
	assert_int_equal(asked.result, DNS_VERSION);
	p = answer((const uint8_t *)server, sizeof(server) - 1);
	assert_int_equal(ldns_pkt_ancount(p), 1);
	ldns_pkt_free(p);
	assert_int_equal(RAW(CHAOS("\7version\4bind", "\1")),
	    LDNS_RCODE_REFUSED);
	assert_int_equal(RAW(CHAOS("\7version\4bonk", "\x10")),
	    LDNS_RCODE_REFUSED);
	assert_int_equal(RAW(CHAOS("\2bl\7example", "\x10")),
	    LDNS_RCODE_REFUSED);
	assert_int_equal(RAW(CHAOS("", "\x10")), LDNS_RCODE_REFUSED);
	zones.version[0] = '\0';
	assert_int_equal(RAW(CHAOS("\7version\4bind", "\x10")),
	    LDNS_RCODE_REFUSED);
	text_copy(zones.version, sizeof(zones.version), "9.9");
}

/* A name of ${n} bytes, all labels of one byte, ending in the zone or not. */
static void
test_long(void **state)
{
	uint8_t q[400] = {1, 2, 1, 0, 0, 1};
	ldns_pkt *p;
	size_t i;

	(void)state;
	for (i = 0; i < 127; i++) {
		q[12 + 2 * i] = 1;
		q[13 + 2 * i] = '1';
	}
	q[12 + 254 + 2] = q[12 + 254 + 4] = 1;
	p = answer(q, 12 + 255 + 4);
	assert_int_equal(ldns_pkt_get_rcode(p), LDNS_RCODE_REFUSED);
	ldns_pkt_free(p);
	memmove(q + 14, q + 12, 260);
	p = answer(q, 12 + 257 + 4);
	assert_int_equal(ldns_pkt_get_rcode(p), LDNS_RCODE_FORMERR);
	ldns_pkt_free(p);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_listed),
	    cmocka_unit_test(test_combined),
	    cmocka_unit_test(test_ttl),
	    cmocka_unit_test(test_points),
	    cmocka_unit_test(test_nothing),
	    cmocka_unit_test(test_between),
	    cmocka_unit_test(test_above_nothing),
	    cmocka_unit_test(test_closed),
	    cmocka_unit_test(test_manners),
	    cmocka_unit_test(test_apex),
	    cmocka_unit_test(test_refused),
	    cmocka_unit_test(test_edns),
	    cmocka_unit_test(test_malformed),
	    cmocka_unit_test(test_chaos),
	    cmocka_unit_test(test_long),
	};

	return (cmocka_run_group_tests(tests, setup, teardown));
}
