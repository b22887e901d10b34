noinst_LIBRARIES += %D%/libbase.a
%C%_libbase_a_CFLAGS = $(AM_CFLAGS) $(CONFUSE_CFLAGS) $(SODIUM_CFLAGS) \
	$(NETTLE_CFLAGS) $(ZLIB_CFLAGS)
%C%_libbase_a_SOURCES = \
	%D%/arena.c %D%/arena.h \
	%D%/buf.c %D%/buf.h \
	%D%/bytes.h \
	%D%/conf.c %D%/conf.h \
	%D%/conf_priv.h %D%/conf_walk.c \
	%D%/crc.c %D%/crc.h \
	%D%/digest.c %D%/digest.h \
	%D%/err.c %D%/err.h \
	%D%/file.c %D%/file.h \
	%D%/gzip.c %D%/gzip.h \
	%D%/log.c %D%/log.h \
	%D%/net.c %D%/net.h \
	%D%/secret.c %D%/secret.h \
	%D%/text.c %D%/text.h \
	%D%/when.c %D%/when.h
