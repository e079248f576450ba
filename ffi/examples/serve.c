/*
 * serve: delivers variants of the images in a folder, with libmicrohttpd.
 *
 *     serve FOLDER KEYS.json VARIANTS.json PORT
 *
 * GET /<account>/<image>/<variant>?exp=…&sig=… responds with that variant of FOLDER/<image> if the
 * URL is signed by a key of the keyring, or if the variant never requires a signature. KEYS.json
 * and VARIANTS.json have the format of the service's API. Port 0 selects a free port; the first
 * line of output is the address. The program ends when its standard input does. A refused request
 * gets the service's JSON envelope.
 *
 * All threads share one keyring and one list of variants. Each request in progress takes its own
 * renderer from a pool. The URL is verified as received, before anything is decoded.
 */

#define _POSIX_C_SOURCE 200809L

#include <cretula.h>

#include <microhttpd.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#ifdef __unix__
#include <arpa/inet.h>
#include <netinet/in.h>
#endif

#define THREADS 2
#define MAX_FILE 10000000L

struct server {
    const char *folder;
    cretula_keyring *keys;
    cretula_variants *variants;
    pthread_mutex_t pool_lock;
    cretula_renderer *pool[THREADS]; /* NULL where one is in use */
};

/* The response to a request. */
struct answer {
    unsigned status;
    const char *media_type;
    cretula_buffer body;
    uint64_t expires_at; /* 0: never */
};

static cretula_renderer *take_renderer(struct server *server)
{
    cretula_renderer *taken = NULL;
    int i;
    pthread_mutex_lock(&server->pool_lock);
    for (i = 0; i < THREADS && !taken; i++) {
        taken = server->pool[i];
        server->pool[i] = NULL;
    }
    pthread_mutex_unlock(&server->pool_lock);
    return taken;
}

static void give_back(struct server *server, cretula_renderer *renderer)
{
    int i;
    pthread_mutex_lock(&server->pool_lock);
    for (i = 0; i < THREADS; i++) {
        if (!server->pool[i]) {
            server->pool[i] = renderer;
            break;
        }
    }
    pthread_mutex_unlock(&server->pool_lock);
}

/* Here, an image's id is the name of a file. */
static uint8_t *read_image(const char *folder, const char *id, size_t *len)
{
    char path[4096];
    uint8_t *bytes = NULL;
    FILE *file;
    long size;
    if (strchr(id, '/') || strcmp(id, "..") == 0 || strcmp(id, ".") == 0)
        return NULL;
    if (snprintf(path, sizeof path, "%s/%s", folder, id) >= (int)sizeof path)
        return NULL;
    file = fopen(path, "rb");
    if (!file)
        return NULL;
    if (fseek(file, 0, SEEK_END) == 0 && (size = ftell(file)) >= 0 && size <= MAX_FILE &&
        fseek(file, 0, SEEK_SET) == 0 && (bytes = malloc((size_t)size + 1)) != NULL) {
        *len = fread(bytes, 1, (size_t)size, file);
        if (*len != (size_t)size) {
            free(bytes);
            bytes = NULL;
        }
    }
    fclose(file);
    return bytes;
}

static void refuse(struct answer *answer, cretula_status status, const cretula_error *error)
{
    answer->status = cretula_status_http(status);
    answer->media_type = "application/json";
    answer->expires_at = 0;
    cretula_response_failure(error, &answer->body, NULL);
}

static void render(struct server *server, const cretula_delivery_url *parts, const cretula_variant_options *variant,
                   struct answer *answer)
{
    cretula_renderer *renderer;
    cretula_error *error = NULL;
    cretula_info info = CRETULA_INFO_INIT;
    cretula_status status;
    size_t len = 0;
    uint8_t *image = read_image(server->folder, cretula_delivery_url_image_id(parts), &len);
    if (!image) {
        answer->status = 404;
        return;
    }
    renderer = take_renderer(server);
    if (renderer) {
        status = cretula_renderer_render(renderer, image, len, variant, NULL, NULL, &answer->body, &info, &error);
        if (status == CRETULA_OK) {
            answer->status = 200;
            answer->media_type = cretula_format_media_type(info.format);
        } else {
            refuse(answer, status, error);
        }
        give_back(server, renderer);
    } else {
        answer->status = 503;
    }
    cretula_error_free(error);
    free(image);
}

/* Authorizes the request, then renders. `url` is the path and query as received. */
static void answer_request(struct server *server, const char *url, struct answer *answer)
{
    cretula_delivery_url *parts = NULL;
    cretula_variant_options variant = CRETULA_VARIANT_OPTIONS_INIT;
    cretula_error *error = NULL;
    cretula_status status;
    bool never = false;
    const char *id;

    status = cretula_delivery_url_parse(url, strlen(url), CRETULA_RULES_HOSTED, &parts, &error);
    if (status == CRETULA_OK) {
        id = cretula_delivery_url_variant_id(parts);
        status = cretula_variants_get(server->variants, id, strlen(id), &variant, &never, &error);
    }
    if (status == CRETULA_OK)
        status = cretula_keyring_authorize(server->keys, true, never, url, strlen(url), (uint64_t)time(NULL), NULL,
                                           &answer->expires_at, &error);
    if (status == CRETULA_OK)
        render(server, parts, &variant, answer);
    else
        refuse(answer, status, error);
    cretula_error_free(error);
    cretula_delivery_url_free(parts);
}

/* Keeps the URL as received: libmicrohttpd decodes the one that it passes to the handler. */
static void *keep_url(void *server, const char *url, struct MHD_Connection *connection)
{
    (void)server;
    (void)connection;
    return strdup(url);
}

