/* publish.c - all exports as one folder that changes at once. */
#include "zone/publish.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/file.h"
#include "base/gzip.h"
#include "base/secret.h"
#include "base/when.h"
#include "zone/format.h"
#include "zone/history.h"
#include "zone/zonefile.h"

#define VERSION 1     /* of what is written: another one writes all anew */
#define OLD_KEPT 600  /* seconds that a version stays behind its successor */
#define OLD_MOST 8    /* versions */
#define MANIFEST_MAX (4u << 20)

struct job {
	const struct zone_config *config;
	struct zone_view *view;
	int root;            /* DIR */
	int old, new;        /* folders; old -1: none */
	char old_name[64], new_name[64], tmp_name[64];
	json_t *before, *files; /* of the manifests */
	uint64_t serial, before_serial;
	int64_t time;
	char settings[17];
	bool same_settings;
	struct zone_published *ret;
	struct err_text *why;
};

static int
failed(struct job *j, const char *what)
{
	return err_say(j->why, ERR_SYS, "%s: %s", what, strerror(errno));
}

/* ---- what was published before ------------------------------------------- */

static json_t *
file_before(const struct job *j, const char *name)
{
	json_t *files = json_object_get(j->before, "files");
	const char *is;
	json_t *f;
	size_t i;

	json_array_foreach(files, i, f)
	{
		is = json_string_value(json_object_get(f, "name"));
		if (is != NULL && strcmp(is, name) == 0) {
			return f;
		}
	}
	return NULL;
}

/* What the bytes depend on besides entries and serial. */
static void
settle(struct job *j)
{
	const struct zone_config *c = j->config;
	struct buf b = { 0 };
	uint8_t hash[32];

	buf_fmt(&b, "%d %s\n%s\n", VERSION,
	    c->publish.licence != NULL ? c->publish.licence : "",
	    c->www.n_listen > 0 ? c->www.url : "");
	for (size_t i = 0; i < c->n_lists; i++) {
		buf_fmt(&b, "%s %d %u\n", c->lists[i].name,
		    (int)c->lists[i].kind, (unsigned)c->lists[i].code);
	}
	for (size_t i = 0; i < c->publish.n_formats; i++) {
		buf_fmt(&b, "%s\n", c->publish.formats[i]);
	}
	for (size_t i = 0; i < c->n_zones; i++) { /* what stands in its SOA */
		const struct zone_zone_conf *z = &c->zones[i];

		buf_fmt(&b, "%s %s %s %u %u %u %u\n", z->name,
		    z->mname != NULL ? z->mname : "", z->hostmaster,
		    z->refresh, z->retry, z->expire, z->negative_ttl);
	}
	secret_hash(b.data, b.len, hash);
	digest_hex(hash, 8, j->settings);
	buf_free(&b);
}

static int
read_before(struct job *j)
{
	struct buf b = { 0 };
	const char *settings;
	int fd;
	ssize_t n;

	n = readlinkat(
	    j->root, "current", j->old_name, sizeof(j->old_name) - 1);
	if (n <= 0) {
		return 0;
	}
	j->old_name[n] = '\0';
	j->old = openat(j->root, j->old_name,
	    O_RDONLY | O_DIRECTORY | O_CLOEXEC | O_NOFOLLOW);
	fd = j->old >= 0
	    ? openat(j->old, "manifest.json", O_RDONLY | O_CLOEXEC)
	    : -1;
	if (fd >= 0) {
		if (file_read_fd(fd, MANIFEST_MAX, &b) == 0) {
			j->before = json_loadb(b.data, b.len, 0, NULL);
		}
		close(fd);
		buf_free(&b);
	}
	j->before_serial = (uint64_t)json_integer_value(
	    json_object_get(j->before, "serial"));
	settings =
	    json_string_value(json_object_get(j->before, "settings"));
	j->same_settings =
	    settings != NULL && strcmp(settings, j->settings) == 0;
	return 0;
}

