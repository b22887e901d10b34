# www: HTTP to pages.

noinst_LIBRARIES += %D%/libwww.a
%C%_libwww_a_CFLAGS = $(AM_CFLAGS) $(MICROHTTPD_CFLAGS) \
	$(GNUTLS_CFLAGS) $(JANSSON_CFLAGS)
%C%_libwww_a_SOURCES = \
	%D%/accesslog.c %D%/accesslog.h \
	%D%/analysis.c %D%/analysis.h \
	%D%/answers.c %D%/answers.h \
	%D%/ask.c %D%/ask.h \
	%D%/chain.c %D%/chain.h \
	%D%/chart.c %D%/chart.h \
	%D%/check.c %D%/check.h \
	%D%/claims.c %D%/claims.h \
	%D%/clients.c %D%/clients.h \
	%D%/cover.c %D%/cover.h \
	%D%/decision.c %D%/decision.h \
	%D%/delist.h \
	%D%/device.c %D%/device.h \
	%D%/draft.c %D%/draft.h \
	%D%/excerpt.c %D%/excerpt.h \
	%D%/fetch.c %D%/fetch.h \
	%D%/form.c %D%/form.h \
	%D%/head.c %D%/head.h \
	%D%/hops.c %D%/hops.h \
	%D%/html.c %D%/html.h \
	%D%/http.c %D%/http.h \
	%D%/item.h \
	%D%/lang.c %D%/lang.h %D%/lang_mo.h \
	%D%/limit.c %D%/limit.h \
	%D%/listen.c %D%/listen.h \
	%D%/log.c %D%/log.h \
	%D%/lookup_json.c \
	%D%/notes.c %D%/notes.h \
	%D%/page.c %D%/page.h \
	%D%/pages.h \
	%D%/pages_account.c \
	%D%/pages_change.c \
	%D%/pages_decide.c \
	%D%/pages_delist.c \
	%D%/pages_entries.c \
	%D%/pages_entry.c \
	%D%/pages_item.c \
	%D%/pages_lists.c \
	%D%/pages_log.c \
	%D%/pages_log_file.c \
	%D%/pages_login.c \
	%D%/pages_lookup.c \
	%D%/pages_public.c \
	%D%/pages_queue.c \
	%D%/pages_removed.c \
	%D%/pages_request.c \
	%D%/pages_requests.c \
	%D%/pages_review.c \
	%D%/pages_stats.c \
	%D%/pages_submitters.c \
	%D%/pages_ticket.c \
	%D%/pages_users.c \
	%D%/past.c %D%/past.h \
	%D%/prospect.c %D%/prospect.h \
	%D%/qr.c %D%/qr.h \
	%D%/queue_act.c \
	%D%/queue_ask.c %D%/queue_ask.h \
	%D%/queue_bulk.c \
	%D%/queue_done.c %D%/queue_done.h \
	%D%/queue_filter.c %D%/queue_filter.h \
	%D%/queue_find.c \
	%D%/queue_group.c %D%/queue_group.h \
	%D%/queue_row.c %D%/queue_row.h \
	%D%/queue_text.c %D%/queue_text.h \
	%D%/raw.c %D%/raw.h \
	%D%/request.h \
	%D%/route.c %D%/route.h \
	%D%/script.c %D%/script.h \
	%D%/session.c %D%/session.h \
	%D%/show.c %D%/show.h \
	%D%/site.c %D%/site.h \
	%D%/stamp.c %D%/stamp.h \
	%D%/stats.c %D%/stats.h \
	%D%/story.c %D%/story.h \
	%D%/style.c %D%/style.h \
	%D%/throttle.c %D%/throttle.h \
	%D%/tls.c %D%/tls.h \
	%D%/told.c %D%/told.h \
	%D%/typed.c \
	%D%/votes.c %D%/votes.h \
	%D%/words.c
nodist_%C%_libwww_a_SOURCES = %D%/style_css.c %D%/lang_el.c
nodist_%C%_libwww_a_SOURCES += %D%/script_js.c

# For visitors.
%C%_libwww_a_SOURCES += \
	%D%/news.c %D%/news.h \
	%D%/counts.c %D%/counts.h \
	%D%/multipart.c %D%/multipart.h \
	%D%/pages_status.c \
	%D%/pulse.c %D%/pulse.h \
	%D%/pages_about.c \
	%D%/pages_home.c \
	%D%/pages_mine.c \
	%D%/pages_submit.c \
	%D%/quota.c %D%/quota.h \
	%D%/spool.c %D%/spool.h \
	%D%/submitter.h \
	%D%/pages_news.c \
	%D%/pages_policy.c \
	%D%/pages_use.c \
	%D%/prose.c %D%/prose.h \
	%D%/using.c %D%/using.h
