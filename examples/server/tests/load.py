"""Tests the server under load.

Usage: load.py [--short] [--soak SECONDS] [--record]

64 equal requests render once. 500 different requests at twice the capacity get only images, or 503 with
Retry-After; admitted requests finish within their time, /health responds within 50 ms, and
memory stays within its bound. With --soak, memory, file handles and threads have not grown at the end
of a mixed load. --record writes the figures into DEPLOYMENT.md.
"""

import argparse
import asyncio
import hashlib
import multiprocessing
import os
import random
import threading
import time
from types import SimpleNamespace

from photographs import photograph
from service import HASH, ROCKET, Server, Tally, fetch, percentile, record

RENDERS = "cretula_renders_total"
MEGABYTE = 1 << 20
RENDER_MEMORY = 128 * MEGABYTE
PROCESS_MEMORY = 96 * MEGABYTE  # everything except renders: code, caches, connections


def cores():
    return len(os.sched_getaffinity(0))


async def all_of(port, paths, at_once=None, interval=0.0):
    """Requests all paths: `at_once` concurrently, or one every `interval` seconds regardless of responses."""
    gate = asyncio.Semaphore(at_once or len(paths))
    start = asyncio.get_running_loop().time()

    async def one(number, path):
        await asyncio.sleep(max(0.0, start + number * interval - asyncio.get_running_loop().time()))
        async with gate:
            return await fetch(port, path)

    return await asyncio.gather(*(one(number, path) for number, path in enumerate(paths)))


def watch_health(port, stop, results):
    """Runs in a separate process, so that the overhead of the load generator is not measured."""
    async def watch():
        times, statuses = [], set()
        while not stop.is_set():
            answer = await fetch(port, "/health")
            times.append(answer.seconds)
            statuses.add(answer.status)
            await asyncio.sleep(0.02)
        results.put((times, statuses))

    asyncio.run(watch())


def watched(port, load):
    """Runs `load` while polling /health; returns both results."""
    context = multiprocessing.get_context("spawn")
    stop, results = context.Event(), context.Queue()
    watcher = context.Process(target=watch_health, args=(port, stop, results))
    watcher.start()
    try:
        time.sleep(0.3)
        loaded = load()
    finally:
        stop.set()
        health = results.get(timeout=30)
        watcher.join()
    return loaded, health


def coalescing(tally, server):
    """64 concurrent equal requests render once, and get the same bytes."""
    server.upload(photograph(1), id="equal").result
    for attempt in range(5):
        before = server.metric(RENDERS)
        answers = asyncio.run(all_of(server.port, [f"/{HASH}/equal/w={700 + attempt}"] * 64))
        tally.equal("64 equal requests are answered", {answer.status for answer in answers}, {200})
        digests = {hashlib.sha256(answer.body).digest() for answer in answers}
        tally.equal("64 equal requests get the same bytes", len(digests), 1)
        tally.equal("64 equal requests render once", server.metric(RENDERS) - before, 1)


def widths(count):
    """`count` different paths, whose mix of sizes does not depend on `count`."""
    return [f"/{HASH}/big/w={800 + 500 * number // count}" for number in range(count)]


def capacity(server):
    """Renders per second with every core busy, and the longest response time in seconds."""
    paths = widths(40 * cores())
    start = time.monotonic()
    answers = asyncio.run(all_of(server.port, paths, at_once=2 * cores()))
    seconds = time.monotonic() - start
    assert {answer.status for answer in answers} == {200}, "all requests succeed below capacity"
    return len(paths) / seconds, max(answer.seconds for answer in answers)


def storm(response_time, rate, count):
    """`count` different renders at twice the capacity: the responses, those of /health, and the peak memory."""
    with Server(response_seconds=response_time, render_memory=RENDER_MEMORY) as server:
        prepare(server)
        paths = random.Random(1).sample(widths(count), count)
        answers, (health, statuses) = watched(
            server.port, lambda: asyncio.run(all_of(server.port, paths, interval=1 / (2 * rate))))
        peak = server.memory("VmHWM")
        again = server.get(f"/{HASH}/big/w=99").status
    served = [answer for answer in answers if answer.status == 200]
    refused = [answer for answer in answers if answer.status == 503]
    return SimpleNamespace(served=served, refused=refused, health=health, statuses=statuses, peak=peak, again=again,
                           p99=percentile([answer.seconds for answer in served], 0.99))