/* ---- files --------------------------------------------------------------- */

static int
write_one(struct job *j, const char *name, const void *data, size_t len)
{
	int fd = openat(
	    j->new, name, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0644);
	int r = 0;

	if (fd < 0) {
		return failed(j, name);
	}
	/* the umask says nothing here: it is for readers */
	if (fchmod(fd, 0644) != 0 || file_write_fd(fd, data, len) < 0 ||
	    fsync(fd) != 0) {
		r = failed(j, name);
	}
	close(fd);
	return r;
}

static int
keep_one(struct job *j, const char *name, const char *suffix)
{
	char full[400];

	snprintf(full, sizeof(full), "%s%s", name, suffix);
	return linkat(j->old, full, j->new, full, 0) == 0 ? 0 : ERR_SYS;
}

static const char *const suffixes[] = { "", ".gz", ".sha256", ".gz.sha256" };

/* The four files of NAME, as they are. 1 done, 0 they are not all there. */
static int
keep(struct job *j, const char *name, json_t *before)
{
	for (size_t i = 0; i < 4; i++) {
		if (keep_one(j, name, suffixes[i]) < 0) {
			while (i-- > 0) {
				char full[400];

				snprintf(full, sizeof(full), "%s%s", name,
				    suffixes[i]);
				unlinkat(j->new, full, 0);
			}
			return 0;
		}
	}
	json_array_append(j->files, before);
	j->ret->kept++;
	return 1;
}

/* NAME and NAME.sha256, in the form of sha256sum; its digest to HEX. */
static int
write_summed(struct job *j, const char *name, const void *data, size_t len,
    char hex[65])
{
	struct digest d = digest_of(DIGEST_SHA256, data, len);
	char sum[500], sum_name[400];
	int n, r = write_one(j, name, data, len);

	digest_hex(d.bytes, d.len, hex);
	n = snprintf(sum, sizeof(sum), "%s  %s\n", hex, name);
	snprintf(sum_name, sizeof(sum_name), "%s.sha256", name);
	return r < 0 ? r : write_one(j, sum_name, sum, (size_t)n);
}

/* Of all but the lines that say when it was written. */
static void
content_of(const struct buf *b, char hex[65])
{
	static const char *const lines[] = { "# serial:", "# time:",
		"; serial:", "; time:", "@ SOA ", "@\tSOA\t",
		"{\"since\":" };
	size_t at = 0;
	struct buf head = { 0 };
	uint8_t hash[64], both[32];

	while (at < b->len && at < 2048) {
		const char *end = memchr(b->data + at, '\n', b->len - at);
		size_t n = end != NULL ? (size_t)(end - b->data) + 1 - at
				       : b->len - at;
		bool skip = false;

		for (size_t i = 0; i < sizeof(lines) / sizeof(lines[0]); i++) {
			skip = skip ||
			    span_starts(span(b->data + at, n), lines[i]);
		}
		if (!skip) {
			buf_add(&head, b->data + at, n);
		}
		at += n;
	}
	secret_hash(head.data, head.len, hash);
	secret_hash(b->len > 0 ? b->data + at : "", b->len - at, hash + 32);
	secret_hash(hash, sizeof(hash), both);
	digest_hex(both, 16, hex);
	buf_free(&head);
}

