#include <errno.h>
#include <netdb.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <sys/random.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/text.h"
#include "base/wire.h"

#include "dnsask.h"

#define TRIES 2
#define WAIT_MS 3000 /* for each */
#define HEADER 12
#define PACKET 4096
#define POINTERS 32 /* most that are followed in one name */
#define CLASS_IN 1

/* Write the question into ${out}; its length, 0 if the name is none. */
static size_t
question(const char *name, unsigned type, uint8_t out[PACKET])
{
	struct writer w = {.p = out, .left = PACKET};
	size_t n;

	getrandom(out, 2, 0);
	w.p += 2;
	w.left -= 2;
	wire_put_u16(&w, 0x0100); /* recursion desired */
	wire_put_u16(&w, 1);
	wire_put_u16(&w, 0);
	wire_put_u16(&w, 0);
	wire_put_u16(&w, 0);
	for (; *name != '\0'; name += n + (name[n] == '.')) {
		n = strcspn(name, ".");
		if (n == 0 || n > 63)
			return (0);
		wire_put_u8(&w, (uint8_t)n);
		wire_put(&w, name, n);
	}
	wire_put_u8(&w, 0);
	wire_put_u16(&w, (uint16_t)type);
	wire_put_u16(&w, CLASS_IN);
	return (w.bad ? 0 : PACKET - w.left);
}

/*
 * Read the name at *${at} of a packet of ${len} bytes into ${out} and move
 * *${at} behind it; -1 if it is none.
 */
static int
read_name(const uint8_t *p, size_t len, size_t *at, char out[DNSASK_NAME])
{
	size_t i = *at, used = 0, n;
	unsigned jumps = 0;

	for (;;) {
		if (i >= len)
			return (-1);
		n = p[i];
		if ((n & 0xc0) == 0xc0) {
			if (i + 1 >= len || jumps++ == POINTERS)
				return (-1);
			if (jumps == 1)
				*at = i + 2;
			i = (n & 0x3f) << 8 | p[i + 1];
			continue;
		}
		if (n > 63 || i + 1 + n > len || used + n + 2 > DNSASK_NAME)
			return (-1);
		i += 1 + n;
		if (n == 0)
			break;
		if (used > 0)
			out[used++] = '.';
		memcpy(out + used, p + i - n, n);
		used += n;
	}
	out[used] = '\0';
	if (jumps == 0)
		*at = i;
	return (0);
}

/* Take one answer record at *${at}; -1 if the packet is broken. */
static int
read_answer(const uint8_t *p, size_t len, size_t *at, unsigned type,
    struct dnsask_reply *ret)
{
	char owner[DNSASK_NAME];
	struct reader r;
	unsigned rtype, size;
	size_t data;

	if (read_name(p, len, at, owner) != 0)
		return (-1);
	r = (struct reader){p + *at, len - *at, false};
	rtype = wire_u16(&r);
	wire_u16(&r);
	wire_u32(&r);
	size = wire_u16(&r);
	data = len - r.left;
	if (r.bad || size > r.left)
		return (-1);
	*at = data + size;
	if (rtype != type || ret->n == DNSASK_ANSWERS)
		return (0);
	if (type == DNSASK_A && size == 4)
		ret->addresses[ret->n++] = wire_u32(&r);
	else if (type == DNSASK_MX && size > 2) {
		data += 2;
		if (read_name(p, len, &data, ret->names[ret->n]) != 0)
			return (-1);
		ret->n++;
	}
	return (0);
}

int
dnsask_read(uint16_t id, const uint8_t *p, size_t len, unsigned type,
    struct dnsask_reply *ret)
{
	struct reader r = {p, len, false};
	char name[DNSASK_NAME];
	size_t at = HEADER;
	unsigned flags, answers;

	if (len < HEADER || wire_u16(&r) != id)
		return (-1);
	flags = wire_u16(&r);
	if ((flags & 0x8000) == 0 || wire_u16(&r) != 1)
		return (-1);
	answers = wire_u16(&r);
	memset(ret, 0, sizeof(*ret));
	ret->rcode = flags & 15;
	if (read_name(p, len, &at, name) != 0)
		return (-1);
	for (at += 4; answers > 0; answers--)
		if (read_answer(p, len, &at, type, ret) != 0)
			return (-1);
	return (0);
}

/* Send and wait; NULL or why there is no answer. */
static const char *
exchange(int fd, const uint8_t *q, size_t len, unsigned type,
    struct dnsask_reply *ret)
{
	struct pollfd waiting = {.fd = fd, .events = POLLIN};
	uint8_t packet[PACKET];
	ssize_t n;
	int try;

	for (try = 0; try < TRIES; try++) {
		if (send(fd, q, len, 0) == -1)
			return (strerror(errno));
		while (poll(&waiting, 1, WAIT_MS) > 0) {
			n = recv(fd, packet, sizeof(packet), 0);
			if (n == -1)
				return (strerror(errno));
			if (dnsask_read((uint16_t)(q[0] << 8 | q[1]), packet,
				(size_t)n, type, ret) == 0)
				return (NULL);
		}
	}
	return ("no answer");
}

const char *
dnsask(const struct where *server, const char *name, unsigned type,
    struct dnsask_reply *ret)
{
	const struct addrinfo hints = {.ai_socktype = SOCK_DGRAM,
	    .ai_flags = AI_NUMERICHOST | AI_NUMERICSERV};
	struct addrinfo *list;
	uint8_t q[PACKET];
	size_t len = question(name, type, q);
	const char *why;
	int fd;

	if (len == 0)
		return ("not a name");
	if (getaddrinfo(server->address, server->port, &hints, &list) != 0)
		return ("not an address");
	fd = socket(list->ai_family, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	if (fd == -1 || connect(fd, list->ai_addr, list->ai_addrlen) == -1)
		why = strerror(errno);
	else
		why = exchange(fd, q, len, type, ret);
	if (fd != -1)
		close(fd);
	freeaddrinfo(list);
	return (why);
}

void
dnsask_point(uint32_t subject, const char *zone, char out[DNSASK_NAME])
{
	snprintf(out, DNSASK_NAME, "%u.%u.%u.%u.%s", subject & 255,
	    subject >> 8 & 255, subject >> 16 & 255, subject >> 24, zone);
}

size_t
dnsask_servers(const char *path, struct where *out, size_t max)
{
	FILE *f = fopen(path, "re");
	char line[512], word[16], address[64];
	size_t n = 0;

	while (f != NULL && n < max && fgets(line, sizeof(line), f) != NULL)
		if (sscanf(line, " %15s %63s", word, address) == 2 &&
		    strcmp(word, "nameserver") == 0) {
			text_copy(out[n].address, sizeof(out[n].address),
			    address);
			text_copy(out[n++].port, sizeof(out->port), "53");
		}
	if (f != NULL)
		fclose(f);
	return (n);
}
