# Mains: daemon, control tool.
bin_PROGRAMS += virbl
virbl_SOURCES = \
	src/prog/call.c src/prog/call.h \
	src/prog/client.c src/prog/client.h \
	src/prog/cmd.c src/prog/cmd.h \
	src/prog/cmd_check_config.c \
	src/prog/cmd_digest.c \
	src/prog/cmd_doctor.c \
	src/prog/cmd_export.c \
	src/prog/cmd_id.c \
	src/prog/cmd_ingest.c \
	src/prog/cmd_init.c \
	src/prog/cmd_integrate.c \
	src/prog/cmd_lookup.c \
	src/prog/cmd_peer.c \
	src/prog/cmd_rehearse.c \
	src/prog/cmd_reload.c \
	src/prog/cmd_removal.c \
	src/prog/cmd_report.c \
	src/prog/cmd_exempt.c \
	src/prog/cmd_retract.c \
	src/prog/cmd_status.c \
	src/prog/cmd_token.c \
	src/prog/cmd_web.c \
	src/prog/cmd_verify.c \
	src/prog/commands.h \
	src/prog/deflists.c src/prog/deflists.h \
	src/prog/dnsask.c src/prog/dnsask.h \
	src/prog/doctor.c src/prog/doctor.h src/prog/doctor_net.c src/prog/doctor_node.c \
	src/prog/evidence_id.c src/prog/evidence_id.h \
	src/prog/helper.c src/prog/helper.h \
	src/prog/initconf.c src/prog/initconf.h \
	src/prog/invite.c src/prog/invite.h \
	src/prog/lines.c src/prog/lines.h \
	src/prog/locals.c src/prog/locals.h \
	src/prog/nodename.c src/prog/nodename.h \
	src/prog/out.c src/prog/out.h \
	src/prog/peeredit.c src/prog/peeredit.h \
	src/prog/posting.c src/prog/posting.h \
	src/prog/progress.c src/prog/progress.h \
	src/prog/self.c src/prog/self.h \
	src/prog/snippet.c src/prog/snippet.h \
	src/prog/where.c src/prog/where.h \
	src/prog/virbl.c
virbl_CPPFLAGS = $(AM_CPPFLAGS) -DPKGLIBEXECDIR='"$(pkglibexecdir)"'
virbl_CFLAGS = $(AM_CFLAGS) $(SODIUM_CFLAGS) $(JANSSON_CFLAGS) \
	$(CONFUSE_CFLAGS) $(POPT_CFLAGS)
# No libcurl, GnuTLS or SQLite: loading them takes longer than most commands.
virbl_LDADD = libshell.a libview.a libvirbl.a $(SODIUM_LIBS) \
	$(JANSSON_LIBS) $(CONFUSE_LIBS) $(POPT_LIBS)
pkglibexec_PROGRAMS += virbl-ask
virbl_ask_SOURCES = src/prog/ask.c src/prog/nodename.h
virbl_ask_CFLAGS = $(AM_CFLAGS) $(SODIUM_CFLAGS) $(CURL_CFLAGS) $(JANSSON_CFLAGS)
virbl_ask_LDADD = libshell.a libvirbl.a $(SODIUM_LIBS) $(CURL_LIBS) \
	$(JANSSON_LIBS) $(GNUTLS_LIBS)
pkglibexec_PROGRAMS += virbl-mkstore
virbl_mkstore_SOURCES = src/prog/mkstore.c
virbl_mkstore_CFLAGS = $(AM_CFLAGS) $(SODIUM_CFLAGS)
virbl_mkstore_LDADD = libshell.a libvirbl.a $(SODIUM_LIBS) $(SQLITE_LIBS)
sbin_PROGRAMS += virbld
virbld_SOURCES = src/prog/virbld.c
virbld_CFLAGS = $(AM_CFLAGS) $(SODIUM_CFLAGS) $(POPT_CFLAGS)
virbld_LDADD = libshell.a libview.a libvirbl.a $(SODIUM_LIBS) $(GNUTLS_LIBS) \
	$(MHD_LIBS) $(CURL_LIBS) $(SQLITE_LIBS) $(JANSSON_LIBS) \
	$(CONFUSE_LIBS) $(UV_LIBS) $(ZLIB_LIBS) $(POPT_LIBS) $(SYSTEMD_LIBS)
# What `virbl integrate` prints, in the order in which it lists it.
snippet_files = \
	src/prog/snippets/postfix.txt \
	src/prog/snippets/exim.txt \
	src/prog/snippets/rspamd.txt \
	src/prog/snippets/spamassassin.txt \
	src/prog/snippets/resolver.txt \
	src/prog/snippets/nftables.txt \
	src/prog/snippets/ipset.txt \
	src/prog/snippets/haproxy.txt \
	src/prog/snippets/unbound.txt \
	src/prog/snippets/bind.txt \
	src/prog/snippets/rbldnsd.txt \
	src/prog/snippets/crowdsec.txt \
	src/prog/snippets/fail2ban.txt
EXTRA_DIST += $(snippet_files) build-aux/embed-text
BUILT_SOURCES += src/prog/snippets_data.h
CLEANFILES += src/prog/snippets_data.h
src/prog/snippets_data.h: $(snippet_files) build-aux/embed-text src/prog/local.mk
	$(AM_V_GEN)$(MKDIR_P) src/prog && cd $(srcdir) && \
	sh build-aux/embed-text src/prog/snippets \
	    $(snippet_files:src/prog/snippets/%=%) \
	    >$(abs_builddir)/$@.new && \
	mv $(abs_builddir)/$@.new $(abs_builddir)/$@
src/prog/virbl-snippet.$(OBJEXT): src/prog/snippets_data.h
EXTRA_DIST += src/prog/completion.bash
completiondir = $(datadir)/bash-completion/completions

install-data-local:
	$(MKDIR_P) $(DESTDIR)$(completiondir)
	$(INSTALL_DATA) $(srcdir)/src/prog/completion.bash \
	    $(DESTDIR)$(completiondir)/virbl

uninstall-local:
	rm -f $(DESTDIR)$(completiondir)/virbl
# The simulator. All it verifies goes through sim_fake.c first; nothing else is
# linked like this.
noinst_PROGRAMS += virbl-sim
virbl_sim_SOURCES = src/prog/virbl-sim.c src/prog/sim_fake.c \
	src/prog/sim_fake.h src/prog/sim_run.c src/prog/sim_run.h
virbl_sim_CFLAGS = $(AM_CFLAGS) $(SODIUM_CFLAGS) $(POPT_CFLAGS)
virbl_sim_LDFLAGS = $(AM_LDFLAGS) -Wl,--wrap=key_verify
virbl_sim_LDADD = libsim.a libshell.a libvirbl.a $(SODIUM_LIBS) $(POPT_LIBS)
