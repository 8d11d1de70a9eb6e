#include "mediad/rtc/secure_rtp_send.h"

#include <arpa/inet.h>
#include <string.h>

#include <nettle/ctr.h>
#include <nettle/hmac.h>

#include "mediad/rtc/rtp.h"

/* RFC 3711 section 4.3.1 */
enum { LABEL_CIPHER = 0, LABEL_AUTH = 1, LABEL_SALT = 2 };
#define LABEL_AT 7
#define AUTH_KEY_LEN 20
#define SEQ_HALF 0x8000

_Static_assert(sizeof(struct secure_rtp_key) <= 4 * 64, "a key is to stay in four cache lines");

void secure_rtp_key_init(struct secure_rtp_key *key, const struct secure_rtp_suite *suite,
                         const uint8_t *master)
{
    uint16_t number = (uint16_t)(key->number + 1);

    /* 0 is a stream that has never sent */
    *key = (struct secure_rtp_key){.suite = suite, .number = number ? number : 1};
    suite->derive(key, master);
}

void secure_rtp_key_release(struct secure_rtp_key *key)
{
    uint16_t number = key->number;

    explicit_bzero(key, sizeof *key);
    key->number = number;
}

/* RFC 3711 section 3.3.1. @return false: there is no such index */
static bool guess_roc(const struct secure_rtp_stream *s, uint16_t seq, uint32_t *roc)
{
    *roc = s->roc;
    if (s->highest_seq < SEQ_HALF && seq - s->highest_seq > SEQ_HALF)
        return (*roc)-- > 0;
    if (s->highest_seq >= SEQ_HALF && s->highest_seq - SEQ_HALF > seq)
        return ++*roc > 0;
    return true;
}

static bool place(struct secure_rtp_stream *s, uint16_t key_number, uint16_t seq, uint32_t *roc)
{
    if (s->key_number != key_number) {
        *s = (struct secure_rtp_stream){.highest_seq = seq, .key_number = key_number};
        *roc = 0;
        return true;
    }
    if (!guess_roc(s, seq, roc))
        return false;
    if (*roc > s->roc || (*roc == s->roc && seq > s->highest_seq)) {
        s->roc = *roc;
        s->highest_seq = seq;
    }
    return true;
}

bool secure_rtp_job_init(struct secure_rtp_job *out, const struct secure_rtp_key *key,
                         struct secure_rtp_stream *stream, uint8_t *packet, size_t len)
{
    size_t payload_at = RTP_HEADER_SIZE;
    uint32_t roc;

    if (!key->suite || len < payload_at || len > UINT16_MAX - SECURE_RTP_TRAILER_MAX)
        return false;
    payload_at += 4u * (packet[0] & 0x0f);
    if (packet[0] & 0x10) {
        if (len < payload_at + 4)
            return false;
        payload_at += 4 + 4u * (size_t)(packet[payload_at + 2] << 8 | packet[payload_at + 3]);
    }
    if (len < payload_at ||
        !place(stream, key->number, (uint16_t)(packet[2] << 8 | packet[3]), &roc))
        return false;
    *out = (struct secure_rtp_job){key, packet, roc, (uint16_t)len, (uint16_t)payload_at};
    return true;
}

/* ---- AES in counter mode with HMAC-SHA1 ---- */

static void derive(uint8_t *out, size_t len, const struct aes128_ctx *master, const uint8_t *salt,
                   uint8_t label)
{
    uint8_t counter[AES_BLOCK_SIZE] = {0};

    memcpy(counter, salt, SECURE_RTP_SALT_LEN);
    counter[LABEL_AT] ^= label;
    memset(out, 0, len);
    ctr_crypt(master, (nettle_cipher_func *)aes128_encrypt, AES_BLOCK_SIZE, counter, len, out, out);
}

void secure_rtp_derive_aes_cm(struct secure_rtp_key *key, const uint8_t *master)
{
    const uint8_t *salt = master + AES128_KEY_SIZE;
    struct {
        struct aes128_ctx master;
        uint8_t cipher[AES128_KEY_SIZE];
        uint8_t auth[AUTH_KEY_LEN];
        struct hmac_sha1_ctx hmac;
    } secret;

    aes128_set_encrypt_key(&secret.master, master);
    derive(secret.cipher, sizeof secret.cipher, &secret.master, salt, LABEL_CIPHER);
    derive(secret.auth, sizeof secret.auth, &secret.master, salt, LABEL_AUTH);
    derive(key->salt, sizeof key->salt, &secret.master, salt, LABEL_SALT);
    aes128_set_encrypt_key(&key->cipher, secret.cipher);
    hmac_sha1_set_key(&secret.hmac, sizeof secret.auth, secret.auth);
    memcpy(key->inner, secret.hmac.inner.state, sizeof key->inner);
    memcpy(key->outer, secret.hmac.outer.state, sizeof key->outer);
    explicit_bzero(&secret, sizeof secret);
}

void secure_rtp_aes_cm_iv(const struct secure_rtp_job *job, uint8_t iv[AES_BLOCK_SIZE])
{
    const uint8_t *packet = job->packet;

    memcpy(iv, job->key->salt, SECURE_RTP_SALT_LEN);
    for (unsigned i = 0; i < 4; i++) {
        iv[4 + i] ^= packet[8 + i]; /* SSRC */
        iv[8 + i] ^= (uint8_t)(job->roc >> (24 - 8 * i));
    }
    iv[12] ^= packet[2];
    iv[13] ^= packet[3];
    iv[14] = 0;
    iv[15] = 0;
}

void secure_rtp_write_roc(const struct secure_rtp_job *job)
{
    uint32_t roc = htonl(job->roc);

    memcpy(job->packet + job->len, &roc, sizeof roc);
}

/* SHA-1 as if the 64 bytes of an HMAC key's block had been hashed. */
static void sha1_resume(struct sha1_ctx *sha1, const uint32_t state[5])
{
    memcpy(sha1->state, state, sizeof sha1->state);
    sha1->count = 1;
    sha1->index = 0;
}

void secure_rtp_protect_aes_cm(const struct secure_rtp_job *job)
{
    const struct secure_rtp_key *key = job->key;
    uint8_t *payload = job->packet + job->payload_at;
    uint8_t iv[AES_BLOCK_SIZE], digest[SHA1_DIGEST_SIZE];
    struct sha1_ctx sha1;

    secure_rtp_aes_cm_iv(job, iv);
    ctr_crypt(&key->cipher, (nettle_cipher_func *)aes128_encrypt, sizeof iv, iv,
              (size_t)(job->len - job->payload_at), payload, payload);
    secure_rtp_write_roc(job);
    sha1_resume(&sha1, key->inner);
    sha1_update(&sha1, job->len + sizeof job->roc, job->packet);
    sha1_digest(&sha1, sizeof digest, digest);
    sha1_resume(&sha1, key->outer);
    sha1_update(&sha1, sizeof digest, digest);
    sha1_digest(&sha1, key->suite->tag_len, job->packet + job->len);
}
