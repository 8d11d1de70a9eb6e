#include "mediad/rtc/secure_rtp_backend.h"

#include <stdlib.h>
#include <string.h>

#include <nettle/aes.h>
#include <nettle/ctr.h>
#include <nettle/hmac.h>
#include <nettle/memops.h>
#include <srtp2/auth.h>
#include <srtp2/cipher.h>

/* AES in counter mode as RFC 3711 section 4.1.1 has it: the counter starts at salt XOR index. */
struct counter_cipher {
    srtp_cipher_t base;
    struct aes128_ctx aes;
    uint8_t salt[AES_BLOCK_SIZE];
    uint8_t counter[AES_BLOCK_SIZE];
};

struct authenticator {
    srtp_auth_t base;
    struct hmac_sha1_ctx hmac;
};

static const srtp_cipher_type_t counter_cipher_type;
static const srtp_auth_type_t authenticator_type;

static srtp_err_status_t wipe(void *whole, size_t size)
{
    explicit_bzero(whole, size);
    free(whole);
    return srtp_err_status_ok;
}

static srtp_err_status_t cipher_alloc(srtp_cipher_pointer_t *out, int key_len, int tag_len)
{
    (void)tag_len;
    if (key_len != SRTP_AES_ICM_128_KEY_LEN_WSALT)
        return srtp_err_status_bad_param;
    struct counter_cipher *c = calloc(1, sizeof *c);

    if (!c)
        return srtp_err_status_alloc_fail;
    c->base.type = &counter_cipher_type;
    c->base.state = c;
    c->base.key_len = key_len;
    c->base.algorithm = SRTP_AES_ICM_128;
    *out = &c->base;
    return srtp_err_status_ok;
}

static srtp_err_status_t cipher_dealloc(srtp_cipher_pointer_t base)
{
    return wipe(base->state, sizeof(struct counter_cipher)); /* `base` is its first member */
}

static srtp_err_status_t cipher_init(void *state, const uint8_t *key)
{
    struct counter_cipher *c = state;

    aes128_set_encrypt_key(&c->aes, key);
    memset(c->salt, 0, sizeof c->salt);
    memcpy(c->salt, key + SRTP_AES_128_KEY_LEN, SRTP_SALT_LEN);
    return srtp_err_status_ok;
}

static srtp_err_status_t cipher_set_iv(void *state, uint8_t *iv, srtp_cipher_direction_t direction)
{
    struct counter_cipher *c = state;
    uint64_t salt[2], index[2];

    (void)direction;
    memcpy(salt, c->salt, sizeof salt);
    memcpy(index, iv, sizeof index);
    index[0] ^= salt[0];
    index[1] ^= salt[1];
    memcpy(c->counter, index, sizeof index);
    return srtp_err_status_ok;
}

static srtp_err_status_t cipher_crypt(void *state, uint8_t *buffer, unsigned int *len)
{
    struct counter_cipher *c = state;

    ctr_crypt(&c->aes, (nettle_cipher_func *)aes128_encrypt, AES_BLOCK_SIZE, c->counter, *len,
              buffer, buffer);
    return srtp_err_status_ok;
}

static srtp_err_status_t auth_alloc(srtp_auth_pointer_t *out, int key_len, int tag_len)
{
    if (tag_len < 0 || tag_len > SHA1_DIGEST_SIZE)
        return srtp_err_status_bad_param;
    struct authenticator *a = calloc(1, sizeof *a);

    if (!a)
        return srtp_err_status_alloc_fail;
    a->base.type = &authenticator_type;
    a->base.state = a;
    a->base.out_len = tag_len;
    a->base.key_len = key_len;
    *out = &a->base;
    return srtp_err_status_ok;
}

static srtp_err_status_t auth_dealloc(srtp_auth_pointer_t base)
{
    return wipe(base->state, sizeof(struct authenticator)); /* `base` is its first member */
}

static srtp_err_status_t auth_init(void *state, const uint8_t *key, int key_len)
{
    struct authenticator *a = state;

    if (key_len < 0)
        return srtp_err_status_bad_param;
    hmac_sha1_set_key(&a->hmac, (size_t)key_len, key);
    return srtp_err_status_ok;
}

static srtp_err_status_t auth_start(void *state)
{
    struct authenticator *a = state;

    a->hmac.state = a->hmac.inner;
    return srtp_err_status_ok;
}

static srtp_err_status_t auth_update(void *state, const uint8_t *buffer, int len)
{
    struct authenticator *a = state;

    hmac_sha1_update(&a->hmac, (size_t)len, buffer);
    return srtp_err_status_ok;
}

