#include "mediad/rtc/secure_rtp_multi.h"

#ifdef HAVE_IPSEC_MB

#include <stdlib.h>
#include <string.h>

#include <intel-ipsec-mb.h>

#include "common/macros.h"
#include "mediad/rtc/secure_rtp_send.h"

struct secure_rtp_multi {
    IMB_MGR *manager;
    IMB_JOB jobs[SECURE_RTP_MULTI_MAX]; /* all but what differs from packet to packet is set once */
    uint8_t ivs[SECURE_RTP_MULTI_MAX][AES_BLOCK_SIZE];
    uint8_t tags[SECURE_RTP_MULTI_MAX][SHA1_DIGEST_SIZE];
};

static const struct variant {
    const char *name;
    void (*init)(IMB_MGR *manager);
    uint64_t features; /* what the CPU must have */
} variants[] = {
    {"SSE", init_mb_mgr_sse, IMB_CPUFLAGS_SSE},
    {"AVX2", init_mb_mgr_avx2, IMB_CPUFLAGS_AVX2},
    {"AVX-512", init_mb_mgr_avx512, IMB_CPUFLAGS_AVX512},
};

const char *secure_rtp_multi_variant(unsigned i)
{
    return i < LENGTH(variants) ? variants[i].name : NULL;
}

static void prepare(IMB_JOB *job, uint8_t *iv, uint8_t *tag)
{
    job->cipher_mode = IMB_CIPHER_CNTR;
    job->cipher_direction = IMB_DIR_ENCRYPT;
    job->hash_alg = IMB_AUTH_HMAC_SHA_1;
    job->chain_order = IMB_ORDER_CIPHER_HASH;
    job->key_len_in_bytes = IMB_KEY_128_BYTES;
    job->iv = iv;
    job->iv_len_in_bytes = AES_BLOCK_SIZE;
    job->auth_tag_output = tag;
    job->auth_tag_output_len_in_bytes = SHA1_DIGEST_SIZE;
}

int secure_rtp_multi_new(struct secure_rtp_multi **out, unsigned variant)
{
    const struct variant *v = &variants[variant];
    struct secure_rtp_multi *m = calloc(1, sizeof *m);

    if (!m || !(m->manager = alloc_mb_mgr(0))) {
        secure_rtp_multi_free(m);
        return ERR_NO_MEMORY;
    }
    /* the feature bits are the CPU's as soon as it is allocated; init() runs its self-test */
    if ((m->manager->features & v->features) == v->features)
        v->init(m->manager);
    if ((m->manager->features & v->features) != v->features ||
        !(m->manager->features & IMB_FEATURE_SELF_TEST_PASS) || imb_get_errno(m->manager)) {
        secure_rtp_multi_free(m);
        return ERR_UNSUPPORTED;
    }
    for (unsigned i = 0; i < SECURE_RTP_MULTI_MAX; i++)
        prepare(&m->jobs[i], m->ivs[i], m->tags[i]);
    *out = m;
    return 0;
}

void secure_rtp_multi_free(struct secure_rtp_multi *m)
{
    if (!m)
        return;
    if (m->manager)
        free_mb_mgr(m->manager);
    explicit_bzero(m, sizeof *m);
    free(m);
}

static void fill(struct secure_rtp_multi *m, unsigned at, const struct secure_rtp_job *from)
{
    IMB_JOB *job = &m->jobs[at];

    secure_rtp_aes_cm_iv(from, m->ivs[at]);
    secure_rtp_write_roc(from);
    job->enc_keys = from->key->cipher.keys;
    job->src = from->packet;
    job->dst = from->packet + from->payload_at;
    job->cipher_start_src_offset_in_bytes = from->payload_at;
    job->msg_len_to_cipher_in_bytes = (uint64_t)(from->len - from->payload_at);
    job->msg_len_to_hash_in_bytes = from->len + sizeof from->roc;
    job->u.HMAC._hashed_auth_key_xor_ipad = (const uint8_t *)from->key->inner;
    job->u.HMAC._hashed_auth_key_xor_opad = (const uint8_t *)from->key->outer;
    job->status = IMB_STATUS_BEING_PROCESSED;
}

int secure_rtp_multi_aes_cm(struct secure_rtp_multi *m, const struct secure_rtp_job *jobs,
                            unsigned n)
{
    for (unsigned i = 0; i < n; i++)
        fill(m, i, &jobs[i]);
    /* one kind of work after the other is quicker than jobs that chain both */
    if (IMB_SUBMIT_CIPHER_BURST_NOCHECK(m->manager, m->jobs, n, IMB_CIPHER_CNTR, IMB_DIR_ENCRYPT,
                                        IMB_KEY_128_BYTES) != n ||
        IMB_SUBMIT_HASH_BURST_NOCHECK(m->manager, m->jobs, n, IMB_AUTH_HMAC_SHA_1) != n)
        return ERR_CRYPTO;
    for (unsigned i = 0; i < n; i++)
        memcpy(jobs[i].packet + jobs[i].len, m->tags[i], jobs[i].key->suite->tag_len);
    return 0;
}

#else

const char *secure_rtp_multi_variant(unsigned i)
{
    (void)i;
    return NULL;
}

int secure_rtp_multi_new(struct secure_rtp_multi **out, unsigned variant)
{
    (void)out;
    (void)variant;
    return ERR_UNSUPPORTED;
}

void secure_rtp_multi_free(struct secure_rtp_multi *m)
{
    (void)m;
}

int secure_rtp_multi_aes_cm(struct secure_rtp_multi *m, const struct secure_rtp_job *jobs,
                            unsigned n)
{
    (void)m;
    (void)jobs;
    (void)n;
    return ERR_UNSUPPORTED;
}

#endif
