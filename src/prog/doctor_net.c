#include <errno.h>
#include <fcntl.h>
#include <ifaddrs.h>
#include <netdb.h>
#include <netinet/in.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/text.h"
#include "form/ipaddr.h"

#include "client.h"
#include "dnsask.h"
#include "doctor.h"

#define CONNECT_MS 3000
#define SERVERS 8 /* most resolvers of this host that are asked */
#define LISTED 0x7f000002u /* test points: this one always, ... */
#define UNLISTED 0x7f000001u /* ... this one never */
#define NXDOMAIN 3
#define RESOLV_CONF "/etc/resolv.conf"

/* ---- Listeners ---- */

/* Connect to one address; NULL or why not. */
static const char *
connect_one(const struct addrinfo *ai)
{
	struct pollfd waiting = {.events = POLLOUT};
	const char *why = NULL;
	socklen_t len = sizeof(errno);
	int error = 0;

	waiting.fd = socket(ai->ai_family,
	    SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
	if (waiting.fd == -1)
		return (strerror(errno));
	if (connect(waiting.fd, ai->ai_addr, ai->ai_addrlen) == -1) {
		if (errno != EINPROGRESS)
			error = errno;
		else if (poll(&waiting, 1, CONNECT_MS) <= 0)
			error = ETIMEDOUT;
		else
			getsockopt(waiting.fd, SOL_SOCKET, SO_ERROR, &error,
			    &len);
	}
	if (error != 0)
		why = strerror(error);
	close(waiting.fd);
	return (why);
}

/* Connect to ${host}; NULL or why not. */
static const char *
connect_to(const char *host, const char *port)
{
	const struct addrinfo hints = {.ai_socktype = SOCK_STREAM};
	struct addrinfo *list, *ai;
	const char *why = "has no address";
	int rc = getaddrinfo(host, port, &hints, &list);

	if (rc != 0)
		return (gai_strerror(rc));
	for (ai = list; ai != NULL; ai = ai->ai_next)
		if ((why = connect_one(ai)) == NULL)
			break;
	freeaddrinfo(list);
	return (why);
}

static unsigned
check_listener(struct doctor *d, const char *name, const char *listen)
{
	const char *why;
	struct where w;

	if (listen == NULL || where_local(listen, &w) != 0)
		return (0);
	why = connect_to(w.address, w.port);
	if (why == NULL)
		return (1);
	doctor_fail(d, "listeners",
	    "restart virbld: listeners change only then; its log says what "
	    "else is wrong",
	    "listen %s = %s: %s", name, listen, why);
	return (0);
}

/* Peers call the URL of the node; from here it should work, too. */
static void
check_url(struct doctor *d)
{
	const char *url = d->conf->url, *why;
	char host[CARD_URL + 1], port[8] = "443", *end, *colon;

	if (d->conf->peers == NULL || strncmp(url, "https://", 8) != 0)
		return;
	text_copy(host, sizeof(host), url + 8);
	host[strcspn(host, "/")] = '\0';
	colon = strrchr(host, ':');
	end = strrchr(host, ']');
	if (colon != NULL && (end == NULL || colon > end)) {
		*colon = '\0';
		text_copy(port, sizeof(port), colon + 1);
	}
	if (end != NULL)
		*end = '\0';
	why = connect_to(host[0] == '[' ? host + 1 : host, port);
	if (why != NULL)
		doctor_warn(d, "listeners",
		    "if peers cannot either, look at name, firewall and "
		    "forwarding; this node still takes part by its own calls",
		    "node url %s cannot be reached from here: %s", url, why);
}

void
doctor_listeners(struct doctor *d)
{
	unsigned n = 0;
	size_t i;

	if (d->status == NULL)
		return;
	n += check_listener(d, "peers", d->conf->peers);
	n += check_listener(d, "http", d->conf->http);
	n += check_listener(d, "https", d->conf->https);
	for (i = 0; i < d->conf->ndns; i++)
		n += check_listener(d, "dns", d->conf->dns[i]);
	doctor_ok(d, "listeners", "%u can be reached", n);
	check_url(d);
}

/* ---- Zones ---- */

/* How a server answers about the test points of a zone. */
enum points {
	POINTS_GOOD,
	POINTS_SILENT, /* no answer at all */
	POINTS_UNKNOWN, /* does not know the zone */
	POINTS_ALL, /* answers for what does not exist */
	POINTS_ODD, /* an answer that is no listing */
};

static bool
is_loopback(const struct dnsask_reply *r)
{
	size_t i;

	for (i = 0; i < r->n; i++)
		if (r->addresses[i] >> 24 != 127)
			return (false);
	return (true);
}

/* Ask ${server} for both test points of ${zone}; ${why} gets some words. */
static enum points
ask_points(const struct where *server, const char *zone, char why[128])
{
	char name[DNSASK_NAME], address[IPADDR_TEXT];
	struct dnsask_reply r;
	const char *silent;
	uint32_t a;

	dnsask_point(UNLISTED, zone, name);
	if ((silent = dnsask(server, name, DNSASK_A, &r)) != NULL) {
		snprintf(why, 128, "%s", silent);
		return (POINTS_SILENT);
	}
	if (r.n > 0) {
		a = r.addresses[0];
		ipaddr_format((uint8_t[4]){(uint8_t)(a >> 24),
				  (uint8_t)(a >> 16), (uint8_t)(a >> 8),
				  (uint8_t)a},
		    4, address);
		snprintf(why, 128, "%s", address);
		return (POINTS_ALL);
	}
	dnsask_point(LISTED, zone, name);
	if ((silent = dnsask(server, name, DNSASK_A, &r)) != NULL) {
		snprintf(why, 128, "%s", silent);
		return (POINTS_SILENT);
	}
	snprintf(why, 128, "rcode %u", r.rcode);
	if (r.n == 0)
		return (POINTS_UNKNOWN);
	return (is_loopback(&r) ? POINTS_GOOD : POINTS_ODD);
}

static void
say_zone(struct doctor *d, const char *zone, enum points p, const char *why)
{
	switch (p) {
	case POINTS_GOOD:
		break;
	case POINTS_SILENT:
		doctor_fail(d, "zones",
		    "is this host in dns { acl = ... }? else look at the log "
		    "of virbld",
		    "%s: the node does not answer: %s", zone, why);
		break;
	case POINTS_UNKNOWN:
		doctor_fail(d, "zones",
		    "restart or reload virbld: it may have another "
		    "configuration; see its log for the self-check",
		    "%s: 127.0.0.2 is not listed: %s", zone, why);
		break;
	default:
		doctor_fail(d, "zones", "something else listens there",
		    "%s: 127.0.0.1 is listed: %s", zone, why);
	}
}

/* The zones of the lists; "" where a list has none or another had it. */
static const char *
zone_of(const struct policy *p, size_t i)
{
	size_t k;

	for (k = 0; k < i; k++)
		if (strcasecmp(p->lists[k].zone, p->lists[i].zone) == 0)
			return ("");
	return (p->lists[i].zone);
}

void
doctor_zones(struct doctor *d)
{
	struct where server;
	const char *zone;
	enum points p;
	char why[128];
	size_t i, good = 0, n = 0;

	if (d->status == NULL)
		return;
	if (d->conf->ndns == 0 || where_local(d->conf->dns[0], &server) != 0) {
		doctor_ok(d, "zones", "no DNS is served (listen dns)");
		return;
	}
	for (i = 0; i < d->conf->policy->nlists; i++) {
		zone = zone_of(d->conf->policy, i);
		if (zone[0] == '\0')
			continue;
		n++;
		p = ask_points(&server, zone, why);
		good += p == POINTS_GOOD;
		say_zone(d, zone, p, why);
	}
	if (n == 0)
		doctor_warn(d, "zones",
		    "give lists a zone: zone = \"worm.bl.example\"",
		    "DNS is served, but no list has a zone");
	else if (good == n)
		doctor_ok(d, "zones",
		    "%zu answer at %s port %s: 127.0.0.2 listed, 127.0.0.1 "
		    "not",
		    n, server.address, server.port);
}

/* ---- Resolvers ---- */

/* Resolvers for everybody: what they are asked is known to others, and what
   is not in the public DNS they do not find. */
static const char *const public[] = {"1.0.0.1", "1.1.1.1", "8.8.4.4", "8.8.8.8",
    "9.9.9.9", "9.9.9.10", "9.9.9.11", "64.6.64.6", "64.6.65.6", "76.76.2.0",
    "76.76.10.0", "77.88.8.1", "77.88.8.8", "84.200.69.80", "84.200.70.40",
    "94.140.14.14", "94.140.15.15", "114.114.114.114", "149.112.112.112",
    "185.228.168.9", "185.228.169.9", "185.222.222.222", "193.110.81.0",
    "208.67.220.220", "208.67.222.222", "223.5.5.5", "223.6.6.6",
    "2001:4860:4860::8844", "2001:4860:4860::8888", "2606:4700:4700::1001",
    "2606:4700:4700::1111", "2620:119:35::35", "2620:119:53::53", "2620:fe::9",
    "2620:fe::fe"};

static void
say_resolver(struct doctor *d, const char *server, const char *zone,
    enum points p, const char *why)
{
	switch (p) {
	case POINTS_GOOD:
		break;
	case POINTS_SILENT:
		doctor_warn(d, "resolver",
		    "look at the resolver: mail software waits for it",
		    "%s does not answer about %s: %s", server, zone, why);
		break;
	case POINTS_UNKNOWN:
		doctor_warn(d, "resolver",
		    "if mail software on this host is to ask: virbl integrate "
		    "resolver",
		    "%s does not find %s (%s)", server, zone, why);
		break;
	case POINTS_ALL:
		doctor_fail(d, "resolver",
		    "use a resolver that does not: every client would be taken "
		    "for listed",
		    "%s answers %s for names that do not exist", server, why);
		break;
	case POINTS_ODD:
		doctor_fail(d, "resolver", "use another resolver",
		    "%s changes answers about %s", server, zone);
		break;
	}
}

static void
say_public(struct doctor *d, const char *server)
{
	size_t i;

	for (i = 0; i < sizeof(public) / sizeof(public[0]); i++)
		if (strcmp(server, public[i]) == 0)
			doctor_warn(d, "resolver",
			    "run a resolver of your own: virbl integrate "
			    "resolver",
			    "%s is a public resolver: it finds no zone that "
			    "is not in the public DNS, and others learn who "
			    "writes to you",
			    server);
}

/* Look at one resolver, up to the first zone that is not as it should be. */
static void
check_resolver(struct doctor *d, const struct where *server)
{
	const struct policy *policy = d->conf->policy;
	const char *zone;
	enum points p;
	char why[128];
	size_t i;

	say_public(d, server->address);
	for (i = 0; i < policy->nlists; i++) {
		zone = zone_of(policy, i);
		if (zone[0] == '\0')
			continue;
		p = ask_points(server, zone, why);
		if (p == POINTS_GOOD)
			continue;
		say_resolver(d, server->address, zone, p, why);
		return;
	}
	doctor_ok(d, "resolver", "%s finds all zones", server->address);
}

static bool
has_zones(const struct policy *p)
{
	size_t i;

	for (i = 0; i < p->nlists; i++)
		if (p->lists[i].zone[0] != '\0')
			return (true);
	return (false);
}

void
doctor_resolver(struct doctor *d)
{
	struct where servers[SERVERS];
	size_t n, i;

	if (d->conf == NULL || !has_zones(d->conf->policy))
		return;
	n = dnsask_servers(RESOLV_CONF, servers, SERVERS);
	if (n == 0)
		doctor_warn(d, "resolver", NULL, "%s names no resolver",
		    RESOLV_CONF);
	for (i = 0; i < n; i++)
		check_resolver(d, &servers[i]);
}

/* ---- Own mail servers ---- */

/* Own addresses looked at so far. */
struct owned {
	struct doctor *d;
	uint64_t seen[64];
	size_t n;
	size_t open; /* that can be listed */
};

/* Does the daemon, whose operator may have exempted it, list it never? */
static bool
exempt_at_daemon(const struct doctor *d, const char *address)
{
	struct client *c = client_open(d->conf->socket);
	struct client_call call = {.method = "GET"};
	struct answer a;
	char path[128];
	json_t *o;
	bool exempt;

	snprintf(path, sizeof(path), "/v1/ip/%.*s", (int)strcspn(address, "/"),
	    address);
	call.path = path;
	memset(&a, 0, sizeof(a));
	client_do(c, &call, &a);
	o = json_loadb((const char *)a.body.data, a.body.len, 0, NULL);
	exempt = json_is_object(json_object_get(o, "exempt"));
	json_decref(o);
	client_answer_free(&a);
	client_close(c);
	return (exempt);
}

static void
check_own(struct owned *o, const struct sockaddr *sa, const char *what)
{
	const struct sockaddr_in *sin = (const void *)sa;
	const struct sockaddr_in6 *sin6 = (const void *)sa;
	char text[SUBJECT_TEXT], remedy[96];
	uint64_t subject = 0;
	size_t i;

	if (sa->sa_family == AF_INET)
		subject = ntohl(sin->sin_addr.s_addr);
	for (i = 0; sa->sa_family == AF_INET6 && i < 8; i++)
		subject = subject << 8 | sin6->sin6_addr.s6_addr[i];
	if (sa->sa_family == AF_INET ? subject >> 24 == IN_LOOPBACKNET :
				       subject <= UINT32_MAX)
		return;
	for (i = 0; i < o->n; i++)
		if (o->seen[i] == subject)
			return;
	if (o->n == sizeof(o->seen) / sizeof(o->seen[0]))
		return;
	o->seen[o->n++] = subject;
	subject_format(subject, text);
	if (policy_exempted(o->d->conf->policy, subject) != NULL ||
	    exempt_at_daemon(o->d, text))
		return;
	o->open++;
	snprintf(remedy, sizeof(remedy), "virbl exempt add %s", text);
	doctor_warn(o->d, "own", remedy, "%s (%s) can be listed", text, what);
}

static void
check_host(struct owned *o, const char *host, const char *what)
{
	const struct addrinfo hints = {.ai_socktype = SOCK_STREAM};
	struct addrinfo *list, *ai;

	if (getaddrinfo(host, NULL, &hints, &list) != 0)
		return;
	for (ai = list; ai != NULL; ai = ai->ai_next)
		check_own(o, ai->ai_addr, what);
	freeaddrinfo(list);
}

/* The servers that take the mail of the contact's domain. */
static void
check_mx(struct owned *o)
{
	const char *at = strrchr(o->d->conf->contact, '@');
	char domain[CARD_CONTACT + 1], what[512];
	struct dnsask_reply r;
	struct where server;
	size_t i;

	if (at == NULL || dnsask_servers(RESOLV_CONF, &server, 1) == 0)
		return;
	text_copy(domain, sizeof(domain), at + 1);
	domain[strcspn(domain, "> \t")] = '\0';
	if (dnsask(&server, domain, DNSASK_MX, &r) != NULL)
		return;
	for (i = 0; i < r.n; i++) {
		snprintf(what, sizeof(what), "%s, takes mail for %s",
		    r.names[i], domain);
		check_host(o, r.names[i], what);
	}
}

void
doctor_own(struct doctor *d)
{
	struct owned o = {.d = d};
	struct ifaddrs *list, *i;

	if (d->status == NULL)
		return;
	check_mx(&o);
	if (getifaddrs(&list) == 0) {
		for (i = list; i != NULL; i = i->ifa_next)
			if (i->ifa_addr != NULL &&
			    (i->ifa_addr->sa_family == AF_INET ||
				i->ifa_addr->sa_family == AF_INET6))
				check_own(&o, i->ifa_addr, "of this host");
		freeifaddrs(list);
	}
	if (o.open == 0)
		doctor_ok(d, "own",
		    "%zu addresses of this host and of the contact's mail "
		    "servers: none can be listed",
		    o.n);
}
