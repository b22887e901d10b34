/* ctl_publish.c - rblctl publish: all exports, once or whenever something
 * changed. */
#include "zone/ctl.h"

#include <poll.h>
#include <signal.h>
#include <sys/signalfd.h>
#include <time.h>
#include <unistd.h>

#include "base/log.h"
#include "base/when.h"
#include "zone/publish.h"

#define LOOK 200    /* milliseconds between looks at the store */
#define QUIET 1000  /* without a change */
#define LONGEST 30000 /* that changes without a pause put it off */
#define HOUR 3600000

static int
publish(struct ctl *ctl, const char *dir, bool quiet)
{
	struct zone_published done;
	struct err_text why = { "" };
	int r = zone_publish(ctl->config, ctl->view, dir, &done, &why);

	if (r < 0) {
		return ctl_failed(r, &why,
		    dir != NULL ? dir : ctl->config->publish.dir);
	}
	if (done.left_out > 0) {
		log_event(LOG_WARN, "%u zones are left out: %s",
		    done.left_out, done.why_left_out.text);
	}
	if (!quiet || !done.unchanged) {
		printf("serial %llu\n%s", (unsigned long long)done.serial,
		    done.unchanged ? "unchanged\n" : "");
		if (!done.unchanged) {
			printf("written %u\nkept %u\n", done.written,
			    done.kept);
		}
		fflush(stdout);
	}
	return CTL_DONE;
}

/* ---- watching ------------------------------------------------------------ */

static int64_t
clock_ms(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return (int64_t)ts.tv_sec * 1000 + ts.tv_nsec / 1000000;
}

static void
reload(struct ctl *ctl)
{
	struct zone_config *config = NULL;
	struct err_text why = { "" };

	if (zone_config_load(ctl->config_path, &config, &why) < 0) {
		log_event(LOG_FAIL, "%s; the old configuration stays",
		    why.text);
		return;
	}
	zone_config_free(&ctl->config);
	ctl->config = config;
}

static int
serial_now(struct ctl *ctl, uint64_t *ret)
{
	int r = zone_view_renew(ctl->view);

	if (r < 0) {
		return ctl_failed(r, NULL, "the store");
	}
	*ret = zone_view_serial(ctl->view);
	zone_view_rest(ctl->view);
	return CTL_DONE;
}

static int
watch(struct ctl *ctl, const char *dir, int signals)
{
	struct pollfd pfd = { .fd = signals, .events = POLLIN };
	uint64_t seen = 0, at = 0;
	int64_t changed = 0, first = 0, last = -HOUR, tend = clock_ms();
	bool pending = true;

	for (;;) {
		int64_t now = clock_ms();

		if (serial_now(ctl, &at) == CTL_DONE && at != seen) {
			first = pending ? first : now;
			changed = now;
			pending = true;
			seen = at;
		}
		if ((pending && (now - changed >= QUIET ||
				    now - first >= LONGEST)) ||
		    now - last >= HOUR) {
			/* a failure is told and tried again, not at once */
			pending = publish(ctl, dir, true) != CTL_DONE;
			last = now = clock_ms();
			changed = first = pending ? now + 9000 : now;
		}
		if (now - tend >= 60000) {
			zone_store_tend(ctl->store);
			tend = now;
		}
		if (poll(&pfd, 1, LOOK) > 0) {
			struct signalfd_siginfo info;

			if (read(signals, &info, sizeof(info)) !=
			    (ssize_t)sizeof(info)) {
				continue;
			}
			if (info.ssi_signo != SIGHUP) {
				return CTL_DONE;
			}
			reload(ctl);
			pending = true;
			first = changed = 0;
		}
	}
}

static int
run_publish(struct ctl *ctl, const struct ctl_args *args)
{
	const char *dir = ctl_given(args, "dir");
	sigset_t set;
	int signals, r;

	if ((r = ctl_open_view(ctl)) != CTL_DONE) {
		return r;
	}
	zone_view_rest(ctl->view);
	if (ctl_given(args, "watch") == NULL) {
		return publish(ctl, dir, false);
	}
	sigemptyset(&set);
	sigaddset(&set, SIGTERM);
	sigaddset(&set, SIGINT);
	sigaddset(&set, SIGHUP);
	sigprocmask(SIG_BLOCK, &set, NULL);
	signals = signalfd(-1, &set, SFD_CLOEXEC);
	if (signals < 0) {
		return ctl_fail("signals: %m");
	}
	log_event(LOG_NOTE, "watching");
	r = watch(ctl, dir, signals);
	close(signals);
	return r;
}

const struct ctl_command ctl_publish_commands[] = {
	{ "publish", "", "write all configured exports, whole or not at all", 0,
	    0, run_publish,
	    { { "dir", "DIR", "instead of the configured folder", false },
		{ "watch", NULL, "stay, and write after each change",
		    false } } },
	{ 0 },
};
