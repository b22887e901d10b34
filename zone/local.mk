noinst_LIBRARIES += %D%/libzone.a
%C%_libzone_a_CFLAGS = $(AM_CFLAGS) $(JANSSON_CFLAGS) $(IDN2_CFLAGS) \
	$(PSL_CFLAGS)
%C%_libzone_a_SOURCES = \
	%D%/access.c %D%/access.h \
	%D%/accounts.c %D%/accounts.h \
	%D%/accounts_log.c \
	%D%/accounts_priv.h \
	%D%/accounts_record.c \
	%D%/amend.c %D%/amend.h \
	%D%/applied.c %D%/applied.h \
	%D%/apply.c \
	%D%/apply_address.c \
	%D%/apply_domain.c \
	%D%/backup.c %D%/backup.h \
	%D%/backup_check.c \
	%D%/backup_files.c %D%/backup_priv.h \
	%D%/block.c %D%/block.h \
	%D%/block_find.c %D%/block_priv.h \
	%D%/census.c %D%/census.h \
	%D%/change.c %D%/change_priv.h \
	%D%/change_four.c \
	%D%/config.c %D%/config.h \
	%D%/config_delist.c \
	%D%/config_priv.h \
	%D%/config_read.c \
	%D%/config_receipt.c \
	%D%/config_site.c \
	%D%/config_table.c \
	%D%/config_zone.c \
	%D%/control.c %D%/control.h \
	%D%/cover.c %D%/cover.h \
	%D%/decide.c \
	%D%/delist.c %D%/delist.h \
	%D%/delist_decide.c \
	%D%/delist_priv.h \
	%D%/delist_record.c \
	%D%/domain.c %D%/domain.h \
	%D%/entry.c %D%/entry.h \
	%D%/expand.c %D%/expand.h \
	%D%/expand_address.c \
	%D%/expand_diff.c \
	%D%/expand_domain.c \
	%D%/expand_ip.c %D%/expand_ip.h \
	%D%/expand_priv.h \
	%D%/expand_rows.c \
	%D%/find.c %D%/find.h \
	%D%/find_domain.c \
	%D%/format.c %D%/format.h \
	%D%/format_aper.c \
	%D%/format_csv.c \
	%D%/format_exim.c \
	%D%/format_flat.c \
	%D%/format_ipset.c \
	%D%/format_jsonl.c \
	%D%/format_nftables.c \
	%D%/format_opensmtpd.c \
	%D%/format_plain.c \
	%D%/format_postfix.c \
	%D%/format_rbldnsd.c \
	%D%/format_rpz.c \
	%D%/format_rspamd.c \
	%D%/format_sendmail.c \
	%D%/format_spamassassin.c \
	%D%/guard.c %D%/guard.h \
	%D%/guard_domain.c \
	%D%/guard_priv.h \
	%D%/handin.c %D%/handin.h \
	%D%/history.c %D%/history.h \
	%D%/hold.h \
	%D%/key.c %D%/key.h \
	%D%/key_forms.c \
	%D%/lately.c %D%/lately.h \
	%D%/moderate.c %D%/moderate.h \
	%D%/moved.c \
	%D%/note.c %D%/note.h \
	%D%/past.c %D%/past.h \
	%D%/pick.c %D%/pick.h \
	%D%/providers.c %D%/providers.h \
	%D%/publish.c %D%/publish.h \
	%D%/publish_changes.c \
	%D%/purge.c %D%/purge.h \
	%D%/queue.c %D%/queue.h \
	%D%/queue_change.c \
	%D%/queue_expire.c %D%/queue_expire.h \
	%D%/queue_item.c \
	%D%/queue_join.c \
	%D%/queue_origin.c \
	%D%/queue_priv.h \
	%D%/queue_raw.c \
	%D%/queue_read.c \
	%D%/queue_receipt.c \
	%D%/queue_record.c \
	%D%/queue_review.c %D%/queue_review.h \
	%D%/queue_scan.c \
	%D%/queue_tell.c %D%/queue_tell.h \
	%D%/queue_verify.c \
	%D%/rbldnsd_ip.c \
	%D%/rbldnsd_later.c \
	%D%/rbldnsd_out.c \
	%D%/rbldnsd_priv.h \
	%D%/rbldnsd_special.c \
	%D%/rbldnsd_words.c \
	%D%/record.h \
	%D%/restore.c %D%/restore_old.c \
	%D%/review.c %D%/review.h \
	%D%/reviewed.c %D%/reviewed.h \
	%D%/series.c %D%/series.h \
	%D%/series_dns.c \
	%D%/series_fill.c %D%/series_fill.h \
	%D%/series_priv.h \
	%D%/series_queue.c \
	%D%/sessions.c \
	%D%/standing.c %D%/standing.h \
	%D%/store.c %D%/store.h \
	%D%/store_copy.c \
	%D%/store_priv.h \
	%D%/store_rows.c \
	%D%/submitters.c %D%/submitters.h \
	%D%/subscribers.c %D%/subscribers.h \
	%D%/suffix.c %D%/suffix.h \
	%D%/suspend.c %D%/suspend.h \
	%D%/sweep.c %D%/sweep.h \
	%D%/totp.c %D%/totp.h \
	%D%/verify.c %D%/verify.h \
	%D%/verify_past.c \
	%D%/view.c %D%/view.h \
	%D%/view_blocks.c %D%/view_places.h \
	%D%/view_keep.c \
	%D%/view_priv.h \
	%D%/walk.c \
	%D%/within.c %D%/within.h \
	%D%/words.c %D%/words.h \
	%D%/zonefile.c %D%/zonefile.h

