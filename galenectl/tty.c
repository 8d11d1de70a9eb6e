#include "galenectl/tty.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/signalfd.h>
#include <termios.h>
#include <unistd.h>

#include "common/macros.h"

#define PASSWORD_LINE_MAX 4096

/* One line without its line feed, byte by byte, so that what follows stays unread. */
static int read_line(int fd, struct buf *out, struct error *e)
{
    for (;;) {
        char c;
        ssize_t n = read(fd, &c, 1);

        if (n < 0 && errno == EINTR)
            continue;
        if (n < 0)
            return error_set_errno(e, NULL, "cannot read the password");
        if (n == 0 || c == '\n')
            break;
        if (out->len >= PASSWORD_LINE_MAX)
            return error_set(e, ERR_TOO_LARGE, NULL, "the password is too long");
        buf_add_char(out, c);
    }
    if (out->len > 0 && out->data[out->len - 1] == '\r')
        out->data[--out->len] = 0;
    return out->bad ? error_set(e, ERR_NO_MEMORY, NULL, "out of memory") : 0;
}

static void write_text(int fd, const char *text)
{
    ssize_t n = write(fd, text, strlen(text));

    (void)n; /* a prompt that does not show is no reason to stop */
}

/* Wait until the terminal has a line. @return 0, or the signal that came instead */
static int wait_for_line(int in, int signals)
{
    struct pollfd fds[] = {{.fd = in, .events = POLLIN}, {.fd = signals, .events = POLLIN}};
    struct signalfd_siginfo info;

    while (poll(fds, 2, -1) < 0 && errno == EINTR)
        ;
    if (fds[1].revents && read(signals, &info, sizeof info) == (ssize_t)sizeof info)
        return (int)info.ssi_signo;
    return 0;
}

/* Ask on a terminal. A signal that would end or stop us waits until echo is on again. */
static int ask(int in, int out_fd, const char *prompt, struct buf *out, struct error *e)
{
    static const int deadly[] = {SIGINT, SIGTERM, SIGHUP, SIGQUIT, SIGTSTP};
    struct termios before, silent;
    sigset_t caught, mask;
    int signals;
    int came = 0;
    int r = 0;

    if (tcgetattr(in, &before) < 0)
        return error_set_errno(e, NULL, "cannot switch echo off");
    sigemptyset(&caught);
    for (size_t i = 0; i < LENGTH(deadly); i++)
        sigaddset(&caught, deadly[i]);
    signals = signalfd(-1, &caught, SFD_CLOEXEC);
    if (signals < 0)
        return error_set_errno(e, NULL, "cannot wait for signals");
    sigprocmask(SIG_BLOCK, &caught, &mask);
    silent = before;
    silent.c_lflag &= ~(tcflag_t)ECHO;
    silent.c_lflag |= ICANON;
    if (tcsetattr(in, TCSAFLUSH, &silent) < 0) {
        r = error_set_errno(e, NULL, "cannot switch echo off");
    } else {
        write_text(out_fd, prompt);
        came = wait_for_line(in, signals);
        r = came ? error_set(e, ERR_IO, NULL, "interrupted") : read_line(in, out, e);
        tcsetattr(in, TCSAFLUSH, &before);
        write_text(out_fd, "\n");
    }
    sigprocmask(SIG_SETMASK, &mask, NULL);
    close(signals);
    if (came)
        raise(came);
    return r;
}

static int ask_twice(int in, int out_fd, const char *prompt, struct buf *out, struct error *e)
{
    struct buf again = {0};
    char text[80];
    int r;

    snprintf(text, sizeof text, "%s: ", prompt);
    r = ask(in, out_fd, text, out, e);
    if (r == 0 && out->len > 0) {
        snprintf(text, sizeof text, "%s (again): ", prompt);
        r = ask(in, out_fd, text, &again, e);
        if (r == 0 && !span_eq(buf_span(out), buf_span(&again)))
            r = error_set(e, ERR_INVALID, NULL, "the two passwords are not the same");
    }
    buf_wipe(&again);
    return r;
}

int tty_read_password(struct buf *out, const char *prompt, bool from_stdin, struct error *e)
{
    int r;

    if (from_stdin || !isatty(STDIN_FILENO)) {
        r = read_line(STDIN_FILENO, out, e);
    } else {
        int tty = open("/dev/tty", O_RDWR | O_CLOEXEC | O_NOCTTY);

        if (tty >= 0) {
            r = ask_twice(tty, tty, prompt, out, e);
            close(tty);
        } else {
            r = ask_twice(STDIN_FILENO, STDERR_FILENO, prompt, out, e);
        }
    }
    if (r == 0 && out->len == 0)
        r = error_set(e, ERR_INVALID, NULL, "no password was given");
    if (r < 0)
        buf_wipe(out);
    return r;
}
