noinst_LIBRARIES += %D%/libzone.a
%C%_libzone_a_CFLAGS = $(AM_CFLAGS) $(JANSSON_CFLAGS) $(IDN2_CFLAGS)
%C%_libzone_a_SOURCES = \
	%D%/accounts.c %D%/accounts.h \
	%D%/accounts_priv.h \
	%D%/accounts_record.c \
	%D%/apply.c \
	%D%/apply_address.c \
	%D%/block.c %D%/block.h \
	%D%/change.c %D%/change_priv.h \
	%D%/config.c %D%/config.h \
	%D%/config_priv.h \
	%D%/config_read.c \
	%D%/config_table.c \
	%D%/config_zone.c \
	%D%/entry.c %D%/entry.h \
	%D%/find.c %D%/find.h \
	%D%/guard.c %D%/guard.h \
	%D%/history.c %D%/history.h \
	%D%/key.c %D%/key.h \
	%D%/key_forms.c \
	%D%/moderate.c %D%/moderate.h \
	%D%/queue.c %D%/queue.h \
	%D%/queue_change.c \
	%D%/queue_item.c \
	%D%/queue_priv.h \
	%D%/queue_read.c \
	%D%/queue_record.c \
	%D%/record.h \
	%D%/sessions.c \
	%D%/store.c %D%/store.h \
	%D%/store_priv.h \
	%D%/store_rows.c \
	%D%/verify.c %D%/verify.h \
	%D%/view.c %D%/view.h \
	%D%/view_priv.h \
	%D%/walk.c
