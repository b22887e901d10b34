/* fetch.h - files by HTTP: what a client has of one, what it wants of it.
 *
 * RFC 9110 sections 12.5.3 (Accept-Encoding), 13 (conditions), 14 (ranges).
 * Nothing here knows the library, the disk or who may fetch.
 */
#pragma once

#include <stdint.h>

#include "base/text.h"

/* Headers of a request; NULL: not sent. */
struct www_fetch {
	const char *encoding, *if_none_match, *if_modified, *if_range, *range;
	unsigned ranges; /* how often given */
};

/* One header; VALUE ends in NUL and lives with the request. */
void www_fetch_note(
    struct www_fetch *fetch, struct span name, struct span value);

/* A file as the answer. */
struct www_sent_file {
	bool open; /* FD is to be sent and closed */
	int fd;
	uint64_t from, len;    /* the part of it */
	char etag[80];         /* with its quotes */
	char modified[40];
	char range[80];        /* Content-Range; "": none */
	const char *encoding;  /* Content-Encoding; NULL: none */
	const char *challenge; /* WWW-Authenticate of 401; NULL: none */
};

/* Is a packed answer welcome? */
bool www_fetch_packed(const struct www_fetch *fetch);

#define WWW_FETCH_DATE 40
char *www_fetch_date(char out[WWW_FETCH_DATE], int64_t t); /* IMF-fixdate */

/* For a representation of SIZE bytes with ETAG, last modified at TIME: 200,
 * 206, 304 or 416; the part to send is in *RET_FROM, *RET_LEN, which for 304
 * and 416 are 0. Several ranges, and what is no range, are answered whole. */
unsigned www_fetch_decide(const struct www_fetch *fetch, const char *etag,
    int64_t time, uint64_t size, uint64_t *ret_from, uint64_t *ret_len);

/* NAME and password of "Basic ..." into OUT (CAP bytes, NUL at the end), or
 * the token of "Bearer ...", then NAME is empty. false: neither. Spans borrow
 * from OUT or VALUE. */
bool www_fetch_credentials(const char *value, char *out, size_t cap,
    struct span *ret_name, struct span *ret_token);

/* ---- what is counted ---------------------------------------------------- */

struct zone_accounts;

/* NAME fetched BYTES at NOW. Remembered, since a GET changes nothing on disk. */
void www_fetches_note(const char *name, int64_t now, uint64_t bytes);
/* Write what is remembered: by the minute tick, and at the end. <0: some of it
 * could not be written and stays. */
int www_fetches_flush(struct zone_accounts *accounts);
