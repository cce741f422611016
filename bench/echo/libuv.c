/* SPDX-License-Identifier: MIT */
/*
 * The echo server of examples/echo-server on libuv, as its users write it: a buffer per connection, which
 * is read into and written back; reading goes on while an answer is on its way, but into nothing until it has left.
 *
 *      libuv [PORT]
 */
#define _GNU_SOURCE
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <uv.h>

#define BUFFER_SIZE 4096
#define BACKLOG     4096

struct connection {
        uv_tcp_t tcp; /* first */
        uv_write_t write;
        char buffer[BUFFER_SIZE];
};

static uv_tcp_t listener;

static void ended(uv_handle_t *handle)
{
        free(handle);
}

static void on_read(uv_stream_t *stream, ssize_t got, const uv_buf_t *buffer);

static void give_buffer(uv_handle_t *handle, size_t suggested, uv_buf_t *buffer)
{
        struct connection *connection = (struct connection *)handle;

        (void)suggested;
        *buffer = uv_buf_init(connection->buffer, BUFFER_SIZE);
}

static void written(uv_write_t *write, int status)
{
        uv_stream_t *stream = write->handle;

        if (status < 0) {
                if (!uv_is_closing((uv_handle_t *)stream))
                        uv_close((uv_handle_t *)stream, ended);
                return;
        }
        uv_read_start(stream, give_buffer, on_read);
}

static void on_read(uv_stream_t *stream, ssize_t got, const uv_buf_t *buffer)
{
        struct connection *connection = (struct connection *)stream;

        if (got == 0)
                return;
        if (got < 0) {
                uv_close((uv_handle_t *)stream, ended);
                return;
        }
        uv_buf_t answer = uv_buf_init(buffer->base, (unsigned)got);
        /* Mostly the socket takes it at once; then there is no request to be made, nor to be waited for. */
        int sent = uv_try_write(stream, &answer, 1);
        if (sent == got)
                return;
        if (sent > 0)
                answer = uv_buf_init(buffer->base + sent, (unsigned)(got - sent));
        uv_read_stop(stream);
        if (uv_write(&connection->write, stream, &answer, 1, written))
                uv_close((uv_handle_t *)stream, ended);
}

static void on_connection(uv_stream_t *server, int status)
{
        struct connection *connection = status < 0 ? NULL : malloc(sizeof(*connection));

        if (!connection)
                return;
        uv_tcp_init(server->loop, &connection->tcp);
        if (uv_accept(server, (uv_stream_t *)&connection->tcp)) {
                uv_close((uv_handle_t *)&connection->tcp, ended);
                return;
        }
        uv_tcp_nodelay(&connection->tcp, 1);
        uv_read_start((uv_stream_t *)&connection->tcp, give_buffer, on_read);
}

static void on_signal(uv_signal_t *handle, int number)
{
        (void)number;
        uv_stop(handle->loop);
}

int main(int argc, char **argv)
{
        uv_loop_t *loop = uv_default_loop();
        struct sockaddr_storage address;
        int size = sizeof(address);
        uv_signal_t end;

        signal(SIGPIPE, SIG_IGN);
        uv_ip6_addr("::", argc > 1 ? atoi(argv[1]) : 0, (struct sockaddr_in6 *)&address);
        uv_tcp_init(loop, &listener);
        if (uv_tcp_bind(&listener, (struct sockaddr *)&address, 0) ||
                uv_listen((uv_stream_t *)&listener, BACKLOG, on_connection) ||
                uv_tcp_getsockname(&listener, (struct sockaddr *)&address, &size)) {
                fprintf(stderr, "libuv: cannot listen\n");
                return 1;
        }
        uv_signal_init(loop, &end);
        uv_signal_start(&end, on_signal, SIGTERM);
        printf("listening on port %d\n", ntohs(((struct sockaddr_in6 *)&address)->sin6_port));
        fflush(stdout);
        uv_run(loop, UV_RUN_DEFAULT);
        return 0;
}
