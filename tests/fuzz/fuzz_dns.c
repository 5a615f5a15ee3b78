/* Any packet: bounded replies, and none that lists what is not listed. */
#include <assert.h>
#include <string.h>

#include "fuzz.h"
#include "view/dns_answer.h"

#define NOW 1790000000u

static void
text(void *arg, const char *list, uint64_t subject, char out[DNS_STRING + 1])
{
	(void)arg;
	(void)list;
	(void)subject;
	memset(out, 'x', DNS_STRING);
	out[DNS_STRING] = '\0';
}

static struct dns_zones *
zones(void)
{
	static const uint8_t key[16] = {1};
	static struct dns_zones z;
	static char closed[] = "a.b.bl.example";
	static char *const all[] = {closed};
	struct dns_zones_setup setup = {.ttl = 300,
	    .negative = 60,
	    .contact = "",
	    .version = "9",
	    .closed = all,
	    .nclosed = 1};
	struct policy_list list = {.name = "worm",
	    .categories = 2,
	    .window = 1,
	    .threshold = 1,
	    .cap = 1,
	    .groups = 1,
	    .hold = 1,
	    .zone = "bl.example",
	    .code = 0x7f000002};
	struct listing *listings[1];
	struct policy *p;

	if (z.n != 0)
		return (&z);
	p = policy_new();
	assert(policy_list_add(p, &list) == NULL);
	listings[0] = listing_new(key);
	listing_set(listings[0], 0xc0000201, NOW + 100, NOW);
	listing_set(listings[0], UINT64_C(0x20010db800010002), NOW + 9, NOW);
	dns_zones_build(&z, p, listings, &setup);
	policy_free(p);
	return (&z);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static uint8_t reply[4096];
	struct dns_asked a = {.zones = zones(), .now = NOW, .text = text};
	struct dns_query q;
	size_t n, cap;

	for (cap = 0; cap <= sizeof(reply); cap += cap < 64 ? 1 : 504) {
		a.cap = cap;
		a.tcp = (cap & 1) != 0;
		a.manner = (enum dns_manner)(cap / 2 % 4);
		n = dns_answer(&a, data, size, reply);
		assert(n <= cap && (n == 0 || n >= DNS_HEADER));
		assert(a.tcp || n <= DNS_UDP);
		if (n == 0 || reply[6] + reply[7] == 0)
			continue;
		/* Answers are for whom asked well, at the apex or listed. */
		assert(dns_msg_parse(&q, data, size) == DNS_NOERROR);
		assert(a.result == DNS_VERSION || a.zone != NULL);
		assert(a.result == DNS_VERSION || a.result == DNS_APEX ||
		    a.result == DNS_LISTED);
		assert(a.result != DNS_LISTED || a.manner == DNS_OPEN);
	}
	return (0);
}