static int
write_file(struct job *j, const char *name, const char *list,
    const char *format, uint64_t entries, uint64_t left_out,
    const struct buf *b)
{
	json_t *before = file_before(j, name);
	char content[65], sum[65], gz_sum[65], gz_name[400];
	const char *was =
	    json_string_value(json_object_get(before, "content"));
	struct buf gz = { 0 };
	json_t *f;
	int r;

	content_of(b, content);
	if (j->same_settings && was != NULL && strcmp(was, content) == 0 &&
	    keep(j, name, before) == 1) {
		return 0;
	}
	snprintf(gz_name, sizeof(gz_name), "%s.gz", name);
	r = gzip_pack_apart(b->len > 0 ? b->data : "", b->len, &gz);
	if (r == 0) {
		r = write_summed(
		    j, name, b->len > 0 ? b->data : "", b->len, sum);
	}
	if (r == 0) {
		r = write_summed(j, gz_name, gz.data, gz.len, gz_sum);
	}
	if (r == 0) {
		f = json_pack("{s:s, s:s, s:s, s:I, s:I, s:I, s:I, s:s, s:I, "
			      "s:s, s:s}",
		    "name", name, "list", list, "format", format, "serial",
		    (json_int_t)j->serial, "entries", (json_int_t)entries,
		    "left_out", (json_int_t)left_out, "bytes",
		    (json_int_t)b->len, "sha256", sum, "gz_bytes",
		    (json_int_t)gz.len, "gz_sha256", gz_sum, "content",
		    content);
		r = f != NULL && json_array_append_new(j->files, f) == 0
		    ? 0
		    : ERR_NOMEM;
		j->ret->written++;
	}
	buf_free(&gz);
	return r;
}

/* ---- one list ------------------------------------------------------------ */

static int
publish_format(struct job *j, const struct zone_list_conf *list,
    const struct zone_format *format, bool touched)
{
	const struct zone_config *c = j->config;
	struct zone_format_about about = { .list = list->name,
		.kind = list->kind,
		.code = list->code,
		.licence = c->publish.licence,
		.see = c->www.n_listen > 0 ? c->www.url : NULL };
	struct zone_format_out out = { 0 };
	struct buf b = { 0 };
	char name[100];
	json_t *before;
	int r;

	snprintf(name, sizeof(name), "%s.%s", list->name, format->name);
	before = file_before(j, name);
	if (!touched && before != NULL && keep(j, name, before) == 1) {
		return 0;
	}
	r = zone_format_write(j->view, format, &about, &out, &b, j->why);
	if (r == 0) {
		uint64_t left = out.unknown + out.inexpressible + out.exempt;

		buf_free(&out.body); /* it is in B */
		r = write_file(j, name, list->name, format->name, out.entries,
		    left +
			(list->kind == ZONE_KIND_ADDRESS ? out.cut : 0),
		    &b);
	}
	zone_format_out_fini(&out);
	buf_free(&b);
	return r;
}

static uint64_t
lines_of(const struct buf *b)
{
	uint64_t n = 0;

	for (size_t i = 0; i < b->len; i++) {
		n += b->data[i] == '\n';
	}
	return n;
}

static int
publish_changes(
    struct job *j, const struct zone_list_conf *list, bool touched)
{
	char name[100], removed_name[100];
	struct buf lines = { 0 }, b = { 0 }, removed = { 0 };
	json_t *one, *two;
	uint64_t since = 0, n = 0, gone = 0;
	int r;

	snprintf(name, sizeof(name), "%s.changes.jsonl", list->name);
	snprintf(removed_name, sizeof(removed_name), "%s.removed", list->name);
	one = file_before(j, name);
	two = file_before(j, removed_name);
	if (!touched && one != NULL && two != NULL && keep(j, name, one) == 1 &&
	    keep(j, removed_name, two) == 1) {
		return 0;
	}
	r = zone_changes_write(j->view, list, 0, ZONE_CHANGES_MAX,
	    ZONE_CHANGES_AGE, &lines, &since);
	if (r == 0) {
		r = zone_changes_removed(&lines, &removed);
	}
	buf_fmt(&b, "{\"since\":%llu,\"serial\":%llu,\"list\":\"%s\"}\n",
	    (unsigned long long)since, (unsigned long long)j->serial,
	    list->name);
	if (lines.len > 0) {
		buf_add(&b, lines.data, lines.len);
	}
	n = lines_of(&lines);
	gone = lines_of(&removed);
	if (r == 0) {
		r = b.bad
		    ? ERR_NOMEM
		    : write_file(j, name, list->name, "changes", n, 0, &b);
	}
	if (r == 0) {
		r = write_file(j, removed_name, list->name, "removed", gone, 0,
		    &removed);
	}
	buf_free(&lines);
	buf_free(&b);
	buf_free(&removed);
	return r;
}

