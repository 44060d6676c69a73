#include "evidence/evidence_rules.h"

#define FIELD_ROW(column_, name_, field_, pick_, extract_)                                         \
	{                                                                                          \
		.name = (name_), .column = (column_), .source = SOURCE_FIELD, .field = (field_),   \
		.pick = (pick_), .extract = (extract_)                                             \
	}
#define TEXT_ROW(column_, name_, field_, pick_)                                                    \
	{                                                                                          \
		.name = (name_), .column = (column_), .source = SOURCE_FIELD, .field = (field_),   \
		.pick = (pick_), .reading = FIELD_TEXT                                             \
	}
#define FROM_ROW(column_, name_, source_, from_, extract_)                                         \
	{                                                                                          \
		.name = (name_), .column = (column_), .source = (source_), .from = (from_),        \
		.extract = (extract_)                                                              \
	}

#define USER_ROW(name_, fact_)                                                                     \
	{                                                                                          \
		.name = (name_), .column = COLUMN_AUTH_USER, .source = SOURCE_RECEIVED,            \
		.from = (fact_), .kind = IDENTITY_USER                                             \
	}

#define DOMAIN_ROW(name_, from_)                                                                   \
	{                                                                                          \
		.name = (name_), .column = COLUMN_SENDER_DOMAIN, .source = SOURCE_COLUMN,          \
		.from = (from_), .extract = extract_domain, .unlisted = true                       \
	}

/*
 * PICK_LAST unless there is a reason: what a message brought with it stands above what the filter
 * and Exim append. PHP writes its field in front of those of the script, so that there the first is
 * the true one; SmarterMail and Network Solutions write their fields on top.
 */
