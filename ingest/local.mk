noinst_LIBRARIES += %D%/libingest.a
%C%_libingest_a_CFLAGS = $(AM_CFLAGS) $(GMIME_CFLAGS) $(ARCHIVE_CFLAGS)
%C%_libingest_a_SOURCES = \
	%D%/advice.c %D%/advice.h \
	%D%/advice_domain.c \
	%D%/advice_priv.h \
	%D%/advice_sender.c \
	%D%/analyse.c \
	%D%/archive.c %D%/archive.h \
	%D%/charset.c %D%/charset.h \
	%D%/child.c \
	%D%/cmd.c %D%/cmd.h \
	%D%/contents.c \
	%D%/domain.c %D%/domain.h \
	%D%/dynamic.c \
	%D%/evidence.c \
	%D%/excerpt.c %D%/excerpt.h \
	%D%/flow.c %D%/flow.h \
	%D%/guess.c %D%/guess.h \
	%D%/head.c %D%/head.h \
	%D%/html.c %D%/html.h \
	%D%/ip.c %D%/ip.h \
	%D%/inline.c \
	%D%/json.c \
	%D%/language.c %D%/language.h \
	%D%/labels.c %D%/labels.h \
	%D%/little.c %D%/little.h \
	%D%/intake.c %D%/intake.h \
	%D%/lmtp.c %D%/lmtp.h \
	%D%/maildir.c \
	%D%/mbox.c \
	%D%/roads.h \
	%D%/serve.c %D%/serve.h \
	%D%/serve_conn.c \
	%D%/serve_job.c \
	%D%/serve_listen.c \
	%D%/serve_priv.h \
	%D%/stay.c %D%/stay.h \
	%D%/commit.c %D%/commit.h \
	%D%/links.c %D%/links.h \
	%D%/mail.c %D%/mail.h \
	%D%/message.c %D%/message.h \
	%D%/mime.c %D%/mime.h \
	%D%/msg.c %D%/msg.h \
	%D%/param.c %D%/param.h \
	%D%/paste.c %D%/paste.h \
	%D%/providers.c %D%/providers.h \
	%D%/receipt.c %D%/receipt.h \
	%D%/receipt_run.c \
	%D%/quote.c %D%/quote.h \
	%D%/received.c %D%/received.h \
	%D%/report.c %D%/report.h \
	%D%/result.c %D%/result.h \
	%D%/sandbox.c %D%/sandbox.h \
	%D%/sender.c %D%/sender.h \
	%D%/sender_tricks.c \
	%D%/submit.c %D%/submit.h \
	%D%/tnef.c %D%/tnef.h \
	%D%/unwrap.c %D%/unwrap.h %D%/unwrap_priv.h \
	%D%/uu.c %D%/uu.h \
	%D%/walk.c %D%/walk.h \
	%D%/who.c %D%/who.h \
	%D%/worker.c %D%/worker.h \
	%D%/worker_priv.h

INGEST_LIBS = ingest/libingest.a $(ZONE_LIBS) $(GMIME_LIBS) \
	$(ARCHIVE_LIBS) $(SECCOMP_LIBS)

bin_PROGRAMS += %D%/rbl-ingest
%C%_rbl_ingest_SOURCES = %D%/main.c
%C%_rbl_ingest_LDADD = $(INGEST_LIBS)
