#!/bin/sh
# nginx (Debian 12: 1.22.1-9+deb12u*, OpenSSL 3.0): `nginx -t` and a reload are the check before a renewed certificate
# is taken. One expects that a certificate is refused whose key is another one. It is while both are RSA ("key values
# mismatch"). With a certificate for an RSA key and an EC key in place, as in the middle of a renewal that changes the
# key's type, nginx says that all is well, starts, and then fails at every handshake: OpenSSL keeps one certificate
# and key per type (SSL_CTX_use_certificate(3)), so the one has no key, the other no certificate, and nobody compares.
# Seen: same type: refused by nginx -t. Other type: "test is successful", then no TLS.
# Exits 0 while that is so. Needs apt-get, openssl and a free port 38443 on loopback.
set -u
cd "$(mktemp -d)" || exit 2
trap '[ -z "${pid-}" ] || kill "$pid"; rm -rf "$PWD"' EXIT
apt-get -qq download "nginx=1.22.1-9+deb12u*" >/dev/null 2>&1 && dpkg -x nginx_*.deb . || { echo "cannot get nginx 1.22.1"; exit 2; }
nginx=$PWD/usr/sbin/nginx
"$nginx" -v 2>&1
for name in one two; do
    openssl req -x509 -newkey rsa:2048 -nodes -days 2 -subj "/CN=$name" -keyout "$name.key" -out "$name.crt" 2>/dev/null
done
openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -days 2 -subj /CN=ec -keyout ec.key -out ec.crt 2>/dev/null

# use CERTIFICATE KEY: writes the configuration.
use() {
    {
        echo "daemon off; pid $PWD/pid; error_log stderr crit; events {}"
        echo "http { access_log off; client_body_temp_path b; proxy_temp_path p; fastcgi_temp_path f; uwsgi_temp_path u; scgi_temp_path s;"
        echo "server { listen 127.0.0.1:38443 ssl; ssl_certificate $PWD/$1; ssl_certificate_key $PWD/$2; } }"
    } >conf
}
try() {
    "$nginx" -p "$PWD" -e stderr -t -c "$PWD/conf" >out 2>&1 && echo accepted || echo refused
}
handshake() {
    echo | timeout 5 openssl s_client -connect 127.0.0.1:38443 2>&1 | grep -q 'BEGIN CERTIFICATE' && echo yes || echo no
}

use one.crt one.key
echo "certificate and key fit: $(try)"
use one.crt two.key
same=$(try)
echo "key of the same type, another one: $same"
use one.crt ec.key
other=$(try)
echo "key of another type: $other: $(tail -n 1 out)"
"$nginx" -p "$PWD" -e stderr -c "$PWD/conf" 2>/dev/null &
pid=$!
sleep 1
served=$(handshake)
echo "a handshake gets a certificate: $served"
[ "$same" = refused ] && [ "$other" = accepted ] && [ "$served" = no ]
