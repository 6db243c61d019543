/* The floor in C: what the sender says goes to every member by a bare loop over send(2) or SSL_write(3).
 *
 *     cc -O2 floor.c -o floor -lssl -lcrypto      (or with -DPLAIN_ONLY and no libraries)
 *     ./floor PORT MEMBERS [CERTIFICATE KEY]
 */
#include <arpa/inet.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#ifndef PLAIN_ONLY
#include <openssl/ssl.h>
#else
typedef struct ssl_st SSL;
#endif

struct peer {
    int fd;
    SSL *tls;
};

static void fail(const char *what)
{
    perror(what);
    exit(1);
}

static int listen_on(int port)
{
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_port = htons(port)};
    int one = 1;
    int fd = socket(AF_INET, SOCK_STREAM, 0);

    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &one, sizeof one);
    if (fd < 0 || bind(fd, (struct sockaddr *)&address, sizeof address) < 0 || listen(fd, 1024) < 0)
        fail("listen");
    return fd;
}

static long receive(struct peer *peer, char *buffer, size_t size)
{
#ifndef PLAIN_ONLY
    if (peer->tls)
        return SSL_read(peer->tls, buffer, (int)size);
#endif
    return recv(peer->fd, buffer, size, 0);
}

static int deliver(struct peer *peer, const char *data, long size)
{
#ifndef PLAIN_ONLY
    if (peer->tls)
        return SSL_write(peer->tls, data, (int)size) == size;
#endif
    while (size > 0) {
        long sent = send(peer->fd, data, (size_t)size, MSG_NOSIGNAL);
        if (sent < 0)
            return 0;
        data += sent;
        size -= sent;
    }
    return 1;
}

int main(int argc, char **argv)
{
    static char buffer[65536];
    int listening, members, count, one = 1;
    struct peer *peers, *sender;
    long got;

    if (argc != 3 && argc != 5) {
        fprintf(stderr, "usage: %s PORT MEMBERS [CERTIFICATE KEY]\n", argv[0]);
        return 2;
    }
    signal(SIGPIPE, SIG_IGN);
    members = atoi(argv[2]);
    peers = calloc((size_t)members + 1, sizeof *peers);
    if (!peers)
        fail("calloc");
#ifndef PLAIN_ONLY
    SSL_CTX *context = NULL;
    if (argc == 5) {
        context = SSL_CTX_new(TLS_server_method());
        if (!context || SSL_CTX_use_certificate_chain_file(context, argv[3]) != 1 ||
            SSL_CTX_use_PrivateKey_file(context, argv[4], SSL_FILETYPE_PEM) != 1) {
            fprintf(stderr, "the certificate or its key cannot be used\n");
            return 1;
        }
    }
#else
    if (argc == 5) {
        fprintf(stderr, "built without TLS\n");
        return 1;
    }
#endif
    listening = listen_on(atoi(argv[1]));
    for (count = 0; count <= members; count++) {
        peers[count].fd = accept(listening, NULL, NULL);
        if (peers[count].fd < 0)
            fail("accept");
        setsockopt(peers[count].fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
#ifndef PLAIN_ONLY
        if (context) {
            peers[count].tls = SSL_new(context);
            SSL_set_fd(peers[count].tls, peers[count].fd);
            if (SSL_accept(peers[count].tls) != 1)
                fail("SSL_accept");
        }
#endif
    }
    sender = &peers[members];
    while ((got = receive(sender, buffer, sizeof buffer)) > 0)
        for (count = 0; count < members; count++)
            if (!deliver(&peers[count], buffer, got))
                return 0;
    return 0;
}
