/*
 * Threads: what the header says may be shared is, and what may not is refused as busy, never torn. Arguments:
 * a JPEG, and the side of the large picture whose rendering is cancelled.
 */

#define _POSIX_C_SOURCE 200809L

#include <pthread.h>
#include <time.h>
#include <unistd.h>

#include "check.h"

#define THREADS 4
#define ROUNDS 300
#define URL "/h/cat/hero"

static void start(pthread_t *thread, void *(*body)(void *), void *argument)
{
    CHECK(pthread_create(thread, NULL, body, argument) == 0);
}

static void join(pthread_t thread)
{
    CHECK(pthread_join(thread, NULL) == 0);
}

struct ring {
    cretula_keyring *keys;
    cretula_buffer url;
    int writing;
};

static void *verify(void *argument)
{
    const struct ring *ring = argument;
    int verified = 0;
    int i;
    for (i = 0; i < ROUNDS || verified == 0; i++) {
        cretula_error *error = NULL;
        cretula_buffer name = DIRTY_BUFFER;
        cretula_status status = cretula_keyring_verify_details(ring->keys, (const char *)ring->url.data,
                                                               ring->url.len, 0, &name, NULL, &error);
        CHECK(status == CRETULA_OK || (status == CRETULA_ERR_BUSY && ring->writing));
        CHECK((status == CRETULA_OK) == (error == NULL));
        CHECK(status == CRETULA_OK ? holds(&name, "one") : IS_EMPTY(name));
        verified += status == CRETULA_OK;
        cretula_buffer_free(&name);
        cretula_error_free(error);
    }
    return NULL;
}

static void *put(void *argument)
{
    struct ring *ring = argument;
    int i;
    for (i = 0; i < ROUNDS; i++) {
        cretula_status status = cretula_keyring_put(ring->keys, TEXT("two"), TEXT("second"), NULL);
        CHECK(status == CRETULA_OK || status == CRETULA_ERR_BUSY);
        CHECK(cretula_keyring_count(ring->keys) <= 2);
    }
    return NULL;
}

/* Readers alone are never refused; with a writer among them, everyone is served or told that it is busy. */
static void a_ring_is_shared(void)
{
    struct ring ring = {NULL, CRETULA_BUFFER_INIT, 0};
    pthread_t readers[THREADS];
    pthread_t writer;
    int i;
    OK(cretula_keyring_new(&ring.keys, ERR));
    OK(cretula_keyring_put(ring.keys, TEXT("one"), TEXT("first"), ERR));
    OK(cretula_keyring_sign(ring.keys, TEXT("one"), TEXT(URL), 0, &ring.url, ERR));
    for (ring.writing = 0; ring.writing <= 1; ring.writing++) {
        for (i = 0; i < THREADS; i++) {
            start(&readers[i], verify, &ring);
        }
        if (ring.writing) {
            start(&writer, put, &ring);
            join(writer);
        }
        for (i = 0; i < THREADS; i++) {
            join(readers[i]);
        }
    }
    OK(cretula_keyring_put(ring.keys, TEXT("two"), TEXT("third"), ERR));
    CHECK(cretula_keyring_count(ring.keys) == 2);
    cretula_buffer_free(&ring.url);
    cretula_keyring_free(ring.keys);
}

struct bench {
    cretula_renderer *renderer;
    const cretula_cancel *cancel;
    const uint8_t *src;
    size_t src_len;
    uint32_t side;
    int rounds;
    int rendered;
    int refused;
    cretula_status last;
};

/* Renders until it is cancelled, or as often as asked; what is not served is refused as busy, and by nothing
 * else. */
static void *render(void *argument)
{
    struct bench *bench = argument;
    const cretula_variant variant = {sizeof(variant), CRETULA_FIT_COVER, bench->side, bench->side, 0};
    int i;
    for (i = 0; i < bench->rounds; i++) {
        cretula_buffer out = DIRTY_BUFFER;
        cretula_info info;
        DIRTY(info);
        bench->last = cretula_renderer_render(bench->renderer, bench->src, bench->src_len, &variant, NULL,
                                              bench->cancel, &out, &info, NULL);
        if (bench->last == CRETULA_OK) {
            CHECK(out.len > 0 && info.width == bench->side);
            bench->rendered++;
        } else {
            CHECK(IS_EMPTY(out) && IS_ZEROED(info));
            if (bench->cancel != NULL && bench->last == CRETULA_ERR_CANCELLED) {
                break;
            }
            CHECK(bench->last == CRETULA_ERR_BUSY);
            bench->refused++;
        }
        cretula_buffer_free(&out);
    }
    return NULL;
}

static void a_renderer_is_handed_on(const struct bench *blank)
{
    struct bench bench = *blank;
    pthread_t thread;
    int i;
    bench.rounds = 1;
    for (i = 0; i < THREADS; i++) {
        start(&thread, render, &bench);
        join(thread);
    }
    CHECK(bench.rendered == THREADS && bench.refused == 0);
}

static void two_threads_are_not_let_in(const struct bench *blank)
{
    struct bench benches[2];
    pthread_t threads[2];
    int i;
    for (i = 0; i < 2; i++) {
        benches[i] = *blank;
        benches[i].rounds = 10;
        start(&threads[i], render, &benches[i]);
    }
    for (i = 0; i < 2; i++) {
        join(threads[i]);
        CHECK(benches[i].rendered + benches[i].refused == 10);
    }
    CHECK(benches[0].rendered + benches[1].rendered > 0);
    benches[0] = *blank;
    benches[0].rounds = 1;
    render(&benches[0]);
    CHECK(benches[0].rendered == 1);
}

/*
 * Another thread cancels a rendering that is under way: while it runs, the renderer is busy; it ends with the
 * status of that; and the renderer makes the next picture.
 */
static void a_rendering_is_cancelled(const struct bench *blank, uint32_t side)
{
    const struct timespec pause = {0, 1000000};
    cretula_cancel *cancel = cretula_cancel_new();
    struct bench bench = *blank;
    struct bench after = *blank;
    pthread_t thread;
    cretula_info info = CRETULA_INFO_INIT;
    bench.side = side;
    bench.cancel = cancel;
    bench.rounds = 1000000;
    after.rounds = 1;
    start(&thread, render, &bench);
    while (cretula_renderer_info(bench.renderer, 0, &info, NULL) != CRETULA_ERR_BUSY) {
        nanosleep(&pause, NULL);
    }
    CHECK(IS_ZEROED(info));
    cretula_cancel_trigger(cancel);
    join(thread);
    CHECK(bench.last == CRETULA_ERR_CANCELLED);
    render(&after);
    CHECK(after.rendered == 1);
    cretula_cancel_free(cancel);
}

int main(int argc, char **argv)
{
    struct bench bench = {NULL, NULL, NULL, 0, 40, 0, 0, 0, CRETULA_OK};
    uint8_t *jpeg;
    CHECK(argc == 3);
    /* What hangs is ended. */
    alarm(300);
    bench.src = jpeg = read_file(argv[1], &bench.src_len);
    OK(cretula_renderer_new(NULL, &bench.renderer, ERR));
    a_ring_is_shared();
    a_renderer_is_handed_on(&bench);
    two_threads_are_not_let_in(&bench);
    a_rendering_is_cancelled(&bench, (uint32_t)strtoul(argv[2], NULL, 10));
    cretula_renderer_free(bench.renderer);
    free(jpeg);
    return 0;
}
