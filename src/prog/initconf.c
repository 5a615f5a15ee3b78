#include "shell/conftext.h"

#include "deflists.h"
#include "initconf.h"

/* A key with its value; without a value, a comment that shows one. */
static void
key(struct buf *out, const char *name, const char *value, const char *example)
{
	buf_printf(out, "\t%s%s = ", value == NULL ? "# " : "", name);
	conftext_quote(out, value == NULL ? example : value);
	buf_text(out, "\n");
}

static void
node(const struct initconf *ic, struct buf *out)
{
	size_t i;

	buf_text(out, "node {\n\t# Peers know the node by this name.\n");
	key(out, "name", ic->name, "");
	buf_text(out, "\t# The organisation: votes count once per group.\n");
	key(out, "group", ic->group, "EXAMPLE");
	buf_text(out, "\t# For people of other nodes.\n");
	key(out, "contact", ic->contact, "abuse@isp.example");
	buf_text(out, "\t# Where peers reach this node.\n");
	key(out, "url", ic->url, "https://virbl.isp.example:7443/");
	buf_text(out, "\t# Own address space: yours to clear and exempt.\n");
	if (ic->nprefixes == 0)
		buf_text(out,
		    "\t# prefixes = {\"192.0.2.0/24\", "
		    "\"2001:db8::/32\"}\n");
	for (i = 0; i < ic->nprefixes; i++)
		buf_printf(out, "%s\"%s\"", i == 0 ? "\tprefixes = {" : ", ",
		    ic->prefixes[i]);
	if (ic->nprefixes > 0)
		buf_text(out, "}\n");
	if (ic->system) {
		key(out, "state", "/var/lib/virbl", "");
		key(out, "socket", "/run/virbl/virbl.sock", "");
		key(out, "user", ic->user, "virbl");
	} else {
		buf_text(out,
		    "\t# Beside this file: node.key, state/, "
		    "peers.d/, virbl.sock.\n");
	}
	buf_text(out, "}\n");
}

static void
listen(const struct initconf *ic, struct buf *out)
{
	buf_text(out,
	    "\nlisten {\n\t# Other nodes; they are known by their "
	    "keys.\n");
	key(out, "peers", ic->peers, "");
	buf_text(out, "\t# Programs on this host, and reverse proxies.\n");
	key(out, "http", ic->http, "");
	buf_text(out,
	    "\t# DNS questions, over UDP and TCP.\n"
	    "\t");
	buf_text(out, ic->dns == NULL ? "# dns = {" : "dns = {");
	conftext_quote(out, ic->dns == NULL ? "127.0.0.1:53" : ic->dns);
	buf_text(out, "}\n}\n");
}

static void
dns(struct buf *out)
{
	buf_text(out,
	    "\ndns {\n"
	    "\t# Name servers of the zones, the primary first; needed where "
	    "others\n"
	    "\t# delegate the zones to this node.\n"
	    "\t# ns = {\"ns1.isp.example\", \"ns2.isp.example\"}\n"
	    "\t# Who may ask; without it everybody.\n"
	    "\t# acl = {\"192.0.2.0/24\", \"2001:db8::/32\"}\n"
	    "}\n");
}

void
initconf_write(const struct initconf *ic, struct buf *out)
{
	buf_text(out,
	    "# virbl.conf: configuration of a virbl node; virbl.conf(5) "
	    "explains all.\n"
	    "# 'virbl check-config' checks it, 'virbl reload' applies "
	    "it.\n\n");
	node(ic, out);
	listen(ic, out);
	dns(out);
	buf_text(out,
	    "\n# Lists. An address is listed when the sightings of the last "
	    "window, at\n"
	    "# most cap per group, reach the threshold and come from at least "
	    "so many\n"
	    "# groups; it stays for hold after the last of them. Your own "
	    "sightings\n"
	    "# and those of peers with trust full need no other group.\n");
	deflists_write(out, ic->zone[0] != '\0' ? ic->zone : NULL);
	buf_text(out,
	    "\n# Never listed: your own mail servers, those of big providers, "
	    "...\n"
	    "allow {\n"
	    "\t# Files with one prefix a line.\n"
	    "\t# files = {\"allow.txt\"}\n"
	    "\t# Private, documentation and other special ranges.\n"
	    "\tspecial = on\n"
	    "}\n"
	    "\n# Peers are in peers.d/: 'virbl peer add' writes them.\n");
}
