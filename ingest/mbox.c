/* mbox.c - many mails in one file. */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sysexits.h>
#include <time.h>
#include <unistd.h>

#include "base/log.h"
#include "ingest/roads.h"

#define LOCK_WAIT 30 /* seconds */

/* ---- splitting ----------------------------------------------------------- */

/* "From ", then something, then a time: at least a digit group with a colon.
 * A sentence that begins so behind an empty line should have been escaped;
 * not all programs do that. */
static bool
from_line(const char *line, size_t len)
{
	if (len < 10 || memcmp(line, "From ", 5) != 0) {
		return false;
	}
	for (size_t i = 5; i + 2 < len; i++) {
		if (line[i] >= '0' && line[i] <= '9' && line[i + 1] == ':' &&
		    line[i + 2] >= '0' && line[i + 2] <= '9') {
			return true;
		}
	}
	return false;
}

static void
keep(struct ingest_mbox *m, const char *line, size_t len)
{
	if (len > m->limit - m->mail.len) {
		len = m->limit - m->mail.len;
		m->cut = true;
	}
	buf_add(&m->mail, line, len);
}

bool
ingest_mbox_line(struct ingest_mbox *m, const char *line, size_t len)
{
	bool first = !m->began;
	size_t quotes = 0;

	if ((first || m->empty) && from_line(line, len)) {
		if (!first) {
			return true;
		}
		m->began = true;
		m->empty = false;
		return false;
	}
	m->began = true;
	m->empty = len == 1 || (len == 2 && line[0] == '\r');
	while (quotes < len && line[quotes] == '>') {
		quotes++;
	}
	if (quotes > 0 && len - quotes >= 5 &&
	    memcmp(line + quotes, "From ", 5) == 0) {
		line++;
		len--;
	}
	keep(m, line, len);
	return false;
}

void
ingest_mbox_next(struct ingest_mbox *m)
{
	buf_clear(&m->mail);
	m->cut = m->empty = false;
	m->began = true; /* its "From " line was the one just seen */
}

/* ---- locking ------------------------------------------------------------- */

/* As Debian's programs do (policy 11.6): fcntl, then PATH.lock where the
 * folder may be written. */
static int
lock(int fd, const char *path, char *ret_dot, size_t cap)
{
	struct flock l = { .l_type = F_RDLCK, .l_whence = SEEK_SET };
	const struct timespec pause = { .tv_nsec = 200000000 };
	bool region = false;

	if ((size_t)snprintf(ret_dot, cap, "%s.lock", path) >= cap) {
		errno = ENAMETOOLONG;
		return ERR_SYS;
	}
	for (int i = 0; i < LOCK_WAIT * 5; i++) {
		int dot;

		region = region || fcntl(fd, F_SETLK, &l) == 0;
		if (!region && errno != EAGAIN && errno != EACCES) {
			break;
		}
		dot = !region
		    ? -1
		    : open(ret_dot, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC,
			  0444);
		if (dot >= 0) {
			close(dot);
			return 0;
		}
		if (region && errno != EEXIST) {
			ret_dot[0] = '\0'; /* not our folder */
			return 0;
		}
		(void)nanosleep(&pause, NULL);
	}
	ret_dot[0] = '\0';
	errno = EAGAIN;
	return ERR_SYS;
}

/* ---- the road ------------------------------------------------------------ */

int
ingest_mbox_run(struct ingest_intake *intake, const char *path)
{
	struct ingest_mbox m = {
		.limit = (size_t)intake->config->ingest.max_message
	};
	char shown[160], name[200], dot[4200] = "", *line = NULL;
	unsigned long long number = 1;
	FILE *f = fopen(path, "re");
	int status = EX_OK;
	size_t cap = 0;
	ssize_t n;

	text_printable_in(shown, sizeof(shown), path, strlen(path));
	if (f == NULL) {
		log_event(
		    LOG_FAIL, "%s: cannot read: %s", shown, strerror(errno));
		return EX_NOINPUT;
	}
	if (lock(fileno(f), path, dot, sizeof(dot)) < 0) {
		log_event(
		    LOG_FAIL, "%s: cannot lock: %s", shown, strerror(errno));
		status = EX_TEMPFAIL;
		goto out;
	}
	do {
		bool whole;

		errno = 0;
		n = getline(&line, &cap, f);
		if (n < 0 && !feof(f)) {
			log_event(LOG_FAIL, "%s: cannot read: %s", shown,
			    strerror(errno));
			status = EX_TEMPFAIL;
			break;
		}
		whole = n < 0 ? m.began : ingest_mbox_line(&m, line, (size_t)n);
		if (m.mail.bad) {
			log_event(LOG_FAIL, "%s: no memory", shown);
			status = EX_TEMPFAIL;
			break;
		}
		if (whole) {
			snprintf(
			    name, sizeof(name), "%s:%llu", shown, number++);
			status = ingest_intake_take(
			    intake, name, "mbox", &m.mail, m.cut);
			ingest_mbox_next(&m);
		}
	} while (n >= 0 && status == EX_OK);
out:
	if (dot[0] != '\0') {
		(void)unlink(dot);
	}
	free(line);
	buf_free(&m.mail);
	fclose(f);
	return status;
}
