/* story.c - an item with one of the mails that it was reported by. */
#include "www/story.h"

int
www_story_load(
    struct www_turn *t, uint64_t wanted, bool with_raw, struct www_story *ret)
{
	struct zone_queue *queue = www_site_queue(t->site);
	struct www_story *s = ret;
	int r;

	*s = (struct www_story){ .raw = { .limit = WWW_RAW_SHOWN } };
	r = zone_queue_get(queue, t->id, &t->arena, &s->item);
	if (r != 1) {
		return r;
	}
	for (unsigned i = s->item.n_evidence; i-- > 0;) {
		const struct zone_evidence *e = &s->item.evidence[i];

		if (wanted == 0 || e->submission == wanted) {
			s->evidence = e;
			break;
		}
	}
	if (s->evidence == NULL) {
		return wanted == 0;
	}
	r = zone_queue_submission(
	    queue, s->evidence->submission, &t->arena, &s->submission);
	if (r < 0) {
		return r;
	}
	s->have_submission = r == 1;
	if (!s->have_submission) {
		return 1;
	}
	r = www_analysis_read(s->submission.analysis, s->evidence->message,
	    &t->arena, &s->analysis);
	if (r < 0 && r != ERR_FORMAT) {
		return r;
	}
	s->have_analysis = r == 0;
	if (with_raw && s->submission.size <= WWW_RAW_SHOWN) {
		r = zone_queue_raw(queue, s->evidence->submission, &s->raw);
		if (r < 0) {
			return r;
		}
	}
	return s->raw.bad ? ERR_NOMEM : 1;
}

void
www_story_free(struct www_story *story)
{
	buf_free(&story->raw);
}

const struct www_relay *
www_story_hop(const struct www_story *s, const char *ip)
{
	for (unsigned i = 0; i < s->analysis.n_relays; i++) {
		const struct www_relay *r = &s->analysis.relays[i];

		if (strcmp(r->role, "boundary") != 0 &&
		    strcmp(r->role, "trusted") != 0) {
			continue;
		}
		if (strcmp(r->ip, ip) == 0) {
			return r;
		}
	}
	return NULL;
}

bool
www_hop_key(const char *text, struct zone_key *ret)
{
	struct net_ip ip;

	if (net_ip_parse(span_str(text), &ip) < 0) {
		return false;
	}
	*ret = zone_key_of_ip(&ip);
	if (ip.bits == 128) {
		ret->ip.plen = 64;
		memset(ret->ip.ip.bytes + 8, 0, 8);
	}
	return true;
}
