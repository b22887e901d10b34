/* check.c - is this the person? */
#include "www/check.h"

#include <stdio.h>
#include <time.h>

#include "base/log.h"
#include "base/when.h"
#include "www/lang.h"

#define TICKET_LIFE 300 /* seconds */

static int64_t
milliseconds(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_BOOTTIME, &ts);
	return (int64_t)ts.tv_sec * 1000 + ts.tv_nsec / 1000000;
}

static void
log_refusal(const struct www_turn *t, const char *what, const char *name)
{
	const struct net_ip *ip = &t->request->client;
	char ip_text[NET_IP_TEXT], line[200];

	log_event(LOG_NOTE, "%s refused user=%s address=%s", what,
	    text_printable_in(line, sizeof(line), name, strlen(name)),
	    ip->bits > 0 ? net_ip_format(ip_text, ip) : "-");
}

int
www_check_password(struct www_turn *t, const char *name, const char *password,
    struct www_checked *ret)
{
	struct www_throttle *throttle = www_site_throttle(t->site);
	const struct net_ip *ip = &t->request->client;
	bool known;
	int r;

	*ret = (struct www_checked){ .verdict = WWW_WRONG };
	r = www_device_of(t, name, ret->device);
	if (r < 0) {
		return r;
	}
	known = r == 1;
	if (!known) {
		ret->device[0] = '\0';
	}
	ret->seconds = known
	    ? www_throttle_try_known(
		  throttle, name, ret->device, milliseconds())
	    : www_throttle_try(throttle, name, ip, milliseconds());
	if (ret->seconds > 0) {
		ret->verdict = WWW_WAIT;
		return 0;
	}
	r = ERR_FULL;
	if (www_throttle_enter(throttle)) {
		r = zone_user_verify(www_site_accounts(t->site), name, password,
		    strlen(password), t->config->www.password_cost, &ret->user);
		www_throttle_leave(throttle);
	} else {
		ret->verdict = WWW_BUSY;
	}
	if (r < 0) {
		if (known) {
			www_throttle_refund_known(throttle, name, ret->device);
		} else {
			www_throttle_refund(throttle, name, ip);
		}
		return ret->verdict == WWW_BUSY ? 0 : r;
	}
	if (r == 0) {
		log_refusal(t, "log-in", name);
		return 0;
	}
	if (known) {
		www_throttle_passed_known(throttle, name, ret->device);
	} else {
		www_throttle_passed(throttle, name, ip);
	}
	ret->verdict = WWW_RIGHT;
	return 0;
}

int
www_check_code(struct www_turn *t, const char *name, const char *code,
    struct www_checked *ret)
{
	struct www_throttle *throttle = www_site_throttle(t->site);
	char who[ZONE_USER_NAME + 8];
	int r;

	*ret = (struct www_checked){ .verdict = WWW_WRONG };
	r = www_device_of(t, name, ret->device);
	if (r < 0) {
		return r;
	}
	if (r == 0) {
		ret->device[0] = '\0';
	}
	/* Whoever asks knows the password: guesses count from everywhere,
	 * but not against a browser that was let in before. */
	snprintf(who, sizeof(who), "%s code", name);
	ret->seconds = www_throttle_try_known(
	    throttle, who, ret->device, milliseconds());
	if (ret->seconds > 0) {
		ret->verdict = WWW_WAIT;
		return 0;
	}
	r = zone_user_code(
	    www_site_accounts(t->site), name, span_str(code), t->now);
	if (r < 0) {
		www_throttle_refund_known(throttle, who, ret->device);
		return r;
	}
	if (r == 0) {
		log_refusal(t, "code", name);
		return 0;
	}
	www_throttle_passed_known(throttle, who, ret->device);
	ret->verdict = WWW_RIGHT;
	return 0;
}

unsigned
www_check_answer(struct www_turn *t, const struct www_checked *checked,
    const char *wrong, char out[200])
{
	unsigned n = checked->seconds;

	switch (checked->verdict) {
	case WWW_WAIT:
		t->reply->retry_after = n;
		if (n < 120) {
			snprintf(out, 200,
			    TN("Too many tries. The next one is possible in "
			       "%u second.",
				"Too many tries. The next one is possible in "
				"%u seconds.",
				n),
			    n);
		} else {
			n = (n + 59) / 60;
			snprintf(out, 200,
			    TN("Too many tries. The next one is possible in "
			       "%u minute.",
				"Too many tries. The next one is possible in "
				"%u minutes.",
				n),
			    n);
		}
		return 429;
	case WWW_BUSY:
		t->reply->retry_after = 2;
		snprintf(out, 200, "%s",
		    T("Many people are logging in just now. Please try again "
		      "in a moment."));
		return 503;
	case WWW_WRONG:
	case WWW_RIGHT: break;
	}
	snprintf(out, 200, "%s", wrong);
	return 401;
}

/* ---- the ticket between password and code -------------------------------- */

char *
www_ticket(char out[WWW_TOKEN], const uint8_t key[32], int64_t now,
    const char *name)
{
	char what[ZONE_USER_NAME + 40], mac[WWW_TOKEN];

	snprintf(what, sizeof(what), "code %lld %.63s", (long long)now, name);
	www_form_token(mac, key, what);
	snprintf(out, WWW_TOKEN, "%.12lld.%.32s", (long long)now, mac);
	return out;
}

bool
www_ticket_fits(const char *ticket, const uint8_t key[32], int64_t now,
    const char *name)
{
	char right[WWW_TOKEN];
	unsigned long made;
	size_t digits;

	if (ticket == NULL) {
		return false;
	}
	digits = strspn(ticket, "0");
	if (!text_number(
		span(ticket + digits, strcspn(ticket + digits, ".")),
		999999999999, &made) ||
	    (int64_t)made > now || now - (int64_t)made > TICKET_LIFE) {
		return false;
	}
	www_ticket(right, key, (int64_t)made, name);
	return strlen(ticket) == strlen(right) &&
	    secret_equal(ticket, right, strlen(right));
}