struct touched {
	uint16_t *numbers;
	bool *hit;
	size_t n, left;
};

static int
see_key(const struct zone_history_key *key, void *ctx)
{
	struct touched *t = ctx;

	for (size_t i = 0; i < t->n; i++) {
		if (t->numbers[i] == key->list && !t->hit[i]) {
			t->hit[i] = true;
			t->left--;
		}
	}
	return t->left == 0;
}

/* Which lists changed since the version before; all when that cannot be
 * known. HIT is as long as there are lists. */
static int
find_touched(struct job *j, bool *hit)
{
	const struct zone_config *c = j->config;
	struct touched t = { .hit = hit, .n = c->n_lists, .left = c->n_lists };
	struct zone_history_row row;
	bool all = j->before == NULL || !j->same_settings ||
	    j->before_serial > j->serial ||
	    j->serial - j->before_serial > 1000;
	uint64_t restored = 0;
	int r = zone_history_cut(j->view, &restored);

	all = all || j->before_serial < restored;

	t.numbers = calloc(c->n_lists + 1, sizeof(t.numbers[0]));
	if (t.numbers == NULL) {
		return ERR_NOMEM;
	}
	for (size_t i = 0; r >= 0 && i < c->n_lists; i++) {
		hit[i] = all;
		r = zone_view_list(j->view, c->lists[i].name, c->lists[i].kind,
		    &t.numbers[i]);
	}
	for (uint64_t s = j->before_serial + 1;
	     r >= 0 && !all && s <= j->serial && t.left > 0; s++) {
		r = zone_history_get(j->view, s, &row);
		if (r == 0) { /* cut */
			memset(hit, true, c->n_lists * sizeof(hit[0]));
			break;
		}
		r = r < 0 ? r : zone_history_keys(j->view, s, see_key, &t);
	}
	free(t.numbers);
	return r < 0 ? r : 0;
}

static int
publish_lists(struct job *j)
{
	const struct zone_config *c = j->config;
	bool *hit = calloc(c->n_lists + 1, sizeof(*hit));
	int r = hit == NULL ? ERR_NOMEM : find_touched(j, hit);

	for (size_t i = 0; r == 0 && i < c->n_lists; i++) {
		const struct zone_list_conf *list = &c->lists[i];

		for (size_t k = 0; r == 0 && k < c->publish.n_formats; k++) {
			const struct zone_format *format = zone_format_find(
			    span_str(c->publish.formats[k]));

			if (format != NULL &&
			    (format->writes & ZONE_FORMAT_KIND(list->kind)) !=
				0) {
				r = publish_format(j, list, format, hit[i]);
			}
		}
		if (r == 0) {
			r = publish_changes(j, list, hit[i]);
		}
	}
	free(hit);
	return r;
}

/* ---- zones --------------------------------------------------------------- */

/* What a zone says depends on more than its lists: it is made anew for each
 * serial. One that cannot be expanded is left out and told of. */
static int
publish_zone(struct job *j, const struct zone_zone_conf *zone)
{
	struct zone_expand_report report = { 0 };
	struct err_text why = { "" };
	struct buf b = { 0 };
	char name[300];
	int r = zone_zonefile_write(j->view, zone, &b, &report, &why);

	if (r == ERR_RANGE || r == ERR_REFUSED) {
		j->ret->left_out++;
		j->ret->why_left_out = why;
		r = 0;
	} else if (r < 0) {
		*j->why = why;
	} else {
		snprintf(name, sizeof(name), "%s.zonefile", zone->name);
		r = write_file(j, name, "*", "zonefile", lines_of(&b), 0, &b);
	}
	buf_free(&b);
	return r;
}

