"""CPU time of a piece of work, as the benches measure ours: user and system, all threads, the least of some rounds."""

import time


def measure(what, work, rounds=5):
    """Prints the least CPU time in milliseconds and what the work answered; returns the answer."""
    least = float("inf")
    for _ in range(rounds):
        start = time.process_time()
        answer = work()
        least = min(least, time.process_time() - start)
    print(f"{what:50} {1000 * least:9.1f} ms")
    return answer
