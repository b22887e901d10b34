/* ctl_zonefile.c - rblctl zonefile: a zone for servers that know only names. */
#include "zone/ctl.h"

#include <unistd.h>

#include "base/file.h"
#include "zone/zonefile.h"

static int
put(const struct buf *b, const char *path)
{
	if (path == NULL || strcmp(path, "-") == 0) {
		fwrite(b->data, 1, b->len, stdout); /* ASCII, printable */
		return CTL_DONE;
	}
	return file_write(path, b->data, b->len, 0644) < 0
	    ? ctl_fail("%s: %m; it is as it was", path)
	    : CTL_DONE;
}

static int
run_zonefile(struct ctl *ctl, const struct ctl_args *args)
{
	bool report = ctl_given(args, "report") != NULL;
	const char *path = ctl_given(args, "output");
	const struct zone_zone_conf *zone =
	    zone_config_zone(ctl->config, span_str(args->words[0]));
	struct zone_expand_report told = { 0 };
	struct err_text why = { "" };
	struct buf b = { 0 }, words = { 0 };
	int r;

	if (zone == NULL) {
		return ctl_wrong("there is no zone \"%s\" in the "
				 "configuration",
		    args->words[0]);
	}
	if (report && path != NULL) {
		return ctl_wrong("--report writes no file: --output or "
				 "--report, not both");
	}
	if ((r = ctl_open_view(ctl)) != CTL_DONE) {
		return r;
	}
	r = zone_zonefile_write(
	    ctl->view, zone, report ? NULL : &b, &told, &why);
	zone_view_rest(ctl->view);
	if (r < 0) {
		r = ctl_failed(r, &why, zone->name);
	} else {
		zone_zonefile_report(zone, &told, &words);
		r = report ? put(&words, NULL) : put(&b, path);
		if (!report && r == CTL_DONE && words.len > 0 &&
		    told.generic + told.nodata + told.long_names > 0) {
			fprintf(stderr, "%s", words.data);
		}
	}
	buf_free(&words);
	buf_free(&b);
	return r;
}

const struct ctl_command ctl_zonefile_commands[] = {
	{ "zonefile", "ZONE",
	    "a zone as a master file: what a transfer has", 1, 1,
	    run_zonefile,
	    { { "report", NULL, "only say what a secondary cannot do", false },
		{ "output", "FILE", "put in place when it is whole",
		    false } } },
	{ 0 },
};
