    {"node { name = A }",
     "virbl.conf:1: name 'A': must be 1 to 32 of a-z 0-9 . _ -, "
     "first a letter or digit\n"},
    {"node { group = x }",
     "virbl.conf:1: node: name is missing\n"},
    {"node { name = a\n"
     " nmae = b\n"
     "}\n"
     "list w { windw = 1h\n"
     " hodl = {2h}\n"
     " categories = worm }\n",
     "virbl.conf:2: unknown key 'nmae' in node: did you mean "
     "'name'?\n"
     "virbl.conf:4: unknown key 'windw' in list: did you mean "
     "'window'?\n"
     "virbl.conf:5: unknown key 'hodl' in list: did you mean "
     "'hold'?\n"},
    {"nod { name = a }",
     "virbl.conf:1: unknown section 'nod': did you mean 'node'?\n"},
    {"node { name = a }\n"
     "lst w { categories = worm }",
     "virbl.conf:2: unknown section 'lst': did you mean 'list'?\n"},
    {"node { name = a }\n"
     "foo = bar",
     "virbl.conf:2: unknown section 'foo': there are node, "
     "listen, list, peer, allow, dns, export, desk and limits\n"},
    {"node { name = a }\n"
     "node { name = b }",
     "virbl.conf:2: second node section: there is one\n"},
    {"node { name = a name = b }",
     "virbl.conf:1: name is set twice\n"},
    {"node { name = a url = http://x/ }",
     "virbl.conf:1: url 'http://x/': must be like "
     "https://node.example:7443/\n"},
    {"node { name = a url = \"https://x/#y\" }",
     "virbl.conf:1: url 'https://x/#y': must be like "
     "https://node.example:7443/\n"},
    {"node { name = a url = \"https://\" }",
     "virbl.conf:1: url 'https://': must be like "
     "https://node.example:7443/\n"},
    {"node { name = a url = \"https://[::1/\" }",
     "virbl.conf:1: url 'https://[::1/': must be like "
     "https://node.example:7443/\n"},
    {"node { name = a url = \"https://x:0/\" }",
     "virbl.conf:1: url 'https://x:0/': must be like "
     "https://node.example:7443/\n"},
    {"node { name = a\n"
     " prefixes = { 192.0.2.1/24,\n"
     " 192.0.2.0/33 } }",
     "virbl.conf:2: prefixes: '192.0.2.1/24' has host bits set: "
     "write 192.0.2.0/24, or the one address\n"
     "virbl.conf:3: prefixes: '192.0.2.0/33' is not an address or "
     "prefix (such as 192.0.2.0/24 or 2001:db8::/32)\n"},
    {"node { name = a key = \"\" }",
     "virbl.conf:1: key '': must not be empty\n"},
    {"node { name = a batch_interval = 5ms }",
     "virbl.conf:1: batch_interval '5ms': must be a duration such "
     "as 500ms or 5s, 10ms to 60s\n"},
    {"node { name = a batch_interval = 1s }\n"
     "limits { batch_interval = 1s }",
     "virbl.conf:2: batch_interval '1s': is set in another "
     "section already\n"},
    {"node { name = \"a\n"
     "}",
     "virbl.conf:1: string without an end on its line\n"},
    {"node { name = 'a }",
     "virbl.conf:1: string without an end\n"},
    {"node { name = a } /* x",
     "virbl.conf:1: comment without an end\n"},
    {"node { name = \"\\101\" }",
     "virbl.conf:1: backslash before a digit: write \\x and two "
     "hex digits, or \\\\ for a backslash\n"},
    {"node { name = a",
     "virbl.conf:1: section without its closing brace\n"},
    {"node { name a }",
     "virbl.conf:1: missing equal sign after option 'name'\n"},
    {"node name = a }",
     "virbl.conf:1: missing opening brace for section 'node'\n"},
    {"node { name = a } }",
     "virbl.conf:1: unexpected closing brace\n"},
    {"node { name = {a} }",
     "virbl.conf:1: unexpected token '{'\n"},
    {"node { name = a }\n"
     "listen { http = *:7480 }",
     "virbl.conf:2: '*' outside quotes\n"},
    {"node { name = a }\n"
     "listen { http = 7480 peers = \"::7443\" https = "
     "\"localhost:443\" }",
     "virbl.conf:2: http '7480': must be an address and a port, "
     "like 127.0.0.1:7480 or [::]:7443\n"
     "virbl.conf:2: peers '::7443': must be an address and a "
     "port, like 127.0.0.1:7480 or [::]:7443\n"
     "virbl.conf:2: https 'localhost:443': must be an address and "
     "a port, like 127.0.0.1:7480 or [::]:7443\n"},
    {"node { name = a }\n"
     "listen { https = 127.0.0.1:443 }",
     "virbl.conf:2: listen: https needs https_cert and https_key\n"},
    {"node { name = a }\n"
     "listen { dns = {127.0.0.1} }",
     "virbl.conf:2: dns '127.0.0.1': must be an address and a "
     "port, like 127.0.0.1:7480 or [::]:7443\n"},
    {"node { name = a }\n"
     "listen { trusted_proxies = { proxy.example } }",
     "virbl.conf:2: trusted_proxies: 'proxy.example' is not an "
     "address or prefix (such as 192.0.2.0/24 or 2001:db8::/32)\n"},
    {"node { name = a }\n"
     "list w { }",
     "virbl.conf:2: list 'w': a list needs at least one category\n"},
    {"node { name = a }\n"
     "list w { categories = { wrom, virus } }",
     "virbl.conf:2: unknown category 'wrom': did you mean "
     "'worm'?\n"
     "virbl.conf:2: unknown category 'virus': there are worm, "
     "malware, spam, phish, bruteforce, scan, exploit, test\n"},
    {"node { name = a }\n"
     "list W { categories = worm }",
     "virbl.conf:2: list 'W': the name of a list is 1 to 32 of "
     "a-z 0-9 . _ -, first a letter or digit\n"},
    {"node { name = a }\n"
     "list { categories = worm }",
     "virbl.conf:2: missing title for section 'list'\n"},
    {"node { name = a }\n"
     "list w { categories = worm }\n"
     "list w { categories = spam }",
     "virbl.conf:3: second section of the name 'w'\n"},
    {"node { name = a }\n"
     "list w { categories = worm\n"
     " window = 24\n"
     " hold = 500ms\n"
     " threshold = 0\n"
     " cap = 0\n"
     " groups = 1.5\n"
     " zone = \"-\"\n"
     " code = 127.0.0.1 }",
     "virbl.conf:3: window '24': must be a duration such as 90s, "
     "15m, 24h or 7d, 1s to 366d\n"
     "virbl.conf:4: hold '500ms': must be a duration such as 90s, "
     "15m, 24h or 7d, 1s to 366d\n"
     "virbl.conf:5: threshold '0': must be 0.001 to 100000, with "
     "at most three decimals\n"
     "virbl.conf:6: cap '0': must be a whole number, 1 to "
     "4294967295\n"
     "virbl.conf:7: groups '1.5': must be a whole number, 1 to "
     "10000\n"
     "virbl.conf:8: zone '-': must be a domain name, like "
     "worm.bl.example\n"
     "virbl.conf:9: code '127.0.0.1': must be 127.0.0.2 to "
     "127.0.0.255\n"},
    {"node { name = a }\n"
     "list w { categories = worm threshold = 2.0001 }",
     "virbl.conf:2: threshold '2.0001': must be 0.001 to 100000, "
     "with at most three decimals\n"},
    {"node { name = a }\n"
     "list w { categories = worm window = 367d zone = \"a..b\" "
     "code = 192.0.2.1}",
     "virbl.conf:2: window '367d': must be a duration such as "
     "90s, 15m, 24h or 7d, 1s to 366d\n"
     "virbl.conf:2: zone 'a..b': must be a domain name, like "
     "worm.bl.example\n"
     "virbl.conf:2: code '192.0.2.1': must be 127.0.0.2 to "
     "127.0.0.255\n"},
    {"node { name = a }\n"
     "peer b { }",
     "virbl.conf:2: peer 'b': id is missing\n"},
    {"node { name = a }\n"
     "peer b { id = ABC }",
     "virbl.conf:2: id 'ABC': not a node ID: eight groups of "
     "seven characters, as 'virbl id' prints it\n"},
    {"node { name = a }\n"
     "peer b { id = \"@0\" }",
     "virbl.conf:2: id "
     "'Z3GBKB6-4DXOXFR-FMVDQUQ-RCHQSWB-W3SBCND-NZ5NFXE-G34DF22-B32"
     "T6AL': is this node itself\n"},
    {"node { name = a }\n"
     "peer b { id = \"@1\" trust = friend weight = 1001 }",
     "virbl.conf:2: trust 'friend': must be none, observe, vote "
     "or full\n"
     "virbl.conf:2: weight '1001': must be 0 to 1000, with at "
     "most three decimals\n"},
    {"node { name = a }\n"
     "peer b { id = \"@1\" weight = -1 }",
     "virbl.conf:2: weight '-1': must be 0 to 1000, with at most "
     "three decimals\n"},
    {"node { name = a }\n"
     "peer b { id = \"@1\" }\n"
     "peer c { id = \"@1\" }",
     "virbl.conf:3: peer 'c': a member with this key exists "
     "already (at virbl.conf:2)\n"},
    {"node { name = b }\n"
     "peer b { id = \"@1\" }",
     "virbl.conf:2: peer 'b': this node itself has that name\n"},
    {"node { name = a }\n"
     "peer b { id = \"@1\" url = \"ftp://x\" group = "
     "\"\303\203\302\251\" prefixes = {::1/0} }",
     "virbl.conf:2: url 'ftp://x': must be like "
     "https://node.example:7443/\n"
     "virbl.conf:2: group '\303\203\302\251': only printable "
     "ASCII can stand here\n"
     "virbl.conf:2: prefixes: '::1/0' has host bits set: write "
     "::/0, or the one address\n"},
    {"node { name = a }\n"
     "allow { special = maybe\n"
     " files = {\"\"} relays = {x} }",
     "virbl.conf:2: special 'maybe': must be on or off\n"
     "virbl.conf:3: files '': must not be empty\n"
     "virbl.conf:3: relays: 'x' is not an address or prefix (such "
     "as 192.0.2.0/24 or 2001:db8::/32)\n"},
    {"node { name = a }\n"
     "allow { files = \"none.txt\" }",
     "virbl.conf:2: allow file none.txt: No such file or "
     "directory\n"},
    {"node { name = a }\n"
     "limits { growth_hold = 25 canaries = on\n"
     " body = 10 connections = many hear_head = 3 }",
     "virbl.conf:2: growth_hold '25': this version has no such "
     "breaker: only off is possible\n"
     "virbl.conf:2: canaries 'on': this version has no such "
     "breaker: only off is possible\n"
     "virbl.conf:3: body '10': must be a whole number, 1024 to "
     "1073741824\n"
     "virbl.conf:3: connections 'many': must be a whole number, 1 "
     "to 65535\n"
     "virbl.conf:3: hear_head '3': must be on or off\n"},
    {"node { name = a }\n"
     "dns { ttl = 60\n contact = a..b\n ns = {1, 2, 3, 4, 5}\n"
     "acl = {10.0.0.1/8}\n rate = -1 }",
     "virbl.conf:2: ttl '60': must be a duration such as 90s, 15m, 24h "
     "or 7d, 1s to 366d\n"
     "virbl.conf:3: contact 'a..b': must be a domain name, like "
     "worm.bl.example\n"
     "virbl.conf:4: ns '5': too many: at most 4\n"
     "virbl.conf:5: acl: '10.0.0.1/8' has host bits set: write "
     "10.0.0.0/8, or the one address\n"
     "virbl.conf:6: rate '-1': must be a whole number, 0 to 1000000\n"},
    {"node { name = a peers_dir = none }",
     "virbl.conf:1: peers_dir none: No such file or directory\n"},
    {"node|name = a",
     "virbl.conf:1: 'name' must stand in its section\n"},
    {"node { name = a }\n"
     "list a { categories = worm\n"
     "list b { categories = spam }\n",
     "virbl.conf:2: section without its closing brace\n"},
    {"node { name = a }\n"
     "peer ../x { id = \"@1\" }",
     "virbl.conf:2: peer '../x': the name of a member is 1 to 32 "
     "of a-z 0-9 . _ -, first a letter or digit\n"},
    {"node { name = a }\n"
     "list a { k1=1 k2=1 k3=1 k4=1 k5=1 k6=1 k7=1 k8=1 k9=1 k10=1 "
     "}",
     "virbl.conf:2: unknown key 'k1' in list\n"
     "virbl.conf:2: unknown key 'k2' in list\n"
     "virbl.conf:2: unknown key 'k3' in list\n"
     "virbl.conf:2: unknown key 'k4' in list\n"
     "virbl.conf:2: unknown key 'k5' in list\n"
     "virbl.conf:2: unknown key 'k6' in list\n"
     "virbl.conf:2: unknown key 'k7' in list\n"
     "virbl.conf:2: unknown key 'k8' in list\n"
     "virbl.conf:2: unknown key 'k9' in list\n"},
    {"node { name = a }\n"
     "list a { categories = worm zone = x- zone = y }",
     "virbl.conf:2: zone 'x-': must be a domain name, like "
     "worm.bl.example\n"
     "virbl.conf:2: zone is set twice\n"},
    {"node { name = a }\n"
     "list w { categories = worm }\n"
     "export x { list = w }\n"
     "export 'A' { list = w format = plain path = a }",
     "virbl.conf:3: export 'x': format is missing\n"
     "virbl.conf:3: export 'x': path is missing\n"
     "virbl.conf:4: export 'A': its name must be 1 to 32 of a-z 0-9 . _ -, "
     "first a letter or digit\n"},
    {"node { name = a }\n"
     "list w { categories = worm }\n"
     "export x { list = v format = plain path = a }\n"
     "export y { list = w format = plain path = a }",
     "virbl.conf:3: export 'x': there is no list 'v': there are w\n"
     "virbl.conf:4: export 'y': writes the same file as export 'x'\n"},
    {"node { name = a }\n"
     "export x { list = w format = plane path = b/ family = 5\n"
     " prefix = 192.0.2.1/24 limit = 0 interval = 500ms sign = maybe\n"
     " serial = 7 hook_timeout = 2h hoook = x\n"
     " hook = {true, a} }",
     "virbl.conf:2: format 'plane': there is no such format: there are "
     "plain, cidr, csv, json, ndjson, rbldnsd, bind, rpz, nft, ipset, "
     "postfix-cidr, haproxy, mikrotik, stix, misp, crowdsec\n"
     "virbl.conf:2: path 'b/': must be the name of a file\n"
     "virbl.conf:2: family '5': must be 4 or 6\n"
     "virbl.conf:3: prefix '192.0.2.1/24': must be a prefix such as "
     "192.0.2.0/24, host bits zero\n"
     "virbl.conf:3: limit '0': must be a whole number from 1; leave it out "
     "for all\n"
     "virbl.conf:3: interval '500ms': must be a duration such as 10s or 5m, "
     "1s to 1d\n"
     "virbl.conf:3: sign 'maybe': must be on or off\n"
     "virbl.conf:4: serial '7': must be content or time\n"
     "virbl.conf:4: hook_timeout '2h': must be a duration such as 30s or 5m, "
     "1s to 1h\n"
     "virbl.conf:4: unknown key 'hoook' in export: did you mean 'hook'?\n"
     "virbl.conf:5: hook 'true': must begin with the full path of a "
     "program\n"
     "virbl.conf:5: hook 'a': must begin with the full path of a program\n"},
    {"node { name = a }\n"
     "list w { categories = worm }\n"
     "export x { list = w format = plain path = a "
     "hook = '/usr/sbin/nft -f x' }",
     "virbl.conf:3: hook '/usr/sbin/nft -f x': is one word: no shell cuts it "
     "up; write {\"/usr/sbin/nft\", \"-f\", \"...\"}\n"},
