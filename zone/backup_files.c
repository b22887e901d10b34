/* backup_files.c - folders, files and the manifest of a backup. */
#include "zone/backup_priv.h"

#include <errno.h>
#include <fcntl.h>
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/digest.h"
#include "base/file.h"
#include "base/when.h"

#define MANIFEST "manifest.json"
#define MANIFEST_MAX 65536
#define PIECE 1048576

static const char *const parts[] = { "store", "queue", "accounts" };

const char *
zone_backup_part(unsigned part)
{
	return parts[part];
}

int
zone_backup_path(char *out, const char *dir, const char *a, const char *b,
    struct err_text *why)
{
	int n = snprintf(out, BACKUP_PATH, "%s/%s%s%s", dir, a,
	    b != NULL ? "/" : "", b != NULL ? b : "");

	return n >= 0 && n < BACKUP_PATH
	    ? 0
	    : err_say(why, ERR_RANGE, "%.80s...: the path is too long", dir);
}

static int
failed(const char *path, struct err_text *why)
{
	int e = errno;

	return err_say(why,
	    e == ENOSPC || e == EDQUOT || e == EFBIG ? ERR_FULL : ERR_SYS,
	    "%s: %s", path, strerror(e));
}

int
zone_backup_mkdir(const char *path, struct err_text *why)
{
	return mkdir(path, 0700) == 0 && chmod(path, 0700) == 0
	    ? 0
	    : failed(path, why);
}

int
zone_backup_sync_fd(int fd, const char *path, struct err_text *why)
{
	return fsync(fd) == 0 ? 0 : failed(path, why);
}

int
zone_backup_sync(const char *path, struct err_text *why)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC), r;

	if (fd < 0) {
		return failed(path, why);
	}
	r = zone_backup_sync_fd(fd, path, why);
	close(fd);
	return r;
}

void
zone_backup_remove(const char *dir)
{
	static const char *const files[] = { "data.mdb", "lock.mdb" };
	char path[BACKUP_PATH];

	for (unsigned p = 0; p < ZONE_BACKUP_PARTS; p++) {
		for (unsigned f = 0; f < 2; f++) {
			if (zone_backup_path(
				path, dir, parts[p], files[f], NULL) == 0) {
				unlink(path);
			}
		}
		if (zone_backup_path(path, dir, parts[p], NULL, NULL) == 0) {
			rmdir(path);
		}
	}
	if (zone_backup_path(path, dir, MANIFEST, NULL, NULL) == 0) {
		unlink(path);
	}
	rmdir(dir);
}

static int
copy(int in, int out, const char *from, const char *to, struct err_text *why)
{
	char *data = malloc(PIECE);
	ssize_t n = -1;
	int r = data == NULL ? ERR_NOMEM : 0;

	while (r == 0 && (n = read(in, data, PIECE)) != 0) {
		if (n < 0 && errno == EINTR) {
			continue;
		}
		if (n < 0) {
			r = failed(from, why);
		} else if (file_write_fd(out, data, (size_t)n) < 0) {
			r = failed(to, why);
		}
	}
	free(data);
	return r;
}

