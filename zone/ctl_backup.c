/* ctl_backup.c - rblctl backup, restore. */
#include "zone/ctl.h"

#include <stdlib.h>

#include "base/log.h"
#include "base/secret.h"
#include "base/when.h"
#include "zone/backup.h"

#define PATH_ROOM 4000

/* DIR as it was given, without "/" at its end. */
static int
want_dir(const char *text, char out[PATH_ROOM])
{
	size_t len = strlen(text);

	while (len > 1 && text[len - 1] == '/') {
		len--;
	}
	if (len == 0 || len >= PATH_ROOM) {
		return ctl_wrong(
		    "expected a DIR of 1 to %d bytes", PATH_ROOM - 1);
	}
	memcpy(out, text, len);
	out[len] = '\0';
	return CTL_DONE;
}

static int
run_backup(struct ctl *ctl, const struct ctl_args *args)
{
	struct zone_manifest m;
	struct err_text why = { "" };
	char dir[PATH_ROOM];
	uint64_t bytes = 0;
	int r = want_dir(args->words[0], dir);

	if (r != CTL_DONE) {
		return r;
	}
	if ((r = secret_init()) < 0) {
		return ctl_failed(r, NULL, "no randomness");
	}
	r = zone_backup_make(
	    ctl->config->data_dir, ctl->config->map_size, dir, &m, &why);
	if (r < 0) {
		return ctl_failed(r, &why, "backup");
	}
	for (unsigned p = 0; p < ZONE_BACKUP_PARTS; p++) {
		bytes += m.parts[p].bytes;
	}
	printf("backup of serial %llu, %llu bytes: ",
	    (unsigned long long)m.serial, (unsigned long long)bytes);
	ctl_print_span(span_str(dir));
	printf("\n");
	return CTL_DONE;
}

static int
say_restored(const struct ctl *ctl, const struct zone_restored *done)
{
	char when[WHEN_TEXT];

	if (done->leapt) {
		log_event(LOG_WARN,
		    "the store before could not be read (%s), so the serial "
		    "leaps",
		    done->unread.text);
	}
	printf("restored serial %llu of %s; the serial is %llu now\n",
	    (unsigned long long)done->manifest.serial,
	    when_format(when, done->manifest.time),
	    (unsigned long long)done->serial);
	for (unsigned p = 0; p < ZONE_BACKUP_PARTS; p++) {
		if (done->kept[p][0] != '\0') {
			printf("what was there is ");
			ctl_print_span(span_str(ctl->config->data_dir));
			printf("/%s\n", done->kept[p]);
		}
	}
	return CTL_DONE;
}

static int
run_restore(struct ctl *ctl, const struct ctl_args *args)
{
	struct zone_restore restore = { .data_dir = ctl->config->data_dir,
		.map_size = ctl->config->map_size,
		.all = ctl_given(args, "all") != NULL,
		.by = ctl->by };
	const char *beyond = ctl_given(args, "beyond");
	bool last = ctl_given(args, "last") != NULL;
	struct zone_restored done;
	struct err_text why = { "" };
	char dir[PATH_ROOM];
	int r;

	if (last == (args->n_words == 1)) {
		return ctl_wrong(
		    "restore: expected the DIR of a backup, or --last");
	}
	if (beyond != NULL &&
	    (r = ctl_want_number(
		 "--beyond", beyond, INT64_MAX, &restore.beyond)) != 0) {
		return r;
	}
	if (last) {
		r = zone_backup_last(restore.data_dir, dir, sizeof(dir), &why);
		if (r < 0) {
			return ctl_failed(r, &why, "restore");
		}
	} else if ((r = want_dir(args->words[0], dir)) != CTL_DONE) {
		return r;
	}
	if ((r = secret_init()) < 0) {
		return ctl_failed(r, NULL, "no randomness");
	}
	restore.dir = dir;
	r = zone_restore(&restore, &done, &why);
	return r < 0 ? ctl_failed(r, &why, "restore")
		     : say_restored(ctl, &done);
}

const struct ctl_command ctl_backup_commands[] = {
	{ "backup", "DIR", "copy all environments into a new folder", 1, 1,
	    run_backup, { { 0 } } },
	{ "restore", "DIR|--last", "put a backup of the store in its place", 0,
	    1, run_restore,
	    { { "last", NULL, "the backup that was made last", false },
		{ "all", NULL, "queue and accounts as well", false },
		{ "beyond", "SERIAL", "the serial becomes greater than this",
		    false } } },
	{ 0 },
};
