noinst_LIBRARIES += %D%/libzone.a
%C%_libzone_a_CFLAGS = $(AM_CFLAGS) $(JANSSON_CFLAGS) $(IDN2_CFLAGS)
%C%_libzone_a_SOURCES = \
	%D%/config.c %D%/config.h \
	%D%/config_priv.h \
	%D%/config_read.c \
	%D%/config_table.c \
	%D%/config_zone.c \
	%D%/entry.c %D%/entry.h \
	%D%/guard.c %D%/guard.h \
	%D%/key.c %D%/key.h \
	%D%/key_forms.c
