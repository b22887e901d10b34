/* ctl_rsync.c - rblctl rsync-config: what an rsync daemon needs to serve what
 * is published to the subscribers, and to nobody else.
 *
 *	DIR/rsyncd.conf      a module "lists" for those who may have all, and
 *	                     one for each list, with its files alone
 *	DIR/rsyncd.secrets   NAME:PASSWORD, mode 600
 *
 * The daemon is bound to the folder of one version by chroot, reads as nobody,
 * and follows no link. Names of hosts are not asked for: a rule by name fails
 * open when the name does not resolve.
 */
#include <errno.h>
#include <stdlib.h>
#include <sys/stat.h>

#include "base/file.h"
#include "base/when.h"
#include "zone/ctl.h"
#include "zone/subscribers.h"

struct rsync {
	struct ctl *ctl;
	int64_t now;
	struct buf secrets;
	struct buf all;    /* names of those who may have every list */
	struct buf *lists; /* the same for each list */
	unsigned n;
	bool no_key;
};

static void
add_name(struct buf *b, const char *name)
{
	buf_fmt(b, "%s%s", b->len > 0 ? ", " : "", name);
}

static int
one(const struct zone_subscriber *s, const char *secret, void *ctx)
{
	const struct zone_config *config;
	struct rsync *r = ctx;

	if (zone_subscriber_over(s, r->now)) {
		return 0;
	}
	if (secret == NULL) {
		r->no_key = true;
		return 0;
	}
	r->n++;
	config = r->ctl->config;
	buf_fmt(&r->secrets, "%s:%s\n", s->name, secret);
	if (s->n_lists == 0) {
		add_name(&r->all, s->name);
	}
	for (size_t i = 0; i < config->n_lists; i++) {
		if (zone_subscriber_may(s, span_str(config->lists[i].name))) {
			add_name(&r->lists[i], s->name);
		}
	}
	return r->secrets.bad || r->all.bad ? ERR_NOMEM : 0;
}

/* LIST NULL: all of them. */
static void
put_module(struct buf *b, const struct zone_config *config, const char *list,
    const struct buf *users, const char *secrets)
{
	if (users->len == 0) { /* without "auth users" it would be open */
		return;
	}
	buf_fmt(b, "\n[%s]\n", list != NULL ? list : "lists");
	buf_fmt(b, "\tpath = %s/current\n", config->publish.dir);
	buf_fmt(b, "\tauth users = %s\n", users->data);
	buf_fmt(b, "\tsecrets file = %s\n\tstrict modes = yes\n", secrets);
	if (list != NULL) {
		/* a zone's file has the lists of that zone, whatever its
		 * name begins with */
		buf_fmt(b, "\tfilter = - /*.zonefile* + /%s.* - *\n", list);
	}
}

static int
put_hosts(struct buf *b, const struct ctl_args *args)
{
	bool any = false;

	for (unsigned i = 0; i < args->n_given; i++) {
		struct net_prefix p;

		if (strcmp(args->given[i].option->name, "allow") != 0) {
			continue;
		}
		if (net_prefix_parse(span_str(args->given[i].value), &p) < 0) {
			return ctl_wrong("--allow \"%.60s\": expected an "
					 "address or a prefix; names would "
					 "let everybody in when they do not "
					 "resolve",
			    args->given[i].value);
		}
		buf_fmt(b, "%s%s", any ? " " : "hosts allow = ",
		    args->given[i].value);
		any = true;
	}
	buf_str(b, any ? "\nhosts deny = *\n" : "");
	return CTL_DONE;
}

/* Daemons read it with each connection, but nothing is written in vain. */
static int
put_file(const char *path, const struct buf *b, unsigned mode)
{
	struct buf now = { 0 };
	struct stat st;
	bool same;
	int r = CTL_DONE;

	same = file_read(path, 16u << 20, &now) == 0 && now.len == b->len &&
	    (b->len == 0 || memcmp(now.data, b->data, b->len) == 0) &&
	    stat(path, &st) == 0 && (st.st_mode & 07777) == mode;
	if (now.data != NULL) {
		secret_wipe(now.data, now.len);
	}
	buf_free(&now);
	if (same) {
		printf("%s is as it should be\n", path);
	} else if (file_write(path, b->len > 0 ? b->data : "", b->len, mode) <
	    0) {
		r = ctl_fail("%s: %m", path);
	} else {
		printf("%s is written\n", path);
	}
	return r;
}