const struct evidence_rule evidence_rules[] = {
    TEXT_ROW(COLUMN_FROM, "from", "From", PICK_FIRST),
    TEXT_ROW(COLUMN_TO, "to", "To", PICK_ALL),
    TEXT_ROW(COLUMN_REPLY_TO, "reply-to", "Reply-To", PICK_FIRST),
    TEXT_ROW(COLUMN_SUBJECT, "subject", "Subject", PICK_FIRST),
    FIELD_ROW(COLUMN_MESSAGE_ID, "message-id", "Message-ID", PICK_FIRST, NULL),
    FIELD_ROW(COLUMN_RETURN_PATH, "return-path", "Return-Path", PICK_FIRST, NULL),
    DOMAIN_ROW("sender-domain-return-path", COLUMN_RETURN_PATH),
    DOMAIN_ROW("sender-domain-from", COLUMN_FROM),

    FROM_ROW(COLUMN_DOMAIN, "filter-domain", SOURCE_BRAND, BRAND_DOMAIN, NULL),
    FROM_ROW(COLUMN_CLASS, "filter-outgoing-class", SOURCE_BRAND, BRAND_OUTGOING_CLASS, NULL),
    FROM_ROW(COLUMN_CLASS, "filter-class", SOURCE_BRAND, BRAND_CLASS, NULL),
    FIELD_ROW(COLUMN_VHOST, "plesk-vhost", "X-PPP-Vhost", PICK_LAST, NULL),
    FIELD_ROW(COLUMN_X_SOURCE, "x-source", "X-Source", PICK_LAST, NULL),
    FIELD_ROW(COLUMN_X_SOURCE_ARGS, "x-source-args", "X-Source-Args", PICK_LAST, NULL),
    FIELD_ROW(COLUMN_X_SOURCE_DIR, "x-source-dir", "X-Source-Dir", PICK_LAST, NULL),

    FROM_ROW(COLUMN_SOURCE_IP, "source-received", SOURCE_CLIENT, 0, NULL),
    FIELD_ROW(COLUMN_SOURCE_IP, "source-originating-ip", "X-Originating-IP", PICK_LAST, extract_ip),
    FROM_ROW(COLUMN_SOURCE_IP, "source-saved-ip-username", SOURCE_SAVED, COLUMN_IP_USERNAME,
	extract_saved_ip),

    FROM_ROW(COLUMN_QMAIL_UID, "qmail-uid", SOURCE_RECEIVED, RECEIVED_QMAIL_UID, NULL),
    FROM_ROW(COLUMN_QMAIL_UID, "postfix-userid", SOURCE_RECEIVED, RECEIVED_USERID, NULL),
    FROM_ROW(COLUMN_QMAIL_UID, "dma-uid", SOURCE_RECEIVED, RECEIVED_DMA_UID, NULL),
    FROM_ROW(COLUMN_QMAIL_UID, "courier-uid", SOURCE_RECEIVED, RECEIVED_COURIER_UID, NULL),
    FIELD_ROW(COLUMN_QMAIL_UID, "php-uid", "X-PHP-Originating-Script", PICK_EACH, extract_php_uid),
    FIELD_ROW(
	COLUMN_QMAIL_UID, "antiabuse-uid", "X-AntiAbuse", PICK_EACH_UP, extract_antiabuse_uid),
    FIELD_ROW(COLUMN_QMAIL_UID, "mailchannels-uid", "X-MailChannels-SenderId", PICK_LAST,
	extract_mailchannels_uid),
    FROM_ROW(COLUMN_INVOKED_FOR, "qmail-mode", SOURCE_RECEIVED, RECEIVED_QMAIL_MODE, NULL),

    FROM_ROW(
	COLUMN_IP_USERNAME, "filter-username", SOURCE_BRAND, BRAND_USERNAME, extract_filter_user),
    FROM_ROW(COLUMN_IP_USERNAME, "filter-username-domain", SOURCE_BRAND, BRAND_DOMAIN,
	extract_filter_domain),
    FIELD_ROW(COLUMN_IP_USERNAME, "filter-smtp-auth", "Authentication-Results", PICK_IN_BLOCK,
	extract_smtp_auth),
    FIELD_ROW(COLUMN_IP_USERNAME, "originating-ip", "X-Originating-IP", PICK_LAST, extract_ip),
    FIELD_ROW(COLUMN_IP_USERNAME, "originatingip", "X-OriginatingIP", PICK_LAST, extract_ip),
    FROM_ROW(COLUMN_IP_USERNAME, "received-client", SOURCE_CLIENT, 0, NULL),

    FROM_ROW(
	COLUMN_EVIDENCE, "filter-outgoing-evidence", SOURCE_BRAND, BRAND_OUTGOING_EVIDENCE, NULL),
    FROM_ROW(COLUMN_EVIDENCE, "filter-evidence", SOURCE_BRAND, BRAND_EVIDENCE, NULL),
    FROM_ROW(
	COLUMN_EVIDENCE, "x-source-evidence", SOURCE_COLUMN, COLUMN_X_SOURCE, extract_x_source),
    FROM_ROW(COLUMN_EVIDENCE, "x-source-args-evidence", SOURCE_COLUMN, COLUMN_X_SOURCE_ARGS,
	extract_x_source),
    FROM_ROW(COLUMN_EVIDENCE, "x-source-dir-evidence", SOURCE_COLUMN, COLUMN_X_SOURCE_DIR,
	extract_x_source),

    FIELD_ROW(COLUMN_PHP_SCRIPT, "php-script", "X-PHP-Script", PICK_EACH, NULL),
    FIELD_ROW(
	COLUMN_PHP_SCRIPT, "php-originating-script", "X-PHP-Originating-Script", PICK_EACH, NULL),
    FIELD_ROW(COLUMN_PHP_SCRIPT, "php-filename", "X-PHP-Filename", PICK_EACH, NULL),
    FIELD_ROW(COLUMN_PHP_SCRIPT, "x-en-cgipath", "X-EN-CGIPath", PICK_LAST, NULL),
    FIELD_ROW(COLUMN_PHP_SCRIPT, "x-sg-opt", "X-SG-Opt", PICK_EACH, extract_option_script),
    FIELD_ROW(
	COLUMN_PHP_SCRIPT, "x-additional-header", "X-Additional-Header", PICK_EACH, extract_folder),
    FROM_ROW(COLUMN_PHP_SCRIPT, "x-source-args-script", SOURCE_COLUMN, COLUMN_X_SOURCE_ARGS,
	extract_script),
    FROM_ROW(COLUMN_PHP_SCRIPT, "x-source-dir-script", SOURCE_COLUMN, COLUMN_X_SOURCE_DIR, NULL),
    FIELD_ROW(COLUMN_PHP_SCRIPT_IP, "php-script-ip", "X-PHP-Script", PICK_EACH, extract_php_ip),
    FIELD_ROW(COLUMN_PHP_SCRIPT_IP, "php-filename-ip", "X-PHP-Filename", PICK_EACH, extract_php_ip),
    FIELD_ROW(COLUMN_PHP_SCRIPT_IP, "x-en-origip", "X-EN-OrigIP", PICK_LAST, extract_ip),
    FIELD_ROW(COLUMN_PHP_SCRIPT_IP, "x-sg-opt-ip", "X-SG-Opt", PICK_EACH, extract_option_ip),
    FROM_ROW(COLUMN_PHP_SCRIPT_IP, "php-saved-script-ip", SOURCE_SAVED, COLUMN_PHP_SCRIPT,
	extract_php_ip),

    FROM_ROW(COLUMN_AUTH_SENDER, "received-sender", SOURCE_RECEIVED, RECEIVED_SENDER, NULL),
    FIELD_ROW(COLUMN_AUTH_SENDER, "x-authenticated-sender", "X-Authenticated-Sender", PICK_LAST,
	extract_behind_host),
    FIELD_ROW(COLUMN_AUTH_SENDER, "x-get-message-sender-via", "X-Get-Message-Sender-Via", PICK_LAST,
	extract_sender_via),

    FIELD_ROW(COLUMN_AUTH_USER, "x-authuser", "X-AuthUser", PICK_LAST, NULL),
    FIELD_ROW(COLUMN_AUTH_USER, "x-auth-user", "X-Auth-User", PICK_LAST, extract_first_item),
    FIELD_ROW(COLUMN_AUTH_USER, "x-auth", "X-Auth", PICK_LAST, extract_without_port),
    FIELD_ROW(COLUMN_AUTH_USER, "smartermail-auth", "X-SmarterMail-Auth", PICK_FIRST, NULL),
    FIELD_ROW(COLUMN_AUTH_USER, "smartermail-authenticated-as", "X-SmarterMail-Authenticated-As",
	PICK_FIRST, NULL),
    FIELD_ROW(COLUMN_AUTH_USER, "x-authenticated-user", "X-Authenticated-User", PICK_LAST, NULL),
    FIELD_ROW(COLUMN_AUTH_USER, "x-authenticated-id", "X-Authenticated-Id", PICK_LAST, NULL),
    FIELD_ROW(COLUMN_AUTH_USER, "x-authenticated-uid", "X-Authenticated-UID", PICK_FIRST, NULL),
    FIELD_ROW(COLUMN_AUTH_USER, "x-auth-id", "X-Auth-ID", PICK_LAST, NULL),
    FIELD_ROW(COLUMN_AUTH_USER, "x-source-auth", "X-Source-Auth", PICK_LAST, NULL),
    FIELD_ROW(COLUMN_AUTH_USER, "x-originating-user", "X-Originating-User", PICK_LAST, NULL),
    FROM_ROW(COLUMN_AUTH_USER, "qmail-smtpd-login", SOURCE_RECEIVED, RECEIVED_QMAIL_LOGIN, NULL),
    FROM_ROW(COLUMN_AUTH_USER, "received-login", SOURCE_RECEIVED, RECEIVED_LOGIN, NULL),
    FROM_ROW(COLUMN_AUTH_USER, "opensmtpd-login", SOURCE_RECEIVED, RECEIVED_OPENSMTPD, NULL),
    FROM_ROW(COLUMN_AUTH_USER, "imp-login", SOURCE_RECEIVED, RECEIVED_HTTP_USER, NULL),
    FIELD_ROW(COLUMN_AUTH_USER, "x-authentication-warning", "X-Authentication-Warning", PICK_EACH,
	extract_warning_user),
    USER_ROW("exim-local-user", RECEIVED_EXIM_LOCAL),
    USER_ROW("sendmail-local-user", RECEIVED_SENDMAIL),
    USER_ROW("dma-local-user", RECEIVED_DMA_USER),
    FIELD_ROW(COLUMN_AUTH_USER, "x-source-cap", "X-Source-Cap", PICK_LAST, extract_source_cap),
    FIELD_ROW(COLUMN_AUTH_USER, "x-identified-user", "X-Identified-User", PICK_LAST,
	extract_identified_user),
    FIELD_ROW(
	COLUMN_AUTH_USER, "x-authed-username", "X-Authed-Username", PICK_LAST, extract_base64),
    FIELD_ROW(COLUMN_AUTH_USER, "x-df-sender", "X-Df-Sender", PICK_LAST, extract_base64),
    FIELD_ROW(COLUMN_AUTH_USER, "x-gnd-sasl", "X-GND-Sasl", PICK_LAST, NULL),
    FIELD_ROW(COLUMN_AUTH_USER, "x-webmail-userid", "X-WebMail-UserID", PICK_LAST, NULL),
    FIELD_ROW(COLUMN_AUTH_USER, "x-feas-auth-user", "X-FEAS-AUTH-USER", PICK_LAST, NULL),
    FIELD_ROW(COLUMN_AUTH_USER, "x-en-authuser", "X-EN-AuthUser", PICK_LAST, NULL),
    {.name = "x-en-cgiuser",
	.column = COLUMN_AUTH_USER,
	.source = SOURCE_FIELD,
	.field = "X-EN-CGIUser",
	.pick = PICK_LAST,
	.kind = IDENTITY_USER},
    FIELD_ROW(COLUMN_AUTH_USER, "x-secureserver-acct", "X-SECURESERVER-ACCT", PICK_LAST,
	extract_login_address),
    FIELD_ROW(COLUMN_AUTH_USER, "authorized-sender", "Authorized-Sender", PICK_LAST,
	extract_login_address),
    FIELD_ROW(COLUMN_AUTH_USER, "x-login-name", "X-Login-Name", PICK_LAST, extract_login_address),
    FIELD_ROW(COLUMN_AUTH_USER, "x-rid", "X-Rid", PICK_LAST, extract_login_address),
    FIELD_ROW(
	COLUMN_AUTH_USER, "x-biglobe-sender", "X-Biglobe-Sender", PICK_LAST, extract_login_address),
    FIELD_ROW(COLUMN_AUTH_USER, "x-submittedby", "X-SubmittedBy", PICK_LAST, extract_login_address),
    FIELD_ROW(COLUMN_AUTH_USER, "x-sendinguser", "X-SendingUser", PICK_LAST, NULL),
    FIELD_ROW(
	COLUMN_AUTH_USER, "x-session-marker", "X-Session-Marker", PICK_LAST, extract_login_address),
    FIELD_ROW(
	COLUMN_AUTH_USER, "x-authenticated", "X-Authenticated", PICK_LAST, extract_login_address),
    FIELD_ROW(COLUMN_AUTH_USER, "x-loopia-user", "X-Loopia-User", PICK_LAST, NULL),
    FIELD_ROW(COLUMN_AUTH_USER, "mailchannels-sender-id", "X-MailChannels-SenderId", PICK_LAST,
	extract_mailchannels),
    FIELD_ROW(COLUMN_AUTH_USER, "x-authenticated-as", "X-Authenticated-As", PICK_LAST, NULL),
    FIELD_ROW(
	COLUMN_AUTH_USER, "x-authenticated-underscore-id", "X-Authenticated_ID", PICK_LAST, NULL),
    FIELD_ROW(COLUMN_AUTH_USER, "x-authentication-info", "X-Authentication-Info", PICK_LAST,
	extract_using_id),
    FIELD_ROW(COLUMN_AUTH_USER, "x-esmtp-authenticated-user", "X-ESMTP-Authenticated-User",
	PICK_LAST, NULL),
    FIELD_ROW(COLUMN_AUTH_USER, "x-magicmail-authenticated", "X-MagicMail-Authenticated", PICK_LAST,
	NULL),
    FIELD_ROW(
	COLUMN_AUTH_USER, "x-122-reg-authenticated", "X-122-reg-Authenticated", PICK_LAST, NULL),
    FIELD_ROW(COLUMN_AUTH_USER, "x-eyou-smtpauth", "X-Eyou-Smtpauth", PICK_LAST, NULL),
    FIELD_ROW(COLUMN_AUTH_USER, "x-emdg-smtpauth", "X-EMDG-SMTPAUTH", PICK_LAST, NULL),
    FIELD_ROW(COLUMN_AUTH_USER, "x-me-auth", "X-ME-Auth", PICK_LAST, extract_base64),
    FIELD_ROW(COLUMN_AUTH_USER, "x-mho-user", "X-MHO-User", PICK_LAST, NULL),
    FIELD_ROW(COLUMN_AUTH_USER, "x-sg-user", "X-SG-User", PICK_LAST, NULL),
    FIELD_ROW(COLUMN_AUTH_USER, "x-bounce-key", "X-Bounce-Key", PICK_LAST, extract_second_item),
    FIELD_ROW(COLUMN_AUTH_USER, "x-sender-info", "X-Sender-Info", PICK_LAST, extract_in_brackets),
    FIELD_ROW(
	COLUMN_AUTH_USER, "x-originatingip", "X-OriginatingIP", PICK_LAST, extract_in_parentheses),
    FIELD_ROW(
	COLUMN_AUTH_USER, "x-migadu-auth-user", "X-Migadu-Auth-User", PICK_LAST, extract_tenant),
    FIELD_ROW(
	COLUMN_AUTH_USER, "x-relaying-domain", "X-Relaying-Domain", PICK_LAST, extract_tenant),
    FIELD_ROW(COLUMN_AUTH_USER, "own-smtp-auth", "Authentication-Results", PICK_EACH,
	extract_own_smtp_auth),
    FIELD_ROW(COLUMN_AUTH_USER, "own-arc-smtp-auth", "ARC-Authentication-Results", PICK_EACH,
	extract_own_smtp_auth),
    FROM_ROW(COLUMN_AUTH_USER, "guessed-field", SOURCE_GUESS, 0, extract_guess),

    {.name = "identity-header",
	.column = COLUMN_IDENTITY,
	.source = SOURCE_OPTION,
	.extract = extract_identity,
	.reading = FIELD_TEXT},
    FROM_ROW(COLUMN_IDENTITY, "identity-auth-user", SOURCE_COLUMN, COLUMN_AUTH_USER, extract_login),
    FROM_ROW(COLUMN_IDENTITY, "identity-auth-sender", SOURCE_COLUMN, COLUMN_AUTH_SENDER,
	extract_sender_login),
    {.name = "identity-vhost",
	.column = COLUMN_IDENTITY,
	.source = SOURCE_COLUMN,
	.from = COLUMN_VHOST,
	.kind = IDENTITY_SITE},
    FROM_ROW(COLUMN_IDENTITY, "identity-x-source-dir", SOURCE_COLUMN, COLUMN_X_SOURCE_DIR,
	extract_account),
    FIELD_ROW(
	COLUMN_IDENTITY, "identity-php-filename", "X-PHP-Filename", PICK_EACH, extract_account),
    FIELD_ROW(COLUMN_IDENTITY, "identity-additional-header", "X-Additional-Header", PICK_EACH,
	extract_account),
    FIELD_ROW(COLUMN_IDENTITY, "identity-php-owner", "X-PHP-Originating-Script", PICK_EACH,
	extract_php_owner),
    FROM_ROW(COLUMN_IDENTITY, "identity-saved-owner", SOURCE_SAVED, COLUMN_PHP_SCRIPT,
	extract_php_owner),
    FIELD_ROW(COLUMN_IDENTITY, "identity-php-script", "X-PHP-Script", PICK_EACH, extract_php_place),
    FROM_ROW(COLUMN_IDENTITY, "identity-saved-script", SOURCE_SAVED, COLUMN_PHP_SCRIPT,
	extract_saved_script),
    FROM_ROW(COLUMN_IDENTITY, "identity-uid", SOURCE_COLUMN, COLUMN_QMAIL_UID, extract_uid),
    FROM_ROW(
	COLUMN_IDENTITY, "identity-lower-uid", SOURCE_ORIGIN, EVIDENCE_ORIGIN_UID, extract_any_uid),
    FROM_ROW(
	COLUMN_IDENTITY, "identity-lower-user", SOURCE_ORIGIN, EVIDENCE_ORIGIN_USER, extract_login),
    FROM_ROW(COLUMN_IDENTITY, "identity-guessed-field", SOURCE_COLUMN, COLUMN_AUTH_USER,
	extract_guessed_login),
    FROM_ROW(COLUMN_IDENTITY, "identity-system-user", SOURCE_COLUMN, COLUMN_AUTH_USER,
	extract_system_login),
    FROM_ROW(COLUMN_IDENTITY, "identity-system-sender", SOURCE_COLUMN, COLUMN_AUTH_SENDER,
	extract_system_login),
    FROM_ROW(
	COLUMN_IDENTITY, "identity-system-uid", SOURCE_COLUMN, COLUMN_QMAIL_UID, extract_weak_uid),
    FIELD_ROW(COLUMN_IDENTITY, "identity-forwarder-owner", "X-Get-Message-Sender-Via", PICK_LAST,
	extract_forwarder_owner),
    FIELD_ROW(
	COLUMN_IDENTITY, "identity-forwarded-for", "X-Forwarded-For", PICK_LAST, extract_forwarder),
    FIELD_ROW(COLUMN_IDENTITY, "identity-zimbra-forwarded", "X-Zimbra-Forwarded", PICK_LAST,
	extract_forwarder),
    FIELD_ROW(COLUMN_IDENTITY, "identity-sieve-redirected", "X-Sieve-Redirected-From", PICK_FIRST,
	extract_forwarder),
    FIELD_ROW(
	COLUMN_IDENTITY, "identity-delivered-to", "Delivered-To", PICK_FIRST, extract_delivered),
    FROM_ROW(COLUMN_IDENTITY, "identity-ip-username", SOURCE_COLUMN, COLUMN_IP_USERNAME,
	extract_filter_login),

    FIELD_ROW(COLUMN_AUTH_EMAIL, "x-auth-email", "X-Auth-Email", PICK_LAST, NULL),
    FIELD_ROW(COLUMN_AUTH_EMAIL, "x-authenticated-email", "X-Authenticated-Email", PICK_LAST, NULL),
    FIELD_ROW(COLUMN_AUTH_EMAIL, "x-popbeforesmtp-senders", "X-PopBeforeSMTPSenders", PICK_LAST,
	extract_first_item),
    FROM_ROW(
	COLUMN_AUTH_EMAIL, "email-auth-user", SOURCE_COLUMN, COLUMN_AUTH_USER, extract_address),
    FROM_ROW(
	COLUMN_AUTH_EMAIL, "email-auth-sender", SOURCE_COLUMN, COLUMN_AUTH_SENDER, extract_address),
    FROM_ROW(COLUMN_AUTH_EMAIL, "email-identity", SOURCE_COLUMN, COLUMN_IDENTITY,
	extract_identity_address),

    {.name = "identity-kind",
	.column = COLUMN_IDENTITY_KIND,
	.source = SOURCE_COLUMN,
	.from = COLUMN_IDENTITY,
	.extract = extract_identity_kind,
	.unlisted = true},
    FIELD_ROW(
	COLUMN_LOGIN_IP, "authentication-info-ip", "X-Authentication-Info", PICK_LAST, extract_ip),
    FIELD_ROW(
	COLUMN_LOGIN_IP, "originatingip-login", "X-OriginatingIP", PICK_LAST, extract_login_ip),
    FROM_ROW(COLUMN_LOGIN_IP, "login-received", SOURCE_LOGIN, 0, NULL),
};