static srtp_err_status_t auth_compute(void *state, const uint8_t *buffer, int len, int tag_len,
                                      uint8_t *tag)
{
    struct authenticator *a = state;

    if (tag_len < 0 || tag_len > SHA1_DIGEST_SIZE)
        return srtp_err_status_bad_param;
    hmac_sha1_update(&a->hmac, (size_t)len, buffer);
    hmac_sha1_digest(&a->hmac, (size_t)tag_len, tag);
    return srtp_err_status_ok;
}

/* RFC 3711 B.2: the key stream, which is what zeros encrypt to. */
static const uint8_t vector_key[SRTP_AES_ICM_128_KEY_LEN_WSALT] = {
    0x2b, 0x7e, 0x15, 0x16, 0x28, 0xae, 0xd2, 0xa6, 0xab, 0xf7, 0x15, 0x88, 0x09, 0xcf, 0x4f,
    0x3c, 0xf0, 0xf1, 0xf2, 0xf3, 0xf4, 0xf5, 0xf6, 0xf7, 0xf8, 0xf9, 0xfa, 0xfb, 0xfc, 0xfd};
static uint8_t vector_index[AES_BLOCK_SIZE];
static const uint8_t vector_plain[48];
static const uint8_t vector_cipher[48] = {
    0xe0, 0x3e, 0xad, 0x09, 0x35, 0xc9, 0x5e, 0x80, 0xe1, 0x66, 0xb1, 0x6d, 0xd9, 0x2b, 0x4e, 0xb4,
    0xd2, 0x35, 0x13, 0x16, 0x2b, 0x02, 0xd0, 0xf7, 0x2a, 0x43, 0xa2, 0xfe, 0x4a, 0x5f, 0x97, 0xab,
    0x41, 0xe9, 0x5b, 0x3b, 0xb0, 0xa2, 0xe8, 0xdd, 0x47, 0x79, 0x01, 0xe4, 0xfc, 0xa8, 0x94, 0xc0};
static const srtp_cipher_test_case_t cipher_vector = {
    .key_length_octets = sizeof vector_key,
    .key = vector_key,
    .idx = vector_index,
    .plaintext_length_octets = sizeof vector_plain,
    .plaintext = vector_plain,
    .ciphertext_length_octets = sizeof vector_cipher,
    .ciphertext = vector_cipher,
};

/* RFC 2202 section 3, case 2. */
static const uint8_t vector_auth_key[] = {'J', 'e', 'f', 'e'};
static const uint8_t vector_auth_data[] = {'w', 'h', 'a', 't', ' ', 'd', 'o', ' ', 'y', 'a',
                                           ' ', 'w', 'a', 'n', 't', ' ', 'f', 'o', 'r', ' ',
                                           'n', 'o', 't', 'h', 'i', 'n', 'g', '?'};
static const uint8_t vector_auth_tag[SHA1_DIGEST_SIZE] = {0xef, 0xfc, 0xdf, 0x6a, 0xe5, 0xeb, 0x2f,
                                                          0xa2, 0xd2, 0x74, 0x16, 0xd5, 0xf1, 0x84,
                                                          0xdf, 0x9c, 0x25, 0x9a, 0x7c, 0x79};
static const srtp_auth_test_case_t auth_vector = {
    .key_length_octets = sizeof vector_auth_key,
    .key = vector_auth_key,
    .data_length_octets = sizeof vector_auth_data,
    .data = vector_auth_data,
    .tag_length_octets = sizeof vector_auth_tag,
    .tag = vector_auth_tag,
};

static const srtp_cipher_type_t counter_cipher_type = {
    .alloc = cipher_alloc,
    .dealloc = cipher_dealloc,
    .init = cipher_init,
    .encrypt = cipher_crypt,
    .decrypt = cipher_crypt,
    .set_iv = cipher_set_iv,
    .description = "AES-128 counter mode (nettle)",
    .test_data = &cipher_vector,
    .id = SRTP_AES_ICM_128,
};

static const srtp_auth_type_t authenticator_type = {
    .alloc = auth_alloc,
    .dealloc = auth_dealloc,
    .init = auth_init,
    .compute = auth_compute,
    .update = auth_update,
    .start = auth_start,
    .description = "HMAC-SHA1 (nettle)",
    .test_data = &auth_vector,
    .id = SRTP_HMAC_SHA1,
};

int secure_rtp_backend_register(void)
{
    if (srtp_replace_cipher_type(&counter_cipher_type, SRTP_AES_ICM_128) != srtp_err_status_ok ||
        srtp_replace_auth_type(&authenticator_type, SRTP_HMAC_SHA1) != srtp_err_status_ok)
        return ERR_CRYPTO;
    return 0;
}