static const char head[] =
    "# made by \"rblctl rsync-config\": what is changed here is lost\n"
    "uid = %s\ngid = %s\n"
    "use chroot = yes\n"
    "read only = yes\n"
    "list = no\n"
    "munge symlinks = no\n"
    "max connections = 20\n"
    "timeout = 600\n"
    "reverse lookup = no\n"
    "forward lookup = no\n"
    "dont compress = *\n"
    "refuse options = delete\n";

static int
run_rsync(struct ctl *ctl, const struct ctl_args *args)
{
	const struct zone_config *config = ctl->config;
	const char *dir = args->words[0], *user = ctl_given(args, "user");
	const char *group = ctl_given(args, "group");
	struct rsync r = { .ctl = ctl, .now = when_now() };
	struct buf conf = { 0 }, conf_path = { 0 }, secrets_path = { 0 };
	int e;

	for (const char *p = dir; *p != '\0'; p++) {
		if ((unsigned char)*p <= ' ' || *p == '#' || *p == '%') {
			return ctl_wrong("rsync-config: the folder's name has "
					 "a character that rsyncd.conf cannot "
					 "hold");
		}
	}
	if (dir[0] != '/') {
		return ctl_wrong("rsync-config: expected an absolute path");
	}
	if ((e = ctl_open_accounts(ctl, ZONE_READ)) != CTL_DONE) {
		return e;
	}
	r.lists = calloc(config->n_lists + 1, sizeof(r.lists[0]));
	if (r.lists == NULL) {
		return ctl_fail("no memory");
	}
	e = zone_subscriber_each(ctl->accounts, one, &r);
	if (e < 0) {
		e = ctl_failed(e, NULL, "accounts");
		goto out;
	}
	buf_fmt(&conf_path, "%s/rsyncd.conf", dir);
	buf_fmt(&secrets_path, "%s/rsyncd.secrets", dir);
	buf_fmt(&conf, head, user != NULL ? user : "nobody",
	    group != NULL ? group : "nogroup");
	if ((e = put_hosts(&conf, args)) != CTL_DONE) {
		goto out;
	}
	put_module(&conf, config, NULL, &r.all, secrets_path.data);
	for (size_t i = 0; i < config->n_lists; i++) {
		/* "lists" is all of them */
		if (strcmp(config->lists[i].name, "lists") != 0) {
			put_module(&conf, config, config->lists[i].name,
			    &r.lists[i], secrets_path.data);
		}
	}
	if (conf.bad || conf_path.bad || secrets_path.bad || r.secrets.bad) {
		e = ctl_fail("no memory");
		goto out;
	}
	/* first the secrets: whoever is removed is out at once */
	e = put_file(secrets_path.data, &r.secrets, 0600);
	if (e == CTL_DONE) {
		e = put_file(conf_path.data, &conf, 0644);
	}
	if (e == CTL_DONE) {
		printf("subscribers %u\n", r.n);
	}
out:
	for (size_t i = 0; i < config->n_lists; i++) {
		buf_free(&r.lists[i]);
	}
	free(r.lists);
	if (r.secrets.data != NULL) {
		secret_wipe(r.secrets.data, r.secrets.len);
	}
	buf_free(&r.secrets);
	buf_free(&r.all);
	buf_free(&conf);
	buf_free(&conf_path);
	buf_free(&secrets_path);
	return e;
}

const struct ctl_command ctl_rsync_commands[] = {
	{ "rsync-config", "DIR",
	    "write rsyncd.conf and rsyncd.secrets for the subscribers", 1, 1,
	    run_rsync,
	    { { "allow", "PREFIX", "who may connect; may be repeated", true },
		{ "user", "NAME", "as whom the daemon reads; nobody", false },
		{ "group", "NAME", "nogroup", false } } },
	{ 0 },
};
