dist_man_MANS += \
	%D%/man/rbl-ingest.1 \
	%D%/man/rbl-www.8 \
	%D%/man/rbl.conf.5 \
	%D%/man/rblctl.8 \
	%D%/man/rbld.8
dist_doc_DATA += \
	README \
	%D%/ARCHITECTURE \
	%D%/BENCHMARKS \
	%D%/FORMATS \
	%D%/HACKING \
	%D%/USING \
	%D%/item.png \
	%D%/queue.png \
	%D%/rbl.conf.sample

# Units of systemd, with the paths of this build. They go to systemd only where
# configure was told so; else to the documentation.
units = \
	%D%/systemd/rbl-ingest-lmtp.service \
	%D%/systemd/rbl-ingest-maildir@.service \
	%D%/systemd/rbl-publish.service \
	%D%/systemd/rbl-rsync.service \
	%D%/systemd/rbl-rsync.timer \
	%D%/systemd/rbl-sweep.service \
	%D%/systemd/rbl-sweep.timer \
	%D%/systemd/rbl-www.service \
	%D%/systemd/rbld.service
EXTRA_DIST += \
	%D%/systemd/rbl-ingest-lmtp.service.in \
	%D%/systemd/rbl-ingest-maildir@.service.in \
	%D%/systemd/rbl-publish.service.in \
	%D%/systemd/rbl-rsync.service.in \
	%D%/systemd/rbl-rsync.timer.in \
	%D%/systemd/rbl-sweep.service.in \
	%D%/systemd/rbl-sweep.timer.in \
	%D%/systemd/rbl-www.service.in \
	%D%/systemd/rbld.service.in
CLEANFILES += $(units)
if SYSTEMD
systemdsystemunitdir = $(SYSTEMD_UNITS)
else
systemdsystemunitdir = $(docdir)/systemd
endif
nodist_systemdsystemunit_DATA = $(units)
$(units): Makefile
	@$(MKDIR_P) %D%/systemd
	$(AM_V_GEN)$(SED) \
	    -e 's,@bindir[@],$(bindir),g' \
	    -e 's,@sbindir[@],$(sbindir),g' \
	    -e 's,@sysconfdir[@],$(sysconfdir),g' \
	    -e 's,@localstatedir[@],$(localstatedir),g' \
	    '$(srcdir)/$@.in' >'$@.new' && mv '$@.new' '$@'
%D%/systemd/rbl-ingest-lmtp.service: %D%/systemd/rbl-ingest-lmtp.service.in
%D%/systemd/rbl-ingest-maildir@.service: \
	%D%/systemd/rbl-ingest-maildir@.service.in
%D%/systemd/rbl-publish.service: %D%/systemd/rbl-publish.service.in
%D%/systemd/rbl-rsync.service: %D%/systemd/rbl-rsync.service.in
%D%/systemd/rbl-rsync.timer: %D%/systemd/rbl-rsync.timer.in
%D%/systemd/rbl-sweep.service: %D%/systemd/rbl-sweep.service.in
%D%/systemd/rbl-sweep.timer: %D%/systemd/rbl-sweep.timer.in
%D%/systemd/rbl-www.service: %D%/systemd/rbl-www.service.in
%D%/systemd/rbld.service: %D%/systemd/rbld.service.in