nodist_%C%_libwww_a_SOURCES += %D%/using_lines.c
EXTRA_DIST += %D%/style.css
CLEANFILES += %D%/style_css.c

# The style sheet as one string of C, without remarks and blanks that only
# people need.
%D%/style_css.c: %D%/style.css
	$(AM_V_GEN)$(MKDIR_P) %D% && { \
		printf '#include "www/style.h"\n\nconst char www_style[] =\n'; \
		$(SED) -e 's,/\* .* \*/,,' -e 's/^		*/ /' -e 's/ {/{/' \
			-e 's/{ /{/' -e 's/; }/}/g' -e 's/: /:/g' \
			-e 's/, /,/g' -e 's/ > />/g' -e '/^ *$$/d' \
			-e 's/\\/\\\\/g' -e 's/"/\\"/g' \
			-e 's/^/"/' -e 's/$$/\\n"/' \
			$(srcdir)/%D%/style.css; \
		printf ';\n'; \
	} > $@.tmp && mv $@.tmp $@

# The script likewise.
%D%/script_js.c: %D%/script.js
	$(AM_V_GEN)$(MKDIR_P) %D% && { \
		printf '#include "www/script.h"\n\nconst char www_script[] =\n'; \
		$(SED) -e 's/\\/\\\\/g' -e 's/"/\\"/g' -e 's/^/"/' \
			-e 's/$$/\\n"/' $(srcdir)/%D%/script.js; \
		printf ';\n'; \
	} > $@.tmp && mv $@.tmp $@
EXTRA_DIST += %D%/script.js
CLEANFILES += %D%/script_js.c
# doc/USING, each line as a string, without its remarks at the top.
%D%/using_lines.c: $(srcdir)/doc/USING
	$(AM_V_GEN)$(MKDIR_P) %D% && { \
		printf '#include "www/using.h"\n\n'; \
		printf 'const char *const www_using_lines[] = {\n'; \
		$(SED) -e '1,/^@page/{/^#/d;}' -e 's/["\\]/\\&/g' \
			-e 's/.*/	"&",/' $(srcdir)/doc/USING; \
		printf '	0\n};\n'; \
	} > $@.tmp && mv $@.tmp $@
CLEANFILES += %D%/using_lines.c

# The words in Greek: what msgfmt makes of po/el.po, as bytes of C. It checks
# that a translation asks for the same arguments.
%D%/lang_el.c: po/el.po
	$(AM_V_GEN)$(MKDIR_P) %D% && \
		$(MSGFMT) -c --endianness=little -o $@.mo $(srcdir)/po/el.po && { \
		printf '#include "www/lang_mo.h"\n\n'; \
		printf 'const uint8_t www_lang_el[] = {\n'; \
		od -An -v -tu1 $@.mo | \
			$(SED) -e 's/  */,/g' -e 's/^,//' -e 's/$$/,/'; \
		printf '};\nconst size_t www_lang_el_len = '; \
		printf 'sizeof(www_lang_el);\n'; \
	} > $@.tmp && mv $@.tmp $@
EXTRA_DIST += po/el.po
CLEANFILES += %D%/lang_el.c %D%/lang_el.c.mo

# What stands in the pages, for translators: make po/rbld.pot, then
# msgmerge -U po/el.po po/rbld.pot.
po/rbld.pot: $(srcdir)/www/*.c $(srcdir)/www/*.h
	$(AM_V_GEN)$(MKDIR_P) po && XGETTEXT="$(XGETTEXT)" \
		sh $(srcdir)/po/extract.sh $(srcdir) $@
EXTRA_DIST += po/extract.sh
CLEANFILES += po/rbld.pot

WWW_LIBS = %D%/libwww.a $(ZONE_LIBS) $(MICROHTTPD_LIBS) $(GNUTLS_LIBS) -lm

sbin_PROGRAMS += %D%/rbl-www
%C%_rbl_www_SOURCES = %D%/main.c
%C%_rbl_www_CFLAGS = $(AM_CFLAGS) $(GNUTLS_CFLAGS) $(JANSSON_CFLAGS)
%C%_rbl_www_LDADD = $(WWW_LIBS)
