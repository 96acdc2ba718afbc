"""Threads and processes at work on the same files."""
import concurrent.futures
import fcntl
import hashlib
import multiprocessing
import os
import queue
import threading


def append(number):
    with open("log", "ab", buffering=0) as log:
        for i in range(100):
            log.write(b"%02d %04d\n" % (number, i))
    return number


def digest(path):
    with open(path, "rb") as f:
        return hashlib.sha256(f.read()).hexdigest()


def region(number):
    fd = os.open("regions", os.O_RDWR)
    for i in range(50):
        os.pwrite(fd, bytes([65 + number]) * 997, number * 50 * 997 + i * 997)
    os.close(fd)


if __name__ == "__main__":
    with concurrent.futures.ThreadPoolExecutor(8) as pool:
        print(list(pool.map(append, range(8))))
    print(os.path.getsize("log"), len(set(open("log").readlines())))
    context = multiprocessing.get_context("fork")
    with context.Pool(4) as pool:
        print(sorted(pool.map(append, range(10, 14))))
    print(os.path.getsize("log"))
    os.close(os.open("regions", os.O_CREAT | os.O_RDWR))
    threads = [threading.Thread(target=region, args=(n,)) for n in range(6)]
    [thread.start() for thread in threads]
    [thread.join() for thread in threads]
    content = open("regions", "rb").read()
    print(len(content), all(content[n * 49850:(n + 1) * 49850] == bytes([65 + n]) * 49850 for n in range(6)))
    for i in range(20):
        with open(f"file{i}", "wb") as f:
            f.write(bytes([i]) * 10_000 * i)
    names = [f"file{i}" for i in range(20)]
    with concurrent.futures.ThreadPoolExecutor(4) as pool:
        by_threads = list(pool.map(digest, names))
    with context.Pool(2) as pool:
        print(by_threads == pool.map(digest, names), by_threads == [digest(name) for name in names])
    lock, shared, results = context.Lock(), context.Value("i", 0), context.Queue()

    def count(number):
        for _ in range(20):
            with lock:
                value = int(open("counter").read() or 0) if os.path.exists("counter") else 0
                with open("counter", "w") as f:
                    f.write(str(value + 1))
        with shared:
            shared.value += 1
        results.put(number)

    workers = [context.Process(target=count, args=(n,)) for n in range(3)]
    [worker.start() for worker in workers]
    print(sorted(results.get() for _ in workers), [worker.join() or worker.exitcode for worker in workers])
    print(open("counter").read(), shared.value)
    spawned = multiprocessing.get_context("spawn").Process(target=append, args=(99,))
    spawned.start()
    spawned.join()
    print(spawned.exitcode, os.path.getsize("log"))
    with open("locked", "w") as f:
        fcntl.flock(f, fcntl.LOCK_EX | fcntl.LOCK_NB)
        fcntl.lockf(f, fcntl.LOCK_EX | fcntl.LOCK_NB)
        print("locked")
    done = queue.Queue()
    [threading.Thread(target=lambda n=n: (os.makedirs(f"deep/{n}/x", exist_ok=True), os.rename(f"deep/{n}", f"deep/r{n}"), done.put(n))).start() for n in range(8)]
    print(sorted(done.get() for _ in range(8)), sorted(os.listdir("deep")))
