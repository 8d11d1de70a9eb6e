#include "recording/poster.h"

#include <errno.h>
#include <fcntl.h>
#include <libavutil/frame.h>
#include <stdlib.h>
#include <unistd.h>

#include "common/atomic_file.h"
#include "recording/decoder.h"
#include "recording/folder.h"
#include "recording/media_input.h"
#include "recording/picture.h"

/* Keyframes that are tried: who is out of luck with so many has no picture. */
#define TRIES_MAX 20
#define FILE_MODE 0640

static void file_name(char *out, size_t size, const char *name)
{
    snprintf(out, size, "%s.png", name);
}

bool poster_exists(int folder, const char *name)
{
    char file[300];
    int about = folder_open(folder, ABOUT_FOLDER);
    bool exists;

    if (about < 0)
        return false;
    file_name(file, sizeof file, name);
    exists = folder_has_file(about, file, NULL);
    close(about);
    return exists;
}

/* Each one by itself, in a decoder that knows of none before. @return 1; 0: not this one */
static int decode_alone(AVFrame *out, const AVCodecParameters *par, const AVPacket *packet)
{
    AVCodecContext *decoder = NULL;
    int r = decoder_open(&decoder, par, NULL);

    if (r < 0)
        return r;
    r = avcodec_send_packet(decoder, packet);
    if (r >= 0)
        r = avcodec_send_packet(decoder, NULL);
    if (r >= 0)
        r = avcodec_receive_frame(decoder, out);
    avcodec_free_context(&decoder);
    if (r >= 0 && (out->decode_error_flags || (out->flags & AV_FRAME_FLAG_CORRUPT))) {
        av_frame_unref(out);
        r = AVERROR_INVALIDDATA;
    }
    return r >= 0;
}

static int first_picture(AVFrame *out, struct media_input *in, struct error *e)
{
    AVPacket *packet = av_packet_alloc();
    int n_tried = 0, r = 0, found = 0;

    if (!packet)
        return error_set(e, ERR_NO_MEMORY, NULL, "out of memory");
    while (in->video >= 0 && found == 0 && n_tried < TRIES_MAX &&
           (r = media_input_read(in, packet)) > 0) {
        if (packet->stream_index == in->video && (packet->flags & AV_PKT_FLAG_KEY)) {
            found = decode_alone(out, in->format->streams[in->video]->codecpar, packet);
            n_tried++;
        }
        av_packet_unref(packet);
    }
    av_packet_free(&packet);
    if (r < 0)
        return error_set(e, r, NULL, "the recording cannot be read");
    if (found < 0)
        return error_set(e, found, NULL, "its pictures cannot be decoded here");
    return found > 0 ? 0 : error_set(e, ERR_NOT_FOUND, NULL, "no picture in it can be decoded");
}

static int write_picture(int folder, const char *name, struct span png, struct error *e)
{
    char file[300];
    int about = folder_make(folder, ABOUT_FOLDER), r;
    char *path;

    if (about < 0)
        return error_set_errno(e, NULL, "the folder " ABOUT_FOLDER " cannot be made");
    file_name(file, sizeof file, name);
    path = folder_path(about, file);
    r = path ? file_replace(path, png, FILE_MODE, e)
             : error_set(e, ERR_NO_MEMORY, NULL, "out of memory");
    free(path);
    close(about);
    return r;
}

int poster_make(int folder, const char *name, struct error *e)
{
    int fd = folder_open_file(folder, name, O_RDONLY, 0), r;
    struct media_input in;
    AVFrame *frame;
    AVPacket *png = NULL;

    if (fd < 0)
        return error_set_errno(e, NULL, "cannot be opened");
    r = media_input_open(&in, fd, e);
    if (r < 0) {
        close(fd);
        return r;
    }
    frame = av_frame_alloc();
    r = frame ? first_picture(frame, &in, e) : error_set(e, ERR_NO_MEMORY, NULL, "out of memory");
    if (r == 0)
        r = picture_to_png(&png, frame, POSTER_WIDTH_MAX, e);
    if (r == 0)
        r = write_picture(folder, name, span_of(png->data, (size_t)png->size), e);
    av_packet_free(&png);
    av_frame_free(&frame);
    media_input_close(&in);
    close(fd);
    return r;
}
