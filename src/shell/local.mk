# Layer shell: sockets, files, clocks, SQLite, libcurl, libmicrohttpd.
shell_files = \
	src/shell/allowfile.c src/shell/allowfile.h \
	src/shell/answer.c src/shell/answer.h \
	src/shell/bearer.c src/shell/bearer.h \
	src/shell/behind.c src/shell/behind.h \
	src/shell/board.c src/shell/board.h \
	src/shell/clock.c src/shell/clock.h \
	src/shell/delivery.c src/shell/delivery.h \
	src/shell/derive.c src/shell/derive.h \
	src/shell/conf.c src/shell/conf.h \
	src/shell/confexport.c src/shell/confexport.h \
	src/shell/confread.c src/shell/confread.h \
	src/shell/conftext.c src/shell/conftext.h \
	src/shell/confvalue.c src/shell/confvalue.h \
	src/shell/digests.c src/shell/digests.h \
	src/shell/dnsd.c src/shell/dnsd.h src/shell/dnsd_impl.h \
	src/shell/dnsd_answer.c \
	src/shell/dnsd_check.c \
	src/shell/dnsd_tcp.c \
	src/shell/dnsd_udp.c \
	src/shell/dnsd_view.c \
	src/shell/dnsgate.c src/shell/dnsgate.h \
	src/shell/conns.c src/shell/conns.h \
	src/shell/etag.c src/shell/etag.h \
	src/shell/exporter.c src/shell/exporter.h \
	src/shell/fetch.c src/shell/fetch.h \
	src/shell/filesig.c src/shell/filesig.h \
	src/shell/hook.c src/shell/hook.h \
	src/shell/infile.c src/shell/infile.h \
	src/shell/httpd.c src/shell/httpd.h src/shell/httpd_impl.h \
	src/shell/httpd_call.c \
	src/shell/inbox.c src/shell/inbox.h \
	src/shell/keyfile.c src/shell/keyfile.h \
	src/shell/listref.c src/shell/listref.h \
	src/shell/listener.c src/shell/listener.h \
	src/shell/log.c src/shell/log.h \
	src/shell/meter.c src/shell/meter.h \
	src/shell/node.c src/shell/node.h src/shell/node_impl.h \
	src/shell/node_access.c \
	src/shell/node_clients.c \
	src/shell/node_conf.c \
	src/shell/node_desk.c \
	src/shell/node_hooks.c \
	src/shell/node_lock.c \
	src/shell/node_post.c \
	src/shell/node_ready.c \
	src/shell/notify.c src/shell/notify.h \
	src/shell/outfile.c src/shell/outfile.h \
	src/shell/output.c src/shell/output.h \
	src/shell/outputs.c src/shell/outputs.h \
	src/shell/pace.c src/shell/pace.h \
	src/shell/pages.c src/shell/pages.h \
	src/shell/peerfile.c src/shell/peerfile.h \
	src/shell/ration.c src/shell/ration.h \
	src/shell/procinfo.c src/shell/procinfo.h \
	src/shell/request.h \
	src/shell/routes.c src/shell/routes.h src/shell/routes_impl.h \
	src/shell/routes_changes.c \
	src/shell/routes_health.c \
	src/shell/pulls.c src/shell/pulls.h \
	src/shell/routes_crowdsec.c \
	src/shell/routes_caller.c \
	src/shell/routes_list.c \
	src/shell/routes_operator.c \
	src/shell/routes_page.c \
	src/shell/routes_peer.c \
	src/shell/routes_public.c \
	src/shell/routes_exempt.c \
	src/shell/routes_removal.c \
	src/shell/routes_report.c \
	src/shell/routes_session.c \
	src/shell/sessions.c src/shell/sessions.h \
	src/shell/spool.c src/shell/spool.h \
	src/shell/store.c src/shell/store.h src/shell/store_impl.h \
	src/shell/store_deed.c \
	src/shell/store_meta.c \
	src/shell/store_plea.c \
	src/shell/store_read.c \
	src/shell/store_schema.c \
	src/shell/store_token.c \
	src/shell/store_write.c \
	src/shell/tlscert.c src/shell/tlscert.h \
	src/shell/tlsfiles.c src/shell/tlsfiles.h
noinst_LIBRARIES += libshell.a
libshell_a_SOURCES = $(shell_files)
libshell_a_CFLAGS = $(AM_CFLAGS) $(SODIUM_CFLAGS) $(GNUTLS_CFLAGS) $(MHD_CFLAGS) \
	$(CURL_CFLAGS) $(SQLITE_CFLAGS) $(CONFUSE_CFLAGS) $(UV_CFLAGS) $(JANSSON_CFLAGS) $(ZLIB_CFLAGS)

# The files of the page, built in.
www_files = \
	www/index.html www/style.css www/icon.svg \
	www/app.js www/api.js www/dom.js \
	www/view_about.js www/view_lookup.js www/view_node.js \
	www/view_peers.js
EXTRA_DIST += $(www_files) build-aux/embed
BUILT_SOURCES += src/shell/pages_data.h
CLEANFILES += src/shell/pages_data.h
src/shell/pages_data.h: $(www_files) build-aux/embed src/shell/local.mk
	$(AM_V_GEN)$(MKDIR_P) src/shell && cd $(srcdir) && \
	sh build-aux/embed www $(www_files:www/%=%) >$(abs_builddir)/$@.new && \
	mv $(abs_builddir)/$@.new $(abs_builddir)/$@
src/shell/libshell_a-pages.$(OBJEXT): src/shell/pages_data.h
