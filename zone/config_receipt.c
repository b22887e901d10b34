/* config_receipt.c - the keys of ingest { } about receipts. */
#include <string.h>

#include "zone/config_priv.h"

static enum zone_receipts
read_word(struct config_reading *r)
{
	static const char *const words[] = { "off", "registered", "all" };
	const char *text = config_text(r, "receipts");

	for (unsigned i = 0; text != NULL && i < 3; i++) {
		if (span_is(span_str(text), words[i])) {
			return (enum zone_receipts)i;
		}
	}
	if (text != NULL) {
		config_fail(r, ERR_FORMAT, config_line(r, "receipts"),
		    "receipts", "\"%s\", expected off, registered or all",
		    config_shown(r, text));
	}
	return ZONE_RECEIPTS_OFF;
}

/* It stands in header lines as it is. */
static const char *
read_from(struct config_reading *r)
{
	const char *text = config_text(r, "receipt-from");
	unsigned line = config_line(r, "receipt-from");
	struct zone_key k;

	if (text == NULL) {
		return NULL;
	}
	config_ascii(r, "receipt-from", text, line, 254);
	if (zone_key_parse(ZONE_KIND_ADDRESS, span_str(text), &k, NULL) < 0 ||
	    k.digest.len > 0 || strpbrk(text, " \t\"<>()\\,;:") != NULL) {
		config_fail(r, ERR_FORMAT, line, "receipt-from",
		    "\"%s\", expected an e-mail address",
		    config_shown(r, text));
		return NULL;
	}
	return config_copy(r, k.text, strlen(k.text));
}

static void
read_command(struct config_reading *r, struct zone_config *c)
{
	static const char *const usual[] = { "/usr/sbin/sendmail", "-t", "-i",
		"-f", "<>" };
	const struct conf_values *v = config_many(r, "receipt-command");
	bool given = config_given(r, "receipt-command");
	size_t n = given ? v->n : sizeof(usual) / sizeof(*usual);

	c->ingest.receipt_command =
	    config_room(r, n, sizeof(c->ingest.receipt_command[0]));
	for (size_t i = 0; r->failed == 0 && i < n; i++) {
		const char *text = given ? v->values[i].text : usual[i];

		if (i == 0 && text[0] != '/') {
			config_fail(r, ERR_FORMAT, v->values[i].line,
			    "receipt-command",
			    "\"%s\", expected an absolute path first",
			    config_shown(r, text));
		}
		c->ingest.receipt_command[i] = text;
	}
	c->ingest.n_receipt_command = r->failed == 0 ? n : 0;
	if (r->failed == 0 && n == 0) {
		config_fail(r, ERR_FORMAT, config_line(r, "receipt-command"),
		    "receipt-command", "is empty, expected a program");
	}
}

void
config_receipts(struct config_reading *r, struct zone_config *c)
{
	c->ingest.receipts = read_word(r);
	c->ingest.receipt_from = read_from(r);
	read_command(r, c);
	c->ingest.receipts_day = config_number(r, "receipts-a-day", 1, 1000);
	c->ingest.receipts_hour =
	    config_number(r, "receipts-an-hour", 1, 1000000);
	if (r->failed == 0 && c->ingest.receipts != ZONE_RECEIPTS_OFF &&
	    c->ingest.receipt_from == NULL) {
		config_fail(r, ERR_FORMAT, config_line(r, "receipts"),
		    "receipt-from", "is missing, expected an address");
	}
}
