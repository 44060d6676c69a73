#include "imap/tls_certificate.h"

#include <arpa/inet.h>
#include <errno.h>
#include <openssl/x509v3.h>
#include <time.h>

#include "base/log.h"
#include "base/utf8.h"

/* Bytes of a name that are escaped to show TLS_NAME_MAX of them. */
#define TLS_NAME_SEEN ((size_t)16 * 1024)

static int tls_digest_spki(X509 *certificate, unsigned char digest[TLS_DIGEST_SIZE])
{
	unsigned char *der = NULL;
	int n = i2d_X509_PUBKEY(X509_get_X509_PUBKEY(certificate), &der);
	int status = -1;

	if (n > 0 && EVP_Digest(der, (size_t)n, digest, NULL, EVP_sha256(), NULL) == 1)
		status = 0;
	OPENSSL_free(der);
	return status;
}

int tls_digest(X509 *certificate, bool spki, unsigned char digest[TLS_DIGEST_SIZE])
{
	if (spki)
		return tls_digest_spki(certificate, digest);
	return X509_digest(certificate, EVP_sha256(), digest, NULL) == 1 ? 0 : -1;
}

void tls_add_fingerprint(struct buf *out, X509 *certificate, bool spki)
{
	unsigned char digest[TLS_DIGEST_SIZE];

	if (tls_digest(certificate, spki, digest) != 0) {
		buf_add_text(out, "(cannot be computed)");
		return;
	}
	buf_add_text(out, spki ? "spki:" : "");
	buf_add_hex(out, (struct span){(const char *)digest, sizeof(digest)});
}

/* A name is cut at its maximum, between two characters. */
static void tls_add_cut(struct buf *out, struct span name)
{
	struct buf shown;
	struct span head;

	buf_init(&shown, 0);
	log_escape(&shown, span_head(name, TLS_NAME_SEEN));
	head = utf8_head(buf_span(&shown), TLS_NAME_MAX);
	buf_add(out, head);
	if (head.n < shown.n || TLS_NAME_SEEN < name.n)
		buf_add_text(out, "...");
	buf_fail(out, shown.failed);
	buf_fini(&shown);
}

static void tls_add_name(struct buf *out, const X509_NAME *name)
{
	BIO *bio = BIO_new(BIO_s_mem());
	char *text = NULL;
	long n;

	if (bio == NULL) {
		buf_fail(out, ENOMEM);
		return;
	}
	X509_NAME_print_ex(bio, name, 0, XN_FLAG_ONELINE & ~ASN1_STRFLGS_ESC_MSB);
	n = BIO_get_mem_data(bio, &text);
	if (n > 0)
		tls_add_cut(out, (struct span){text, (size_t)n});
	BIO_free(bio);
}

static void tls_add_alternative_name(struct buf *out, const GENERAL_NAME *name)
{
	const ASN1_STRING *string;
	char address[INET6_ADDRSTRLEN];
	int family;

	if (name->type == GEN_DNS) {
		string = name->d.dNSName;
		tls_add_cut(out, (struct span){(const char *)ASN1_STRING_get0_data(string),
				     (size_t)ASN1_STRING_length(string)});
	} else if (name->type == GEN_IPADD) {
		string = name->d.iPAddress;
		family = ASN1_STRING_length(string) == 4 ? AF_INET : AF_INET6;
		if ((ASN1_STRING_length(string) == 4 || ASN1_STRING_length(string) == 16) &&
		    inet_ntop(family, ASN1_STRING_get0_data(string), address, sizeof(address)) !=
			NULL)
			buf_add_text(out, address);
	}
}

/* The names in subjectAltName that there is room for. */
static void tls_add_alternative_names(struct buf *out, X509 *certificate)
{
	GENERAL_NAMES *names = X509_get_ext_d2i(certificate, NID_subject_alt_name, NULL, NULL);
	int count = names != NULL ? sk_GENERAL_NAME_num(names) : 0;
	size_t begin = out->n;
	int shown = 0;
	int i;

	for (i = 0; i < count && shown < TLS_MAX_NAMES_SHOWN && out->n - begin < TLS_NAMES_MAX;
	     i++) {
		size_t before = out->n;

		tls_add_alternative_name(out, sk_GENERAL_NAME_value(names, i));
		if (out->n > before) {
			buf_add_text(out, ", ");
			shown++;
		}
	}
	if (i < count)
		buf_printf(out, "and %d more, ", count - i);
	GENERAL_NAMES_free(names);
}

static void tls_add_time(struct buf *out, const ASN1_TIME *when)
{
	struct tm tm;

	if (ASN1_TIME_to_tm(when, &tm) == 1)
		buf_printf(out, "%04d-%02d-%02d %02d:%02d UTC", tm.tm_year + 1900, tm.tm_mon + 1,
		    tm.tm_mday, tm.tm_hour, tm.tm_min);
	else
		buf_add_text(out, "(unreadable)");
}

void tls_add_dates(struct buf *out, X509 *certificate)
{
	buf_add_text(out, "from ");
	tls_add_time(out, X509_get0_notBefore(certificate));
	buf_add_text(out, " to ");
	tls_add_time(out, X509_get0_notAfter(certificate));
}

void tls_add_certificate(struct buf *out, X509 *certificate)
{
	/* The names that a host is compared with, and the subject for the reader. */
	buf_add_text(out, "names: ");
	tls_add_alternative_names(out, certificate);
	buf_add_text(out, "subject ");
	tls_add_name(out, X509_get_subject_name(certificate));
	buf_add_text(out, "\nissuer: ");
	tls_add_name(out, X509_get_issuer_name(certificate));
	buf_add_text(out, "\nvalid: ");
	tls_add_dates(out, certificate);
	buf_add_text(out, "\nSHA-256 of the certificate: ");
	tls_add_fingerprint(out, certificate, false);
	buf_add_text(out, "\nSHA-256 of its public key: ");
	tls_add_fingerprint(out, certificate, true);
}

void tls_add_pin(struct buf *out, const struct tls_pin *pin)
{
	buf_add_text(out, pin->spki ? "spki:" : "");
	buf_add_hex(out, (struct span){(const char *)pin->digest, sizeof(pin->digest)});
}
