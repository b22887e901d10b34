noinst_LIBRARIES += %D%/librbld.a
%C%_librbld_a_CFLAGS = $(AM_CFLAGS) $(LDNS_CFLAGS) $(JANSSON_CFLAGS)
%C%_librbld_a_SOURCES = \
	%D%/access.c %D%/access.h \
	%D%/answer.c %D%/answer.h \
	%D%/apex.c %D%/apex.h \
	%D%/apex_priv.h \
	%D%/apex_set.c \
	%D%/cookie.c %D%/cookie.h \
	%D%/control.c %D%/control.h \
	%D%/control_run.c \
	%D%/counts.c %D%/counts.h \
	%D%/crew.c %D%/crew.h \
	%D%/handle.c %D%/handle.h \
	%D%/listen.c %D%/listen.h \
	%D%/look.c %D%/look.h \
	%D%/metrics.c %D%/metrics.h \
	%D%/metrics_top.c \
	%D%/name.c %D%/name.h \
	%D%/name_domain.c \
	%D%/name_priv.h \
	%D%/notes.c %D%/notes.h \
	%D%/notify.c %D%/notify.h \
	%D%/query.c %D%/query.h \
	%D%/rate.c %D%/rate.h \
	%D%/self.c %D%/self.h \
	%D%/serve.c %D%/serve.h \
	%D%/signs.c %D%/signs.h \
	%D%/sketch.c %D%/sketch.h \
	%D%/stats.c %D%/stats.h \
	%D%/stream.c %D%/stream.h \
	%D%/tally.c %D%/tally.h \
	%D%/tally_text.c \
	%D%/tcp.c \
	%D%/transfer.c %D%/transfer.h \
	%D%/tsig.c %D%/tsig.h \
	%D%/udp.c %D%/udp.h \
	%D%/unapplied.c %D%/unapplied.h \
	%D%/warm.c %D%/warm.h \
	%D%/watch.c %D%/watch.h

RBLD_LIBS = rbld/librbld.a $(ZONE_LIBS) $(LDNS_LIBS)

sbin_PROGRAMS += %D%/rbld
%C%_rbld_SOURCES = %D%/main.c
%C%_rbld_LDADD = $(RBLD_LIBS)
