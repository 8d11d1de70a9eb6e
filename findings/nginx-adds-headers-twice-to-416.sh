#!/bin/sh
# nginx (Debian 12: nginx 1.22.1-9+deb12u*), a static file, say a recording, and "add_header NAME VALUE always", which adds the
# field "regardless of the response code" (ngx_http_headers_module). One expects the field once in each answer.
# In the 416 (RFC 9110 section 15.5.17) for a range that begins behind the file's end, as a player asks for when it seeks in what
# was longer a moment ago, each added field comes twice: the answer begins as 200, passes the header filters, turns into 416 in the
# range filter, and passes them again with what they have added. "add_header" without "always" adds once there, although 416 is none
# of the codes that it is for. Twice is no harm for most fields, but two Access-Control-Allow-Origin are a failed check for a page
# of another origin (Fetch standard, "CORS check"): its player hears of a network error, not of a range that is none.
# Seen: "206: always 1, plain 1", "404: always 1, plain 0", "416: always 2, plain 1".
# Exits 0 while that is so. Needs apt-get, curl, and nginx's libraries (apt-get install nginx brings them); traffic on loopback only.
set -u
cd "$(mktemp -d)" || exit 2
trap 'kill "$server" 2>/dev/null; rm -rf "$PWD"' EXIT
server=
apt-get -qq download "nginx=1.22.1-9+deb12u*" >/dev/null 2>&1 || { echo "cannot get nginx 1.22.1"; exit 2; }
dpkg -x ./nginx_*.deb package
printf 'what was recorded' >film.webm
cat >nginx.conf <<C
daemon off; master_process off; pid pid; error_log stderr crit; events {}
http {
    access_log off;
    client_body_temp_path t1; proxy_temp_path t2; fastcgi_temp_path t3; uwsgi_temp_path t4; scgi_temp_path t5;
    server {
        listen unix:$PWD/socket;
        root $PWD;
        add_header X-Always one always;
        add_header X-Plain one;
    }
}
C
package/usr/sbin/nginx -p "$PWD" -c nginx.conf &
server=$!
for _ in 1 2 3 4 5 6 7 8 9 10; do [ -S socket ] && break; sleep 0.5; done

# fields PATH RANGE: the answer's code, and how often each field is in it.
fields() {
    curl -s -o body -D head --unix-socket socket -H "Range: bytes=$2" "http://localhost/$1"
    printf '%s: always %s, plain %s\n' "$(sed -n '1s/^[^ ]* \([0-9]*\).*/\1/p' head)" "$(grep -ci '^x-always:' head)" "$(grep -ci '^x-plain:' head)"
}
seen=$(fields film.webm 0-3; fields absent.webm 0-3; fields film.webm 100-)
echo "$seen"
[ "$seen" = "206: always 1, plain 1
404: always 1, plain 0
416: always 2, plain 1" ]