static int
publish_zones(struct job *j)
{
	const struct zone_config *c = j->config;
	bool wanted = false;
	int r = 0;

	for (size_t i = 0; i < c->publish.n_formats; i++) {
		wanted = wanted ||
		    strcmp(c->publish.formats[i], "zonefile") == 0;
	}
	for (size_t i = 0; wanted && r == 0 && i < c->n_zones; i++) {
		r = publish_zone(j, &c->zones[i]);
	}
	return r;
}

/* ---- the whole ----------------------------------------------------------- */

static int
write_manifest(struct job *j)
{
	char when[WHEN_TEXT];
	json_t *m = json_pack("{s:I, s:s, s:s, s:O}", "serial",
	    (json_int_t)j->serial, "time",
	    j->time != 0 ? when_format(when, j->time) : "", "settings",
	    j->settings, "files", j->files);
	char *text = m != NULL ? json_dumps(m, JSON_INDENT(1)) : NULL;
	int r = text == NULL ? ERR_NOMEM
			     : write_one(j, "manifest.json", text, strlen(text));

	free(text);
	json_decref(m);
	return r;
}

/* Remove the folder NAME and the files in it. */
static void
remove_version(int root, const char *name)
{
	int fd = openat(
	    root, name, O_RDONLY | O_DIRECTORY | O_CLOEXEC | O_NOFOLLOW);
	DIR *d = fd >= 0 ? fdopendir(fd) : NULL;
	struct dirent *e;

	if (d == NULL) {
		if (fd >= 0) {
			close(fd);
		}
		return;
	}
	while ((e = readdir(d)) != NULL) {
		if (strcmp(e->d_name, ".") != 0 &&
		    strcmp(e->d_name, "..") != 0) {
			unlinkat(dirfd(d), e->d_name, 0);
		}
	}
	closedir(d);
	unlinkat(root, name, AT_REMOVEDIR);
}

static bool
is_version(const char *name)
{
	size_t n = name[0] == 'v' ? strspn(name + 1, "0123456789") : 0;

	return n > 0 && name[n + 1] == '-' &&
	    strspn(name + n + 2, "0123456789") == strlen(name + n + 2) &&
	    name[n + 2] != '\0';
}

