/* tls.h - the certificate that the pages show, exchanged while they run. The
 * only door to GnuTLS.
 *
 * One for the process. A handshake takes what is loaded when it begins;
 * connections that exist are not touched by another certificate.
 */
#pragma once

#include <gnutls/abstract.h>

#include "base/err.h"

/* TLS 1.2 and 1.3; the server's order counts. */
#define WWW_TLS_PRIORITIES \
	"NORMAL:-VERS-TLS1.0:-VERS-TLS1.1:%SERVER_PRECEDENCE"

/* Read the chain CERT and its KEY (both PEM) and use them from the next
 * handshake on. When anything is wrong with them (not readable, the key open
 * to everybody, no PEM, one does not belong to the other, over), WHY says it
 * and what was loaded before stays. ERR_SYS, ERR_FORMAT, ERR_NOMEM. */
MUST_CHECK int www_tls_load(
    const char *cert, const char *key, struct err_text *why);
/* Only look. */
MUST_CHECK int www_tls_check(
    const char *cert, const char *key, struct err_text *why);
/* Forget all; when nothing serves any more. */
void www_tls_free(void);

/* For the HTTP library: a gnutls_certificate_retrieve_function2. */
int www_tls_present(gnutls_session_t session,
    const gnutls_datum_t *authorities, int n_authorities,
    const gnutls_pk_algorithm_t *algorithms, int n_algorithms,
    gnutls_pcert_st **ret_chain, unsigned *ret_n, gnutls_privkey_t *ret_key);