const unsigned evidence_rule_count = sizeof(evidence_rules) / sizeof(evidence_rules[0]);

_Static_assert(sizeof(evidence_rules) / sizeof(evidence_rules[0]) <= EVIDENCE_MAX_RULES,
    "EVIDENCE_MAX_RULES is too small");

/*
 * MIME-Version and X-Mailer are what PHP scripts like to write first, so that From is glued into
 * them; the last ones are fetched by nobody, but end a value that they were glued into.
 */
const struct evidence_name evidence_names[] = {
    {"Received", FIELD_WANTED | FIELD_PROSE},
    {"Content-Type", FIELD_WANTED},
    {"MIME-Version", FIELD_WANTED},
    {"X-Mailer", FIELD_WANTED},
    {"Organization", FIELD_WANTED | FIELD_FOREIGN},
    {"List-Unsubscribe", FIELD_WANTED | FIELD_FOREIGN},
    {"Subject", FIELD_PROSE},
    {"Authentication-Results", FIELD_PROSE},
    {"ARC-Authentication-Results", FIELD_PROSE},
    {"X-Authentication-Warning", FIELD_PROSE},
    {"Cc", 0},
    {"Bcc", 0},
    {"Date", 0},
    {"Sender", 0},
    {"X-Sender", 0},
    {"X-Priority", 0},
    {"Content-Transfer-Encoding", 0},
};

const unsigned evidence_name_count = sizeof(evidence_names) / sizeof(evidence_names[0]);