def overload(tally, rate, slowest, count):
    """Twice the capacity, on a server whose queue holds a third of the backlog."""
    bound = round(max(min(2.0, count / 2 / rate / 3), 4 * slowest), 2)
    seen = storm(bound, rate, count)
    if seen.p99 > bound or percentile(seen.health, 0.99) >= 0.05:  # once more, in case the machine was busy
        seen = storm(bound, rate, count)
    served, refused, health = seen.served, seen.refused, seen.health
    tally.equal("it serves again immediately", seen.again, 200)
    tally.equal("only images and 503", len(served) + len(refused), count)
    tally.check("both images and 503", len(served) > count / 4 and len(refused) > count / 20,
                f"{len(served)} served, {len(refused)} refused")
    tally.check("503 has Retry-After", all(int(a.headers.get("retry-after", 0)) >= 1 for a in refused),
                [a.headers.get("retry-after") for a in refused[:3]])
    tally.check("admitted requests finish within their time", seen.p99 <= bound,
                f"p99 {seen.p99:.2f} s, bound {bound} s")
    tally.check("refusals arrive within the bound", max((a.seconds for a in refused), default=0) <= bound,
                max((a.seconds for a in refused), default=0))
    tally.equal("/health returns 200 throughout", seen.statuses, {200})
    tally.check("/health responds within 50 ms", len(health) > 20 and percentile(health, 0.99) < 0.05,
                f"p99 {percentile(health, 0.99) * 1000:.0f} ms, {len(health)} times")
    limit = cores() * (RENDER_MEMORY + 2 * len(photograph(0))) + PROCESS_MEMORY
    tally.check("memory stays within its bound", seen.peak <= limit,
                f"{seen.peak / MEGABYTE:.0f} of {limit / MEGABYTE:.0f} MB")
    refusals = percentile([a.seconds for a in refused], 0.5) * 1000 if refused else 0
    return [
        f"| renders of 12 megapixels to widths of 800–1300, {cores()} cores, all busy | {rate:.0f} per second |",
        f"| {count} different requests at twice that rate: served, refused | {len(served)}, {len(refused)} |",
        f"| p99 of the served requests, of which each has {bound} s | {seen.p99:.2f} s |",
        f"| median time to a refusal | {refusals:.0f} ms |",
        f"| `/health` under this load: median, p99 | {percentile(health, 0.5) * 1000:.1f} ms, "
        f"{percentile(health, 0.99) * 1000:.1f} ms |",
        f"| peak memory | {seen.peak / MEGABYTE:.0f} MB |",
    ]


def cheap(tally, server):
    """Processor milliseconds of a delivery without a render: from the store, and 304."""
    path, rows = f"/{HASH}/big/w=320", []
    etag = server.get(path).headers["etag"]
    for what, headers, status in (("from the store", {}, 200), ("304", {"If_None_Match": etag}, 304)):
        async def many():
            gate = asyncio.Semaphore(16)

            async def one():
                async with gate:
                    return (await fetch(server.port, path, **headers)).status

            return set(await asyncio.gather(*(one() for _ in range(1000))))

        renders, before = server.metric(RENDERS), server.cpu()
        tally.equal(f"{what}: 1000 responses", asyncio.run(many()), {status})
        rows.append(f"| processor time of a delivery, {what} | {server.cpu() - before:.2f} ms |")
        tally.equal(f"{what}: nothing is rendered", server.metric(RENDERS), renders)
    return rows


def prepare(server):
    server.api("PATCH", "v1/config", {"flexible_variants": True}).result
    server.upload(photograph(0), id="big").result


# --- the soak

def visitor(server, seed, end, wrong):
    """Uploads, lists, renders, deletes and sends invalid requests until `end`."""
    randomness, mine, count = random.Random(seed), [], 0
    while time.monotonic() < end:
        count += 1
        try:
            status, expected = visit(server, randomness, mine, f"s{seed}-{count}")
        except OSError as error:
            status, expected = repr(error), ()
        if status not in (*expected, 503):
            wrong.append((status, expected))


