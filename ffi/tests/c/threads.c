/*
 * Threads: handles that the header calls shareable can be shared, and other concurrent use is
 * refused as busy. Arguments: a JPEG, and the side of the large image whose rendering is cancelled.
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
        cretula_status status = cretula_keyring_verify(ring->keys, (const char *)ring->url.data,
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

/* Without a writer, readers are never refused. With one, every call succeeds or fails as busy. */
static void a_ring_is_shared(void)
{
    struct ring ring = {NULL, CRETULA_BUFFER_INIT, 0};
    pthread_t readers[THREADS];
    pthread_t writer;
    int i;
    OK(cretula_keyring_new(0, &ring.keys, ERR));
    OK(cretula_keyring_put(ring.keys, TEXT("one"), TEXT("first"), ERR));
    OK(cretula_keyring_sign(ring.keys, TEXT("one"), TEXT(URL), 0, CRETULA_ENCODING_HEX, &ring.url, ERR));
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

struct job {
    cretula_renderer *renderer;
    const cretula_cancel_token *cancel;
    const uint8_t *src;
    size_t src_len;
    uint32_t side;
    int rounds;
    int rendered;
    int refused;
    cretula_status last;
};

/*
 * Renders until it is cancelled or all rounds are done. A call that does not succeed fails as busy
 * only.
 */
static void *render(void *argument)
{
    struct job *job = argument;
    const cretula_variant_options variant = {sizeof(variant), CRETULA_FIT_COVER, job->side, job->side, 0, NULL, 0};
    int i;
    for (i = 0; i < job->rounds; i++) {
        cretula_buffer out = DIRTY_BUFFER;
        cretula_info info;
        DIRTY(info);
        job->last = cretula_renderer_render(job->renderer, job->src, job->src_len, &variant, NULL,
                                            job->cancel, &out, &info, NULL);
        if (job->last == CRETULA_OK) {
            CHECK(out.len > 0 && info.width == job->side);
            job->rendered++;
        } else {
            CHECK(IS_EMPTY(out) && IS_ZEROED(info));
            if (job->cancel != NULL && job->last == CRETULA_ERR_CANCELLED) {
                break;
            }
            CHECK(job->last == CRETULA_ERR_BUSY);
            job->refused++;
        }
        cretula_buffer_free(&out);
    }
    return NULL;
}

static void a_renderer_moves_between_threads(const struct job *blank)
{
    struct job job = *blank;
    pthread_t thread;
    int i;
    job.rounds = 1;
    for (i = 0; i < THREADS; i++) {
        start(&thread, render, &job);
        join(thread);
    }
    CHECK(job.rendered == THREADS && job.refused == 0);
}

static void one_thread_at_a_time_uses_a_renderer(const struct job *blank)
{
    struct job jobs[2];
    pthread_t threads[2];
    int i;
    for (i = 0; i < 2; i++) {
        jobs[i] = *blank;
        jobs[i].rounds = 10;
        start(&threads[i], render, &jobs[i]);
    }
    for (i = 0; i < 2; i++) {
        join(threads[i]);
        CHECK(jobs[i].rendered + jobs[i].refused == 10);
    }
    CHECK(jobs[0].rendered + jobs[1].rendered > 0);
    jobs[0] = *blank;
    jobs[0].rounds = 1;
    render(&jobs[0]);
    CHECK(jobs[0].rendered == 1);
}

/*
 * Another thread cancels a running call: while it runs, the renderer is busy; it ends with
 * CANCELLED; and the renderer makes the next image.
 */
static void a_rendering_is_cancelled(const struct job *blank, uint32_t side)
{
    const struct timespec pause = {0, 1000000};
    cretula_cancel_token *cancel = cretula_cancel_token_new();
    struct job job = *blank;
    struct job after = *blank;
    pthread_t thread;
    cretula_info info = CRETULA_INFO_INIT;
    job.side = side;
    job.cancel = cancel;
    job.rounds = 1000000;
    after.rounds = 1;
    start(&thread, render, &job);
    while (cretula_renderer_info(job.renderer, 0, &info, NULL) != CRETULA_ERR_BUSY) {
        nanosleep(&pause, NULL);
    }
    CHECK(IS_ZEROED(info));
    cretula_cancel_token_cancel(cancel);
    join(thread);
    CHECK(job.last == CRETULA_ERR_CANCELLED);
    render(&after);
    CHECK(after.rendered == 1);
    cretula_cancel_token_free(cancel);
}

int main(int argc, char **argv)
{
    struct job job = {NULL, NULL, NULL, 0, 40, 0, 0, 0, CRETULA_OK};
    uint8_t *jpeg;
    CHECK(argc == 3);
    /* Ends the program if it hangs. */
    alarm(300);
    job.src = jpeg = read_file(argv[1], &job.src_len);
    OK(cretula_renderer_new(NULL, &job.renderer, ERR));
    a_ring_is_shared();
    a_renderer_moves_between_threads(&job);
    one_thread_at_a_time_uses_a_renderer(&job);
    a_rendering_is_cancelled(&job, (uint32_t)strtoul(argv[2], NULL, 10));
    cretula_renderer_free(job.renderer);
    free(jpeg);
    return 0;
}
