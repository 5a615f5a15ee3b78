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
