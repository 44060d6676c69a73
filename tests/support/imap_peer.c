/*
 * An IMAP server that misbehaves as a script says, for tests of the client.
 * scripts/README describes options, log and script.
 */
#include <errno.h>
#include <getopt.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "imap_peer_serve.h"

#define PEER_TIMEOUT 60 /* seconds */

struct peer_options {
	bool tls;
	bool starttls;
	bool tls_1_1;
	bool ipv6;
	const char *cert;
	const char *key;
	const char *script;
	const char *log;
	unsigned timeout;
};

struct peer {
	struct box box;
	SSL_CTX *tls;
	FILE *log;
	struct step *script;
	int listener;
	bool tls_at_once;
	unsigned connections;
	unsigned mismatches;
};

static int peer_parse(int argc, char **argv, struct peer_options *options)
{
	static const struct option table[] = {
	    {"tls", required_argument, NULL, 't'},
	    {"starttls", required_argument, NULL, 's'},
	    {"tls-1.1", no_argument, NULL, '1'},
	    {"ipv6", no_argument, NULL, '6'},
	    {"script", required_argument, NULL, 'f'},
	    {"log", required_argument, NULL, 'l'},
	    {"timeout", required_argument, NULL, 'w'},
	    {0},
	};
	int c;

	while ((c = getopt_long(argc, argv, "", table, NULL)) != -1) {
		switch (c) {
		case 't':
		case 's':
			options->tls = true;
			options->starttls = c == 's';
			options->cert = optarg;
			if (optind == argc)
				return -1;
			options->key = argv[optind++];
			break;
		case '1':
			options->tls_1_1 = true;
			break;
		case '6':
			options->ipv6 = true;
			break;
		case 'f':
			options->script = optarg;
			break;
		case 'l':
			options->log = optarg;
			break;
		case 'w':
			options->timeout = (unsigned)strtoul(optarg, NULL, 10);
			break;
		default:
			return -1;
		}
	}
	return optind == argc ? 0 : -1;
}

/* A listening socket and its port; -1 with errno. */
static int peer_listen(bool ipv6, unsigned *port_r)
{
	struct sockaddr_in6 v6 = {.sin6_family = AF_INET6, .sin6_addr = IN6ADDR_LOOPBACK_INIT};
	struct sockaddr_in v4 = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
	struct sockaddr *address = ipv6 ? (struct sockaddr *)&v6 : (struct sockaddr *)&v4;
	socklen_t n = ipv6 ? sizeof(v6) : sizeof(v4);
	int fd = socket(address->sa_family, SOCK_STREAM | SOCK_CLOEXEC, 0);

	if (fd == -1)
		return -1;
	if (bind(fd, address, n) == -1 || listen(fd, 16) == -1 ||
	    getsockname(fd, address, &n) == -1) {
		close(fd);
		return -1;
	}
	*port_r = ntohs(ipv6 ? v6.sin6_port : v4.sin_port);
	return fd;
}

/* The steps of a connection, or NULL for one that behaves. */
static void peer_serve(struct peer *peer, const struct step *section, int fd)
{
	struct step answer = {.op = STEP_SERVE};
	struct step greet = {.op = STEP_GREETING, .next = &answer};
	struct wire wire = {
	    .fd = fd,
	    .number = ++peer->connections,
	    .log = peer->log,
	    .tls = peer->tls,
	    .tls_due = peer->tls_at_once,
	};
	struct serve serve = {.box = &peer->box, .wire = &wire};
	int on = 1;

	setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on));
	buf_init(&serve.line, 0);
	serve.rules[0] = section == NULL ? NULL : section->inner;
	serve.rules[1] = peer->script;
	for (struct step *rule = serve.rules[0]; rule != NULL; rule = rule->next)
		rule->hits = 0;
	enum serve_end end = serve_steps(&serve, section == NULL ? &greet : section->inner);
	wire_log(&wire, "end", end == SERVE_RESET ? SPAN("reset") : SPAN("closed"));
	if (end == SERVE_RESET)
		wire_reset(&wire);
	else
		wire_close(&wire);
	peer->mismatches += serve.mismatches;
	buf_fini(&serve.line);
}

static void peer_run_section(struct peer *peer, const struct step *section)
{
	struct step_when when =
	    section == NULL ? (struct step_when){1, (unsigned long)-1} : section->when;

	for (unsigned long n = 0; n < when.last; n++) {
		int fd = accept(peer->listener, NULL, NULL);

		if (fd != -1)
			peer_serve(peer, section, fd);
	}
}

static void peer_run(struct peer *peer)
{
	struct serve set_up = {.box = &peer->box};
	bool any = false;

	serve_steps(&set_up, peer->script);
	for (const struct step *step = peer->script; step != NULL; step = step->next) {
		if (step->op != STEP_CONNECTION)
			continue;
		any = true;
		peer_run_section(peer, step);
	}
	if (!any)
		peer_run_section(peer, NULL);
}

static void peer_on_alarm(int signo)
{
	static const char text[] = "imap_peer: timeout\n";

	(void)signo;
	if (write(STDERR_FILENO, text, sizeof(text) - 1) == -1)
		_exit(3);
	_exit(2);
}

static int peer_open(struct peer *peer, const struct peer_options *options)
{
	unsigned port;

	peer->log = options->log == NULL ? stderr : fopen(options->log, "w");
	if (peer->log == NULL) {
		perror(options->log);
		return -1;
	}
	peer->tls_at_once = options->tls && !options->starttls;
	if (options->tls &&
	    (peer->tls = wire_new_tls(options->cert, options->key, options->tls_1_1)) == NULL)
		return -1;
	if (options->script != NULL && (peer->script = script_read(options->script)) == NULL)
		return -1;
	peer->listener = peer_listen(options->ipv6, &port);
	if (peer->listener == -1) {
		perror("imap_peer: listen");
		return -1;
	}
	printf("%u\n", port);
	return fflush(stdout) == 0 ? 0 : -1;
}

int main(int argc, char **argv)
{
	struct peer_options options = {.timeout = PEER_TIMEOUT};
	struct peer peer = {.listener = -1};
	int status = EXIT_FAILURE;

	if (peer_parse(argc, argv, &options) == -1) {
		fputs("imap_peer: wrong arguments; see scripts/README\n", stderr);
		return EXIT_FAILURE;
	}
	box_init(&peer.box);
	signal(SIGPIPE, SIG_IGN);
	signal(SIGALRM, peer_on_alarm);
	alarm(options.timeout);
	if (peer_open(&peer, &options) == 0) {
		peer_run(&peer);
		status = peer.mismatches == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
	}
	if (peer.listener != -1)
		close(peer.listener);
	if (peer.log != NULL && peer.log != stderr)
		fclose(peer.log);
	script_free(peer.script);
	SSL_CTX_free(peer.tls);
	box_fini(&peer.box);
	return status;
}