# The built-in table: each line of the file as a string.
nodist_%C%_libzone_a_SOURCES = %D%/providers_table.c
CLEANFILES += %D%/providers_table.c
dist_pkgdata_DATA += %D%/rbl-providers.conf
dist_pkgdata_DATA += %D%/rbl-lists.conf
%D%/providers_table.c: $(srcdir)/%D%/rbl-providers.conf
	@test -d %D% || mkdir %D%
	$(AM_V_GEN){ \
	printf '/* made from rbl-providers.conf */\n'; \
	printf 'extern const char *const zone_providers_builtin[];\n'; \
	printf 'const char *const zone_providers_builtin[] = {\n'; \
	$(SED) -e 's/["\\]/\\&/g' -e 's/.*/	"&",/' \
	    $(srcdir)/%D%/rbl-providers.conf; \
	printf '	0\n};\n'; } >$@-t && mv $@-t $@

bin_PROGRAMS += %D%/rblctl
%C%_rblctl_CFLAGS = $(AM_CFLAGS) $(JANSSON_CFLAGS)
%C%_rblctl_SOURCES = \
	%D%/ctl.c %D%/ctl.h \
	%D%/ctl_access.c \
	%D%/ctl_args.c \
	%D%/ctl_ask.c %D%/ctl_ask.h \
	%D%/ctl_backup.c \
	%D%/ctl_check.c %D%/ctl_check.h \
	%D%/ctl_check_lists.c \
	%D%/ctl_digest.c \
	%D%/ctl_entry.c \
	%D%/ctl_history.c \
	%D%/ctl_import.c \
	%D%/ctl_lines.c \
	%D%/ctl_list.c \
	%D%/ctl_open.c \
	%D%/ctl_out.c \
	%D%/ctl_past.c \
	%D%/ctl_question.c %D%/ctl_question.h \
	%D%/ctl_providers.c \
	%D%/ctl_publish.c \
	%D%/ctl_rsync.c \
	%D%/ctl_queue.c %D%/ctl_queue.h \
	%D%/ctl_queue_keep.c \
	%D%/ctl_queue_show.c \
	%D%/ctl_request.c \
	%D%/ctl_selftest.c \
	%D%/ctl_store.c \
	%D%/ctl_submitter.c \
	%D%/ctl_subscriber.c \
	%D%/ctl_test.c \
	%D%/ctl_upkeep.c \
	%D%/ctl_user.c \
	%D%/ctl_verify.c \
	%D%/ctl_zonefile.c \
	%D%/rblctl.c
%C%_rblctl_LDADD = $(ZONE_LIBS)
