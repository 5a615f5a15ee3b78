# Mains: daemon, control tool.
bin_PROGRAMS += virbl
virbl_SOURCES = \
	src/prog/client.c src/prog/client.h \
	src/prog/cmd.c src/prog/cmd.h \
	src/prog/commands.h \
	src/prog/virbl.c
virbl_CFLAGS = $(AM_CFLAGS) $(SODIUM_CFLAGS) $(CURL_CFLAGS) $(JANSSON_CFLAGS) \
	$(CONFUSE_CFLAGS) $(POPT_CFLAGS)
virbl_LDADD = libshell.a libview.a libvirbl.a $(SODIUM_LIBS) $(CURL_LIBS) \
	$(JANSSON_LIBS) $(CONFUSE_LIBS) $(POPT_LIBS)

sbin_PROGRAMS += virbld
virbld_SOURCES = src/prog/virbld.c
virbld_CFLAGS = $(AM_CFLAGS) $(SODIUM_CFLAGS) $(POPT_CFLAGS)
virbld_LDADD = libshell.a libview.a libvirbl.a $(SODIUM_LIBS) $(GNUTLS_LIBS) \
	$(MHD_LIBS) $(CURL_LIBS) $(SQLITE_LIBS) $(JANSSON_LIBS) \
	$(CONFUSE_LIBS) $(POPT_LIBS) $(UV_LIBS) $(ZLIB_LIBS) $(SYSTEMD_LIBS)