/* Drop unfinished versions, and old ones when their time is over. */
static void
prune(struct job *j)
{
	int fd = openat(j->root, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	DIR *d = fd >= 0 ? fdopendir(fd) : NULL;
	struct dirent *e;
	struct stat st;
	unsigned kept = 0;

	while (d != NULL && (e = readdir(d)) != NULL) {
		if (strncmp(e->d_name, ".new-", 5) == 0) {
			remove_version(j->root, e->d_name);
		} else if (is_version(e->d_name) &&
		    strcmp(e->d_name, j->new_name) != 0 &&
		    strcmp(e->d_name, j->old_name) != 0 &&
		    fstatat(j->root, e->d_name, &st, AT_SYMLINK_NOFOLLOW) ==
			0 &&
		    (++kept > OLD_MOST ||
			st.st_ctime + OLD_KEPT < when_now())) {
			remove_version(j->root, e->d_name);
		}
	}
	if (d != NULL) {
		closedir(d);
	} else if (fd >= 0) {
		close(fd);
	}
}

static int
begin_version(struct job *j)
{
	snprintf(j->tmp_name, sizeof(j->tmp_name), ".new-%ld", (long)getpid());
	remove_version(j->root, j->tmp_name); /* of one that died */
	if (mkdirat(j->root, j->tmp_name, 0755) != 0) {
		return failed(j, "a new version");
	}
	j->new = openat(
	    j->root, j->tmp_name, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (j->new < 0 || fchmod(j->new, 0755) != 0) {
		return failed(j, "a new version");
	}
	for (unsigned i = 0; i < 10000; i++) {
		snprintf(j->new_name, sizeof(j->new_name), "v%llu-%u",
		    (unsigned long long)j->serial, i);
		if (faccessat(j->root, j->new_name, F_OK,
			AT_SYMLINK_NOFOLLOW) != 0) {
			return 0;
		}
	}
	return err_say(j->why, ERR_FULL, "too many versions of one serial");
}

static int
end_version(struct job *j)
{
	if (fsync(j->new) != 0 ||
	    renameat(j->root, j->tmp_name, j->root, j->new_name) != 0) {
		return failed(j, j->new_name);
	}
	unlinkat(j->root, ".current", 0);
	if (symlinkat(j->new_name, j->root, ".current") != 0 ||
	    fsync(j->root) != 0 ||
	    renameat(j->root, ".current", j->root, "current") != 0 ||
	    fsync(j->root) != 0) {
		return failed(j, "current");
	}
	if (j->old >= 0) { /* its time begins now: see prune */
		(void)!futimens(j->old, NULL);
	}
	return 0;
}

static int
open_root(struct job *j, const char *dir)
{
	int lock;

	if (mkdir(dir, 0755) != 0 && errno != EEXIST) {
		return err_say(j->why, ERR_SYS, "%s: %s", dir, strerror(errno));
	}
	j->root = open(dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (j->root < 0) {
		return err_say(j->why, ERR_SYS, "%s: %s", dir, strerror(errno));
	}
	lock = openat(j->root, ".lock",
	    O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);
	if (lock < 0) {
		return failed(j, ".lock");
	}
	while (flock(lock, LOCK_EX) != 0) {
		if (errno != EINTR) {
			close(lock);
			return failed(j, ".lock");
		}
	}
	return lock;
}

int
zone_publish(const struct zone_config *config, struct zone_view *view,
    const char *dir, struct zone_published *ret, struct err_text *why)
{
	struct job j = { .config = config,
		.view = view,
		.root = -1,
		.old = -1,
		.new = -1,
		.ret = ret,
		.why = why };
	struct zone_history_row row;
	bool begun = false;
	int lock, r;

	*ret = (struct zone_published){ 0 };
	lock = open_root(&j, dir != NULL ? dir : config->publish.dir);
	if (lock < 0) {
		r = lock;
		goto out;
	}
	if ((r = zone_view_renew(view)) < 0) {
		goto out;
	}
	ret->serial = j.serial = zone_view_serial(view);
	if ((r = zone_history_get(view, j.serial, &row)) < 0) {
		goto out;
	}
	j.time = r > 0 ? row.time : 0;
	settle(&j);
	if ((r = read_before(&j)) < 0) {
		goto out;
	}
	if (j.before != NULL && j.same_settings &&
	    j.before_serial == j.serial) {
		ret->unchanged = true;
		prune(&j);
		goto out;
	}
	j.files = json_array();
	begun = true;
	if (j.files == NULL) {
		r = ERR_NOMEM;
	} else if ((r = begin_version(&j)) == 0 &&
	    (r = publish_lists(&j)) == 0 &&
	    (r = publish_zones(&j)) == 0 && (r = write_manifest(&j)) == 0) {
		r = end_version(&j);
	}
	if (r == 0) {
		prune(&j);
	}
out:
	zone_view_rest(view);
	if (r < 0 && begun) {
		remove_version(j.root, j.tmp_name);
	}
	if (r < 0 && why->text[0] == '\0') {
		err_say(why, r, "%s", err_str(r));
	}
	json_decref(j.before);
	json_decref(j.files);
	for (int *fd = (int[]){ j.old, j.new, j.root, lock, -2 }; *fd != -2;
	     fd++) {
		if (*fd >= 0) {
			close(*fd);
		}
	}
	return r;
}
