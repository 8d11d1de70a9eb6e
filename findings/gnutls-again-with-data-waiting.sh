#!/bin/sh
# GnuTLS (Debian 12: libgnutls30 3.7.9-2+deb12u*), DTLS over an application's own transport functions. One expects
# GNUTLS_E_AGAIN of a non-blocking gnutls_handshake() to mean that the pull function had nothing (its manual, "Asynchronous
# operation": call again when the descriptor is readable), so that a program that moves datagrams itself offers one,
# calls until it hears "again", and may then throw the datagram's buffer away.
# When the peer's flight comes twice, each time as one datagram with several records (RFC 6347, section 4.1.1), GnuTLS
# says "again" over the first repeated record and goes on holding the others. The next datagram that is offered meets
# those: it says "again" over them, too, without having called the pull function at all. Whoever then frees that
# datagram, here the peer's last flight, has lost it, and the handshake waits for a timer.
# Seen: "again, and the datagram was not pulled: yes".
# Exits 0 while that is so. Needs apt-get and a C compiler; no network traffic.
set -u
cd "$(mktemp -d)" || exit 2
trap 'rm -rf "$PWD"' EXIT
apt-get -qq download "libgnutls30=3.7.9-2+deb12u*" "libgnutls28-dev=3.7.9-2+deb12u*" >/dev/null 2>&1 || { echo "cannot get GnuTLS 3.7.9"; exit 2; }
for package in ./*.deb; do dpkg -x "$package" .; done
cat >again.c <<'C'
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <time.h>
#include <gnutls/dtls.h>
#include <gnutls/gnutls.h>
#include <gnutls/x509.h>

/* One side: what it is offered, and what it has sent, as one datagram. */
struct side {
    gnutls_session_t session;
    struct side *peer;
    unsigned char in[8192], out[8192];
    size_t n_in, n_out;
    int n_pulls; /* that got a datagram */
};

static ssize_t push(gnutls_transport_ptr_t p, const void *data, size_t n)
{
    struct side *s = p;

    memcpy(s->out + s->n_out, data, n);
    s->n_out += n;
    return (ssize_t)n;
}

static ssize_t pull(gnutls_transport_ptr_t p, void *data, size_t size)
{
    struct side *s = p;
    size_t n = s->n_in < size ? s->n_in : size;

    if (n == 0) {
        gnutls_transport_set_errno(s->session, EAGAIN);
        return -1;
    }
    memcpy(data, s->in, n);
    s->n_in = 0;
    s->n_pulls++;
    return (ssize_t)n;
}

static int pull_timeout(gnutls_transport_ptr_t p, unsigned ms)
{
    (void)ms;
    return ((struct side *)p)->n_in > 0;
}

static gnutls_certificate_credentials_t certificate(void)
{
    gnutls_certificate_credentials_t c;
    gnutls_x509_privkey_t key;
    gnutls_x509_crt_t crt;

    gnutls_x509_privkey_init(&key);
    gnutls_x509_privkey_generate(key, GNUTLS_PK_ECDSA, GNUTLS_CURVE_TO_BITS(GNUTLS_ECC_CURVE_SECP256R1), 0);
    gnutls_x509_crt_init(&crt);
    gnutls_x509_crt_set_version(crt, 3);
    gnutls_x509_crt_set_serial(crt, "\1", 1);
    gnutls_x509_crt_set_activation_time(crt, time(NULL) - 60);
    gnutls_x509_crt_set_expiration_time(crt, time(NULL) + 3600);
    gnutls_x509_crt_set_key(crt, key);
    gnutls_x509_crt_sign2(crt, crt, key, GNUTLS_DIG_SHA256, 0);
    gnutls_certificate_allocate_credentials(&c);
    gnutls_certificate_set_x509_key(c, &crt, 1, key);
    return c;
}

static void start(struct side *s, unsigned kind, struct side *peer)
{
    gnutls_init(&s->session, kind | GNUTLS_DATAGRAM | GNUTLS_NONBLOCK);
    gnutls_priority_set_direct(s->session, "NORMAL:-VERS-ALL:+VERS-DTLS1.2", NULL);
    gnutls_credentials_set(s->session, GNUTLS_CRD_CERTIFICATE, certificate());
    gnutls_dtls_set_mtu(s->session, 1200);
    gnutls_transport_set_ptr(s->session, s);
    gnutls_transport_set_push_function(s->session, push);
    gnutls_transport_set_pull_function(s->session, pull);
    gnutls_transport_set_pull_timeout_function(s->session, pull_timeout);
    s->peer = peer;
}

/* Offer a datagram and call until GnuTLS says "again" or is done. */
static int offer(struct side *s, const unsigned char *data, size_t n)
{
    int r;

    memcpy(s->in, data, n);
    s->n_in = n;
    do
        r = gnutls_handshake(s->session);
    while (r < 0 && r != GNUTLS_E_AGAIN && !gnutls_error_is_fatal(r));
    return r;
}

int main(void)
{
    static struct side client, server;
    unsigned char flight[8192];
    size_t n;
    int r;

    start(&client, GNUTLS_CLIENT, &server);
    start(&server, GNUTLS_SERVER, &client);
    gnutls_certificate_server_set_request(server.session, GNUTLS_CERT_REQUEST);
    (void)offer(&client, (const unsigned char *)"", 0); /* the first hello */
    (void)offer(&server, client.out, client.n_out);
    n = server.n_out;
    memcpy(flight, server.out, n);
    printf("GnuTLS %s; the server's flight has %zu bytes\n", gnutls_check_version(NULL), n);
    client.n_out = server.n_out = 0;
    (void)offer(&client, flight, n);
    (void)offer(&client, flight, n); /* repeated, as when the client's answer was late */
    (void)offer(&server, client.out, client.n_out);
    n = server.n_out; /* the server's last flight */
    r = offer(&client, server.out, n);
    printf("again, and the datagram was not pulled: %s (%s; %zu of %zu bytes left, %d datagrams pulled of 3)\n",
           r == GNUTLS_E_AGAIN && client.n_in == n ? "yes" : "no", gnutls_strerror(r), client.n_in, n, client.n_pulls);
    return !(n > 0 && r == GNUTLS_E_AGAIN && client.n_in == n);
}
C
lib=$(dirname "$(find "$PWD" -name libgnutls.so.30 | head -n 1)")
cc -I usr/include -I "$(dirname "$(find "$PWD" -path '*gnutls/gnutls.h')")/.." again.c -o again -L "$lib" -l:libgnutls.so.30 -Wl,-rpath,"$lib" || exit 2
./again
