/* self.c - NSID, version, identity and cookies of one configuration. */
#include "rbld/self.h"

#include <pwd.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/bytes.h"

/* Root may look at the secrets before it becomes the user of dns.user. */
uid_t
rbld_self_user(const struct zone_config *config)
{
	const struct passwd *pw = NULL;

	if (config->dns.user != NULL && geteuid() == 0) {
		pw = getpwnam(config->dns.user);
	}
	return pw != NULL ? pw->pw_uid : geteuid();
}

int
rbld_self_load(const struct zone_config *config,
    const uint8_t random[SECRET_SHORT_KEY], struct rbld_self **ret_self,
    struct err_text *why)
{
	struct rbld_self *s = calloc(1, sizeof(*s));
	const char *url = config->www.url;
	int r = 0;

	if (s == NULL) {
		return err_say(why, ERR_NOMEM, "%s", err_str(ERR_NOMEM));
	}
	s->version = config->dns.version;
	s->identity = config->dns.identity;
	s->nsid = config->dns.nsid;
	s->nsid_len = s->nsid != NULL ? strlen(s->nsid) : 0;
	/* the fallback of www.url is of no use to a stranger */
	s->policy = url != NULL &&
		!span_starts(span_str(url), "http://localhost") &&
		strlen(url) <= RBLD_POLICY_MAX
	    ? url
	    : "";
	if (config->dns.cookie_secret_file != NULL) {
		r = rbld_cookie_keys_load(config->dns.cookie_secret_file,
		    rbld_self_user(config), &s->cookies, why);
	} else {
		s->cookies.n = 1;
		memcpy(s->cookies.at[0], random, SECRET_SHORT_KEY);
	}
	if (r < 0) {
		rbld_self_free(&s);
		return r;
	}
	*ret_self = s;
	return 0;
}

void
rbld_self_free(struct rbld_self **self)
{
	if (*self != NULL) {
		secret_wipe(*self, sizeof(**self));
		free(*self);
		*self = NULL;
	}
}

static bool
is_name(const struct rbld_query *q, const char *wire, size_t len)
{
	if (q->name_len != len) {
		return false;
	}
	for (size_t i = 0; i < len; i++) {
		if (text_lower((char)q->name[i]) != wire[i]) {
			return false;
		}
	}
	return true;
}

const char *
rbld_self_chaos(const struct rbld_self *self, const struct rbld_query *q)
{
#define NAME(wire) wire, sizeof(wire)
	if (q->type != RBLD_T_TXT && q->type != RBLD_T_ANY) {
		return NULL;
	}
	if (is_name(q, NAME("\7version\4bind")) ||
	    is_name(q, NAME("\7version\6server"))) {
		return self->version;
	}
	if (is_name(q, NAME("\2id\6server")) ||
	    is_name(q, NAME("\10hostname\4bind"))) {
		return self->identity;
	}
	return NULL;
#undef NAME
}

void
rbld_self_options(const struct rbld_self *self, const struct rbld_query *q,
    const struct sockaddr *peer, uint32_t now, unsigned idle,
    struct rbld_options *ret_options)
{
	struct rbld_options *o = ret_options;
	struct writer w = writer(o->at, sizeof(o->at));

	o->known = false;
	if ((q->asks & RBLD_ASKS_COOKIE) != 0) {
		struct net_ip ip = net_ip_of_sockaddr(peer);
		uint8_t *at;

		write_u16(&w, RBLD_O_COOKIE);
		write_u16(&w, RBLD_COOKIE_LEN);
		at = write_room(&w, RBLD_COOKIE_LEN);
		o->known = rbld_cookie_check(&self->cookies, q, &ip, now, at);
	}
	o->cookie = written(&w);
	if ((q->asks & RBLD_ASKS_NSID) != 0 && self->nsid != NULL) {
		write_u16(&w, RBLD_O_NSID);
		write_u16(&w, (unsigned)self->nsid_len);
		write_span(&w, self->nsid, self->nsid_len);
	}
	if ((q->asks & RBLD_ASKS_KEEPALIVE) != 0 && idle > 0) {
		write_u16(&w, RBLD_O_KEEPALIVE);
		write_u16(&w, 2);
		write_u16(&w, idle < 65535 ? idle : 65535);
	}
	o->len = written(&w);
}