int
zone_backup_copy(const char *from, const char *to, uint64_t *ret_bytes,
    uint8_t ret_sha256[32], struct err_text *why)
{
	int in = open(from, O_RDONLY | O_CLOEXEC | O_NOCTTY), out = -1;
	struct stat st;
	int r = 0;

	if (in < 0 || fstat(in, &st) < 0) {
		r = failed(from, why);
		goto out;
	}
	if (!S_ISREG(st.st_mode)) {
		r = err_say(why, ERR_FORMAT, "%s: not an ordinary file", from);
		goto out;
	}
	out = open(to, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
	if (out < 0) {
		r = failed(to, why);
		goto out;
	}
	r = copy(in, out, from, to, why);
	if (r == 0) {
		r = zone_backup_sync_fd(out, to, why);
	}
	/* of what arrived, not of what was read */
	if (r == 0 &&
	    (lseek(out, 0, SEEK_SET) < 0 ||
		digest_sha256_fd(out, ret_sha256, ret_bytes) < 0)) {
		r = failed(to, why);
	}
out:
	if (in >= 0) {
		close(in);
	}
	if (out >= 0) {
		close(out);
	}
	return r;
}

/* ---- the manifest -------------------------------------------------------- */

int
zone_manifest_write(
    const struct zone_manifest *m, const char *dir, struct err_text *why)
{
	json_t *envs = json_object(), *j;
	char path[BACKUP_PATH], hex[65], when[WHEN_TEXT], *text = NULL;
	int r = zone_backup_path(path, dir, MANIFEST, NULL, why);

	for (unsigned p = 0; p < ZONE_BACKUP_PARTS; p++) {
		digest_hex(m->parts[p].sha256, 32, hex);
		json_object_set_new(envs, parts[p],
		    json_pack("{s:I, s:s}", "bytes",
			(json_int_t)m->parts[p].bytes, "sha256", hex));
	}
	j = json_pack("{s:s, s:i, s:s, s:I, s:o}", "kind", "rbld backup",
	    "format", 1, "time", when_format(when, m->time), "serial",
	    (json_int_t)m->serial, "environments", envs);
	if (j != NULL) {
		text = json_dumps(j, JSON_INDENT(1));
		json_decref(j);
	}
	if (r == 0 && text == NULL) {
		r = ERR_NOMEM;
	}
	if (r == 0 && file_write(path, text, strlen(text), 0600) < 0) {
		r = failed(path, why);
	}
	free(text);
	return r;
}

static bool
read_part(json_t *envs, unsigned p, struct zone_manifest *m)
{
	json_t *env = json_object_get(envs, parts[p]);
	json_t *bytes = json_object_get(env, "bytes");
	const char *hex = json_string_value(json_object_get(env, "sha256"));

	if (!json_is_integer(bytes) || json_integer_value(bytes) <= 0 ||
	    hex == NULL ||
	    !digest_unhex(hex, strlen(hex), m->parts[p].sha256, 32)) {
		return false;
	}
	m->parts[p].bytes = (uint64_t)json_integer_value(bytes);
	return true;
}

static bool
read_manifest(json_t *j, struct zone_manifest *m)
{
	json_t *serial = json_object_get(j, "serial");
	json_t *envs = json_object_get(j, "environments");
	const char *time = json_string_value(json_object_get(j, "time"));

	if (!json_is_integer(serial) || json_integer_value(serial) < 0 ||
	    time == NULL || when_parse(span_str(time), &m->time) < 0) {
		return false;
	}
	m->serial = (uint64_t)json_integer_value(serial);
	for (unsigned p = 0; p < ZONE_BACKUP_PARTS; p++) {
		if (!read_part(envs, p, m)) {
			return false;
		}
	}
	return true;
}

int
zone_manifest_read(
    const char *dir, struct zone_manifest *ret, struct err_text *why)
{
	char path[BACKUP_PATH];
	struct buf b = { 0 };
	json_t *j = NULL;
	const char *kind;
	int r = zone_backup_path(path, dir, MANIFEST, NULL, why);

	*ret = (struct zone_manifest){ 0 };
	if (r < 0) {
		return r;
	}
	r = file_read(path, MANIFEST_MAX, &b);
	if (r == ERR_SYS) {
		r = err_say(why, errno == ENOENT ? ERR_NONE : ERR_SYS,
		    "%s: %s%s", path, strerror(errno),
		    errno == ENOENT ? ": not a backup" : "");
	} else if (r == 0) {
		j = json_loadb(b.data != NULL ? b.data : "", b.len,
		    JSON_REJECT_DUPLICATES, NULL);
		kind = json_string_value(json_object_get(j, "kind"));
		if (kind == NULL || strcmp(kind, "rbld backup") != 0) {
			r = err_say(why, ERR_FORMAT,
			    "%s: not the manifest of a backup", path);
		} else if (json_integer_value(json_object_get(j, "format")) !=
		    1) {
			r = err_say(why, ERR_FORMAT,
			    "%s: another format than 1, which is what this "
			    "program knows",
			    path);
		} else if (!read_manifest(j, ret)) {
			r = err_say(why, ERR_FORMAT, "%s: damaged", path);
		}
	} else {
		r = err_say(why, ERR_FORMAT, "%s: %s", path, err_str(r));
	}
	json_decref(j);
	buf_free(&b);
	return r;
}
