# Layer shell: sockets, files, clocks, SQLite, libcurl, libmicrohttpd.
shell_files =
noinst_LIBRARIES += libshell.a
libshell_a_SOURCES = $(shell_files)
