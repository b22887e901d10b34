/* stay.c - one datagram to systemd; a configuration for another. */
#include "ingest/stay.h"

#include <errno.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "base/log.h"
#include "ingest/report.h"

void
ingest_stay_notify(const char *state)
{
	const char *path = getenv("NOTIFY_SOCKET");
	struct sockaddr_un un = { .sun_family = AF_UNIX };
	size_t n = path != NULL ? strlen(path) : 0;
	int fd;

	if (n < 2 || n >= sizeof(un.sun_path)) {
		return;
	}
	memcpy(un.sun_path, path, n);
	if (un.sun_path[0] == '@') {
		un.sun_path[0] = '\0';
	}
	fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	if (fd >= 0) {
		(void)!sendto(fd, state, strlen(state), MSG_NOSIGNAL,
		    (const struct sockaddr *)&un,
		    (socklen_t)(offsetof(struct sockaddr_un, sun_path) + n));
		close(fd);
	}
}

int
ingest_stay_reload(
    const char *path, struct zone_config **config, struct zone_config **ret_old)
{
	struct zone_config *new = NULL;
	struct err_text why = { "" };
	int r;

	ingest_stay_notify("RELOADING=1");
	r = zone_config_load(path, &new, &why);
	if (r == 0) {
		r = ingest_report_init(new, &why);
		if (r < 0) { /* the table of providers is gone */
			zone_config_free(&new);
			(void)!ingest_report_init(*config, NULL);
		}
	}
	if (r < 0) {
		log_event(LOG_FAIL,
		    "configuration not taken, the old one stays: %s",
		    why.text[0] != '\0' ? why.text
			: r == ERR_SYS  ? strerror(errno)
					: err_str(r));
	} else {
		*ret_old = *config;
		*config = new;
		log_event(LOG_TELL, "configuration read again");
	}
	ingest_stay_notify("READY=1");
	return r;
}
