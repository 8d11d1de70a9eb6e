#include "mediad/record/container_file.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/types.h>
#include <unistd.h>

#include <libavformat/avio.h>
#include <libavutil/error.h>

#define STEP (1024 * 1024) /* allocated at a time */

/* @return 0, or errno's code */
static int allocate(struct container_file *f, int64_t end)
{
    while (fallocate(f->fd, FALLOC_FL_KEEP_SIZE, f->allocated, end - f->allocated) < 0) {
        if (errno != EINTR)
            return errno;
    }
    f->allocated = end;
    return 0;
}

int container_file_reserve(struct container_file *f, int64_t pending, struct error *e)
{
    int64_t needed = f->size + pending + CONTAINER_FILE_RESERVE;
    int code;

    if (f->is_plain || f->allocated >= needed)
        return 0;
    code = allocate(f, needed + STEP);
    if (code == ENOSPC || code == EDQUOT)
        code = allocate(f, needed);
    if (code == EOPNOTSUPP || code == ENOSYS) {
        f->is_plain = true;
        return 0;
    }
    if (code == 0)
        return 0;
    errno = code;
    return error_set_errno(e, NULL, "no room for the recording");
}

void container_file_trim(struct container_file *f)
{
    if (!f->is_plain)
        (void)!ftruncate(f->fd, f->size); /* it only holds room that others could use */
}

int container_file_write(void *opaque, uint8_t *data, int len)
{
    struct container_file *f = opaque;
    int done = 0;

    while (done < len) {
        ssize_t n = pwrite(f->fd, data + done, (size_t)(len - done), f->at);

        if (n < 0 && errno == EINTR)
            continue;
        if (n < 0) {
            if (f->error == 0)
                f->error = errno;
            return AVERROR(errno);
        }
        done += (int)n;
        f->at += n;
        if (f->at > f->size)
            f->size = f->at;
    }
    return len;
}

int container_file_read(void *opaque, uint8_t *data, int len)
{
    struct container_file *f = opaque;
    ssize_t n;

    do
        n = pread(f->fd, data, (size_t)len, f->at);
    while (n < 0 && errno == EINTR);
    if (n < 0)
        return AVERROR(errno);
    f->at += n;
    return n == 0 ? AVERROR_EOF : (int)n;
}

int64_t container_file_seek(void *opaque, int64_t offset, int whence)
{
    struct container_file *f = opaque;

    switch (whence & ~AVSEEK_FORCE) {
    case AVSEEK_SIZE:
        return f->size;
    case SEEK_CUR:
        offset += f->at;
        break;
    case SEEK_END:
        offset += f->size;
        break;
    case SEEK_SET:
        break;
    default:
        return AVERROR(EINVAL);
    }
    if (offset < 0)
        return AVERROR(EINVAL);
    f->at = offset;
    return offset;
}
