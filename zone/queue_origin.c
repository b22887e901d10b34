/* queue_origin.c - where an item's mail came from, kept with the item: a page
 * of the queue shows it without reading the mail or what was said of it.
 */
#include "zone/queue_priv.h"

void
queue_origin_encode(const struct zone_origin *origin, struct buf *b)
{
	queue_put_text(b, origin->relay, QUEUE_IP);
	queue_put_text(b, origin->helo, QUEUE_NAME);
	queue_put_text(b, origin->rdns, QUEUE_NAME);
	queue_put_text(b, origin->envelope_from, QUEUE_ENVELOPE);
	queue_put_text(b, origin->kind, QUEUE_WORD);
	queue_put_text(b, origin->road, QUEUE_WORD);
	buf_u8(b, origin->known);
	buf_u8(b, origin->knowns);
}

bool
queue_origin_decode(
    struct reader *r, struct arena *arena, struct zone_origin *ret)
{
	struct zone_origin o = { "", "", "", "", "", "", 0, 0 };

	if (read_left(r) > 0) {
		o.relay = queue_get_text(r, QUEUE_IP, arena);
		o.helo = queue_get_text(r, QUEUE_NAME, arena);
		o.rdns = queue_get_text(r, QUEUE_NAME, arena);
		o.envelope_from = queue_get_text(r, QUEUE_ENVELOPE, arena);
		o.kind = queue_get_text(r, QUEUE_WORD, arena);
		o.road = queue_get_text(r, QUEUE_WORD, arena);
		o.known = read_u8(r);
		o.knowns = read_u8(r);
	}
	*ret = o;
	return o.relay != NULL && o.helo != NULL && o.rdns != NULL &&
	    o.envelope_from != NULL && o.kind != NULL && o.road != NULL;
}

static bool
said(const char *s)
{
	return s != NULL && s[0] != '\0';
}

void
queue_origin_note(struct zone_origin *o, const struct zone_submission *s,
    const struct zone_report *report)
{
	if (!said(o->relay)) {
		if (said(report->relay)) {
			o->relay = report->relay;
			o->helo = report->helo;
			o->rdns = report->rdns;
		}
		if (!said(o->envelope_from) || said(report->relay)) {
			o->envelope_from = report->envelope_from;
		}
	}
	o->kind = s->kind;
	o->road = s->road;
	o->known = s->known;
	o->knowns |= (uint8_t)(1u << (s->known & 7));
}

/* A person has to know that it is there, and the others must stay in reach. */
struct zone_item
queue_item_damaged(uint64_t id, enum zone_item_state state)
{
	return (struct zone_item){
		.id = id,
		.state = state,
		.subject = "(this record is damaged)",
		.from = "",
		.settled_by = "",
		.settled_reason = "",
		.origin = { "", "", "", "", "", "", 0, 0 },
	};
}