static void forget_url(void *server, struct MHD_Connection *connection, void **url,
                       enum MHD_RequestTerminationCode code)
{
    (void)server;
    (void)connection;
    (void)code;
    free(*url);
    *url = NULL;
}

static void free_body(void *data)
{
    cretula_buffer *body = data;
    cretula_buffer_free(body);
    free(body);
}

static enum MHD_Result handle(void *cls, struct MHD_Connection *connection, const char *path, const char *method,
                              const char *version, const char *upload, size_t *upload_len, void **url)
{
    struct answer answer = { 500, "text/plain", CRETULA_BUFFER_INIT, 0 };
    struct MHD_Response *response;
    enum MHD_Result result;
    cretula_buffer *body;
    char caching[64];
    (void)path;
    (void)version;
    (void)upload;
    (void)upload_len;
    if (strcmp(method, "GET") != 0 && strcmp(method, "HEAD") != 0)
        answer.status = 405;
    else if (*url)
        answer_request(cls, *url, &answer);

    body = malloc(sizeof *body);
    if (!body) {
        cretula_buffer_free(&answer.body);
        return MHD_NO;
    }
    *body = answer.body;
    response = MHD_create_response_from_buffer_with_free_callback_cls(body->len, body->data, free_body, body);
    if (!response) {
        free_body(body);
        return MHD_NO;
    }
    MHD_add_response_header(response, "Content-Type", answer.media_type);
    if (answer.expires_at) {
        /* A cache must not keep the image longer than the signature is valid. */
        long long left = (long long)answer.expires_at - (long long)time(NULL);
        snprintf(caching, sizeof caching, "private, max-age=%lld", left > 0 ? left : 0);
        MHD_add_response_header(response, "Cache-Control", caching);
    }
    result = MHD_queue_response(connection, answer.status, response);
    MHD_destroy_response(response);
    return result;
}

static char *read_text(const char *path, size_t *len)
{
    static char text[1 << 20];
    FILE *file = fopen(path, "rb");
    *len = file ? fread(text, 1, sizeof text, file) : 0;
    if (file)
        fclose(file);
    return text;
}

/* Reads both lists and creates the renderers. Returns 0 after printing an error. */
static int set_up(struct server *server, const char *keys, const char *variants)
{
    cretula_error *error = NULL;
    cretula_limits limits = CRETULA_LIMITS_INIT;
    const char *about = keys;
    size_t len;
    char *text = read_text(keys, &len);
    cretula_status status = cretula_keyring_from_json(text, len, 0, &server->keys, &error);
    int i;
    memset(text, 0, len); /* it held the keys */
    if (status == CRETULA_OK) {
        about = variants;
        text = read_text(variants, &len);
        status = cretula_variants_from_json(text, len, CRETULA_RULES_HOSTED, &server->variants, &error);
    }
    limits.deadline_ms = 10000;
    for (i = 0; status == CRETULA_OK && i < THREADS; i++)
        status = cretula_renderer_new(&limits, &server->pool[i], &error);
    if (status != CRETULA_OK)
        fprintf(stderr, "%s: %s\n", about, cretula_error_message(error));
    cretula_error_free(error);
    return status == CRETULA_OK;
}

static void tear_down(struct server *server)
{
    int i;
    for (i = 0; i < THREADS; i++)
        cretula_renderer_free(server->pool[i]);
    cretula_variants_free(server->variants);
    cretula_keyring_free(server->keys);
}

int main(int argc, char **argv)
{
    struct server server;
    struct sockaddr_in address;
    struct MHD_Daemon *daemon = NULL;
    memset(&server, 0, sizeof server);
    if (argc != 5) {
        fprintf(stderr, "usage: %s FOLDER KEYS.json VARIANTS.json PORT\n", argv[0]);
        return 1;
    }
    if (!cretula_abi_compatible(CRETULA_ABI_VERSION)) {
        fprintf(stderr, "libcretula %s is too old for this program\n", cretula_version());
        return 1;
    }
    server.folder = argv[1];
    pthread_mutex_init(&server.pool_lock, NULL);
    if (set_up(&server, argv[2], argv[3])) {
        memset(&address, 0, sizeof address);
        address.sin_family = AF_INET;
        address.sin_port = htons((uint16_t)strtoul(argv[4], NULL, 10));
        address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
        daemon = MHD_start_daemon(MHD_USE_AUTO_INTERNAL_THREAD | MHD_USE_ERROR_LOG, 0, NULL, NULL, handle, &server,
                                  MHD_OPTION_THREAD_POOL_SIZE, (unsigned)THREADS, MHD_OPTION_SOCK_ADDR, &address,
                                  MHD_OPTION_URI_LOG_CALLBACK, keep_url, &server, MHD_OPTION_NOTIFY_COMPLETED,
                                  forget_url, &server, MHD_OPTION_END);
        if (!daemon)
            fprintf(stderr, "cannot listen on port %s\n", argv[4]);
    }
    if (daemon) {
        const union MHD_DaemonInfo *info = MHD_get_daemon_info(daemon, MHD_DAEMON_INFO_BIND_PORT);
        printf("http://127.0.0.1:%u\n", info ? (unsigned)info->port : 0);
        fflush(stdout);
        while (getchar() != EOF)
            continue;
        MHD_stop_daemon(daemon);
    }
    tear_down(&server);
    pthread_mutex_destroy(&server.pool_lock);
    return daemon ? 0 : 1;
}
