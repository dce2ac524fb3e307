"""One process makes numbers, others take them from a queue: whoever is free takes the next.

    python examples/move_by_queue.py [numbers]

The queue is bounded, so that a producer that is faster waits instead of filling the memory. A None
for each consumer says that nothing follows.
"""
import multiprocessing
import sys

CONSUMERS, WAITING = 3, 100


def produce(count, queue):
    for number in range(1, count + 1):
        queue.put(number)
    for _ in range(CONSUMERS):
        queue.put(None)


def consume(name, queue, results):
    taken = list(iter(queue.get, None))
    results.put((name, len(taken), sum(taken)))


def main(count):
    queue, results = multiprocessing.Queue(WAITING), multiprocessing.Queue()
    processes = [multiprocessing.Process(target=produce, args=(count, queue))]
    processes += [multiprocessing.Process(target=consume, args=(name, queue, results))
                  for name in range(CONSUMERS)]
    for process in processes:
        process.start()
    found = sorted(results.get() for _ in range(CONSUMERS))     # before join: a queue wants reading
    for process in processes:
        process.join()
    for name, taken, total in found:
        print(f"consumer {name}: {taken} numbers, sum {total}")
    print(f"together: {sum(taken for _, taken, _ in found)} numbers, "
          f"sum {sum(total for *_, total in found)}")


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 10_000)