def visit(server, randomness, mine, name):
    choice = randomness.random()
    if len(mine) < 3 or choice < 0.04:
        data = photograph(randomness.randint(0, 3)) if randomness.random() < 0.2 else ROCKET.read_bytes()
        answer = server.upload(data + name.encode(), id=name)
        mine += [name] if answer.status == 200 else []
        return answer.status, (200,)
    image = randomness.choice(mine)
    if choice < 0.08 and len(mine) > 10:
        mine.remove(image)
        return server.api("DELETE", f"v1/{image}").status, (200,)
    if choice < 0.12:
        return server.api("GET", "v2?per_page=100&sort_order=desc").status, (200,)
    if choice < 0.16:
        return server.upload(b"no image at all").status, (415,)
    if choice < 0.20:
        return server.get(f"/{HASH}/{image}/nosuchvariant").status, (404,)
    if choice < 0.24:
        return server.get(f"/{HASH}/{image}/wdth=3").status, (400, 404)
    path = f"/{HASH}/{image}/" + ("public" if choice < 0.6 else f"w={randomness.randint(20, 900)}")
    answer = server.get(path, Accept=randomness.choice(("image/webp", "image/jpeg")))
    if answer.status == 200 and choice < 0.7:
        again = server.get(path, If_None_Match=answer.headers["etag"], Accept="image/webp")
        return again.status, (304, 200)
    return answer.status, (200,)


def soak(tally, seconds):
    """After the first quarter as a warm-up, memory, file handles and threads do not grow."""
    with Server(render_memory=RENDER_MEMORY) as server:
        prepare(server)
        end, wrong, samples = time.monotonic() + seconds, [], []
        visitors = [threading.Thread(target=visitor, args=(server, seed, end, wrong)) for seed in range(4)]
        for thread in visitors:
            thread.start()
        while time.monotonic() < end:
            time.sleep(min(1.0, seconds / 60))
            samples.append((server.memory(), server.files(), len(os.listdir(f"/proc/{server.child.pid}/task"))))
        for thread in visitors:
            thread.join()
        tally.check("every response is expected", not wrong, wrong[:5])
        quarter = len(samples) // 4
        second, last = samples[quarter:2 * quarter], samples[-quarter:]
        memory = [percentile([sample[0] for sample in part], 0.5) for part in (second, last)]
        tally.check("memory is flat", memory[1] <= memory[0] * 1.1 + 8 * MEGABYTE,
                    f"{memory[0] / MEGABYTE:.0f} MB, then {memory[1] / MEGABYTE:.0f} MB")
        for what, index, slack in (("file handles", 1, 16), ("threads", 2, 4)):
            before, after = (max(sample[index] for sample in part) for part in (second, last))
            tally.check(f"the number of {what} does not grow", after <= before + slack, f"{before}, then {after}")
        renders = server.metric(RENDERS)
        tally.check("it worked throughout", renders > seconds, f"{renders:.0f} renders in {seconds} s")
        print(f"  {renders:.0f} renders; memory {memory[0] / MEGABYTE:.0f} MB, then {memory[1] / MEGABYTE:.0f} MB")
    return [f"| memory in {seconds:.0f} s of mixed load: second quarter, last quarter | "
            f"{memory[0] / MEGABYTE:.0f} MB, {memory[1] / MEGABYTE:.0f} MB |"]


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--short", action="store_true", help="250 requests instead of 500")
    parser.add_argument("--soak", type=float, metavar="SECONDS")
    parser.add_argument("--record", action="store_true")
    options = parser.parse_args()
    tally, rows = Tally("load"), ["| figure | measured |", "|---|---|"]
    with Server(response_seconds=30.0, render_memory=RENDER_MEMORY) as server:
        prepare(server)
        coalescing(tally, server)
        rows += cheap(tally, server)
        rate, slowest = capacity(server)
    rows += overload(tally, rate, slowest, 250 if options.short else 500)
    if options.soak:
        rows += soak(tally, options.soak)
    print("\n".join(rows))
    if options.record:
        record("load", rows)
    tally.end()


if __name__ == "__main__":
    main()
